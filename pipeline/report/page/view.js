// ── The view: all that a reader can change, in one object that the address of the page repeats ──────────────────

const startView = () => ({
  rows: sheet.start.rows,
  columns: sheet.start.columns,
  groups: sheet.start.groups,
  cell: sheet.start.cell,
  tabs: {}, // axis → the value that is shown; the first one where it says nothing
  zoom: null, // pixels of a picture's width; null: as it fits
  arms: null, // the axis that the bar of arms compares
  q: "",
  filters: {}, // axis → values
  states: [],
  flags: [], // what pictures are, as finder.js names it
  marked: [], // what somebody thought of them
  sort: null,
  differs: false,
  open: null, // the label of the cell in the large view
  compare: [], // labels
  look: null, // how the compared pictures are shown; null: not now
  fit: null, // `actual`: a pixel a pixel of the screen; null: all of one size
  input: false, // an input image stands beside what was made of it
  pin: {}, // the values of the column that every picture stands beside
});

let view = startView();
const listeners = [];

/** Call `fn(changed)` after each change, with the set of names in `view` that are not what they were. */
function onView(fn) {
  listeners.push(fn);
}

/** Change the view. What is not worth a step back (a drag, a letter) goes with `{step: false}`. */
function change(patch, { step = true } = {}) {
  const before = view;
  view = sane({ ...view, ...patch });
  const address = `#${toHash(view)}`;
  if (address !== (location.hash || "#")) {
    try {
      if (step) history.pushState(null, "", address);
      else history.replaceState(null, "", address);
    } catch {
      // Safari takes a hundred in half a minute; the next change brings the address up to date.
    }
  }
  tellChange(before);
}

function tellChange(before) {
  const changed = new Set(Object.keys(view).filter((name) => !same(before[name], view[name])));
  if (changed.size) for (const fn of listeners) fn(changed);
}

const same = (one, two) => JSON.stringify(one) === JSON.stringify(two);

/** `wanted` without what this sheet does not have, so that an old link still opens. */
function sane(wanted) {
  const taken = new Set();
  const axes = (names) => names.filter((name) => sheet.axes.has(name) && !taken.has(name) && taken.add(name));
  const open = sheet.byLabel.has(wanted.open) ? wanted.open : null;
  const known = (map, keep) => Object.fromEntries(Object.entries(map).filter(([axis]) => sheet.axes.has(axis))
    .map(([axis, value]) => [axis, keep(value, sheet.axes.get(axis))]).filter(([, value]) => value !== undefined));
  const saned = {
    ...wanted,
    columns: axes(wanted.columns),
    rows: axes(wanted.rows),
    groups: { rows: axes(wanted.groups.rows), columns: axes(wanted.groups.columns) },
    cell: axes(wanted.cell),
    tabs: known(wanted.tabs, (value, values) => (values.includes(value) ? value : undefined)),
    filters: known(wanted.filters, (chosen, values) => {
      const left = chosen.filter((value) => values.includes(value));
      return left.length ? left : undefined;
    }),
    pin: known(wanted.pin, (value, values) => (values.includes(value) ? value : undefined)),
    arms: sheet.axes.has(wanted.arms) ? wanted.arms : null,
    zoom: wanted.zoom > 0 ? Math.min(640, Math.max(40, Math.round(wanted.zoom))) : null,
    look: Object.hasOwn(LOOKS, wanted.look) ? wanted.look : null,
    fit: wanted.fit === "actual" ? "actual" : null,
    open,
    compare: wanted.compare.filter((label) => sheet.byLabel.has(label)).slice(0, 4),
  };
  // A picture is open on its own tabs: from another one no way would lead on from it.
  return open === null ? saned : { ...saned, tabs: { ...saned.tabs, ...awayTabs(sheet.byLabel.get(open), saned) } };
}

// ── The address ─────────────────────────────────────────────────────────────────────────────────────────────────

const LISTS = ["states", "flags", "marked", "compare"];
const YES = ["differs", "input"];
const WORDS = ["arms", "q", "sort", "open", "look", "fit"];
const LAYOUT = {
  rows: (from) => from.rows,
  columns: (from) => from.columns,
  "group-rows": (from) => from.groups.rows,
  "group-columns": (from) => from.groups.columns,
  cell: (from) => from.cell,
};

const escaped = (text) => encodeURIComponent(text).replace(/%(3A|2F|40|20)/g, (code) =>
  ({ "%3A": ":", "%2F": "/", "%40": "@", "%20": "+" })[code]);
const unescaped = (text) => decodeURIComponent(text.replaceAll("+", "%20"));
const listText = (values) => values.map(escaped).join(",");
const listed = (text) => (text === "" ? [] : text.split(",").map(unescaped));

/** What differs from the view that the job asks for. A layout is written whole: a link outlives a changed job. */
function toHash(from) {
  const start = startView();
  const parts = [];
  const laidOut = Object.values(LAYOUT).some((of) => !same(of(from), of(start)));
  if (laidOut) for (const [name, of] of Object.entries(LAYOUT)) parts.push([name, listText(of(from))]);
  for (const [axis, value] of Object.entries(from.tabs)) parts.push([`tab.${escaped(axis)}`, escaped(value)]);
  for (const [axis, value] of Object.entries(from.pin)) parts.push([`pin.${escaped(axis)}`, escaped(value)]);
  if (from.zoom) parts.push(["zoom", String(from.zoom)]);
  for (const [axis, values] of Object.entries(from.filters)) parts.push([`only.${escaped(axis)}`, listText(values)]);
  for (const name of YES) if (from[name]) parts.push([name, "yes"]);
  for (const name of LISTS) if (from[name].length) parts.push([name, listText(from[name])]);
  for (const name of WORDS) if (from[name]) parts.push([name, escaped(from[name])]);
  return parts.map(([name, text]) => `${name}=${text}`).join("&");
}

/** The view that an address asks for; what it does not name, or names wrongly, is as the job asks. */
function fromHash(hash) {
  const wanted = startView();
  const parts = hash.replace(/^#/, "").split("&").map((part) => part.split(/=(.*)/s, 2));
  if (parts.some(([name]) => name in LAYOUT)) {
    Object.assign(wanted, { rows: [], columns: [], groups: { rows: [], columns: [] }, cell: [] });
  }
  for (const [name, text = ""] of parts) {
    try {
      readPart(wanted, name, text);
    } catch (error) {
      if (!(error instanceof URIError)) throw error; // half a percent sign: somebody cut the link
    }
  }
  return sane(wanted);
}

function readPart(wanted, name, text) {
  const [kind, axis] = name.split(".", 2);
  if (name in LAYOUT) {
    const names = listed(text);
    if (kind.startsWith("group-")) wanted.groups = { ...wanted.groups, [kind.slice(6)]: names };
    else wanted[name] = names;
  } else if (kind === "tab" && axis) wanted.tabs[unescaped(axis)] = unescaped(text);
  else if (kind === "pin" && axis) wanted.pin[unescaped(axis)] = unescaped(text);
  else if (kind === "only" && axis) wanted.filters[unescaped(axis)] = listed(text);
  else if (name === "zoom") wanted.zoom = Number(text);
  else if (YES.includes(name)) wanted[name] = text === "yes";
  else if (LISTS.includes(name)) wanted[name] = listed(text);
  else if (WORDS.includes(name)) wanted[name] = unescaped(text);
}

/** Take the view from the address: at the start, and on the way back and forward. */
function follow() {
  const before = view;
  view = fromHash(location.hash);
  tellChange(before);
}

addEventListener("popstate", follow);
addEventListener("hashchange", follow);
