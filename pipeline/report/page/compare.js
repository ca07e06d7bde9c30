// ── Compare: two to four pictures side by side, under a slider, or in turn ──────────────────────────────────────

const MOST_COMPARED = 4;
const LOOKS = { sides: "Side by side", slider: "Slider", flicker: "Flicker" };
const FITS = { same: "Same size", actual: "1:1" };
const comparing = el("dialog", { className: "comparing", tabIndex: -1, "aria-label": "Compare" });
const compareStage = new Stage(() => {});
const tray = el("aside", { className: "tray", hidden: true, "aria-label": "Chosen to compare" });
let trayed = []; // the cells that the tray shows
let under = 1; // the side that the slider holds against the first

const chosen = () => view.compare.map((label) => sheet.byLabel.get(label));

const haveInput = (cells) => cells.some((cell) => inputSides(cell).length > 0);

/** Choose a cell to compare, or let it go; a fifth takes the place of the fourth. */
function choose(cell) {
  const { label } = cell;
  const others = view.compare.filter((other) => other !== label);
  const compare = view.compare.includes(label) ? others : [...others.slice(0, MOST_COMPARED - 1), label];
  change({ compare, look: compare.length ? view.look : null }, { step: false });
}

/** Open what is chosen; from the large view, with the picture that is open there. */
function openCompare() {
  const { open } = view;
  const joins = open && !view.compare.includes(open);
  const compare = joins ? [...view.compare.slice(0, MOST_COMPARED - 1), open] : view.compare;
  const input = compare.length === 1 ? true : view.input;
  const enough = compare.length > 1 || haveInput(compare.map((label) => sheet.byLabel.get(label)));
  if (enough) change({ compare, input, look: view.look ?? "sides" });
}

function closeCompare() {
  change({ look: null }, { step: false });
}

/** What tells the compared cells apart, for each its own. */
function tellApart(cells) {
  const axes = [...sheet.axes.keys()].filter((axis) => new Set(cells.map((cell) => cell.axes[axis])).size > 1);
  const word = (axis, value) => {
    if (value === undefined) return `no ${axis}`;
    return /^[-+.\d]+$/.test(value) ? `${axis} ${value}` : value;
  };
  return (cell) => axes.map((axis) => word(axis, cell.axes[axis])).join(" · ") || cell.label;
}

function compareSides() {
  const cells = chosen();
  const name = tellApart(cells);
  const inputs = new Map(view.input ? cells.flatMap(inputSides).map((side) => [side.src, side]) : []);
  const sides = [...inputs.values(), ...cells.map((cell) => ({ ...sideOf(cell), name: name(cell) }))];
  return sides.slice(0, MOST_COMPARED + 1);
}

function drawCompare(keep) {
  const cells = chosen();
  if (!view.look || !cells.length) {
    compareStage.stop();
    if (comparing.open) comparing.close();
    return;
  }
  const sides = compareSides();
  const on = compareStage.cell;
  under = Math.min(Math.max(1, under), Math.max(1, sides.length - 1));
  const two = view.look === "slider" && sides.length > 1 ? [sides[0], sides[under]] : sides;
  compareStage.show(two, { look: two.length > 1 ? view.look : "sides", fit: view.fit ?? "same", keep });
  comparing.replaceChildren(compareBar(sides, cells), compareStage.element, comparisonOf(cells));
  if (!comparing.open) comparing.showModal();
  const pane = compareStage.frames.find(({ sides: [side] }) => side.cell === on)?.pane;
  (pane ?? comparing).focus();
}

// ── Its bar ──

function switchOf(name, words, now, pick) {
  return el("div", { className: "switch", role: "group", "aria-label": name }, Object.entries(words).map(
    ([value, text]) => textButton(text, () => pick(value), { "aria-pressed": String(value === now) })));
}

function compareBar(sides, cells) {
  const hold = (patch) => change(patch, { step: false });
  const way = (name, sign, direction) => control(name, sign, () => moveAll(direction), !allNext(direction));
  return el("div", { className: "bar" },
    switchOf("Look", LOOKS, view.look, (look) => hold({ look })),
    view.look === "slider" && sides.length > 2 ? againstChoice(sides) : null,
    view.look === "flicker" ? tempo() : null,
    switchOf("Size", FITS, view.fit ?? "same", (fit) => hold({ fit: fit === "same" ? null : fit })),
    haveInput(cells) ? toggle("Input", view.input, showInput, "The input image as a side (i)") : null,
    el("span", { className: "spread" }),
    way("All left", "←", "left"), way("All right", "→", "right"),
    way("All up", "↑", "up"), way("All down", "↓", "down"),
    way("All to the previous seed", "[", "["), way("All to the next seed", "]", "]"),
    keysControl(), control("Close", "✕", closeCompare, false));
}

/** Which side the slider holds against the first. */
function againstChoice(sides) {
  const menu = el("select", { "aria-label": "Against" }, sides.slice(1).map((side, place) =>
    el("option", { value: place + 1, selected: place + 1 === under }, side.name)));
  menu.addEventListener("change", () => {
    under = Number(menu.value);
    drawCompare(true);
  });
  return el("label", { className: "against-choice" }, "against ", menu);
}

