"use strict";
// The contact sheet's view. Everything that it shows stands as JSON in #sheet and goes into the page as text only.

// ── Elements ────────────────────────────────────────────────────────────────────────────────────────────────────

const byId = (id) => document.getElementById(id);

/** An element with properties and children; strings become text, null children are left out. */
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria-") || name === "role") element.setAttribute(name, value);
    else if (name === "style") Object.assign(element.style, value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else element[name] = value;
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

/** A button that says what it does. */
function textButton(words, onclick, properties = {}) {
  return el("button", { type: "button", className: "text-button", onclick, ...properties }, words);
}

/** An SVG element with attributes and children. */
function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

/** Whether a key was pressed alone, and nobody is writing. */
function plain(event) {
  const writing = event.target.closest?.("input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable]");
  return !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || writing);
}
