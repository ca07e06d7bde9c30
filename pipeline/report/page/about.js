// ── About a picture: its words, parameters and figures, and what of them its neighbour does not share ───────────

function about(cell, other) {
  return [
    el("h2", { id: "large-title", dir: "auto" }, cell.label),
    cautions(cell),
    cell.state === "downloaded" ? null
      : el("p", { className: `state ${cell.state}` }, el("b", {}, cell.word), cell.reason ? `: ${cell.reason}` : ""),
    looking(cell),
    largeForm,
    other ? el("p", { className: "against" }, "Marked: what differs from ",
      textButton(other.label, () => turnTo(other), { className: "link", dir: "auto" })) : null,
    passage("Prompt, as sent", cell.prompt, other?.prompt),
    passage("Prompt, as the service returned it", cell.returned, cell.prompt),
    inputFigures(cell),
    copyLine(cell),
    listing("Where it stands", axisFacts(cell), other && axisFacts(other)),
    listing("Parameters sent", paramFacts(cell), other && paramFacts(other)),
    listing("This picture", pictureFacts(cell)),
  ];
}

/** What is to be known of a picture before one believes it. */
function cautions(cell) {
  const twin = sheet.byLabel.get(cell.near);
  const words = [
    cell.returned ? "prompt rewritten" : null,
    cell.shared ? `= shared by ${cell.shared} cells, charged once` : null,
    ...cell.flags.filter((flag) => flag !== "near-duplicate" || !twin),
  ].filter(Boolean);
  const found = [
    ...words.map((word) => el("span", { className: "caution", dir: "auto" }, word)),
    ...(twin ? [textButton(`≈ near-duplicate of ${twin.label}`, () => turnTo(twin), { className: "caution", dir: "auto" })] : []),
  ];
  return found.length ? el("p", { className: "cautions" }, found) : null;
}

function looking(cell) {
  return el("div", { className: "choices" },
    toggle("Compare", view.compare.includes(cell.label), () => choose(cell), "Choose this picture to compare (c)"),
    columnAxes().length
      ? toggle("Pin column", isPinnedColumn(cell), () => pin(cell), "Show this column beside every picture (p)") : null,
    inputSides(cell).length ? toggle("Show input", view.input, showInput, "The input image beside it (i)") : null);
}

function passage(title, text, other) {
  const words = () => el("p", { className: "prompt", dir: "auto" }, markedText(text, other));
  return text ? el("section", {}, el("h3", {}, title), words()) : null;
}

function inputFigures(cell) {
  const inputs = inputSides(cell);
  return inputs.length ? el("section", {}, el("h3", {}, inputs.length > 1 ? "Input images" : "Input image"),
    el("div", { className: "input-figures" }, inputs.map(({ name, src, small, alt: words }) =>
      el("figure", {},
        el("a", { href: src, target: "_blank", rel: "noopener" }, el("img", { src: small ?? src, alt: words })),
        el("figcaption", {}, name))))) : null;
}

/** Names and values; where the other has another value, or one that is not here, that is marked and told. */
function listing(title, pairs, others = []) {
  const said = ([name, text]) => text !== undefined && text !== null && text !== "" && worthTelling(name);
  const [here, there] = [new Map(pairs.filter(said)), new Map((others ?? []).filter(said))];
  const names = [...new Set([...here.keys(), ...there.keys()])];
  const value = (name) => {
    if (!there.size || here.get(name) === there.get(name)) return String(here.get(name));
    return [el("mark", {}, String(here.get(name) ?? "not here")),
      el("span", { className: "there" }, there.has(name) ? ` there ${there.get(name)}` : " not there")];
  };
  return names.length ? el("section", {}, el("h3", {}, title), el("dl", {}, names.map((name) =>
    [el("dt", { dir: "auto" }, name), el("dd", { dir: "auto" }, value(name))]))) : null;
}

/** Its place on the axes: a compound value with its parts; model and seed, which are parameters too, once. */
function axisFacts(cell) {
  return Object.entries(cell.axes).filter(([axis]) => !axis.includes(".") && axis !== "seed" && axis !== "model")
    .map(([axis, value]) => [axis, compoundText(value, partsOf(axis, cell))]);
}

/** A value with its parts; its name only where none of them says it. */
function compoundText(value, parts) {
  const named = parts.some(([, text]) => text === value);
  return [...(named ? [] : [value]), ...parts.map(([part, text]) => `${part} ${text}`)].join(" · ");
}

const paramFacts = (cell) =>
  [["model", cell.model], ...Object.entries(cell.params).map(([name, value]) => [name, valueText(value)])];

const figureFacts = (cell) => [
  ["price", cell.price],
  ["ready in", cell.latency === undefined ? undefined : `${cell.latency.toFixed(1)} s`],
  ...Object.entries(cell.expect ?? {}).map(([name, words]) => [`${name} expected`, words]),
  ...Object.entries(cell.metrics)
    .map(([name, value]) => [name, typeof value === "number" ? Number(value.toPrecision(3)) : value]),
];

function pictureFacts(cell) {
  const [lo, hi] = cell.charges;
  return [
    ["seed returned", cell.seed_returned],
    ["pixels", cell.file ? `${cell.shape[0]} × ${cell.shape[1]}` : null],
    ["file", cell.bytes ? `${Math.ceil(cell.bytes / 1024).toLocaleString("en")} KB` : null],
    ...figureFacts(cell),
    ["charged", cell.reused ? `no: reused from ${cell.reused}` : lo === hi ? `${lo}` : `${lo} to ${hi}`],
    ["diversity of its cell", cell.diversity],
    ["replaces", cell.replaces],
    ["attempts", cell.attempts > 1 ? cell.attempts : null],
    ["remote id", cell.remote_id],
    ["key", cell.key],
  ];
}

/** In the view of what differs, an axis or a parameter that is the same in every cell goes without saying. */
const worthTelling = (name) => !view.differs || !sameEverywhere().has(name);

function sameEverywhere() {
  if (sameEverywhere.names) return sameEverywhere.names;
  const values = new Map();
  for (const cell of sheet.cells) {
    for (const [name, text] of [...axisFacts(cell), ...paramFacts(cell)]) {
      if (!values.has(name)) values.set(name, { texts: new Set(), n: 0 });
      values.get(name).texts.add(text);
      values.get(name).n += 1;
    }
  }
  const alike = [...values].filter(([, { texts, n }]) => texts.size === 1 && n === sheet.cells.length);
  sameEverywhere.names = new Set(alike.map(([name]) => name));
  return sameEverywhere.names;
}

function copyLine(cell) {
  const said = el("span", { className: "said", role: "status" });
  const copy = (words, text, title) => textButton(words, async () => {
    said.textContent = (await copyText(text())) ? `${words} copied` : "This browser would not copy";
  }, { title });
  const original = { className: "text-button", href: cell.file, target: "_blank", rel: "noopener" };
  return el("section", { className: "copying" }, el("h3", {}, "Copy"), el("div", { className: "choices" },
    cell.prompt ? copy("Prompt", () => cell.prompt, "The prompt as it was sent") : null,
    copy("Job", () => jobFragment(cell), "A job file of this one picture"),
    endpointOf(cell) ? copy("curl", () => curlCommand(cell), "The request as a command, without the key") : null,
    copy("Link", () => location.href, "The address of this view"),
    cell.file ? el("a", original, "Open the original") : null), said);
}
