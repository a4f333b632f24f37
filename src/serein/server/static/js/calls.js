// Calls for somebody now, on every page that shows no floor: the feed says that something changed, the strip what.
import { countAlerts, tick } from "./clock.js";

const box = document.getElementById("calls");
let known = "";
let isWanted = false;

export function hear(chairs) {
  const versions = JSON.stringify(chairs);
  if (!box || versions === known) return;
  known = versions;
  fetchCalls().catch(() => {
    known = "";
  });
}

// Marks that come together are one question; what changes while it is asked is asked once more.
async function fetchCalls() {
  if (isWanted) return;
  isWanted = true;
  await new Promise((done) => setTimeout(done, 60));
  isWanted = false;
  const answer = await fetch(box.dataset.strip, { credentials: "same-origin", headers: { "Serein-By-Itself": "1" } });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  const strip = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".strip");
  countAlerts(strip);
  const isOfThisPage = (item) => item.querySelector("a").pathname === location.pathname;
  const calls = [...(strip?.querySelectorAll(".strip__item--alert") ?? [])].filter((item) => !isOfThisPage(item));
  box.querySelector("ol").replaceChildren(...calls);
  box.hidden = !calls.length;
  tick(box);
}
