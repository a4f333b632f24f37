// The board: hears which chairs changed, fetches those tiles by their own door, greys when it hears nothing.
import { now, setServerTime, start, tick } from "./clock.js";

const board = document.getElementById("board");
const tiles = document.getElementById("tiles");
const SILENT_MS = 12000;
let heardAt = Date.now();
let lostAt = null;

async function fetchText(url) {
  const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.text();
}

const pending = new Map();
async function refresh(id) {
  if (pending.has(id)) return pending.get(id);
  const wanted = (async () => {
    const wall = board.hasAttribute("data-wall") ? "?wall=1" : "";
    const html = await fetchText(`${board.dataset.tile}${id}/${wall}`);
    const old = document.getElementById(`chair-${id}`);
    const held = old.contains(document.activeElement) ? document.activeElement.dataset.key ?? "main" : null;
    const box = document.createElement("template");
    box.innerHTML = html.trim();
    const fresh = box.content.firstElementChild;
    old.replaceWith(fresh);
    if (held) (fresh.querySelector(`[data-key="${held}"]`) ?? fresh.querySelector("a, button"))?.focus();
    say(fresh);
    tick(fresh);
  })().finally(() => pending.delete(id));
  pending.set(id, wanted);
  return wanted;
}

let isStripWanted = false;
async function refreshStrip() {
  if (isStripWanted) return;
  isStripWanted = true;
  await new Promise((done) => setTimeout(done, 60));
  isStripWanted = false;
  document.getElementById("strip").innerHTML = await fetchText(board.dataset.strip);
  tick();
}

function say(tile) {
  const words = tile.querySelector(".tile__alert")?.textContent.trim();
  const speaker = document.getElementById("said");
  const sentence = words ? `${tile.getAttribute("aria-label")}: ${words}` : "";
  if (speaker && sentence && speaker.textContent !== sentence) speaker.textContent = sentence;
}

function heard(message) {
  heardAt = Date.now();
  setServerTime(message.now);
  const skew = document.querySelector("[data-skew]");
  if (skew) skew.hidden = Math.abs(new Date(message.now) - Date.now()) <= 2000 || document.body.innerText.includes("Demo");
  if (lostAt !== null) {
    lostAt = null;
    document.body.classList.remove("is-lost");
    tiles?.classList.remove("board--lost");
  }
}

function showLost() {
  if (lostAt !== null || Date.now() - heardAt < SILENT_MS) return;
  lostAt = now() - (Date.now() - heardAt);
  const zone = document.querySelector("[data-clock]").dataset.zone;
  const since = new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone: zone }).format(lostAt);
  document.querySelector("[data-lost]").textContent = `OFFLINE since ${since}: this board may be old`;
  document.body.classList.add("is-lost");
  tiles?.classList.add("board--lost");
}

function changed(message) {
  heard(message);
  const stale = Object.entries(message.chairs).filter(([id, version]) => {
    const tile = document.getElementById(`chair-${id}`);
    return tile && tile.dataset.version !== String(version);
  });
  if (stale.length) Promise.all([...stale.map(([id]) => refresh(id)), refreshStrip()]).catch(() => {});
}

function listen() {
  const feed = new EventSource(board.dataset.live);
  feed.addEventListener("chairs", (event) => changed(JSON.parse(event.data)));
  feed.addEventListener("beat", (event) => heard(JSON.parse(event.data)));
  feed.addEventListener("error", () => {
    if (feed.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
}

let lastNow = now();
function refreshByTime() {
  const at = now();
  const jumped = Math.abs(at - lastNow) > 5000;
  lastNow = at;
  if (!tiles) return;
  const due = [...tiles.children].filter((tile) => jumped || (tile.dataset.refreshAt && new Date(tile.dataset.refreshAt) <= at));
  for (const tile of due) delete tile.dataset.refreshAt;
  if (due.length) Promise.all([...due.map((tile) => refresh(tile.dataset.chair)), refreshStrip()]).catch(() => {});
}

const KEYS = { b: "b", n: "n", o: "o", s: "b" };
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const tile = document.querySelector(`[data-number="${event.key}"]`);
  if (tile) tile.querySelector("a, button")?.focus();
  const key = KEYS[event.key.toLowerCase()];
  if (key) document.activeElement.closest(".tile")?.querySelector(`[data-key="${key}"]`)?.click();
});

document.getElementById("connection").hidden = false;
start();
listen();
setInterval(showLost, 1000);
setInterval(refreshByTime, 1000);
