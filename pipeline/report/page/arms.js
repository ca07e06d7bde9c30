// ── The bar of arms: what each value of one axis came to, over all cells that the filters let through ───────────

const ARMS_SHOWN = 12; // further values wait behind a button
const FATES = ["downloaded", "moderated", "failed", "missing", "in_doubt", "submitted", "submitting", "planned"];
let allArms = false;

/** The axis that the arms are the values of: as chosen, else the first that people compare. */
function armsAxis() {
  return view.arms ?? ["prompt", "model"].find((axis) => sheet.axes.has(axis) && varies(axis)) ?? [...sheet.axes.keys()].find(varies) ?? null;
}

const share = (part, whole) => (whole ? `${(100 * part / whole).toFixed(part && part < whole / 50 ? 1 : 0)} %` : "–");
const dollarText = (usd) => `$${usd.toFixed(usd < 0.1 ? 3 : 2)}`;

function median(numbers) {
  if (!numbers.length) return undefined;
  const sorted = [...numbers].sort((one, two) => one - two);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const mean = (numbers) => (numbers.length ? numbers.reduce((sum, number) => sum + number, 0) / numbers.length : undefined);
const known = (cells, of) => cells.map(of).filter((value) => typeof value === "number");

/** How many times each arm lacks its side of a pair: another arm has a picture at the same values of all other axes. */
function lackingSides(axis, cells) {
  const others = [...sheet.axes.keys()].filter((name) => name !== axis);
  const pairs = new Map();
  for (const cell of cells) {
    const name = JSON.stringify(others.map((other) => cell.axes[other]));
    if (!pairs.has(name)) pairs.set(name, new Set());
    if (cell.file) pairs.get(name).add(cell.axes[axis]);
  }
  return (value) => [...pairs.values()].filter((there) => there.size > 0 && !there.has(value)).length;
}

/** What an arm came to. A picture that several of its cells share is one picture: it was paid once. */
function armOf(axis, value, cells, lacking, metrics) {
  const pictures = cells.filter((cell) => cell.file);
  const once = [...new Map(pictures.map((cell) => [cell.key, cell])).values()];
  const fates = new Map(FATES.map((state) => [state, cells.filter((cell) => cell.state === state).length]));
  const settled = pictures.length + fates.get("moderated") + fates.get("failed");
  return { axis, value, cells, fates, settled, lacking: lacking(value), n: cells.length,
    price: mean(known(once, (cell) => cell.usd)), unpriced: once.some((cell) => cell.usd === undefined),
    latency: median(known(once, (cell) => cell.latency)),
    metrics: Object.fromEntries(metrics.map((name) => [name, mean(known(once, figureOf(name)))])),
    score: scoreOf(axis, value) };
}

/** The metrics that are numbers and differ, in the order in which they were measured, and diversity. */
function armMetrics() {
  if (armMetrics.at !== sheet.live) {
    const names = new Set(sheet.cells.flatMap((cell) => Object.keys(cell.metrics)));
    const differ = (name) => new Set(known(sheet.cells, figureOf(name))).size > 1;
    Object.assign(armMetrics, { at: sheet.live, names: [...names, "diversity"].filter(differ) });
  }
  return armMetrics.names;
}

function scoreOf(axis, value) {
  const score = (sheet.scores ?? []).find((one) => one.axis === axis);
  return score?.arms.find(({ arm }) => arm === value);
}

const MEASURES = [
  ["n", "cells of this arm", ({ n }) => String(n)],
  ["downloaded", "cells with a picture", ({ fates }) => String(fates.get("downloaded"))],
  ["moderated", "of those that ended, the share that moderation refused", ({ fates, settled }) => share(fates.get("moderated"), settled)],
  ["failed", "cells that failed otherwise", ({ fates }) => String(fates.get("failed"))],
  ["no pair", "pictures of another arm, at the same values of every other axis, that this arm has no picture beside", ({ lacking }) => String(lacking)],
  ["a picture", "mean price of a picture", ({ price, unpriced }) => (price === undefined ? "–" : `${unpriced ? "≥ " : ""}${dollarText(price)}`)],
  ["latency", "median seconds until ready", ({ latency }) => (latency === undefined ? "–" : `${latency.toFixed(1)} s`)],
];

function measures(arms, metrics) {
  const means = { diversity: "mean diversity: how unlike the pictures are that differ in their seed alone" };
  const metric = (name) => [name, means[name] ?? `mean ${name}`, ({ metrics }) => (metrics[name] === undefined ? "–" : String(Number(metrics[name].toPrecision(3))))];
  const wins = ["wins", "share of decided votes won, with its 95 % interval", ({ score }) => winText(score)];
  return [...MEASURES, ...metrics.map(metric), ...(arms.some(({ score }) => score) ? [wins] : [])];
}

function winText(score) {
  if (!score || score.win_rate === null) return "–";
  const percent = (rate) => Math.round(rate * 100);
  return `${percent(score.win_rate)} %` + (score.win_interval ? ` [${score.win_interval.map(percent).join(", ")}]` : "");
}

function fillArms() {
  const axis = armsAxis();
  const box = byId("arms");
  box.hidden = axis === null;
  if (axis === null) return;
  const cells = laid.found.filter((cell) => cell.axes[axis] !== undefined);
  const byValue = Map.groupBy(cells, (cell) => cell.axes[axis]);
  const lacking = lackingSides(axis, cells);
  const values = sheet.axes.get(axis).filter((value) => byValue.has(value));
  const shown = allArms ? values : values.slice(0, ARMS_SHOWN);
  const metrics = armMetrics();
  const arms = shown.map((value) => armOf(axis, value, byValue.get(value), lacking, metrics));
  const columns = measures(arms, metrics);
  box.replaceChildren(el("table", { className: "arm-table" },
    el("caption", { className: "unseen" }, `What each ${axis} came to`),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, armsMenu(axis)), el("th", { scope: "col", className: "fate-head" }, "outcome"),
      columns.map(([name, title]) => el("th", { scope: "col", title }, name)))),
    el("tbody", {}, arms.map((arm) => armLine(arm, columns)))),
  values.length > shown.length ? el("button", { type: "button", className: "text-button", onclick: () => { allArms = true; fillArms(); } },
    `All ${values.length}`) : "");
}

