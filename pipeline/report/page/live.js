// ── A run that goes on: the page asks the disk for what is new, by scripts of its own folder ────────────────────

const ASK_EVERY = 1000;
const ASK_HIDDEN = 10000; // while nobody looks
const SILENT = 40; // seconds without a word, after which the run is taken to be gone
let liveAsks = 0;
let heard = null; // the last word of the run: {n, at, state}

/** Load a script of `live/`; what stands in it calls liveNow or liveCells. */
function askFor(name, missing) {
  liveAsks += 1;
  const script = el("script", { src: `live/${name}.js?${liveAsks}` });
  script.onload = () => script.remove();
  script.onerror = () => {
    script.remove();
    missing();
  };
  document.head.append(script);
}

/** The folder is gone: the run's report stands in its place, so load that; never heard of, there is nothing to wait for. */
function liveGone() {
  if (heard) location.reload();
  else sayLive("The run that filled this page is over.");
}

const askNow = () => askFor("now", liveGone);

function liveNow(word) {
  heard = word;
  if (word.n > sheet.live) {
    askFor(sheet.live + 1, () => location.reload());
    return;
  }
  const silence = Date.now() / 1000 - word.at;
  if (word.state === "cut") return sayLive("The run was cut off. Run it again: what is done stays done.");
  if (silence > SILENT) {
    sayLive("No word from the run for a while.", el("button", { type: "button", className: "text-button", onclick: askNow }, "Look again"));
    return;
  }
  sayLive(word.state === "done" ? "The run has ended; its report is being written." : "Live");
  setTimeout(askNow, document.hidden ? ASK_HIDDEN : ASK_EVERY);
}

function liveCells({ n, head, cells }) {
  sheet.live = n;
  Object.assign(sheet, head);
  const renewed = new Set();
  for (const [place, given] of cells) {
    const cell = wholeCell(given, place);
    if (current === sheet.cells[place]) current = cell;
    sheet.cells[place] = cell;
    sheet.byLabel.set(cell.label, cell);
    renewed.add(cell);
  }
  if (heard.n > n) askFor(n + 1, () => location.reload());
  else askNow();
  fillMasthead();
  sayLive("Live");
  drawRenewed(renewed);
  const changed = new Set(["cells"]);
  if ([...renewed].some((cell) => cell.label === view.open)) changed.add("open");
  for (const fn of listeners) fn(changed);
}

/** Beside the title: whether the page still fills itself. */
function sayLive(...words) {
  const box = byId("live");
  box.hidden = false;
  box.classList.toggle("on", words[0] === "Live");
  if (box.textContent !== words[0] || words.length > 1) box.replaceChildren(...words);
}

function startLive() {
  if (sheet.live !== null) askNow();
}
