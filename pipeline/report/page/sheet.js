"use strict";
// The contact sheet's view. Everything that it shows stands as JSON in #sheet and goes into the page as text only.

const sheet = JSON.parse(document.getElementById("sheet").textContent);

/** An element with properties and children; strings become text, null children are left out. */
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

// ── The head ────────────────────────────────────────────────────────────────────────────────────────────────────

function fillMasthead() {
  const counts = sheet.counts.map(({ state, word, n }) =>
    el("li", { className: `count ${state}` }, el("b", {}, String(n)), ` ${word}`));
  const csv = el("a", { href: "contact_sheet.csv" }, "CSV");
  document.getElementById("masthead").append(
    el("div", { className: "name" },
      el("p", { className: "overline" }, "Contact sheet"),
      el("h1", { dir: "auto" }, sheet.title),
      sheet.mark ? el("p", { className: "mark" }, sheet.mark) : null),
    el("div", { className: "figures" },
      el("ul", { className: "counts" }, counts),
      el("p", { className: "spend" }, sheet.spend, sheet.until ? ` · until ${sheet.until}` : "", " · ", csv)));
}

// ── The grid ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Every combination of these axes' values that some cell has, as {values, cells}, in the job's own order. */
function groups(axes, cells) {
  const order = axes.map((axis) => [...new Set(sheet.rows.map((row) => row.axes[axis]))]);
  const found = new Map();
  for (const row of cells) {
    const values = axes.map((axis) => row.axes[axis]);
    const name = JSON.stringify(values);
    if (!found.has(name)) found.set(name, { name, values, cells: [] });
    found.get(name).cells.push(row);
  }
  const rank = (group) => group.values.map((value, level) => order[level].indexOf(value));
  return [...found.values()]
    .map((group) => ({ group, rank: rank(group) }))
    .sort((one, two) => one.rank.map((at, level) => at - two.rank[level]).find((difference) => difference) ?? 0)
    .map(({ group }) => group);
}

/** One line a level of the column axes; equal neighbours under one parent share a header. */
function columnHeads(columns, starts) {
  const { columns: axes } = sheet.layout;
  return axes.map((axis, level) => {
    const line = el("div", { className: "line", role: "row" }, el("div", { className: "corner", role: "presentation" }));
    for (let start = 0, end; start < columns.length; start = end) {
      const parent = JSON.stringify(columns[start].values.slice(0, level + 1));
      for (end = start + 1; end < columns.length; end += 1) {
        if (JSON.stringify(columns[end].values.slice(0, level + 1)) !== parent) break;
      }
      const head = el("div", { className: starts.has(start) ? "colhead starts" : "colhead", role: "columnheader", "aria-colspan": String(end - start) },
        el("span", { className: "axis" }, axis), el("span", { className: "value", dir: "auto" },
          columns[start].values[level] ?? "–"));
      head.style.gridColumnEnd = `span ${end - start}`;
      line.append(head);
    }
    return line;
  });
}

/** Where, after the first, a value of the outermost of several column axes begins: a fine rule stands there. */
function groupStarts(columns) {
  const outer = columns.map((column) => column.values[0]);
  const nested = sheet.layout.columns.length > 1;
  return new Set([...outer.keys()].filter((place) => nested && place > 0 && outer[place] !== outer[place - 1]));
}

/** The values of a row's axes; a compound one shows its parts, a prompt (or a row of one wording) its first lines. */
function rowHead(line) {
  const [first] = line.cells;
  const { rows: axes, columns } = sheet.layout;
  const places = line.values.map((value, level) => {
    const axis = axes[level];
    const inner = Object.entries(first.axes).filter(([name]) => name.startsWith(`${axis}.`));
    return el("div", { className: "place" },
      el("span", { className: "axis" }, axis),
      el("span", { className: "value", dir: "auto" }, value ?? "–"),
      axis === "prompt" ? promptLines(line.cells) : null,
      inner.length ? el("span", { className: "parts", dir: "auto" },
        inner.map(([name, text]) => `${name.slice(axis.length + 1)} ${text}`).join(" · ")) : null);
  });
  const wording = ![...axes, ...columns].includes("prompt") && line.cells.every((row) => row.prompt === first.prompt);
  return el("div", { className: "rowhead", role: "rowheader" },
    el("div", { className: "inner" }, places, wording ? promptLines(line.cells) : null));
}

