// Every page without a script of its own: the clock runs, calls are heard, and a list of what is open stays true.
import { hear } from "./calls.js";
import { start } from "./clock.js";
import { listen, start as watch } from "./feed.js";
import { isTyped } from "./kept.js";

const box = document.getElementById("calls");
const isTyping = () => [...document.querySelectorAll("#page :is(input, select, textarea)")].some((field) => isTyped(field) || field === document.activeElement);

let drawn = "";
async function redraw(chairs) {
  const versions = JSON.stringify(chairs);
  const list = document.querySelector("[data-open]");
  if (!list || versions === drawn || isTyping()) return;
  if (drawn) {
    const answer = await fetch(location.href, { credentials: "same-origin", headers: { "Serein-By-Itself": "1" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-open]");
    if (!answer.ok || !fresh || isTyping()) return;
    list.replaceWith(fresh);
  }
  drawn = versions;
}

start();
if (box) {
  watch();
  listen(box.dataset.live, (chairs) => {
    hear(chairs);
    // What cannot be drawn now, because somebody types or nothing answers, is drawn at the next word.
    redraw(chairs).catch(() => {});
  });
}
