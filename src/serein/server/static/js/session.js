// The session page: an entry's own id, big numbers that move on, and word that somebody else wrote here.
import { setServerTime, start } from "./clock.js";

function uuid7() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let at = Date.now();
  for (let index = 5; index >= 0; index -= 1) {
    bytes[index] = at % 256;
    at = Math.floor(at / 256);
  }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

// A page shown again from the browser's memory must not send its old entry's id with new values.
window.addEventListener("pageshow", (event) => {
  for (const field of document.querySelectorAll("[data-entry]")) if (event.persisted) field.value = uuid7();
});

const pad = document.querySelector("[data-pad]");
if (pad) {
  const boxes = [...pad.querySelectorAll("[data-digits]")];
  const isFull = (box) => {
    const value = box.value;
    if (box.name === "spo2") return value.length === 2 && value !== "10" ? true : value.length === 3;
    if (box.name === "respiration") return value.length === 2;
    return value.length === 3 || (value.length === 2 && Number(value) >= 30);
  };
  boxes.forEach((box, index) => {
    box.addEventListener("input", () => {
      box.value = box.value.replace(/\D/g, "");
      if (isFull(box)) boxes[index + 1]?.focus();
    });
  });
}

document.querySelector("[data-focus]")?.focus();

const live = document.getElementById("live");
if (live) {
  const feed = new EventSource(live.dataset.live);
  feed.addEventListener("chairs", (event) => {
    const message = JSON.parse(event.data);
    setServerTime(message.now);
    const version = message.chairs[live.dataset.chair];
    if (version !== undefined && String(version) !== live.dataset.version) live.querySelector("[data-changed]").hidden = false;
  });
  feed.addEventListener("beat", (event) => setServerTime(JSON.parse(event.data).now));
}

for (const element of document.querySelectorAll("[data-reload]")) {
  const left = new Date(element.dataset.until) - new Date(document.querySelector("[data-clock]").getAttribute("datetime"));
  setTimeout(() => { if (!document.activeElement.closest("form")) location.reload(); }, Math.max(0, left) + 500);
}

start();
