// ── The large view: one picture, beside the pinned one, with all that made it ───────────────────────────────────

const large = byId("large");
const STEPS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down", "[": "[", "]": "]" };
const largeStage = new Stage((direction) => stepLarge(direction));
const ahead = new Map(); // pictures that may come next, held so that the browser keeps them
let cameFrom = null;
let largeForm = null; // of the cell that is open: what is being written stays while a live page draws anew

function openLarge(cell) {
  change({ open: cell.label });
}

/** Go on to another cell. The way there is no step back: Back leads to the sheet. */
function turnTo(cell) {
  if (cell) change({ open: cell.label }, { step: false });
}

function stepLarge(direction) {
  turnTo(neighbour(sheet.byLabel.get(view.open), direction));
}

function closeLarge() {
  change({ open: null }, { step: false });
}

/** Whether a cell stands in the pinned column. */
const isPinned = (cell) => Object.entries(view.pin).every(([axis, value]) => cell.axes[axis] === value);

const isPinnedColumn = (cell) => !same(view.pin, {}) && isPinned(cell);

/** The cell in the pinned column that has most in common with this one, and its prompt and seed for sure. */
function pinnedBeside(cell) {
  if (same(view.pin, {}) || isPinned(cell)) return undefined;
  const free = [...sheet.axes.keys()].filter((axis) => !(axis in view.pin));
  const alike = (other, axis) => other.axes[axis] === cell.axes[axis];
  const sure = free.filter((axis) => axis === "prompt" || axis === "seed");
  const common = (other) => free.filter((axis) => alike(other, axis)).length;
  return sheet.cells.filter((other) => isPinned(other) && sure.every((axis) => alike(other, axis)))
    .reduce((best, other) => (best && common(best) >= common(other) ? best : other), undefined);
}

/** What a cell's words and parameters are held against: the pinned, else where one came from, else a neighbour. */
function heldAgainst(cell) {
  const near = () => ["left", "right", "up", "down", "["].map((way) => neighbour(cell, way)).find(Boolean);
  return pinnedBeside(cell) ?? (cameFrom && cameFrom !== cell ? cameFrom : near());
}

/** The input images of a cell's request, as sides of a stage. */
const inputSides = (cell) => Object.entries(cell.inputs ?? {}).map(([name, { file, thumb }]) =>
  ({ cell: null, name, src: file, small: thumb, shape: [1, 1], alt: `${name} of ${cell.label}` }));

/** Have the input image beside what was made of it, or no longer. */
const showInput = () => change({ input: !view.input }, { step: false });

/** Draw the cell that is open; `before` is the one that was. */
function drawLarge(before) {
  const cell = sheet.byLabel.get(view.open);
  if (!cell) {
    large.close();
    return;
  }
  if (before?.label !== cell.label) cameFrom = before;
  const beside = pinnedBeside(cell);
  const sides = [...(view.input ? inputSides(cell) : []), ...(beside ? [sideOf(beside)] : []), sideOf(cell)];
  const held = document.activeElement;
  if (before?.key !== cell.key) largeForm = markForm(cell);
  const panel = el("div", { className: "panel" }, largeBar(cell), about(cell, heldAgainst(cell)));
  large.replaceChildren(largeStage.element, panel);
  if (!large.open) large.showModal();
  largeStage.show(sides, { keep: before?.shape.join() === cell.shape.join() });
  focusAgain(held);
  lookAhead(cell);
}

/** The focus stays where it was, on the same button of the new panel if there is one. */
function focusAgain(held) {
  const name = held?.tagName === "BUTTON" && held.getAttribute("aria-label");
  const button = name && large.querySelector(`button[aria-label="${CSS.escape(name)}"]:enabled`);
  (largeForm.contains(held) ? held : button || large).focus();
}

/** Have the neighbours' pictures ready, once this one is there. */
async function lookAhead(cell) {
  await largeStage.frames.at(-1).layers[0].picture?.decode().catch(() => {}); // one that is broken holds up nobody
  if (view.open !== cell.label) return;
  const near = Object.values(STEPS).map((way) => neighbour(cell, way)?.file).filter(Boolean);
  for (const file of ahead.keys()) if (!near.includes(file)) ahead.delete(file);
  for (const file of near) if (!ahead.has(file)) ahead.set(file, Object.assign(new Image(), { src: file }));
}

