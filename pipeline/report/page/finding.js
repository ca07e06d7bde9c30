// ── Finding: the search field, the filters, the order, and how much of the sheet is shown ───────────────────────

function startFinder() {
  const words = "Find in prompts and labels";
  const title = 'words that must all be there, "these together", -not this (/)';
  const field = el("input", { type: "search", className: "search", placeholder: words, "aria-label": words, title, spellcheck: false });
  let asked = 0;
  field.addEventListener("input", () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => change({ q: field.value }, { step: false }));
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || (event.key === "Escape" && !field.value)) grid.focus();
  });
  const filters = el("section", { className: "filters drawer", id: "filters", "aria-label": "Filters", hidden: true });
  const marking = el("section", { className: "drawer", id: "marks", "aria-label": "Marks", hidden: true }, marksMenu());
  byId("layout").after(filters, marking);
  const count = el("span", { className: "found", role: "status" });
  const reset = textButton("Reset", stopFinding);
  const filter = drawerButton("Filter", filters);
  const toDiffer = () => change({ differs: !view.differs });
  const differ = textButton("Differs", toDiffer, { title: "Leave out what is the same everywhere" });
  byId("finder").append(field, filter, orderMenu(), differ, drawerButton("Marks", marking), count, reset,
    textButton("?", showKeys, { className: "text-button for-keys", title: "Keys", "aria-label": "Keys" }));
  const follow = () => {
    if (document.activeElement !== field) field.value = view.q;
    const chosen = narrowing().length;
    filter.textContent = chosen ? `Filter · ${chosen}` : "Filter";
    differ.setAttribute("aria-pressed", String(view.differs));
    sayFound(count, reset);
    if (!filters.hidden) fillFilters(filters);
  };
  filter.addEventListener("click", () => fillFilters(filters));
  onView(follow);
  onMarks(() => marksChanged(follow));
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || !plain(event) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    field.select();
  });
  follow();
}

/** Marks narrow and order the sheet too; but a picture does not go from under the hand that marks it. */
function marksChanged(follow) {
  const bears = view.marked.length > 0 || view.sort?.replace("-", "") === "stars";
  if (!bears || document.querySelector("dialog[open]")) return;
  const [cell, at] = [current, document.activeElement];
  drawGrid();
  follow();
  if (cell && at?.classList.contains("shot")) focusCell(cell);
}

function drawerButton(words, drawer) {
  const turn = () => {
    drawer.hidden = !drawer.hidden;
    button.setAttribute("aria-expanded", String(!drawer.hidden));
  };
  const button = textButton(words, turn, { "aria-expanded": "false", "aria-controls": drawer.id });
  drawer.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || drawer.hidden) return;
    button.click();
    button.focus();
  });
  return button;
}

/** By which figure pictures stand, and which end comes first. */
function orderMenu() {
  const names = [...Object.keys(SORTS), ...new Set(sheet.cells.flatMap((cell) => Object.keys(cell.metrics)))]
    .filter((name) => name === "stars" || sheet.cells.some((cell) => typeof figureOf(name)(cell) === "number"));
  const menu = el("select", { className: "order", "aria-label": "Order" },
    el("option", { value: "" }, "In the job's order"),
    names.map((name) => el("option", { value: name }, `By ${name}`)));
  const turn = el("button", { type: "button", className: "text-button turn" });
  menu.onchange = () => {
    const down = menu.value === "stars" || view.sort?.startsWith("-"); // the best first
    change({ sort: menu.value ? `${down ? "-" : ""}${menu.value}` : null });
  };
  turn.onclick = () => change({ sort: view.sort.startsWith("-") ? view.sort.slice(1) : `-${view.sort}` });
  const follow = () => {
    const down = view.sort?.startsWith("-") ?? false;
    menu.value = view.sort?.replace(/^-/, "") ?? "";
    turn.hidden = !view.sort;
    turn.textContent = down ? "↓" : "↑";
    turn.title = down ? "largest first" : "smallest first";
    turn.setAttribute("aria-label", turn.title);
  };
  onView(follow);
  follow();
  return el("span", { className: "ordering" }, menu, turn);
}

/** How many are shown, and, where there are none, why and what then. */
function sayFound(count, reset) {
  const all = sheet.cells.length;
  const here = laid.arranged.placeOf.size;
  const away = laid.found.length - here;
  const said = [`${here.toLocaleString("en")} of ${all.toLocaleString("en")}`];
  if (away > 0) said.push(`${away.toLocaleString("en")} on other tabs`);
  count.textContent = isFinding() ? said.join(", ") : counted(all, "cell");
  reset.hidden = !isFinding();
  if (here) return;
  const words = [...(view.q ? [`“${view.q}”`] : []), ...narrowing()];
  byId("empty").replaceChildren(
    el("b", {}, all ? "Nothing matches" : "There is no plan yet"),
    all ? el("span", { dir: "auto" }, ` ${words.join(" · ")}`) : "",
    el("span", { className: "choices" },
      away > 0 ? textButton(`Go to ${away} on other tabs`, () => change({ tabs: { ...view.tabs, ...awayTabs(laid.found[0], view) } })) : null,
      isFinding() ? textButton("Show all", stopFinding) : null));
}

function fillFilters(panel) {
  const focused = document.activeElement?.dataset?.choice;
  const all = facets();
  const counts = countsOf(all);
  panel.replaceChildren(...all.map((facet) => facetBox(facet, counts.get(facet))));
  if (focused) panel.querySelector(`[data-choice="${CSS.escape(focused)}"]`)?.focus();
}

function facetBox(facet, counts) {
  const { name } = facet;
  const words = facet.words.filter((word) => counts.get(word) || facet.chosen.includes(word));
  return el("div", { className: "facet", role: "group", "aria-label": name }, el("span", { className: "axis" }, name),
    el("div", { className: "facet-words" }, words.map((word) => {
      const on = facet.chosen.includes(word);
      const left = on ? facet.chosen.filter((other) => other !== word) : [...facet.chosen, word];
      const said = [name === "status" ? stateWord(word) : word,
        el("span", { className: "n" }, ` ${(counts.get(word) ?? 0).toLocaleString("en")}`)];
      return el("button", {
        type: "button", className: "facet-word", dir: "auto", "aria-pressed": String(on),
        dataset: { choice: `${name}/${word}` }, onclick: () => change(facet.narrowed(left)),
      }, said);
    })));
}