function promptLines(cells) {
  const wordings = new Set(cells.map((row) => row.prompt ?? ""));
  const others = wordings.size - 1;
  return [
    el("span", { className: "prompt two-lines", dir: "auto" }, cells[0].prompt ?? ""),
    others ? el("span", { className: "parts" }, `and ${others} other wording${others > 1 ? "s" : ""} in this row`) : null,
  ];
}

/** What tells a cell from the others in its stack, else what nothing else says: its seed. */
function caption(row) {
  const { stack } = sheet.layout;
  return stack.map((axis) => [axis, row.axes[axis]]).filter(([, value]) => value !== undefined)
    .map(([axis, value]) => `${axis} ${value}`).join(" · ");
}

/** A picture, or a card that says why there is none; both open the large view. */
function shot(row) {
  const place = shown.push(row) - 1;
  const text = caption(row);
  const button = el("button", { type: "button", className: `shot ${row.state}`, onclick: () => open(place) },
    row.thumb ? thumbnail(row) : card(row),
    text || row.shared ? el("span", { className: "caption" }, text,
      row.shared ? el("span", { className: "shared", title: `${row.shared} cells share this picture` }, " =") : null)
      : null);
  shots.push(button);
  return button;
}

function thumbnail(row) {
  const [width, height] = row.shape;
  return el("img", { className: "picture", loading: "lazy", decoding: "async", width, height, src: row.thumb, alt: alt(row) });
}

function card(row) {
  const box = el("span", { className: "picture card" },
    el("span", { className: "word" }, row.word),
    row.reason ? el("span", { className: "reason", dir: "auto" }, row.reason) : null);
  box.style.aspectRatio = row.shape.join(" / ");
  return box;
}

function alt(row) {
  return `${row.label}: ${(row.prompt ?? "").replace(/\s+/g, " ").slice(0, 160)}`;
}

function fillGrid() {
  const grid = document.getElementById("grid");
  const columns = groups(sheet.layout.columns, sheet.rows);
  const starts = groupStarts(columns);
  const deepest = Math.max(1, ...groups([...sheet.layout.rows, ...sheet.layout.columns], sheet.rows)
    .map((group) => group.cells.length));
  grid.classList.toggle("one-column", columns.length < 2);
  grid.classList.toggle("no-rows", sheet.layout.rows.length === 0);
  grid.style.setProperty("--columns", String(columns.length));
  grid.style.setProperty("--across", String(Math.min(4, Math.ceil(Math.sqrt(deepest)))));
  const table = el("div", { className: "table", role: "table", "aria-label": sheet.title });
  if (sheet.layout.columns.length) {
    table.append(el("div", { className: "head", role: "rowgroup" }, columnHeads(columns, starts)));
  }
  const body = el("div", { className: "body", role: "rowgroup" });
  for (const line of groups(sheet.layout.rows, sheet.rows)) body.append(gridLine(line, columns, starts));
  table.append(body);
  grid.append(table);
  const head = table.querySelector(".head");
  grid.style.setProperty("--head-height", `${head ? head.offsetHeight : 0}px`);
}

function gridLine(line, columns, starts) {
  const byColumn = new Map(groups(sheet.layout.columns, line.cells).map((group) => [group.name, group.cells]));
  return el("div", { className: "line", role: "row" },
    sheet.layout.rows.length ? rowHead(line) : el("div", { className: "corner", role: "presentation" }),
    columns.map((column, place) => {
      const cells = byColumn.get(column.name) ?? [];
      return el("div", { className: starts.has(place) ? "cell starts" : "cell", role: "cell" },
        cells.length ? cells.map(shot) : el("span", { className: "nothing" }, "not in the plan"));
    }));
}

// ── The large view ──────────────────────────────────────────────────────────────────────────────────────────────

const shown = []; // the rows in reading order …
const shots = []; // … and their buttons
const large = document.getElementById("large");
let at = 0;

