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
  const { prompt, repeat, provider = sheet.provider } = cell.axes;
  const id = yamlText(prompt !== undefined && prompt.length <= 64 ? prompt : "prompt");
  const yamlValue = (value) => {
    if (isInput(value)) return yamlText(`inputs/${value.sha256}`);
    return typeof value === "string" ? yamlText(value) : valueText(value);
  };
  const list = Object.entries(params);
  return [
    `# One picture of ${sheet.title}: ${cell.label.replace(UNSEEN, " ")}`,
    ...(list.some(([, value]) => isInput(value)) ? ["# Save it in the output folder, beside inputs/."] : []),
    "version: 1",
    `name: ${sheet.title.slice(0, 60)}-one`,
    `provider: ${provider}`,
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

/** The request's JSON in pieces: texts, and the input images whose base64 stands between them. */
function bodyPieces(cell, nest) {
  const fields = Object.entries(cell.prompt === undefined ? cell.params : { prompt: cell.prompt, ...cell.params });
  const pieces = [nest ? `{${jsonText(nest)}: {` : "{"];
  const write = (text) => (typeof pieces.at(-1) === "string" ? pieces.push(pieces.pop() + text) : pieces.push(text));
  fields.forEach(([name, value], place) => {
    write(`${place ? ", " : ""}${jsonText(name)}: `);
    if (isInput(value)) write('"'), pieces.push(value), write('"');
    else write(typeof value === "string" ? jsonText(value) : valueText(value));
  });
  write(nest ? "}}" : "}");
  return pieces;
}

/** The request as a shell command; the key is a variable of the shell, an input image is read from its file. */
function curlCommand(cell) {
  const { url, header, prefix, variable, nest } = sheet.endpoint;
  const pieces = bodyPieces(cell, nest);
  const call = [
    `curl -sS ${shellText(url.replace("{model}", encodeURIComponent(cell.model)))}`,
    `-H "${header}: ${prefix}$${variable}"`,
    "-H 'Content-Type: application/json'",
  ].join(" \\\n  ");
  if (pieces.length === 1) return `${call} \\\n  --data-raw ${shellText(pieces[0])}\n`;
  const parts = pieces.map((piece) =>
    isInput(piece) ? `base64 < inputs/${piece.sha256} | tr -d '\\n'` : `printf %s ${shellText(piece)}`);
  return `{ ${parts.join("; ")}; } | ${call} \\\n  --data-binary @-\n`;
}
