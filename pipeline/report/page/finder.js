// ── Which cells are shown, and in which order ───────────────────────────────────────────────────────────────────

const FOUND_BY = { q: "", filters: {}, states: [], flags: [], marked: [] }; // the view of who looks for nothing
const lowered = new Map(); // texts in lower case: cells share most of theirs
const soughtIn = new WeakMap();

function lower(text) {
  if (!lowered.has(text)) lowered.set(text, text.toLowerCase());
  return lowered.get(text);
}

/** A cell's texts that a search looks into. */
function textsOf(cell) {
  if (!soughtIn.has(cell)) soughtIn.set(cell, [cell.prompt, cell.label, cell.returned].filter(Boolean).map(lower));
  return soughtIn.get(cell);
}

/** What is sought: words that must all be there, `"these together"`, and `-words` that must not. */
function seeking(q) {
  if (seeking.q !== q) {
    const parts = [...lower(q).matchAll(/(-?)(?:"([^"]+)"?|([^\s"]+))/g)];
    const said = parts.map(([, not, phrase, word]) => ({ not: not !== "", text: phrase ?? word, known: new Map() }));
    Object.assign(seeking, { q, said });
  }
  return seeking.said;
}

const holds = (cell, term) => textsOf(cell).some((own) => textHolds(own, term)) || markHolds(cell.key, term.text);

function textHolds(own, { text, known }) {
  if (!known.has(own)) known.set(own, own.includes(text));
  return known.get(own);
}

function markHolds(key, text) {
  const { tags, note } = markOf(key);
  return tags.some((tag) => tag.toLowerCase().includes(text)) || note.toLowerCase().includes(text);
}

/** The words that a cell can be filtered by because of what its picture is. */
function flagsOf(cell) {
  const own = cell.flags.map((flag) => flag.split(" of ")[0]);
  const others = { "prompt rewritten": cell.returned, shared: cell.shared, reused: cell.reused };
  return [...own, ...Object.keys(others).filter((word) => others[word])];
}

/** The words that a cell can be filtered by because of what somebody thought of it. */
function verdictsOf(cell) {
  const mark = markOf(cell.key);
  const stars = Array.from({ length: mark.stars }, (_, at) => `${at + 1}+ stars`);
  return [
    isMarked(mark) ? "marked" : "not marked", mark.reject ? "rejected" : "not rejected", ...stars,
    ...(mark.note ? ["with a note"] : []), ...mark.tags.map((tag) => `#${tag}`),
  ];
}

const anyOf = (wanted, own) => wanted.length === 0 || wanted.some((word) => own.includes(word));

/** Whether `cell` is among those that the view asks for. */
function matches(cell, from) {
  for (const axis in from.filters) if (!from.filters[axis].includes(cell.axes[axis])) return false;
  if (from.states.length && !from.states.includes(cell.state)) return false;
  if (from.flags.length && !anyOf(from.flags, flagsOf(cell))) return false;
  if (from.marked.length && !anyOf(from.marked, verdictsOf(cell))) return false;
  return isSought(cell, from.q);
}

const isSought = (cell, q) => q === "" || seeking(q).every((term) => holds(cell, term) !== term.not);

/** Whether an axis, or a part of one, is worth telling: in the view of differences, where the cells found vary in it. */
function tells(axis) {
  if (!view.differs) return true;
  if (tells.found !== laid.found) Object.assign(tells, { found: laid.found, known: new Map() });
  if (!tells.known.has(axis)) tells.known.set(axis, new Set(laid.found.map((cell) => cell.axes[axis])).size > 1);
  return tells.known.get(axis);
}

// ── Order ──

const SORTS = {
  seed: (cell) => (cell.params.seed === undefined ? undefined : Number(valueText(cell.params.seed))),
  latency: (cell) => cell.latency,
  price: (cell) => cell.usd,
  diversity: (cell) => cell.diversity,
  stars: (cell) => markOf(cell.key).stars || undefined,
};

/** The figure of a cell by which `name` sorts. */
const figureOf = (name) => SORTS[name] ?? ((cell) => cell.metrics[name]);

/** `cells` in the order that the view asks for; `-name` begins with the largest. What has no figure comes last. */
function ordered(cells, from) {
  if (!from.sort) return cells;
  const down = from.sort.startsWith("-") ? -1 : 1;
  const figure = figureOf(from.sort.replace(/^-/, ""));
  const figures = new Map(cells.map((cell) => [cell, figure(cell)]));
  return [...cells].sort((one, two) => {
    const [a, b] = [figures.get(one), figures.get(two)];
    if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
    return (a - b) * down;
  });
}

// ── What can be looked for ──

/** Every way to narrow the sheet: {name, words, chosen, of, narrowed}; `of(cell)` are the cell's own words of it. */
function facets() {
  const axes = [...sheet.axes.keys()].filter(varies).map((axis) => ({
    name: axis, chosen: view.filters[axis] ?? [], words: sheet.axes.get(axis), of: (cell) => [cell.axes[axis]],
    narrowed: (words) => {
      const { [axis]: _, ...others } = view.filters;
      return { filters: words.length ? { ...others, [axis]: words } : others };
    },
  }));
  const kind = (name, part, of, first = []) => ({
    name, chosen: view[part], words: [...new Set([...first, ...sheet.cells.flatMap(of), ...view[part]])], of,
    narrowed: (words) => ({ [part]: words }),
  });
  return [
    ...axes,
    kind("status", "states", (cell) => [cell.state]),
    kind("picture", "flags", flagsOf),
    kind("your marks", "marked", verdictsOf, [...[5, 4, 3, 2, 1].map((n) => `${n}+ stars`), "rejected", "not rejected"]),
  ].filter(({ words, chosen: some }) => words.length > 1 || some.length || words.some((word) => word !== "downloaded"));
}

/** For each facet, how many cells each of its words would leave, with all that is asked for elsewhere. */
function countsOf(all) {
  const counts = new Map(all.map((facet) => [facet, new Map()]));
  for (const cell of sheet.cells) {
    if (!isSought(cell, view.q)) continue;
    const own = all.map((facet) => facet.of(cell));
    const against = all.filter((facet, place) => !anyOf(facet.chosen, own[place]));
    all.forEach((facet, place) => {
      if (against.length > 1 || (against.length && against[0] !== facet)) return;
      for (const word of own[place]) counts.get(facet).set(word, (counts.get(facet).get(word) ?? 0) + 1);
    });
  }
  return counts;
}

/** What narrows the sheet now, in words: `["model flux-dev", …]`. */
function narrowing() {
  const told = (name, words) => words.map((word) => `${name} ${word}`);
  return [
    ...Object.entries(view.filters).flatMap(([axis, values]) => told(axis, values)),
    ...told("status", view.states.map(stateWord)), ...told("picture", view.flags), ...told("your marks", view.marked),
  ];
}

const isFinding = () => Object.keys(FOUND_BY).some((name) => !same(view[name], FOUND_BY[name]));
const stopFinding = () => change({ ...FOUND_BY });
const stateWord = (state) => sheet.cells.find((cell) => cell.state === state)?.word ?? state;
