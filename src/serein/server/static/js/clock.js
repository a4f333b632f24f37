// The server's time on this page, and every number that runs with it.

let offset = 0;
export const now = () => Date.now() + offset;

export function setServerTime(iso) {
  offset = new Date(iso).getTime() - Date.now();
}

const two = (number) => String(number).padStart(2, "0");

export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function sinceWords(milliseconds) {
  const words = duration(milliseconds);
  return words.split(":").length === 3 ? words : `0:${words.padStart(5, "0")}`;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function tick(root = document) {
  const at = now();
  for (const element of root.querySelectorAll("[data-since]")) write(element, sinceWords(at - new Date(element.dataset.since)));
  for (const element of root.querySelectorAll("[data-until]")) {
    const left = new Date(element.dataset.until) - at;
    const isLate = ["alert", "overdue", "due"].includes(element.dataset.state);
    const late = -left < 1000 ? element.dataset.now ?? "0:00" : `−${duration(-left)}`;
    write(element, left >= 0 ? duration(left) : isLate ? late : "0:00");
  }
  for (const element of root.querySelectorAll("[data-age]")) write(element, `${Math.max(0, Math.floor((at - new Date(element.dataset.age)) / 60000))} min`);
  for (const element of root.querySelectorAll("[data-clock]")) {
    write(element, new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: element.dataset.zone }).format(at));
  }
}

// How many alerts are open, as whichever part of the page came last from the server says it.
export function countAlerts(box) {
  const count = box?.dataset.openAlerts;
  const word = document.querySelector("[data-alert-count]");
  if (!word || count === undefined) return;
  write(word, count);
  word.hidden = count === "0";
}

export function start() {
  const stamp = document.querySelector("[data-clock]");
  if (stamp) setServerTime(stamp.getAttribute("datetime"));
  tick();
  setInterval(tick, 500);
}
