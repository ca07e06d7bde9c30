// ── A cell's request as text to take away: its prompt, a job, a curl command ────────────────────────────────────

const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu; // what has no look of its own, or turns the text around it
const hex = (code, digits) => code.toString(16).padStart(digits, "0");

/** A parameter's value in words. A whole number too long for this language comes as {int: its digits}. */
function valueText(value) {
  if (isInput(value)) return `${value.media_type}, sha256 ${value.sha256}`;
  return typeof value === "object" ? value.int : String(value);
}

/** A text in double quotes as YAML reads it, with nothing in it that hides. */
function yamlText(text) {
  const bare = text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  return `"${bare.replace(UNSEEN, (sign) => {
    const code = sign.codePointAt(0);
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  })}"`;
}

/** A text as JSON writes it, with nothing in it that hides. */
function jsonText(text) {
  return JSON.stringify(text).replace(UNSEEN, (sign) =>
    Array.from(sign.split(""), (unit) => `\\u${hex(unit.charCodeAt(0), 4)}`).join(""));
}

const shellText = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** A job of one picture: the reader of jobs makes the very request of it. */
function jobFragment(cell) {
  const { seed, ...params } = cell.params;
  const { prompt, repeat } = cell.axes;
  const id = yamlText(prompt !== undefined && prompt.length <= 64 ? prompt : "prompt");
  const yamlValue = (value) => {
    if (isInput(value)) return yamlText(value.file);
    return typeof value === "string" ? yamlText(value) : valueText(value);
  };
  const list = Object.entries(params);
  return [
    `# One picture of ${sheet.title}: ${cell.label.replace(UNSEEN, " ")}`,
    ...(list.some(([, value]) => isInput(value)) ? ["# Save it in the output folder, beside inputs/."] : []),
    "version: 1",
    `name: ${sheet.title.slice(0, 60)}-one`,
    `provider: ${providerOf(cell)}`,
    "prompts:",
    `  ${id}: {raw: true, text: ${yamlText(cell.prompt ?? "")}}`,
    "matrix:",
    `  model: ${cell.model}`,
    ...(seed === undefined ? [] : [`  seed: ${valueText(seed)}`]),
    ...(repeat === undefined ? [] : [`  repeat: ${repeat}`]),
    ...(list.length ? ["params:", ...list.map(([name, value]) => `  ${name}: ${yamlValue(value)}`)] : []),
    "upsampling: as-is",
    "",
  ].join("\n");
}

// ── The request as a shell command ──────────────────────────────────────────────────────────────────────────────

/** The provider of a cell's request, where an axis or a part of one chooses it. */
function providerOf(cell) {
  const chosen = Object.entries(cell.axes).find(([axis]) => axis === "provider" || axis.endsWith(".provider"));
  return chosen?.[1] ?? sheet.provider;
}

/** How a cell's provider is spoken to; nothing where the catalog does not know it. */
const endpointOf = (cell) => sheet.endpoints[providerOf(cell)];

/** The body of a submit as providers/body.py makes it, its objects as Maps. */
function submitBody(cell, rule) {
  const sent = cell.prompt === undefined ? cell.params : { prompt: cell.prompt, ...cell.params };
  const params = new Map(Object.entries(sent).map(([name, value]) => [name, rule.values[name]?.[value] ?? value]));
  const gathered = new Set(Object.values(rule.lists).flat());
  const body = new Map([...params.keys()].flatMap((name) => Object.entries(rule.beside[name] ?? {})));
  for (const [name, value] of params) if (!gathered.has(name)) body.set(rule.names[name] ?? name, value);
  for (const [list, names] of Object.entries(rule.lists)) {
    const values = names.filter((name) => params.has(name)).map((name) => params.get(name));
    if (values.length) body.set(list, values);
  }
  const whole = rule.nest ? new Map([[rule.nest, body]]) : body;
  return rule.model ? new Map([...whole, [rule.model, rule.routes[cell.model] ?? cell.model]]) : whole;
}

/** A body's JSON in pieces: texts, and the input images whose base64 stands between them. */
function jsonPieces(body, images) {
  const pieces = [""];
  const write = (text) => pieces.push(typeof pieces.at(-1) === "string" ? pieces.pop() + text : text);
  const list = (values, one) => [...values].forEach((value, place) => {
    if (place) write(", ");
    one(value);
  });
  const put = (value) => {
    if (value instanceof Map) {
      write("{");
      list(value, ([name, held]) => (write(`${jsonText(name)}: `), put(held)));
      write("}");
    } else if (Array.isArray(value)) {
      write("[");
      list(value, put);
      write("]");
    } else if (isInput(value)) {
      write(images === "data_uri" ? `"data:${value.media_type};base64,` : '"');
      pieces.push(value);
      write('"');
    } else write(typeof value === "string" ? jsonText(value) : valueText(value));
  };
  put(body);
  return pieces;
}

/** The request for a shell in the output folder; the key is a variable there, an input image is read from its file. */
function curlCommand(cell) {
  const rule = endpointOf(cell);
  const { header, prefix, variable } = rule.key;
  const route = encodeURI(rule.routes[cell.model] ?? cell.model);
  const pieces = jsonPieces(submitBody(cell, rule), rule.images);
  const call = [
    `curl -sS ${shellText(rule.url.replace("{model}", () => route))}`,
    `-H "${header}: ${prefix}$${variable}"`,
    "-H 'Content-Type: application/json'",
  ].join(" \\\n  ");
  if (pieces.length === 1) return `${call} \\\n  --data-raw ${shellText(pieces[0])}\n`;
  const parts = pieces.map((piece) =>
    isInput(piece) ? `base64 < ${piece.file} | tr -d '\\n'` : `printf %s ${shellText(piece)}`);
  return `{ ${parts.join("; ")}; } | ${call} \\\n  --data-binary @-\n`;
}
