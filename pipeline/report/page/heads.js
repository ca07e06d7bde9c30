// ── Heads: what a row or a column has in common, in words that were sent, not in ids ────────────────────────────

const PARTS_SHOWN = 4;

/** What all `cells` have under `of`, if that is one thing; undefined otherwise. */
function common(cells, of) {
  const first = of(cells[0]);
  return cells.every((cell) => of(cell) === first) ? first : undefined;
}

/** One level of a head. `text` stands for the value, its id at most beside it; `wording` is one of so many `wordings`. */
function levelOf(axis, value, cells) {
  const parts = partsOf(axis, cells[0]).filter(([name]) => tells(`${axis}.${name}`));
  const wording = axis === "prompt" ? common(cells, (cell) => cell.prompt) ?? cells[0].prompt : undefined;
  const text = parts.length ? parts.slice(0, PARTS_SHOWN).map(([name, part]) => `${name} ${part}`).join(" · ") : value ?? "–";
  const wordings = axis === "prompt" ? new Set(cells.map((cell) => cell.prompt)).size : 1;
  return { axis, value, text, wording, wordings, pictures: inputsOf(cells) };
}

/** The input pictures that `cells` share and others do not, as thumbnails. */
function inputsOf(cells) {
  const shared = Object.entries(cells[0].inputs ?? {}).filter(([name, input]) =>
    sheet.inputVaries.has(name) && cells.every((cell) => cell.inputs?.[name]?.file === input.file));
  return shared.map(([name, input]) => ({ name, ...input }));
}

/** The wording that stands in a line's head: its own, where it is one and not everybody's. */
function wordingOf(line) {
  const own = common(line.cells, (cell) => cell.prompt);
  return own !== undefined && sheet.wordings > 1 ? own : undefined;
}

/** What a line's head shows: its axes without the groups around it, then its wording. */
function rowHead(line) {
  const skipped = view.groups.rows.length;
  const levels = view.rows.map((axis, level) => levelOf(axis, line.values[skipped + level], line.cells));
  const wording = wordingOf(line);
  return {
    levels: levels.filter(({ axis }) => tells(axis) && (axis !== "prompt" || wording === undefined)),
    name: wording === undefined ? null : levels.find(({ axis }) => axis === "prompt")?.value ?? null,
    wording,
    wordings: wording === undefined && view.rows.includes("prompt") ? new Set(line.cells.map((cell) => cell.prompt)).size : 1,
    pictures: inputsOf(line.cells),
  };
}

const COMPACT = 104; // pictures narrower than this make their row's head close up

/** How tall a line's head may become: its texts are clamped, so that this is known before they are drawn. */
function rowHeadHeight(line, width) {
  const head = rowHead(line);
  const tight = laid.thumb < COMPACT; // each axis and its value on one line, the wording beside its name
  const across = Math.max(12, Math.floor((width - (tight ? 148 : 48)) / 7.2));
  const rowsOf = (text) => Math.min(2, Math.ceil((text ?? "").length / across) || 1);
  const levels = tight ? 27 * head.levels.length : head.levels.reduce((sum, { text }) => sum + 20 + 21 * rowsOf(text), 0);
  const words = head.wording === undefined ? 0 : (tight ? 0 : 20) + 20 * rowsOf(head.wording) + (head.wordings > 1 ? 18 : 0);
  return levels + words + (head.pictures.length ? 60 : 0) + 10;
}

function rowHeadElement(line, at) {
  const head = rowHead(line);
  const inner = el("div", { className: "inner" },
    head.pictures.length ? el("div", { className: "inputs" }, head.pictures.map(inputPicture)) : null,
    head.levels.map((level) => el("div", { className: "place" },
      el("span", { className: "axis" }, level.axis),
      el("span", { className: "value two-lines", dir: "auto", title: level.text }, level.text))),
    head.wording === undefined ? null : el("div", { className: "place" },
      el("span", { className: "axis" }, "prompt", head.name === null ? null : el("span", { className: "id", dir: "auto" }, head.name)),
      el("span", { className: "prompt two-lines", dir: "auto", title: head.wording }, head.wording)),
    head.wordings > 1 ? el("span", { className: "parts" }, `${head.wordings} wordings in this row`) : null);
  return el("div", { className: at ? "rowhead" : "rowhead first", role: "rowheader", id: `row-${at}` }, inner);
}

function inputPicture({ name, thumb, file }) {
  return el("img", { className: "input", src: thumb ?? file, alt: `input: ${name}`, title: name, height: 52, loading: "lazy" });
}

/** That the wording shown is one of several. */
const wordingsSaid = (n) => (n > 1 ? el("span", { className: "parts" }, `one of ${n} wordings`) : null);

// ── Above the columns ───────────────────────────────────────────────────────────────────────────────────────────

const columnAxes = () => [...view.groups.columns, ...view.columns];

/** The heads of the columns from `first` to before `end`, a line a level; equal neighbours under one parent share one. */
function columnHeads(columns, first, end) {
  return columnAxes().map((axis, level) => {
    const line = el("div", { className: level < view.groups.columns.length ? "level outer" : "level", role: "row" });
    const part = (column) => column.ranks.slice(0, level + 1).join();
    for (let from = 0, to; from < columns.length; from = to) {
      for (to = from + 1; to < columns.length && part(columns[to]) === part(columns[from]);) to += 1;
      if (to <= first || from >= end || !tells(axis)) continue;
      line.append(columnHead(axis, level, columns.slice(from, to), from));
    }
    return line;
  });
}

function columnHead(axis, level, columns, from) {
  const { text, wording, wordings, pictures, value } = levelOf(axis, columns[0].values[level], columns[0].cells);
  const head = el("div", { className: from > 0 && level === 0 && columnAxes().length > 1 ? "colhead starts" : "colhead", role: "columnheader", "aria-colspan": String(columns.length) },
    el("div", { className: "inner" },
      pictures.length && level === columnAxes().length - 1 ? pictures.map(inputPicture) : null,
      el("span", { className: "axis" }, axis, wording === undefined ? null : el("span", { className: "id", dir: "auto" }, value)),
      el("span", { className: wording === undefined ? "value two-lines" : "prompt two-lines", dir: "auto", title: wording ?? text }, wording ?? text), wordingsSaid(wordings)),
    level === columnAxes().length - 1 ? pinButton(columns[0].cells[0]) : null);
  head.style.gridColumn = `${from + 1} / span ${columns.length}`;
  return head;
}