function readingOrder({ lines, columns }) {
  return lines.flatMap((line) => columns.flatMap((column) => line.places.get(column.name) ?? []));
}

// ── Its bar and its keys ────────────────────────────────────────────────────────────────────────────────────────

function largeBar(cell) {
  const order = readingOrder(laid.arranged);
  const place = order.indexOf(cell);
  const way = (name, sign, direction) => control(name, sign, () => stepLarge(direction), !neighbour(cell, direction));
  const seeds = neighbour(cell, "[") || neighbour(cell, "]");
  return el("div", { className: "bar" },
    el("span", { className: "place-in-sheet" },
      place < 0 ? "not among those shown" : `${place + 1} of ${order.length}`),
    way("Left", "←", "left"), way("Right", "→", "right"), way("Up", "↑", "up"), way("Down", "↓", "down"),
    seeds ? [way("Previous seed", "[", "["), way("Next seed", "]", "]")] : null,
    keysControl(), control("Close", "✕", closeLarge, false));
}

function control(name, sign, onclick, disabled) {
  return textButton(sign, onclick, { className: "control", "aria-label": name, title: name, disabled });
}

function keysControl() {
  const button = control("Keys", "?", showKeys, false);
  button.classList.add("for-keys");
  return button;
}

/** A button that is on or off. */
function toggle(words, on, onclick, title) {
  return textButton(words, onclick, { "aria-pressed": String(on), "aria-label": words, title });
}

/** Show the column of this cell beside every picture, or no longer. */
function pin(cell) {
  const column = columnAxes().filter((axis) => axis in cell.axes).map((axis) => [axis, cell.axes[axis]]);
  change({ pin: isPinnedColumn(cell) ? {} : Object.fromEntries(column) }, { step: false });
}

/** On a column's head: pins it. */
function pinButton(cell) {
  const on = isPinnedColumn(cell);
  const press = () => {
    const place = [...columnHeadBox.querySelectorAll(".pin")].indexOf(button);
    pin(cell); // which draws the heads anew
    columnHeadBox.querySelectorAll(".pin")[place]?.focus();
  };
  const title = "Show this column beside every picture";
  const column = columnAxes().map((axis) => cell.axes[axis]).filter(Boolean).join(", ");
  const button = textButton(on ? "pinned" : "pin", press,
    { className: "pin", "aria-pressed": String(on), "aria-label": `pin ${column}`, title });
  return button;
}

/** What a key does to a cell, wherever it stands; true when it was one of these keys. */
function cellByKey(event, cell) {
  if (markByKey(event, cell)) return true;
  if (!plain(event)) return false;
  if (event.key === "c") choose(cell);
  else if (event.key === "p") pin(cell);
  else return false;
  event.preventDefault();
  return true;
}

function largeKey(event) {
  const cell = sheet.byLabel.get(view.open);
  if (!cell || stageByKey(event, largeStage) || cellByKey(event, cell) || !plain(event)) return;
  if (event.key in STEPS) stepLarge(STEPS[event.key]);
  else if (event.key === "Home") turnTo(readingOrder(laid.arranged)[0]);
  else if (event.key === "End") turnTo(readingOrder(laid.arranged).at(-1));
  else if (event.key === "i" && inputSides(cell).length) showInput();
  else return;
  event.preventDefault();
}

function startLarge() {
  let cell = null;
  const follow = () => {
    const was = cell;
    cell = sheet.byLabel.get(view.open) ?? null;
    if (cell || was) drawLarge(was);
    if (was && !cell) goTo(was);
  };
  large.addEventListener("keydown", largeKey);
  large.addEventListener("cancel", (event) => {
    event.preventDefault();
    closeLarge();
  });
  onView((changed) => {
    if (["open", "pin", "input", "differs", "compare"].some((name) => changed.has(name))) follow();
  });
  follow();
}
