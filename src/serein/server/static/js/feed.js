// The live feed: the server's time, which chairs changed, and the word that nothing is heard any more.
import { now, setServerTime } from "./clock.js";

const SILENT_MS = 12000;
const SKEW_MS = 2000;
let heardAt = Date.now();
let isLost = false;

function heard(message) {
  const skew = document.querySelector("[data-skew]");
  // A clock that can be set is meant to differ from the tablet's own.
  if (skew && skew.dataset.skew === "watch") skew.hidden = Math.abs(new Date(message.now) - Date.now()) <= SKEW_MS;
  heardAt = Date.now();
  setServerTime(message.now);
  if (!isLost) return;
  isLost = false;
  document.body.classList.remove("is-lost", "is-signed-out");
}

// A feed that the server refuses is silent too: whoever is signed out is told so, not that the net is gone.
async function showWhetherSignedOut(url) {
  const wait = new AbortController();
  const answer = await fetch(url, { credentials: "same-origin", signal: wait.signal }).catch(() => null);
  wait.abort();
  if (answer?.status !== 401) return;
  isLost = true;
  for (const link of document.querySelectorAll("[data-sign-in]")) link.search = `?next=${location.pathname}`;
  document.body.classList.add("is-lost", "is-signed-out");
}

function showLost() {
  if (isLost || Date.now() - heardAt < SILENT_MS) return;
  isLost = true;
  const zone = document.querySelector("[data-clock]").dataset.zone;
  const since = new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone: zone }).format(now() - (Date.now() - heardAt));
  for (const word of document.querySelectorAll("[data-lost-since]")) word.textContent = since;
  document.body.classList.add("is-lost");
}

// A page that nobody sees hears nothing: a browser keeps only six connections to one host, and a tab left behind
// would hold one. Seen again, it hears the whole picture first.
export function listen(url, changed) {
  let feed = null;
  const open = () => {
    feed?.close();
    if (document.hidden) return;
    feed = new EventSource(url);
    feed.addEventListener("chairs", (event) => {
      const message = JSON.parse(event.data);
      heard(message);
      changed(message.chairs);
    });
    feed.addEventListener("beat", (event) => heard(JSON.parse(event.data)));
    feed.addEventListener("error", ({ target }) => {
      if (target.readyState !== EventSource.CLOSED) return;
      showWhetherSignedOut(url);
      setTimeout(open, 2000);
    });
  };
  document.addEventListener("visibilitychange", open);
  open();
}

export function start() {
  document.getElementById("connection").hidden = false;
  setInterval(showLost, 1000);
}
