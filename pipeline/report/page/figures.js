// ── Figures: latency by model, price by axis, failures by reason; each with its numbers as a table ─────────────

const FIGURE_WIDTH = 420;
const LABEL_WIDTH = 132;
const BAR_HEIGHT = 22;
const DOTS = 300; // drawn a line at most; the box says the rest

function fillFigures() {
  const box = byId("figures");
  if (box.hidden) return;
  const cells = laid.found;
  const found = [latencyFigure(cells), priceFigure(cells), failureFigure(cells)].filter(Boolean);
  box.replaceChildren(...(found.length ? found : [el("p", { className: "quiet" }, "Nothing has ended yet.")]));
}

const onceEach = (cells) => [...new Map(cells.map((cell) => [cell.key, cell])).values()];

/** The groups of `cells` by `of`, as [[name, cells], …], the most telling first where there are too many. */
function grouped(cells, of, most = 12) {
  const found = [...Map.groupBy(cells.filter((cell) => of(cell) !== undefined), of)];
  return found.length > most ? found.sort((one, two) => two[1].length - one[1].length).slice(0, most) : found;
}

/** A drawing with a title, a description, and what it shows as a table for who does not see it. */
function figure(title, description, lines, heads, table) {
  const height = lines.length * BAR_HEIGHT + 26;
  const drawing = svg("svg", { viewBox: `0 0 ${FIGURE_WIDTH} ${height}`, role: "img", "aria-label": `${title}. ${description}` },
    svg("title", {}, title), svg("desc", {}, description), lines);
  return el("figure", { className: "figure" },
    el("figcaption", {}, el("b", {}, title), el("span", { className: "quiet" }, description)), drawing,
    el("details", { className: "numbers" }, el("summary", {}, "Numbers"), el("table", {},
      el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, table.map((line) => el("tr", {}, line.map((text, at) => el(at ? "td" : "th", at ? {} : { scope: "row", dir: "auto" }, text))))))));
}

const across = (part) => LABEL_WIDTH + part * (FIGURE_WIDTH - LABEL_WIDTH - 54);

function lineLabel(text, at) {
  const short = text.length > 20 ? `${text.slice(0, 19)}…` : text;
  return svg("text", { x: LABEL_WIDTH - 8, y: at * BAR_HEIGHT + 16, "text-anchor": "end", class: "label" }, svg("title", {}, text), short);
}

const valueLabel = (text, x, at) => svg("text", { x: x + 6, y: at * BAR_HEIGHT + 16, class: "amount" }, text);

/** Every latency a dot, the middle half a band, the median a line. */
function latencyFigure(cells) {
  const groups = grouped(onceEach(cells.filter((cell) => cell.latency !== undefined)), (cell) => cell.model);
  if (!groups.length) return null;
  const longest = Math.max(...groups.map(([, of]) => Math.max(...of.map((cell) => cell.latency)))) || 1;
  const at = (part, sorted) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
  const table = groups.map(([model, of]) => {
    const sorted = of.map((cell) => cell.latency).sort((one, two) => one - two);
    return { model, sorted, low: at(0.25, sorted), middle: median(sorted), high: at(0.75, sorted), most: at(0.95, sorted) };
  });
  const lines = table.map(({ model, sorted, low, middle, high }, line) => {
    const y = line * BAR_HEIGHT + 12;
    const every = Math.ceil(sorted.length / DOTS);
    return svg("g", {}, lineLabel(model, line),
      svg("rect", { x: across(low / longest), y: y - 6, width: Math.max(1, across(high / longest) - across(low / longest)), height: 12, rx: 2, class: "band-mark" }),
      sorted.filter((_, place) => place % every === 0).map((seconds) => svg("circle", { cx: across(seconds / longest), cy: y, r: 1.6, class: "dot" })),
      svg("line", { x1: across(middle / longest), x2: across(middle / longest), y1: y - 8, y2: y + 8, class: "median" }),
      valueLabel(`${middle.toFixed(1)} s`, across(1), line));
  });
  return figure("Latency by model", `Seconds until ready, 0 to ${longest.toFixed(1)}: each picture a dot, the middle half a band, the median a line.`,
    lines, ["model", "pictures", "median", "middle half", "95 % within"], table.map(({ model, sorted, low, middle, high, most }) =>
      [model, String(sorted.length), `${middle.toFixed(1)} s`, `${low.toFixed(1)} to ${high.toFixed(1)} s`, `${most.toFixed(1)} s`]));
}

/** What the pictures of each value of the compared axis cost together, at the mean price of one. */
function priceFigure(cells) {
  const axis = armsAxis();
  const groups = axis === null ? [] : grouped(onceEach(cells.filter((cell) => cell.file && cell.usd !== undefined)), (cell) => cell.axes[axis]);
  if (!groups.length) return null;
  const table = groups.map(([value, of]) => ({ value, each: mean(of.map((cell) => cell.usd)), n: of.length, all: of.reduce((sum, cell) => sum + cell.usd, 0) }));
  const dearest = Math.max(...table.map(({ each }) => each)) || 1;
  const lines = table.map(({ value, each }, line) => svg("g", {}, lineLabel(value, line),
    svg("rect", { x: across(0), y: line * BAR_HEIGHT + 5, width: Math.max(1, across(each / dearest) - across(0)), height: 14, rx: 2, class: "bar-mark" }),
    valueLabel(dollarText(each), across(each / dearest), line)));
  return figure(`Price by ${axis}`, "Mean price of a picture. A picture that cells share counts once.", lines, [axis, "pictures", "a picture", "together"],
    table.map(({ value, each, n, all }) => [value, String(n), dollarText(each), dollarText(all)]));
}

function failureFigure(cells) {
  const lost = onceEach(cells.filter((cell) => ["failed", "moderated", "missing", "in_doubt"].includes(cell.state)));
  const groups = grouped(lost, (cell) => cell.reason ?? cell.word).sort((one, two) => two[1].length - one[1].length);
  if (!groups.length) return null;
  const most = groups[0][1].length;
  const lines = groups.map(([reason, of], line) => svg("g", { class: of[0].state }, lineLabel(reason, line),
    svg("rect", { x: across(0), y: line * BAR_HEIGHT + 5, width: Math.max(1, across(of.length / most) - across(0)), height: 14, rx: 2, class: "tone-mark" }),
    valueLabel(String(of.length), across(of.length / most), line)));
  return figure("Failures by reason", `${lost.length} without a picture, by what was said of them.`, lines, ["reason", "tasks"],
    groups.map(([reason, of]) => [reason, String(of.length)]));
}

function startFigures() {
  const button = el("button", { type: "button", className: "text-button", "aria-expanded": "false", "aria-controls": "figures" }, "Figures");
  button.onclick = () => {
    byId("figures").hidden = !byId("figures").hidden;
    button.setAttribute("aria-expanded", String(!byId("figures").hidden));
    fillFigures();
  };
  byId("layout-button").after(button);
  const shown = ["cells", "arms", "q", "filters", "states", "flags", "marked"];
  onView((changed) => {
    if (!shown.some((name) => changed.has(name))) return;
    fillArms();
    fillFigures();
  });
  fillArms();
}
