// ── The bar over the grid: where the axes stand, which tabs are open, how large pictures are ────────────────────

const PLACE_WORDS = {
  rows: "Rows",
  groupRows: "Groups of rows",
  columns: "Columns",
  groupColumns: "Groups of columns",
  cell: "In one cell",
  tabs: "Tabs",
};
const SHORT_TABS = 10; // more values than this are a menu

let dragged = null; // the axis under way

function startToolbar() {
  const slider = el("input", { type: "range", min: 48, max: 480, step: 4, id: "zoom", "aria-label": "Size of the pictures" });
  slider.oninput = () => change({ zoom: Number(slider.value) }, { step: false });
  const fit = el("button", { type: "button", className: "text-button", onclick: () => change({ zoom: null }), title: "As wide as fits" }, "Fit");
  const layout = el("button", { type: "button", className: "text-button", id: "layout-button", "aria-expanded": "false", "aria-controls": "layout" }, "Layout");
  layout.onclick = () => {
    byId("layout").hidden = !byId("layout").hidden;
    layout.setAttribute("aria-expanded", String(!byId("layout").hidden));
  };
  byId("toolbar").append(layout, el("div", { id: "finder" }), el("div", { className: "zoom" }, fit, slider));
  const show = () => {
    fillLayout();
    fillTabs();
    slider.value = String(view.zoom ?? laid.thumb);
  };
  onView(show);
  show();
}

// ── The places and the axes in them ─────────────────────────────────────────────────────────────────────────────

function fillLayout() {
  const places = placesOf(view);
  const focused = document.activeElement?.dataset?.axis;
  byId("layout").replaceChildren(
    ...Object.entries(PLACE_WORDS).map(([place, words]) => placeBox(place, words, places[place])),
    el("div", { className: "layout-actions" },
      el("button", { type: "button", className: "text-button", onclick: swap }, "Swap rows and columns"),
      el("button", { type: "button", className: "text-button", onclick: () => change({ ...viewOfStart(), tabs: {} }) }, "As the job says")));
  if (focused) byId("layout").querySelector(`[data-axis="${CSS.escape(focused)}"]`)?.focus();
}

function viewOfStart() {
  const { rows, columns, groups, cell } = startView();
  return { rows, columns, groups, cell };
}

function swap() {
  const { groups, rows, columns } = view;
  change({ rows: columns, columns: rows, groups: { rows: groups.columns, columns: groups.rows } });
}

function placeBox(place, words, axes) {
  const box = el("div", { className: "place-box", role: "group", "aria-label": words },
    el("span", { className: "axis" }, words), axes.map((axis) => chip(axis, place, axes)));
  box.ondragover = (event) => {
    if (dragged === null) return;
    event.preventDefault();
    box.classList.add("over");
  };
  box.ondragleave = () => box.classList.remove("over");
  box.ondrop = (event) => {
    event.preventDefault();
    if (dragged !== null) change(placed(view, dragged, place, event.target.closest(".chip")?.dataset.name ?? null));
  };
  return box;
}

/** An axis: drag it, or choose its place in its menu. */
function chip(axis, place, axes) {
  const at = axes.indexOf(axis);
  const menu = el("select", { className: "chip-menu", "aria-label": `Place of ${axis}`, dataset: { axis } },
    Object.entries(PLACE_WORDS).map(([name, words]) => el("option", { value: name, selected: name === place }, words)),
    at > 0 && place !== "tabs" ? el("option", { value: "earlier" }, `before ${axes[at - 1]}`) : null);
  menu.onchange = () => {
    if (menu.value === "earlier") change(placed(view, axis, place, axes[at - 1]));
    else change(placed(view, axis, menu.value));
  };
  const box = el("span", { className: "chip", draggable: true, dataset: { name: axis } }, el("span", { className: "chip-name" }, axis), menu);
  box.ondragstart = (event) => {
    dragged = axis;
    event.dataTransfer.setData("text/plain", axis);
    event.dataTransfer.effectAllowed = "move";
  };
  box.ondragend = () => { dragged = null; };
  return box;
}

// ── Tabs ────────────────────────────────────────────────────────────────────────────────────────────────────────

function fillTabs() {
  const { tabs } = placesOf(view);
  const focused = document.activeElement?.dataset?.tab;
  byId("tabs").hidden = tabs.length === 0;
  byId("tabs").replaceChildren(...tabs.map(tabLine));
  if (focused) byId("tabs").querySelector(`[data-tab="${CSS.escape(focused)}"][tabindex="0"], select[data-tab="${CSS.escape(focused)}"]`)?.focus();
}

function tabLine(axis) {
  const values = sheet.axes.get(axis);
  const chosen = tabValue(view, axis);
  const open = (value) => change({ tabs: { ...view.tabs, [axis]: value } });
  if (values.length > SHORT_TABS) {
    const menu = el("select", { "aria-label": axis, dataset: { tab: axis } }, values.map((value) =>
      el("option", { value, selected: value === chosen }, tabText(axis, value))));
    menu.onchange = () => open(menu.value);
    return el("label", { className: "tab-line" }, el("span", { className: "axis" }, axis), menu);
  }
  const list = el("div", { className: "tab-list", role: "tablist", "aria-label": axis }, values.map((value) =>
    el("button", { type: "button", role: "tab", className: "tab", dir: "auto", "aria-selected": String(value === chosen), "aria-controls": "grid",
      tabIndex: value === chosen ? 0 : -1, title: tabText(axis, value), dataset: { tab: axis }, onclick: () => open(value) }, tabText(axis, value))));
  list.onkeydown = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = by && values[values.indexOf(chosen) + by];
    if (next === undefined) return;
    event.preventDefault();
    open(next);
  };
  return el("div", { className: "tab-line" }, el("span", { className: "axis" }, axis), list);
}

/** A tab's words: the parts of a compound value or the prompt as sent, not its id. */
function tabText(axis, value) {
  const cells = sheet.cells.filter((cell) => cell.axes[axis] === value);
  const { text, wording } = levelOf(axis, value, cells);
  return (wording ?? text).replace(/\s+/g, " ").slice(0, 120);
}
