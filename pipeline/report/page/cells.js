// ── The sheet and its cells, as the page holds them ─────────────────────────────────────────────────────────────

/** `count` values out of a column; report/columns.py says what columns there are. */
function unpack(column, count) {
  if ("all" in column) return Array(count).fill(column.all);
  if ("of" in column) return column.at.map((place) => column.of[place]);
  if ("each" in column) return column.each.map((value) => value ?? undefined);
  return unpackCells(column.in, count).map((value) => (Object.keys(value).length ? value : undefined));
}

function unpackCells(columns, count) {
  const cells = Array.from({ length: count }, () => ({}));
  for (const [name, column] of Object.entries(columns)) {
    unpack(column, count).forEach((value, place) => {
      if (value !== undefined) cells[place][name] = value;
    });
  }
  return cells;
}

/** A cell with what follows from it: its place in the sheet, where its pictures lie, the size it was asked for. */
function wholeCell(cell, place) {
  const whole = { axes: {}, params: {}, metrics: {}, flags: [], ...cell, place };
  whole.inputs = Object.fromEntries(Object.entries(whole.params).filter(([, value]) => isInput(value))
    .map(([name, { sha256, file }]) => [name, { file: sheet.pictures + file, thumb: `thumbs/small/${sha256}.webp` }]));
  if (cell.sha256 === undefined) return whole;
  const { width, height } = whole.params;
  const [wide, high] = cell.shape;
  return Object.assign(whole, {
    file: sheet.pictures + cell.path,
    thumb: `thumbs/small/${cell.sha256}.webp`,
    thumbLarge: `thumbs/large/${cell.sha256}.webp`,
    resized: (width && width !== wide) || (height && height !== high) ? [width ?? wide, height ?? high] : undefined,
  });
}

const isInput = (value) => typeof value === "object" && "sha256" in value;

/** Every axis that is more than a part of another, with its values in the order of the job. */
function axesOf(cells) {
  const found = new Map();
  for (const cell of cells) {
    for (const [axis, value] of Object.entries(cell.axes)) {
      if (axis.includes(".")) continue;
      if (!found.has(axis)) found.set(axis, new Set());
      found.get(axis).add(value);
    }
  }
  return new Map([...found].map(([axis, values]) => [axis, [...values]]));
}

/** The parameters whose input picture is not the same in every cell. */
function varyingInputs(cells) {
  const names = new Set(cells.flatMap((cell) => Object.keys(cell.inputs)));
  return new Set([...names].filter((name) => new Set(cells.map((cell) => cell.inputs[name]?.file)).size > 1));
}

const sheet = JSON.parse(byId("sheet").textContent);
sheet.cells = unpackCells(sheet.cells.columns, sheet.cells.count).map(wholeCell);
sheet.axes = axesOf(sheet.cells);
sheet.wordings = new Set(sheet.cells.map((cell) => cell.prompt)).size;
sheet.inputVaries = varyingInputs(sheet.cells);
sheet.byLabel = new Map(sheet.cells.map((cell) => [cell.label, cell]));

const varies = (axis) => sheet.axes.get(axis).length > 1;

/** The parts of a compound axis' value, of which `cell` is one: `[["surface", "oak"], …]`. */
function partsOf(axis, cell) {
  const start = `${axis}.`;
  return Object.entries(cell.axes).filter(([name]) => name.startsWith(start))
    .map(([name, value]) => [name.slice(start.length), value]);
}

/** What a picture is, for who does not see it. */
function alt(cell) {
  return `${cell.label}: ${(cell.prompt ?? "").replace(/\s+/g, " ").slice(0, 160)}`;
}
