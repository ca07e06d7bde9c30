// ── A picture, or the card in its place ─────────────────────────────────────────────────────────────────────────

const [SMALL_SIDE, LARGE_SIDE] = [128, 256]; // the longer sides of the thumbnails, as report/thumbnails.py makes them
const STRETCH = 1.25; // a small thumbnail may be drawn so much larger

/** A cell for who does not see it: what the card, the badges and the marks show. */
function spoken(cell, marked) {
  const fate = cell.thumb ? [] : [`${cell.word}: ${cell.reason ?? ""}`];
  return [alt(cell), ...fate, ...badges(cell).map(([, words]) => words), ...(marked ? [marked] : [])].join(". ");
}

function shot(cell) {
  const element = el("button", { type: "button", className: `shot ${cell.state}`, tabIndex: cell === current ? 0 : -1 },
    cell.thumb ? thumbnail(cell) : card(cell), badgeLine(cell),
    captioned() ? el("span", { className: "caption", dir: "auto" }, caption(cell)) : null);
  element.onclick = () => { current = cell; openLarge(cell); };
  element.onfocus = () => { current = cell; };
  element.cell = cell;
  return dress(element);
}

/** The thumbnail, or the picture itself, that is dense enough for the width and the screen. */
function thumbnail(cell) {
  const height = pictureHeight(cell);
  const wanted = Math.max(laid.thumb, height) * devicePixelRatio;
  const src = wanted <= SMALL_SIDE * STRETCH ? cell.thumb : wanted <= LARGE_SIDE * 1.6 ? cell.thumbLarge : cell.file;
  return el("img", { className: "picture", decoding: "async", width: laid.thumb, height, src, alt: alt(cell), draggable: false });
}

/** In place of a picture its fate, with as many whole lines of the reason as there is room for. */
function card(cell) {
  const height = pictureHeight(cell);
  const lines = Math.floor((height - 38) / 16.5);
  return el("span", { className: "picture card", style: { height: `${height}px` } },
    el("span", { className: "word" }, cell.word),
    cell.reason && lines > 0
      ? el("span", { className: "reason", dir: "auto", style: { webkitLineClamp: String(lines) } }, cell.reason) : null);
}

/** What tells a cell from the others in its place. */
function caption(cell) {
  return view.cell.filter((axis) => cell.axes[axis] !== undefined && tells(axis)).map((axis) => `${axis} ${cell.axes[axis]}`).join(" · ");
}

/** What is to be known of a picture before one believes it: [[sign, words, kind], …]. */
function badges(cell) {
  const found = [];
  if (cell.shared) found.push(["=", `${cell.shared} cells share this picture`, "shared"]);
  if (cell.resized) found.push([cell.shape.join("×"), `asked for ${cell.resized.join(" × ")}, came as ${cell.shape.join(" × ")}`, "resized"]);
  if (cell.returned) found.push(["✎", "the service changed the prompt", "rewritten"]);
  for (const flag of cell.flags) found.push([flag === "near-duplicate" ? "≈" : flag, flagText(cell, flag), "flag"]);
  return found;
}

const flagText = (cell, flag) => (flag === "near-duplicate" ? `near-duplicate of ${cell.near}` : flag);

function badgeLine(cell) {
  const found = badges(cell);
  return found.length ? el("span", { className: "badges" }, found.map(([text, title, name]) => el("span", { className: `badge ${name}`, title }, text))) : null;
}
