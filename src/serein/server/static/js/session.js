// The session page: numbers that move on by themselves, forms sent in place, and word of what others did.
import { hear } from "./calls.js";
import { countAlerts, now, start, tick } from "./clock.js";
import { listen, start as watch } from "./feed.js";
import { comeBack, isTyped, markRefused, stepAside } from "./kept.js";

const session = () => document.getElementById("session");

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

// Numbers: the box that is full hands on to the next.
const isFull = ({ name, value }) => {
  if (name === "spo2") return value.length === 3 || (value.length === 2 && value !== "10");
  if (name === "respiration") return value.length === 2;
  return value.length === 3 || (value.length === 2 && Number(value) >= 30);
};
document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-digits]")) return;
  target.value = target.value.replace(/\D/g, "");
  const boxes = [...target.form.querySelectorAll("[data-digits]")];
  if (isFull(target)) boxes[boxes.indexOf(target) + 1]?.focus();
});

// An address within the page unfolds that part and waits in its first box.
function go(hash) {
  const part = hash && document.getElementById(hash.slice(1));
  if (!part) return;
  if (part.tagName === "DETAILS") part.open = true;
  part.scrollIntoView();
  part.querySelector("[data-digits], textarea")?.focus({ preventScroll: true });
}
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  if (!link) return;
  event.preventDefault();
  history.replaceState(null, "", link.hash);
  go(link.hash);
});

// Forms are sent in place. What was stored empties its own form and no other; what was refused, or not sent,
// keeps it, but for a form that the server began anew because another hand was first.
let sending = 0;
let sent = 0;
let wasStored = false;
const unsent = (word) => {
  const box = document.getElementById("unsent");
  box.textContent = word;
  box.hidden = !word;
  if (word) box.scrollIntoView({ block: "nearest" });
};
document.addEventListener("htmx:before:request", () => {
  sending += 1;
  sent += 1;
  unsent("");
});
document.addEventListener("htmx:finally:request", () => {
  sending -= 1;
  tick();
  // The library frees the buttons it held after this event; the rest between devices holds its own.
  setTimeout(hold);
});
document.addEventListener("htmx:error", () => unsent(session().dataset.noAnswer));
document.addEventListener("htmx:before:response", (event) => {
  const { status, raw } = event.detail.ctx.response;
  wasStored = status < 300;
  // The server would send the person to the sign-in page, and what was typed would be gone.
  if (status === 401) {
    event.preventDefault();
    unsent(session().dataset.signedOut);
  } else if (status === 403) {
    event.preventDefault();
    renew(raw.clone());
  }
});
document.addEventListener("htmx:response:error", (event) => {
  const { response, text } = event.detail.ctx;
  if (response.status !== 400) unsent(sentence(text) || session().dataset.noAnswer);
});
let own = null;
document.addEventListener("htmx:before:swap", ({ detail }) => {
  own = detail.ctx.sourceElement;
  stepAside(own, wasStored);
});
document.addEventListener("htmx:after:swap", () => {
  for (const form of document.querySelectorAll(wasStored ? "#page form" : "#page form[data-fresh]")) form.reset();
  comeBack();
  if (!wasStored) markRefused(own);
  document.querySelector("[data-focus]")?.focus();
  countAlerts(document.getElementById("page"));
  showNow();
});

// What scrolls sideways begins anew wherever it is drawn anew.
function showNow() {
  showStep();
  showNewest();
}

// On a narrow screen the steps scroll sideways: the one it is now stands in the middle.
function showStep() {
  const row = document.querySelector("#steps ol");
  const step = row?.querySelector("[aria-current]");
  if (step) row.scrollLeft = step.offsetLeft - (row.clientWidth - step.offsetWidth) / 2;
}

// A timeline that is wider than its box shows its newest mark.
function showNewest() {
  const box = document.querySelector("#timeline .scroll:has(.timeline)");
  const edges = [...(box?.querySelectorAll(".timeline__point") ?? [])].map((point) => point.getBoundingClientRect().right);
  if (edges.length) box.scrollLeft += Math.max(...edges) - box.getBoundingClientRect().right + 48;
}

function hold() {
  for (const button of document.querySelectorAll("[data-held-until]")) button.disabled = new Date(button.dataset.heldUntil) > now();
}

function sentence(html) {
  const box = new DOMParser().parseFromString(html, "text/html");
  return box.querySelector("[role=alert]")?.textContent.trim().replace(/\s+/g, " ") ?? "";
}

// Somebody who signed in again elsewhere has a new token: take it, and let the person send once more.
async function renew(answer) {
  const said = sentence(await answer.text());
  const fresh = await read().catch(() => document);
  const token = fresh.querySelector("[name=csrfmiddlewaretoken]")?.value;
  const isNew = token && token !== document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (token) for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
  // What is sent from here on is of whoever signed in last, and the head says who that is.
  const [who, whoNow] = [document, fresh].map((page) => page.querySelector(".house__side > .pill"));
  if (who && whoNow) who.replaceWith(whoNow);
  unsent(isNew ? session().dataset.onceMore : said);
}

