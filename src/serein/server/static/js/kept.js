// What is half written in one form outlives the answer to another: such forms step aside while the page is
// drawn anew, and come back whole, with their own entry's id, in the place where the new page has the same form.

export const isTyped = (field) => {
  if (field.type === "hidden") return false;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName === "SELECT") return [...field.options].some((one) => one.selected !== one.defaultSelected && one.index > 0);
  return field.value !== field.defaultValue;
};

// Two forms may share an address: what they are about tells them apart.
const ABOUT = ["wrong", "rule", "order", "prepared", "is_already_given", "is_already_running"];
const named = (form, name) => form.querySelector(`[type=hidden][name=${name}]`)?.value ?? "";
const key = (form) => [form.getAttribute("action"), ...ABOUT.map((name) => named(form, name))].join(" ");
const forms = () => [...document.querySelectorAll("#page form")];

// The step that was just recorded is not there to be typed into any more.
const isSameStep = (one, other) =>
  one.getAttribute("action") === other.getAttribute("action") && ["step", "number"].some((name) => named(one, name));

let aside = [];
export function stepAside(sent, wasStored) {
  const isOver = (form) => form === sent || (wasStored && isSameStep(form, sent));
  const isHalfWritten = (form) => "refused" in form.dataset || [...form.querySelectorAll("input, select, textarea")].some(isTyped);
  aside = forms().filter((form) => !isOver(form) && isHalfWritten(form));
  for (const form of aside) form.remove();
}

export function comeBack() {
  for (const form of aside) {
    const made = forms().find((one) => key(one) === key(form));
    if (!made) continue;
    made.replaceWith(form);
    for (let fold = form.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  }
  aside = [];
}

// A refused form is drawn with what was typed as if it stood there from the start.
export function markRefused(sent) {
  const made = forms().find((form) => key(form) === key(sent) && !("fresh" in form.dataset));
  if (made) made.dataset.refused = "";
}
