// ── The grid: only what is in sight exists; every height is known before it is drawn ────────────────────────────

const GAP = 8;
const INSET = 12;
const CAPTION = 21;
const PADDING = 14; // above and below a line
const BAND = 46; // the head of an outer row
const TALLEST = 1.5; // a picture's height at most, by its width
const AHEAD = 600; // pixels above and below what is in sight

const grid = byId("grid");
const laid = { found: [], arranged: null, lines: [], bands: [], strips: [], height: 0, thumb: 0, across: 1, columnWidth: 0, side: 0, phone: false };
const drawn = { strips: new Map(), heads: new Map(), first: 0, end: 0, bands: new Map() };
let current = null; // the cell that the keyboard is at

const plane = el("div", { className: "plane", role: "table", "aria-label": sheet.title });
const columnHeadBox = el("div", { className: "heads", role: "rowgroup" });
const sideBox = el("div", { className: "side", role: "presentation" });
const bodyBox = el("div", { className: "body", role: "rowgroup" });

/** Work out what stands where: lines of strips, a strip being one row of pictures over all columns. */
function layOut() {
  laid.found = sheet.cells.filter((cell) => matches(cell, view));
  laid.arranged = arrange(ordered(laid.found, view), view);
  const { lines, columns } = laid.arranged;
  laid.phone = innerWidth < 700;
  laid.side = laid.phone || !(view.rows.length + view.groups.rows.length) ? 0 : Math.min(272, Math.round(grid.clientWidth * 0.22));
  measureColumns(lines, columns.length);
  laid.lines = [];
  laid.bands = [];
  laid.strips = [];
  let top = 0;
  for (const [at, line] of lines.entries()) top = placeLine(line, at, top);
  laid.height = top;
  laid.bands.forEach((band, at) => { band.height = (laid.bands[at + 1]?.top ?? top) - band.top; });
}

/** The width of a picture and how many stand side by side in a column. */
function measureColumns(lines, count) {
  const room = grid.clientWidth - laid.side - (laid.phone ? 16 : 24);
  const deepest = lines.reduce((most, line) => Math.max(most, ...[...line.places.values()].map((cells) => cells.length)), 1);
  if (count <= 1) {
    laid.thumb = view.zoom ?? (laid.phone ? 150 : 190);
    laid.across = Math.max(1, Math.min(deepest, Math.floor((room - 2 * INSET + GAP) / (laid.thumb + GAP))));
  } else {
    laid.across = Math.min(4, Math.ceil(Math.sqrt(deepest)));
    const fit = ((room / count) - 2 * INSET + GAP) / laid.across - GAP;
    laid.thumb = view.zoom ?? Math.round(Math.min(laid.across > 1 ? 220 : 320, Math.max(laid.phone ? 84 : 104, fit)));
  }
  laid.columnWidth = laid.across * (laid.thumb + GAP) - GAP + 2 * INSET;
}

function placeLine(line, at, top) {
  line.at = at;
  const before = laid.lines.at(-1)?.line;
  const outer = view.groups.rows.length;
  const opens = outer > 0 && (!before || before.ranks.slice(0, outer).join() !== line.ranks.slice(0, outer).join());
  const start = top + (opens ? BAND : 0);
  if (opens) laid.bands.push({ line, at: laid.bands.length, top });
  const head = rowHeadHeight(line, laid.side || grid.clientWidth);
  const first = laid.strips.length;
  let bottom = start + PADDING + (laid.phone && rowAxes().length ? head : 0);
  const deepest = Math.max(...[...line.places.values()].map((cells) => cells.length));
  for (let from = 0; from < deepest; from += laid.across) {
    const height = stripHeight(line, from);
    laid.strips.push({ line, at, from, top: bottom, height });
    bottom += height + GAP;
  }
  bottom = Math.max(bottom - GAP, start + PADDING + (laid.side && rowAxes().length ? head : 0)) + PADDING;
  laid.lines.push({ line, at, top: start, height: bottom - start, first, end: laid.strips.length, band: laid.bands.length - 1 });
  return bottom;
}