const SIGNED_OUT = "signed out";
async function read(headers = {}) {
  const answer = await fetch(session().dataset.page, { credentials: "same-origin", headers });
  if (!answer.ok || answer.redirected) throw new Error(answer.redirected ? SIGNED_OUT : String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// What others did, or what time did: redrawn around a form that somebody is filling in.
// A button keeps the focus after it was pressed: nobody is typing there.
const isTyping = () => {
  const active = document.activeElement;
  const held = (active?.closest("#page form") && !active.matches("button")) || document.querySelector("#page :is(.refusal:not([hidden], .apart), #correct)");
  return held || [...document.querySelectorAll("#page form input, #page form select, #page form textarea")].some(isTyped);
};

// What is not typed into, and is redrawn under a hand that types.
const BESIDE_FORMS = ["now", "steps", "next-device"];

let isRedrawing = false;
async function redraw() {
  if (isRedrawing || sending) return;
  isRedrawing = true;
  const before = sent;
  try {
    // What the page fetches by itself keeps nobody signed in.
    const fresh = await read({ "Serein-By-Itself": "1" });
    // A form was sent meanwhile: its own answer is newer than this page.
    if (sent !== before) return;
    // Kept before the part moves out of the fresh page into this one.
    const stands = { ...fresh.getElementById("session").dataset };
    if (isTyping()) {
      for (const name of BESIDE_FORMS) replace(name, fresh);
      keepHold(fresh);
    } else {
      const back = placeOf(document.activeElement);
      keepFolds(session(), fresh.getElementById("session"));
      htmx.process(replace("session", fresh));
      back();
    }
    if (session().dataset.version !== stands.version) document.getElementById("news").hidden = false;
    delete session().dataset.refreshAt;
    Object.assign(session().dataset, stands);
    countAlerts(fresh.getElementById("page"));
    showNow();
    tick();
  } catch (reason) {
    // Nothing of the patient stays on a tablet left alone, but for what somebody is typing. When nothing
    // was heard, the feed's own silence says so in the header.
    if (reason.message === SIGNED_OUT && !isTyping()) location.reload();
  } finally {
    isRedrawing = false;
  }
}

function replace(name, fresh) {
  const [old, made] = [document.getElementById(name), fresh.getElementById(name)];
  if (old && made) old.replaceWith(made);
  return made;
}

// The button of the step that is being typed waits as the server says now; of a step that somebody else took
// it stays, for the server to say so.
function keepHold(fresh) {
  const [old, made] = [document.getElementById("record-device"), fresh.getElementById("record-device")];
  if (!old || !made || old.form.elements.step.value !== made.form.elements.step.value) return;
  old.className = made.className;
  if (made.dataset.heldUntil) old.dataset.heldUntil = made.dataset.heldUntil;
  hold();
}

// The way back to a button that had the focus, once its page is drawn anew.
function placeOf(button) {
  const address = button?.closest("#session form")?.getAttribute("action");
  const buttons = () => [...document.querySelectorAll(`form[action="${address}"] button`)];
  const index = buttons().indexOf(button);
  return () => buttons()[index]?.focus({ preventScroll: true });
}

function keepFolds(old, made) {
  for (const part of old.querySelectorAll("details[id]")) {
    const same = made.querySelector(`#${part.id}`);
    if (same) same.open ||= part.open;
  }
}

function changed(chairs) {
  hear(chairs);
  const version = chairs[session().dataset.chair];
  if (version !== undefined && String(version) !== session().dataset.version) wantRedraw();
}

// What could not be fetched, or not now, is asked for again.
const AGAIN_MS = 3000;
let askedAt = 0;
function wantRedraw() {
  session().dataset.refreshAt = new Date(now()).toISOString();
  askedAt = Date.now();
  redraw();
}

let lastNow = null;
function redrawByTime() {
  const at = now();
  const jumped = lastNow !== null && Math.abs(at - lastNow) > 5000;
  lastNow = at;
  const { refreshAt } = session().dataset;
  const isDue = refreshAt && new Date(refreshAt) <= at && Date.now() - askedAt >= AGAIN_MS;
  if (jumped || isDue) wantRedraw();
}

start();
watch();
showNow();
// After the browser has gone to the address by itself, which would take the focus away again.
window.addEventListener("load", () => setTimeout(() => {
  go(location.hash);
  document.querySelector("[data-focus]")?.focus();
}));
listen(session().dataset.live, changed);
setInterval(redrawByTime, 1000);
setInterval(hold, 1000);