function open(place) {
  at = place;
  large.replaceChildren(...largeView(shown[place]));
  if (!large.open) large.showModal();
  large.focus();
  for (const near of [place + 1, place - 1]) if (shown[near]?.file) new Image().src = shown[near].file;
}

function step(by) {
  if (shown[at + by]) open(at + by);
}

function largeView(row) {
  const bar = el("div", { className: "bar" },
    el("span", { className: "place-in-sheet" }, `${at + 1} of ${shown.length}`),
    control("Previous", "←", () => step(-1), at === 0),
    control("Next", "→", () => step(1), at === shown.length - 1),
    control("Close", "✕", () => large.close(), false));
  const stage = el("div", { className: "stage" }, row.file
    ? el("img", { src: row.file, alt: alt(row), width: row.shape[0], height: row.shape[1] })
    : el("div", { className: `shot ${row.state}` }, card(row)));
  return [stage, el("div", { className: "panel" }, bar, about(row))];
}

function control(name, sign, onclick, disabled) {
  return el("button", { type: "button", className: "control", "aria-label": name, title: name, onclick, disabled }, sign);
}

function about(row) {
  return [
    el("h2", { id: "large-title", dir: "auto" }, row.label),
    row.state === "downloaded" ? null
      : el("p", { className: `state ${row.state}` }, el("b", {}, row.word), row.reason ? `: ${row.reason}` : ""),
    passage("Prompt, as sent", row.prompt),
    passage("Prompt, as the service returned it", row.returned),
    listing("This picture", facts(row)),
    listing("Parameters sent", Object.entries(row.params)),
    row.file ? el("p", { className: "original" }, el("a", { href: row.file, target: "_blank", rel: "noopener" },
      "Open the original file")) : null,
  ];
}

function passage(title, text) {
  return text ? el("section", {}, el("h3", {}, title), el("p", { className: "prompt", dir: "auto" }, text)) : null;
}

function listing(title, pairs) {
  const lines = pairs.filter(([, text]) => text !== undefined && text !== null && text !== "");
  return lines.length ? el("section", {}, el("h3", {}, title), el("dl", {}, lines.map(([name, text]) =>
    [el("dt", {}, name), el("dd", { dir: "auto" }, String(text))]))) : null;
}

function facts(row) {
  const [lo, hi] = row.charges;
  return [
    ...Object.entries(row.axes).filter(([axis]) => !["model", "seed"].includes(axis)),
    ["model", row.model],
    ["seed", row.params.seed],
    ["seed returned", row.seed_returned],
    ["pixels", row.file ? `${row.shape[0]} × ${row.shape[1]}` : null],
    ["file", row.bytes ? `${Math.ceil(row.bytes / 1024).toLocaleString("en")} KB` : null],
    ["price", row.price],
    ["charged", row.reused ? `no: reused from ${row.reused}` : lo === hi ? `${lo}` : `${lo} to ${hi}`],
    ["shared by", row.shared ? `${row.shared} cells (charged once)` : null],
    ["ready in", row.latency === undefined ? null : `${row.latency.toFixed(1)} s`],
    ["attempts", row.attempts > 1 ? row.attempts : null],
    ["remote id", row.remote_id],
    ["key", row.key],
  ];
}

// ── Keys ────────────────────────────────────────────────────────────────────────────────────────────────────────

const STEPS = { ArrowLeft: -1, ArrowRight: 1 };
const plain = (event) => !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey);

large.addEventListener("keydown", (event) => {
  if (!(event.key in STEPS) || !plain(event)) return;
  event.preventDefault();
  step(STEPS[event.key]);
});
large.addEventListener("click", (event) => {
  if (event.target === large) large.close();
});
large.addEventListener("close", () => {
  shots[at].focus();
  large.replaceChildren();
});
document.getElementById("grid").addEventListener("keydown", (event) => {
  const next = shots[shots.indexOf(document.activeElement) + STEPS[event.key]];
  if (!(event.key in STEPS) || !plain(event) || !shots.includes(document.activeElement) || !next) return;
  event.preventDefault();
  next.focus();
});

fillMasthead();
fillGrid();
