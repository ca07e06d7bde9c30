// ── The keys, told on one card ──────────────────────────────────────────────────────────────────────────────────

const KEYS = {
  "On the sheet": [
    ["← → ↑ ↓", "from picture to picture"], ["Enter", "open it"], ["/", "find"], ["?", "these keys"],
  ],
  "On a picture, small or large": [
    ["1 … 5", "stars; 0 takes them off"], ["x", "reject, or not"], ["t", "tags"], ["n", "note"],
    ["u", "undo the last mark"], ["c", "choose to compare (also Shift and click)"], ["v", "compare what is chosen"],
    ["p", "pin its column beside every picture"],
  ],
  "Large": [
    ["← →", "along the columns"], ["↑ ↓", "along the rows"], ["[ ]", "along the seeds"], ["Home End", "first, last"],
    ["i", "the input image beside it"], ["Esc", "back to the sheet"],
  ],
  "Large, and in a comparison": [
    ["+ −", "zoom (also wheel, pinch, double click)"], ["Shift ← → ↑ ↓", "pan"], ["z", "whole again"],
  ],
  "In a comparison": [
    ["← → ↑ ↓ [ ]", "all pictures one further"], ["Tab", "the next picture"],
    ["l", "side by side, slider, flicker"], ["f", "same size, 1:1"],
    ["i", "the input as a side"], ["Space", "flicker: go, stop"], [", .", "flicker: one back, one on"],
  ],
};

function showKeys() {
  const back = document.activeElement;
  const close = control("Close", "✕", () => dialog.close(), false);
  const list = ([title, keys]) => el("section", {}, el("h3", {}, title),
    el("dl", {}, keys.map(([key, words]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, words)])));
  const dialog = el("dialog", { className: "keys", "aria-label": "Keys" },
    el("div", { className: "bar" }, el("h2", {}, "Keys"), close),
    el("div", { className: "key-lists" }, Object.entries(KEYS).map(list)));
  dialog.addEventListener("close", () => {
    dialog.remove();
    back?.focus();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}

/** Keys that mean the same wherever a cell has the focus, and `?` and `v` everywhere. */
function startKeys() {
  grid.addEventListener("keydown", (event) => {
    const { cell } = event.target.closest(".shot") ?? {};
    if (cell) cellByKey(event, cell);
  });
  grid.addEventListener("click", (event) => {
    const { cell } = event.target.closest(".shot") ?? {};
    if (!cell || !event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    choose(cell);
  }, true);
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog.keys[open], dialog.jot[open]")) return;
    if (event.key === "?") showKeys();
    else if (event.key === "v" && !view.look) openCompare();
    else return;
    event.preventDefault();
  });
}