const rowAxes = () => [...view.groups.rows, ...view.rows];
const bandHeight = () => (view.groups.rows.length ? BAND : 0);
const captioned = () => view.cell.length > 0;
const pictureHeight = ({ shape: [width, height] }) => Math.round(laid.thumb * Math.min(TALLEST, height / width));

function stripHeight(line, from) {
  let tallest = 0;
  for (const cells of line.places.values()) {
    for (const cell of cells.slice(from, from + laid.across)) tallest = Math.max(tallest, pictureHeight(cell));
  }
  return tallest + (captioned() ? CAPTION : 0);
}

// ── Drawing ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Draw all anew, with the same cell at the top as before. */
function drawGrid({ keep = true } = {}) {
  const anchor = keep && laid.arranged ? topCell() : null;
  layOut();
  const { columns } = laid.arranged;
  const focused = bodyBox.contains(document.activeElement);
  for (const map of [drawn.strips, drawn.heads, drawn.bands]) map.clear();
  bodyBox.replaceChildren();
  sideBox.replaceChildren();
  drawn.first = drawn.end = -1;
  grid.classList.toggle("phone", laid.phone);
  grid.classList.toggle("tight", laid.thumb < COMPACT);
  for (const [name, pixels] of [["--side", laid.side], ["--column", laid.columnWidth], ["--thumb", laid.thumb], ["--band", bandHeight()]]) {
    grid.style.setProperty(name, `${pixels}px`);
  }
  grid.style.setProperty("--columns", String(Math.max(1, columns.length)));
  columnHeadBox.hidden = columnAxes().length === 0;
  plane.setAttribute("aria-rowcount", String(laid.lines.length));
  plane.style.width = `${laid.side + columns.length * laid.columnWidth}px`;
  bodyBox.style.height = `${laid.height}px`;
  drawColumns();
  if (anchor) returnTo(anchor);
  else grid.scrollTo(0, 0);
  drawSight();
  if (focused && current) focusCell(current);
  byId("empty").hidden = laid.lines.length > 0;
}

/** Draw `renewed` cells where they stand; where one changes what stands around it, draw all anew. */
function drawRenewed(renewed) {
  const before = [laid.height, laid.columnWidth, laid.strips.length, laid.arranged.columns.length].join();
  layOut();
  if ([laid.height, laid.columnWidth, laid.strips.length, laid.arranged.columns.length].join() !== before) {
    drawGrid();
    return;
  }
  const focused = document.activeElement?.classList.contains("shot");
  for (const [at, element] of drawn.strips) {
    const strip = laid.strips[at];
    const touched = [...strip.line.places.values()].some((cells) => cells.slice(strip.from, strip.from + laid.across).some((cell) => renewed.has(cell)));
    if (!touched) continue;
    const anew = stripElement(strip);
    element.replaceWith(anew);
    drawn.strips.set(at, anew);
  }
  if (focused && current) focusCell(current);
}

/** The cell at the top of what is in sight, and how far above or below the edge it stands. */
function topCell() {
  const at = stripAt(grid.scrollTop);
  const strip = laid.strips[at];
  const cell = strip && [...strip.line.places.values()].map((cells) => cells[strip.from]).find(Boolean);
  return cell ? { cell, off: (grid.scrollTop - strip.top) / strip.height } : null;
}

function returnTo({ cell, off }) {
  const strip = stripOf(cell);
  if (strip) grid.scrollTop = strip.top + off * strip.height;
}

function stripOf(cell) {
  const place = laid.arranged.placeOf.get(cell);
  if (!place) return undefined;
  const line = laid.lines[place.line.at];
  return laid.strips[line.first + Math.floor(place.depth / laid.across)];
}

/** The first strip that ends below `top`. */
function stripAt(top) {
  let [low, high] = [0, laid.strips.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (laid.strips[middle].top + laid.strips[middle].height < top) low = middle + 1;
    else high = middle;
  }
  return low;
}

