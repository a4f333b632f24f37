// The board: hears which chairs changed and fetches those tiles by their own door.
import { countAlerts, now, start, tick } from "./clock.js";
import { listen, start as watch } from "./feed.js";

const board = document.getElementById("board");
const tiles = document.getElementById("tiles");
const isWall = board.hasAttribute("data-wall");
const AT_ONCE_MS = 60;
const MOST_LINES = 24;

async function fetchText(url) {
  const answer = await fetch(url, { headers: { "HX-Request": "true", "Serein-By-Itself": "1" }, credentials: "same-origin" });
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.text();
}

const pending = new Map();
function refresh(id) {
  if (!pending.has(id)) pending.set(id, redraw(id).finally(() => pending.delete(id)));
  return pending.get(id);
}

async function redraw(id) {
  const wall = isWall ? "?wall=1" : "";
  const html = await fetchText(`${board.dataset.tile}${id}/${wall}`);
  const old = document.getElementById(`chair-${id}`);
  const held = old.contains(document.activeElement) ? (document.activeElement.dataset.key ?? "main") : null;
  const box = document.createElement("template");
  box.innerHTML = html.trim();
  const fresh = box.content.firstElementChild;
  old.replaceWith(fresh);
  if (held) (fresh.querySelector(`[data-key="${held}"]`) ?? fresh.querySelector("a, button"))?.focus();
  say(fresh);
  tick(fresh);
  fit(fresh);
}

let isStripWanted = false;
async function refreshStrip() {
  if (isStripWanted) return;
  isStripWanted = true;
  await new Promise((done) => setTimeout(done, AT_ONCE_MS));
  isStripWanted = false;
  document.getElementById("strip").innerHTML = await fetchText(board.dataset.strip);
  countAlerts(document.querySelector("#strip [data-open-alerts]"));
  tick();
}

// Spoken for who does not see the board: only what a named person must close, and only once.
function say(tile) {
  const words = tile.querySelector(".tile__alert")?.textContent.trim();
  const speaker = document.getElementById("said");
  const sentence = words ? `${tile.getAttribute("aria-label")}: ${words}` : "";
  if (speaker && sentence && speaker.textContent !== sentence) speaker.textContent = sentence;
}

// A tile that could not be fetched keeps its old version, so the next word of the feed asks again.
function refreshAll(ids) {
  if (ids.length) Promise.all([...ids.map(refresh), refreshStrip()]).catch(() => {});
}

// The chairs of the page as it was drawn: with one more or less it has another shape.
const drawn = new Set([...document.querySelectorAll("[data-chair]")].map((tile) => tile.dataset.chair));
function changed(chairs) {
  const ids = Object.keys(chairs);
  if (ids.length !== drawn.size || !ids.every((id) => drawn.has(id))) return location.reload();
  const stale = ([id, version]) => {
    const tile = document.getElementById(`chair-${id}`);
    return tile && tile.dataset.version !== String(version);
  };
  refreshAll(Object.entries(chairs).filter(stale).map(([id]) => id));
}

// Nobody can scroll a wall: what a tile has no room for is left out, what presses least first, and counted.
function fit(tile) {
  if (!isWall || !tile.querySelector("[data-statements]")) return;
  const last = (parts) => [...tile.querySelectorAll(parts)].reverse();
  const statements = last("[data-statements] > .chip:not([data-count], [data-kept])");
  const [alerts, wrong] = [last(".tile__alert:not(.tile__alert--past)"), last(".tile__alert--past")];
  const presses = (chip) => chip.matches(".chip--care, .chip--act");
  statements.sort((one, other) => presses(one) - presses(other));
  const unsaid = tile.querySelector("[data-statements] > [data-count]");
  const more = tile.querySelector(".tile__more");
  const first = alerts.pop();
  const caption = tile.querySelector(".tile__timer > span");
  // Nothing that the last fit hid may lend its room to something that presses less.
  first?.style.removeProperty("--lines");
  for (const part of [...statements, ...alerts, ...wrong, caption]) part.hidden = false;
  const gone = [...wrong, ...alerts];
  for (const [parts, word] of [[statements, unsaid], [gone, more]]) count(parts, word);
  leaveOut(tile, wrong, more, gone);
  leaveOut(tile, statements, unsaid);
  leaveOut(tile, alerts, more, gone);
  if (first) shorten(tile, first);
  // The word of the sedation and the first alert stay before what only captions the clock.
  caption.hidden = isFull(tile);
  bringBack(tile, statements, unsaid);
}

const isFull = (tile) => tile.scrollHeight > tile.clientHeight;

// Each word counts what the server left out already, and what has no room here.
function count(parts, word) {
  const gone = Number(word.dataset.count) + parts.filter((part) => part.hidden).length;
  word.hidden = gone === 0;
  word.textContent = word.dataset.words.replace("#", gone);
}

function leaveOut(tile, parts, word, counted = parts) {
  for (const part of parts) {
    if (!isFull(tile)) return;
    part.hidden = true;
    count(counted, word);
  }
}

// The most urgent alert is never left out: its end is, and the stylesheet ends it with an ellipsis.
function shorten(tile, alert) {
  for (let lines = MOST_LINES; lines > 0 && isFull(tile); lines -= 1) alert.style.setProperty("--lines", lines);
}

function bringBack(tile, parts, word) {
  for (const part of parts.filter((one) => one.hidden).reverse()) {
    part.hidden = false;
    count(parts, word);
    if (!isFull(tile)) continue;
    part.hidden = true;
    count(parts, word);
    return;
  }
}

const fitAll = () => [...(tiles?.children ?? [])].forEach(fit);

let lastNow = null;
function refreshByTime() {
  const at = now();
  // A clock that was set moves everything on the board.
  const jumped = lastNow !== null && Math.abs(at - lastNow) > 5000;
  lastNow = at;
  const isDue = (tile) => jumped || (tile.dataset.refreshAt && new Date(tile.dataset.refreshAt) <= at);
  const due = [...(tiles?.children ?? [])].filter(isDue);
  for (const tile of due) delete tile.dataset.refreshAt;
  refreshAll(due.map((tile) => tile.dataset.chair));
}

const shownNumber = (tile) => tile.querySelector(".tile__chair").textContent.trim();

// A key finds the chair that shows it; a chair with a name in letters is found by its place.
function chairOf(key) {
  const every = [...document.querySelectorAll(".tile")];
  const isUnnumbered = (tile) => !/^\d+$/.test(shownNumber(tile));
  return (
    every.find((tile) => shownNumber(tile) === key) ??
    every.find((tile) => tile.dataset.number === key && isUnnumbered(tile))
  );
}

const KEYS = { b: "b", n: "n", o: "o", s: "b" };
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  chairOf(event.key)?.querySelector("a, button")?.focus();
  const key = KEYS[event.key.toLowerCase()];
  if (key) document.activeElement.closest(".tile")?.querySelector(`[data-key="${key}"]`)?.click();
});

start();
if (tiles) new ResizeObserver(fitAll).observe(tiles);
// Letters that arrive late are of another width.
if (tiles) document.fonts.ready.then(fitAll);
watch();
listen(board.dataset.live, changed);
setInterval(refreshByTime, 1000);