function armsMenu(axis) {
  const menu = el("select", { "aria-label": "Compare the values of" }, [...sheet.axes.keys()].filter(varies).map((name) =>
    el("option", { value: name, selected: name === axis }, name)));
  menu.onchange = () => {
    allArms = false;
    change({ arms: menu.value });
    byId("arms").querySelector("select").focus();
  };
  return menu;
}

function armLine(arm, columns) {
  return el("tr", {},
    el("th", { scope: "row", dir: "auto", title: armTitle(arm) }, armText(arm)),
    el("td", { className: "fate-cell" }, fateBar(arm)),
    columns.map(([name, , text]) => {
      const words = text(arm);
      return el("td", { className: words === "0" || words === "0 %" || words === "–" ? "nought" : "", dataset: { measure: name } }, words);
    }));
}

function armText({ axis, value, cells }) {
  const { text } = levelOf(axis, value, cells);
  return text;
}

const armTitle = ({ axis, cells }) => (axis === "prompt" ? cells[0].prompt ?? "" : "");

/** The outcomes of an arm side by side, as wide as they are many; said in words too. */
function fateBar({ fates, n }) {
  const parts = [...fates].filter(([, count]) => count);
  const words = parts.map(([state, count]) => `${count} ${stateWord(state)}`).join(", ");
  return el("span", { className: "fates", role: "img", "aria-label": words, title: words }, parts.map(([state, count]) =>
    el("span", { className: `fate ${state}`, style: { flexGrow: String(count / n) } })));
}

