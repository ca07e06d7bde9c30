// ── Where each cell stands (pure) ───────────────────────────────────────────────────────────────────────────────

const PLACES = ["groupRows", "rows", "groupColumns", "columns", "cell", "tabs"];

/** The axes of each place. One of several values that `view` places nowhere is a tab. */
function placesOf(from) {
  const placed = { groupRows: from.groups.rows, rows: from.rows, groupColumns: from.groups.columns, columns: from.columns, cell: from.cell };
  const taken = new Set(Object.values(placed).flat());
  return { ...placed, tabs: [...sheet.axes.keys()].filter((axis) => varies(axis) && !taken.has(axis)) };
}

/** The part of a view that puts these axes into these places. */
function viewOf(places) {
  const { groupRows, rows, groupColumns, columns, cell } = places;
  return { groups: { rows: groupRows, columns: groupColumns }, rows, columns, cell };
}

/** `from` with `axis` in `place`, before the axis `before` or last. */
function placed(from, axis, place, before = null) {
  const places = Object.fromEntries(Object.entries(placesOf(from)).map(([name, axes]) => [name, axes.filter((other) => other !== axis)]));
  const at = places[place].indexOf(before);
  places[place].splice(at < 0 ? places[place].length : at, 0, axis);
  return viewOf(places);
}

/** The value of the tab `axis` that is shown. */
const tabValue = (from, axis) => from.tabs[axis] ?? sheet.axes.get(axis)[0];

/** Whether `cell` stands on the tabs that are open. One that a tab's axis does not reach stands on all of them. */
function onTabs(cell, from, tabs) {
  return tabs.every((axis) => cell.axes[axis] === undefined || cell.axes[axis] === tabValue(from, axis));
}

/** The tabs on which a cell stands, where others are open. */
function awayTabs(cell, from) {
  const away = placesOf(from).tabs.filter((axis) => !onTabs(cell, from, [axis]));
  return Object.fromEntries(away.map((axis) => [axis, cell.axes[axis]]));
}

/**
 * `cells`, in this order, as lines and columns: `{lines, columns, placeOf}`. A line is {name, values, cells, places};
 * `line.places.get(column.name)` are the cells of a place. Both stand in the order of the job, in a sorted view the
 * lines in that of their first cells.
 */
function arrange(cells, from) {
  const { groupRows, rows, groupColumns, columns, tabs } = placesOf(from);
  const shown = cells.filter((cell) => onTabs(cell, from, tabs));
  const lineOf = namer([...groupRows, ...rows]);
  const columnOf = namer([...groupColumns, ...columns]);
  const arranged = { lines: new Map(), columns: new Map(), placeOf: new Map() };
  for (const cell of shown) {
    const line = lineOf(arranged.lines, cell);
    const column = columnOf(arranged.columns, cell);
    if (!line.places.has(column.name)) line.places.set(column.name, []);
    arranged.placeOf.set(cell, { line, column, depth: line.places.get(column.name).push(cell) - 1 });
  }
  const inOrder = (found) => [...found.values()].sort((one, two) => compareRanks(one.ranks, two.ranks));
  return {
    lines: from.sort ? [...arranged.lines.values()] : inOrder(arranged.lines),
    columns: inOrder(arranged.columns),
    placeOf: arranged.placeOf,
  };
}

/** `(found, cell)` → the group of `cell` by its values on `axes`, made where `found` has none yet. */
function namer(axes) {
  const ranks = axes.map((axis) => new Map(sheet.axes.get(axis).map((value, rank) => [value, rank])));
  return (found, cell) => {
    const at = axes.map((axis, level) => ranks[level].get(cell.axes[axis]) ?? Infinity);
    const name = at.join();
    let group = found.get(name);
    if (!group) {
      group = { name, ranks: at, values: axes.map((axis) => cell.axes[axis]), cells: [], places: new Map() };
      found.set(name, group);
    }
    group.cells.push(cell);
    return group;
  };
}

function compareRanks(one, two) {
  for (let level = 0; level < one.length; level += 1) if (one[level] !== two[level]) return one[level] < two[level] ? -1 : 1;
  return 0;
}

// ── The way from cell to cell ───────────────────────────────────────────────────────────────────────────────────

const WAYS = { left: -1, right: 1, up: -1, down: 1, "[": -1, "]": 1 };

/**
 * The next cell of `arranged` in a direction: left and right over the columns, up and down over the rows, `[` and `]`
 * along the seed (else the innermost axis of the cell). Where nothing stands in columns, left and right step in the cell.
 */
function neighbour(cell, direction, arranged = laid.arranged) {
  const place = arranged.placeOf.get(cell);
  const by = WAYS[direction];
  if (direction === "[" || direction === "]") return along(cell, by);
  if (!place) return undefined;
  const { line, column, depth } = place;
  if (direction === "up" || direction === "down") {
    const further = stepped(arranged.lines, line, by, (other) => other.places.has(column.name));
    return further && mate(further.places.get(column.name), cell, depth);
  }
  if (arranged.columns.length === 1) return line.places.get(column.name)[depth + by];
  const further = stepped(arranged.columns, column, by, (other) => line.places.has(other.name));
  return further && mate(line.places.get(further.name), cell, depth);
}

function stepped(groups, from, by, wanted) {
  for (let at = groups.indexOf(from) + by; groups[at]; at += by) if (wanted(groups[at])) return groups[at];
  return undefined;
}

/** Of the cells of a place, the one that stands there as `cell` does in its own. */
function mate(cells, cell, depth) {
  return cells.find((other) => view.cell.every((axis) => other.axes[axis] === cell.axes[axis])) ?? cells[Math.min(depth, cells.length - 1)];
}

function along(cell, by) {
  const axis = sheet.axes.has("seed") && varies("seed") ? "seed" : view.cell.at(-1);
  if (axis === undefined) return undefined;
  const others = [...sheet.axes.keys()].filter((name) => name !== axis);
  const line = sheet.cells.filter((other) => others.every((name) => other.axes[name] === cell.axes[name]));
  const values = sheet.axes.get(axis);
  const ranked = line.sort((one, two) => values.indexOf(one.axes[axis]) - values.indexOf(two.axes[axis]));
  return ranked[ranked.indexOf(cell) + by];
}