/** Go and stop, and how fast: never three flashes a second. */
function tempo() {
  const go = textButton(compareStage.ticking ? "Pause" : "Play", flickerOrRest, { className: "text-button go" });
  const range = { type: "range", min: 400, max: 2000, step: 100, value: 2400 - compareStage.pause };
  const speed = el("input", { ...range, "aria-label": "Speed" });
  speed.addEventListener("input", () => {
    compareStage.pause = 2400 - speed.value;
    if (compareStage.ticking) compareStage.start();
  });
  return el("span", { className: "tempo" }, go, speed);
}

function flickerOrRest() {
  if (compareStage.ticking) compareStage.stop();
  else compareStage.start();
  comparing.querySelector(".go").textContent = compareStage.ticking ? "Pause" : "Play";
}

/** The cells that stand in a direction from the compared ones, where each has one and no two the same. */
function allNext(direction) {
  const next = chosen().map((cell) => neighbour(cell, direction)).filter(Boolean);
  return next.length === view.compare.length && new Set(next).size === next.length ? next : null;
}

function moveAll(direction) {
  const next = allNext(direction);
  if (next) change({ compare: next.map((cell) => cell.label) }, { step: false });
}

// ── What differs, in words ──

/** A table of what is not the same in all compared cells, and their prompts where they differ. */
function comparisonOf(cells) {
  const lists = cells.map((cell) => new Map([...axisFacts(cell), ...paramFacts(cell), ...figureFacts(cell)]));
  const names = [...new Set(lists.flatMap((list) => [...list.keys()]))]
    .filter((name) => new Set(lists.map((list) => String(list.get(name) ?? "–"))).size > 1);
  const name = tellApart(cells);
  const prompts = new Set(cells.map((cell) => cell.prompt)).size > 1;
  const row = (head, tds) => el("tr", {}, el("th", { scope: "row", dir: "auto" }, head), tds);
  return el("div", { className: "comparison" }, el("table", {},
    el("thead", {}, el("tr", {}, el("td", {}), cells.map((cell) =>
      el("th", { scope: "col", dir: "auto", title: cell.label }, name(cell), markBadge(cell.key))))),
    el("tbody", {},
      prompts ? row("prompt", cells.map((cell, place) => el("td", { dir: "auto", className: "prompt" },
        markedText(cell.prompt ?? "", place ? cells[0].prompt ?? "" : cells[1]?.prompt)))) : null,
      names.filter((one) => one !== "prompt").map((one) =>
        row(one, lists.map((list) => el("td", { dir: "auto" }, String(list.get(one) ?? "–"))))))));
}

// ── The tray, keys, start ──

function drawTray() {
  const cells = chosen();
  trayed = cells;
  tray.hidden = cells.length === 0;
  tray.replaceChildren(
    el("span", { className: "tray-words" }, `${cells.length} of ${MOST_COMPARED} to compare`),
    el("div", { className: "tray-cells" }, cells.map(trayCell)),
    textButton("Compare", openCompare, { className: "text-button strong", disabled: cells.length < 2 && !haveInput(cells) }),
    textButton("Clear", () => change({ compare: [], look: null }, { step: false })));
  for (const shot of bodyBox.querySelectorAll(".shot")) dress(shot);
}

function trayCell(cell) {
  const words = `Let go: ${cell.label}`;
  return el("button", { type: "button", className: "tray-cell", title: words, "aria-label": words, onclick: () => choose(cell) },
    cell.thumb ? el("img", { src: cell.thumb, alt: "" }) : el("span", {}, cell.word),
    el("span", { className: "cross", "aria-hidden": "true" }, "✕"));
}

function compareKey(event) {
  const { cell } = compareStage;
  const slides = event.target.matches("input[type=range]");
  if (slides && event.key.startsWith("Arrow")) return;
  if (stageByKey(event, compareStage) || (cell && cellByKey(event, cell)) || !plain(event)) return;
  const turn = (words, now) => Object.keys(words)[(Object.keys(words).indexOf(now) + 1) % Object.keys(words).length];
  const flickers = view.look === "flicker";
  if (event.key in STEPS) moveAll(STEPS[event.key]);
  else if (event.key === "l") change({ look: turn(LOOKS, view.look) }, { step: false });
  else if (event.key === "f") change({ fit: view.fit ? null : "actual" }, { step: false });
  else if (event.key === "i") showInput();
  else if (flickers && event.key === " " && !event.target.matches("button")) flickerOrRest();
  else if (flickers && (event.key === "." || event.key === ",")) {
    if (compareStage.ticking) flickerOrRest();
    compareStage.flick(event.key === "." ? 1 : -1);
  } else return;
  event.preventDefault();
}

function startCompare() {
  document.body.append(tray, comparing);
  comparing.addEventListener("keydown", compareKey);
  comparing.addEventListener("cancel", (event) => {
    event.preventDefault();
    closeCompare();
  });
  onView((changed) => {
    const renewed = chosen().some((cell, place) => cell !== trayed[place]); // a live page has new ones
    if (changed.has("compare") || renewed) drawTray();
    if (renewed && !changed.has("compare")) drawCompare(true);
    const anew = changed.has("look") || changed.has("fit");
    if (anew || changed.has("compare") || changed.has("input")) drawCompare(!anew);
  });
  onMarks(() => comparing.querySelector(".comparison")?.replaceWith(comparisonOf(chosen())));
  drawTray();
  drawCompare(false);
}
