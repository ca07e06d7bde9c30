// ── The head of the page, and the start ─────────────────────────────────────────────────────────────────────────

function fillMasthead() {
  const counts = sheet.counts.map(({ state, word, n }) =>
    el("li", { className: `count ${state}` }, el("b", {}, n.toLocaleString("en")), ` ${word}`));
  const csv = el("a", { href: "contact_sheet.csv" }, "CSV");
  byId("masthead").replaceChildren(
    el("div", { className: "name" },
      el("h1", { dir: "auto" }, sheet.title),
      sheet.mark ? el("p", { className: "mark" }, sheet.mark) : null,
      el("p", { className: "live", id: "live", role: "status", hidden: true })),
    el("div", { className: "figures" },
      el("ul", { className: "counts" }, counts),
      el("p", { className: "spend" }, sheet.spend, sheet.until ? ` · until ${sheet.until}` : "", " · ", csv)));
}

view = fromHash(location.hash);
fillMasthead();
startMarking();
startGrid();
startToolbar();
startFigures();
startFinder();
startKeys();
startLarge();
startCompare();
startLive();
