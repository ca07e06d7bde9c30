// ── Marking: how marks are shown, and made by key, by form and by file ──────────────────────────────────────────

/** A mark in signs, with its words for who cannot see them; null where there is none. */
function markBadge(key) {
  const mark = markOf(key);
  if (!isMarked(mark)) return null;
  const { stars, reject, tags, note } = mark;
  const words = [
    stars ? counted(stars, "star") : "", reject ? "rejected" : "", ...tags.map((tag) => `tag ${tag}`),
    note ? `note: ${note}` : "",
  ].filter(Boolean).join(", ");
  return el("span", { className: "marks", title: words, role: "img", "aria-label": words },
    reject ? el("b", { className: "rejected-sign" }, "✕") : null,
    stars ? el("b", { className: "stars-sign" }, "★".repeat(stars)) : null,
    tags.map((tag) => el("span", { className: "tag", dir: "auto" }, tag)),
    note ? el("span", { className: "note-sign" }, "✎") : null);
}

/** Show on a cell's button what somebody thought of it, and whether it is chosen to be compared. */
function dress(button) {
  const { key, label } = button.cell;
  button.classList.toggle("rejected", markOf(key).reject);
  button.classList.toggle("chosen", view.compare.includes(label));
  button.querySelector(".marks")?.remove();
  const badge = markBadge(key);
  if (badge) button.append(badge);
  button.setAttribute("aria-label", spoken(button.cell, badge?.title));
  return button;
}

function startMarking() {
  loadMarks();
  onMarks((keys) => {
    for (const button of bodyBox.querySelectorAll(".shot")) if (keys.includes(button.cell.key)) dress(button);
    for (const form of document.querySelectorAll(".mark-form")) form.follow();
  });
}

/** What a key does to the mark of a cell: true when it was one of marking. */
function markByKey(event, cell) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return false;
  if (/^[0-5]$/.test(event.key)) setMark(cell.key, { stars: Number(event.key) });
  else if (event.key === "x") setMark(cell.key, { reject: !markOf(cell.key).reject });
  else if (event.key === "u") undoMark();
  else if (event.key === "t" || event.key === "n") writeDown(cell, event.key === "t" ? "tags" : "note");
  else return false;
  event.preventDefault();
  return true;
}

const WRITTEN_INTO = "input:not([type=range], [type=checkbox], [type=radio]), textarea, select";
const isTyping = (element) => element.matches(WRITTEN_INTO);

/** Put the cursor where tags or a note of this cell are written: in the form that is open, or in one of its own. */
function writeDown(cell, part) {
  const open = document.querySelector(`dialog[open] .mark-form [name=${part}]`);
  if (open) {
    open.focus();
    return;
  }
  const back = document.activeElement;
  const dialog = el("dialog", { className: "jot", "aria-label": `Mark ${cell.label}` },
    el("p", { className: "overline", dir: "auto" }, cell.label), markForm(cell),
    el("button", { type: "button", className: "text-button", onclick: () => dialog.close() }, "Done"));
  dialog.addEventListener("close", () => {
    dialog.remove();
    back?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector(`[name=${part}]`).focus();
}

/** Stars, reject, tags and note of a cell's task. It follows the mark, but not under the hands of who is typing. */
function markForm(cell) {
  const stars = [1, 2, 3, 4, 5].map((n) => el("button", {
    type: "button", className: "star", "aria-label": counted(n, "star"),
    onclick: () => setMark(cell.key, { stars: markOf(cell.key).stars === n ? 0 : n }),
  }, "★"));
  const reject = el("button", {
    type: "button", className: "text-button reject",
    onclick: () => setMark(cell.key, { reject: !markOf(cell.key).reject }),
  }, "Reject");
  const line = { name: "tags", type: "text", autocomplete: "off", placeholder: "tags, by commas" };
  const tags = el("input", { ...line, "aria-label": "Tags, separated by commas" });
  const note = el("textarea", { name: "note", rows: 2, placeholder: "note", "aria-label": "Note" });
  tags.addEventListener("input", () => setMark(cell.key, { tags: tagsIn(tags.value) }));
  note.addEventListener("input", () => setMark(cell.key, { note: note.value }));
  for (const field of [tags, note]) field.addEventListener("keydown", (event) => leaveField(event, field));
  const form = el("div", { className: "mark-form", role: "group", "aria-label": "Your marks" },
    el("div", { className: "verdict" },
      el("div", { className: "star-line", role: "group", "aria-label": "Stars" }, stars), reject),
    tags, note);
  form.follow = () => {
    const mark = markOf(cell.key);
    stars.forEach((star, place) => {
      star.classList.toggle("lit", place < mark.stars);
      star.setAttribute("aria-pressed", String(place + 1 === mark.stars));
    });
    reject.setAttribute("aria-pressed", String(mark.reject));
    if (document.activeElement !== tags) tags.value = mark.tags.join(", ");
    if (document.activeElement !== note) note.value = mark.note;
  };
  form.follow();
  return form;
}

/** Enter (in a note: with Ctrl) and Esc lead back from the field to the view, which stays open. */
function leaveField(event, field) {
  event.stopPropagation();
  const done = event.key === "Escape" || (event.key === "Enter" && (field.tagName === "INPUT" || event.ctrlKey));
  if (!done) return;
  event.preventDefault();
  const dialog = field.closest("dialog");
  if (dialog?.classList.contains("jot")) dialog.close();
  else dialog?.focus();
}

/** Save, copy, take in and forget: what the menu of marks holds. */
function marksMenu() {
  const said = el("p", { className: "said", role: "status" });
  const picker = el("input", { type: "file", accept: ".json,application/json", hidden: true });
  picker.addEventListener("change", async () => {
    const [file] = picker.files;
    if (file) said.textContent = mergeMarks(await file.text());
    picker.value = "";
  });
  const forget = textButton("Forget", () => {
    if (forget.dataset.asked) forgetMarks();
    forget.textContent = forget.dataset.asked ? "Forget" : "Really forget all?";
    if (forget.dataset.asked) delete forget.dataset.asked;
    else forget.dataset.asked = "yes";
  });
  const count = el("p", { className: "marks-count" });
  const menu = el("div", { className: "marks-menu" }, count,
    el("div", { className: "choices" },
      textButton("Save marks.json", () => saveFile("marks.json", marksFile())),
      textButton("Copy", async () => {
        said.textContent = (await copyText(marksFile())) ? "Copied." : "This browser would not copy.";
      }),
      textButton("Take in a file …", () => picker.click()), forget),
    said, picker);
  menu.follow = () => {
    const held = [...marks].filter(([, mark]) => isMarked(mark));
    const here = new Set(sheet.cells.map((cell) => cell.key));
    const elsewhere = held.filter(([key]) => !here.has(key)).length;
    count.textContent = `${counted(held.length, "task")} marked` +
      `${elsewhere ? `, ${elsewhere} of them not on this sheet` : ""}. ${marksTrouble}`;
  };
  onMarks(menu.follow);
  menu.follow();
  return menu;
}

function saveFile(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Put a text on the clipboard, also where the page came over plain HTTP; false where the browser refuses. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const back = document.activeElement;
    const box = el("textarea", { value: text, className: "unseen", readOnly: true });
    (document.querySelector("dialog[open]") ?? document.body).append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    back?.focus();
    return done;
  }
}