function drawColumns() {
  const { columns } = laid.arranged;
  const left = Math.floor(grid.scrollLeft / laid.columnWidth);
  const right = Math.ceil((grid.scrollLeft + grid.clientWidth) / laid.columnWidth);
  if (left >= drawn.first && Math.min(right, columns.length) <= drawn.end) return;
  drawn.first = Math.max(0, left - 4);
  drawn.end = Math.min(columns.length, right + 4);
  columnHeadBox.replaceChildren(...columnHeads(columns, drawn.first, drawn.end));
  grid.style.setProperty("--heads", `${columnHeadBox.offsetHeight}px`);
  for (const element of drawn.strips.values()) element.remove();
  drawn.strips.clear();
}

function drawSight() {
  drawColumns();
  const [top, bottom] = [grid.scrollTop - AHEAD, grid.scrollTop + grid.clientHeight + AHEAD];
  const first = stripAt(top);
  let end = first;
  while (end < laid.strips.length && laid.strips[end].top < bottom) end += 1;
  const lines = new Map();
  for (const strip of laid.strips.slice(first, end)) lines.set(strip.at, laid.lines[strip.at]);
  bring(drawn.strips, bodyBox, Array.from({ length: end - first }, (_, at) => [first + at, laid.strips[first + at]]), stripElement);
  if (rowAxes().length) bring(drawn.heads, sideBox, lines, lineHead);
  if (laid.bands.length) bring(drawn.bands, sideBox, [...lines.values()].map(({ band }) => [band, laid.bands[band]]), bandElement);
}

/** Make `box` hold an element for each of `wanted` ([name, thing]) and no other. */
function bring(map, box, wanted, make) {
  const names = new Map(wanted);
  for (const [name, element] of map) {
    if (names.has(name)) continue;
    if (element.contains(document.activeElement)) grid.focus({ preventScroll: true });
    element.remove();
    map.delete(name);
  }
  for (const [name, thing] of names) {
    if (map.has(name)) continue;
    const element = make(thing);
    map.set(name, element);
    box.append(element);
  }
}

function lineHead({ line, at, top, height }) {
  const element = rowHeadElement(line, at);
  Object.assign(element.style, { top: `${top}px`, height: `${height}px` });
  return element;
}

/** The head of an outer row: it stays in sight as long as a line of its group does. */
function bandElement({ line, at, top, height }) {
  const cells = laid.lines.filter(({ band }) => band === at).flatMap(({ line: own }) => own.cells);
  const values = view.groups.rows.map((axis, level) => levelOf(axis, line.values[level], cells));
  const inner = el("div", { className: "inner" }, values.map(({ axis, value, text, wording, wordings }) =>
    el("span", { className: "place" }, el("span", { className: "axis" }, axis, wording === undefined ? null : el("span", { className: "id" }, value)),
      el("span", { className: "value", dir: "auto", title: wording ?? text }, wording ?? text), wordingsSaid(wordings))));
  return el("div", { className: "band", style: { top: `${top}px`, height: `${height}px` } }, inner);
}

function stripElement(strip) {
  const { columns } = laid.arranged;
  const cells = columns.slice(drawn.first, drawn.end).map((column, at) => placeElement(strip, column, drawn.first + at));
  const element = el("div", { className: "strip", role: "row", "aria-rowindex": String(strip.at + 1) }, cells);
  if (strip.from === 0 && rowAxes().length) element.setAttribute("aria-owns", `row-${strip.at}`);
  Object.assign(element.style, { top: `${strip.top}px`, height: `${strip.height}px` });
  if (strip.from === 0 && strip.at > 0) element.classList.add("opens");
  return element;
}

function placeElement(strip, column, at) {
  const cells = strip.line.places.get(column.name) ?? [];
  const element = el("div", { className: startsGroup(at) ? "cell starts" : "cell", role: "cell", style: { left: `${at * laid.columnWidth}px` } });
  if (cells.length) element.append(...cells.slice(strip.from, strip.from + laid.across).map(shot));
  else if (strip.from === 0) element.append(el("span", { className: "nothing" }, isPlanned(strip.line, column) ? "filtered out" : "not in the plan"));
  return element;
}

/** Whether a fine rule stands before this column: the value of the outermost of several axes changes there. */
function startsGroup(at) {
  const { columns } = laid.arranged;
  return at > 0 && columnAxes().length > 1 && columns[at].ranks[0] !== columns[at - 1].ranks[0];
}

/** Whether the job has a cell here that the filters hide. */
function isPlanned(line, column) {
  if (laid.found.length === sheet.cells.length) return false;
  const wanted = [...rowAxes().map((axis, level) => [axis, line.values[level]]), ...columnAxes().map((axis, level) => [axis, column.values[level]])];
  return sheet.cells.some((cell) => wanted.every(([axis, value]) => cell.axes[axis] === value) && onTabs(cell, view, placesOf(view).tabs));
}

// ── Keys: from picture to picture as they stand ─────────────────────────────────────────────────────────────────

/** The cell that stands beside `cell` to the eye: in its place, else in the next one of the line or of the column. */
function beside(cell, key) {
  const place = laid.arranged.placeOf.get(cell);
  if (!place) return undefined;
  const { line, column, depth } = place;
  const by = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
  const { across } = laid;
  const own = line.places.get(column.name);
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const inStrip = Math.floor((depth + by) / across) === Math.floor(depth / across);
    if (own[depth + by] && (inStrip || laid.arranged.columns.length === 1)) return own[depth + by];
    const further = stepped(laid.arranged.columns, column, by, (other) => line.places.has(other.name));
    const cells = further && line.places.get(further.name);
    const start = depth - depth % across;
    return cells && (cells[Math.min(cells.length - 1, by > 0 ? start : start + across - 1)]);
  }
  if (own[depth + by * across]) return own[depth + by * across];
  const further = stepped(laid.arranged.lines, line, by, (other) => other.places.has(column.name));
  const cells = further && further.places.get(column.name);
  const lastStart = cells && cells.length - 1 - (cells.length - 1) % across;
  return cells && cells[Math.min(cells.length - 1, (by > 0 ? 0 : lastStart) + depth % across)];
}

/** Bring a cell into sight and give it the focus. */
function goTo(cell) {
  const strip = stripOf(cell);
  if (!strip) return;
  current = cell;
  const { column } = laid.arranged.placeOf.get(cell);
  const left = laid.arranged.columns.indexOf(column) * laid.columnWidth;
  const head = columnHeadBox.offsetHeight;
  if (strip.top < grid.scrollTop + bandHeight()) grid.scrollTop = strip.top - PADDING - bandHeight();
  if (strip.top + strip.height > grid.scrollTop + grid.clientHeight - head) grid.scrollTop = strip.top + strip.height + head + PADDING - grid.clientHeight;
  if (left < grid.scrollLeft) grid.scrollLeft = left;
  if (left + laid.columnWidth > grid.scrollLeft + grid.clientWidth - laid.side) grid.scrollLeft = left + laid.columnWidth + laid.side - grid.clientWidth;
  drawSight();
  focusCell(cell);
}

function focusCell(cell) {
  for (const button of bodyBox.querySelectorAll(".shot")) {
    button.tabIndex = button.cell === cell ? 0 : -1;
    if (button.cell === cell) button.focus({ preventScroll: true });
  }
}

function startGrid() {
  plane.append(columnHeadBox, sideBox, bodyBox);
  grid.append(plane);
  let asked = false;
  grid.addEventListener("scroll", () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; drawSight(); });
  }, { passive: true });
  grid.addEventListener("keydown", (event) => {
    if (!plain(event) || !event.key.startsWith("Arrow")) return;
    const next = laid.arranged.placeOf.has(current) ? beside(current, event.key) : laid.lines[0]?.line.cells[0];
    if (!next) return;
    event.preventDefault();
    goTo(next);
  });
  new ResizeObserver(() => { if (grid.clientWidth !== laid.width) { laid.width = grid.clientWidth; drawGrid(); } }).observe(grid);
  const anew = ["rows", "columns", "groups", "cell", "tabs", "q", "filters", "states", "flags", "marked", "sort"];
  onView((changed) => {
    if (anew.some((name) => changed.has(name))) drawGrid({ keep: false });
    else if (changed.has("zoom") || changed.has("differs") || changed.has("pin")) drawGrid();
  });
  laid.width = grid.clientWidth;
  drawGrid({ keep: false });
}
