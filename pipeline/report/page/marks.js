// ── Marks: stars, rejects, tags and notes, by task key; kept in this browser, taken away as marks.json ──────────

const MARKS_FORMAT = { format: "fluxsweep marks", version: 1 };
const TASK_KEY = /^[0-9a-f]{64}$/;
const UNMARKED = Object.freeze({ stars: 0, reject: false, tags: Object.freeze([]), note: "", at: "" });
// Pages from disk share one store. A folder may move, so a job keeps its marks by its name; what the emulator made
// has the keys of the real thing, and so a place of its own.
const marksPlace = `fluxsweep marks/${sheet.title}${sheet.mark ? "/emulated" : ""}/`;
const marks = new Map();
const undone = [];
const markListeners = [];
let marksTrouble = "";

const markOf = (key) => marks.get(key) ?? UNMARKED;
const isMarked = ({ stars, reject, tags, note }) => stars > 0 || reject || tags.length > 0 || note !== "";
const onMarks = (listener) => markListeners.push(listener);
const tagsIn = (text) => [...new Set(text.split(",").map((tag) => tag.trim().slice(0, 64)).filter(Boolean))];

/** What somebody wrote as a mark, or null where it is none. */
function markFrom(raw) {
  if (typeof raw !== "object" || raw === null) return null;
  const { stars = 0, reject = false, tags = [], note = "", at } = raw;
  const sound = Number.isInteger(stars) && stars >= 0 && stars <= 5 && typeof reject === "boolean" &&
    Array.isArray(tags) && tags.every((tag) => typeof tag === "string") && typeof note === "string" &&
    typeof at === "string" && !Number.isNaN(Date.parse(at));
  return sound ? { stars, reject, tags: tagsIn(tags.join(",")), note, at } : null;
}

/** Take a mark where it is the newer one. An emptied mark is one too: it says that an older one no longer holds. */
function takeMark(key, mark) {
  const known = marks.get(key);
  if (known && Date.parse(known.at) >= Date.parse(mark.at)) return false;
  marks.set(key, mark);
  return true;
}

function keepMark(key) {
  try {
    localStorage.setItem(marksPlace + key, JSON.stringify(marks.get(key)));
    marksTrouble = "";
  } catch (error) {
    const full = error.name === "QuotaExceededError";
    marksTrouble = `${full ? "This browser's store is full" : "This browser keeps nothing for this page"}: ` +
      "save marks.json before you close it.";
  }
}

function tellMarks(keys) {
  for (const listener of markListeners) listener(keys);
}

/** Change a task's mark, now. */
function setMark(key, patch) {
  undone.push([key, markOf(key)]);
  writeMark(key, { ...markOf(key), ...patch });
}

/** Newer than what it replaces, also where that came from a clock ahead of ours. */
function writeMark(key, mark) {
  const after = marks.has(key) ? Date.parse(markOf(key).at) + 1 : 0;
  marks.set(key, { ...mark, at: new Date(Math.max(Date.now(), after)).toISOString() });
  keepMark(key);
  tellMarks([key]);
}

/** Take the last change of a mark back; the task's key, if there was one. */
function undoMark() {
  const [key, mark] = undone.pop() ?? [];
  if (key) writeMark(key, mark);
  return key;
}

function loadMarks() {
  takeGiven();
  try {
    for (let place = 0; place < localStorage.length; place += 1) readKept(localStorage.key(place));
  } catch {
    marksTrouble = "This browser keeps nothing for this page: save marks.json before you close it.";
  }
  addEventListener("storage", ({ key }) => {
    if (key !== null && readKept(key)) tellMarks([key.slice(marksPlace.length)]);
  });
}

/** The marks that came with the page. */
function takeGiven() {
  for (const [key, raw] of Object.entries(sheet.marks ?? {})) {
    const mark = markFrom(raw);
    if (mark) takeMark(key, mark);
  }
}

function readKept(name) {
  const key = name.slice(marksPlace.length);
  if (!name.startsWith(marksPlace) || !TASK_KEY.test(key)) return false;
  let raw = null;
  try {
    raw = JSON.parse(localStorage.getItem(name));
  } catch {
    return false; // another program's words under our name
  }
  const mark = markFrom(raw);
  return mark !== null && takeMark(key, mark);
}

/** All marks as the file that `report`, `export` and `retry` read. */
function marksFile() {
  const sorted = Object.fromEntries([...marks].sort(([one], [two]) => (one < two ? -1 : 1)));
  return `${JSON.stringify({ ...MARKS_FORMAT, job: sheet.title, marks: sorted }, null, 1)}\n`;
}

/** Merge a marks file by time; in words, what came of it. */
function mergeMarks(text) {
  let file = null;
  try {
    file = JSON.parse(text);
  } catch {
    return "This is no JSON file; nothing was taken.";
  }
  if (file?.format !== MARKS_FORMAT.format) return "This is no file of marks; nothing was taken.";
  if (file.version !== MARKS_FORMAT.version) return "A newer fluxsweep wrote these marks; nothing was taken.";
  const given = Object.entries(file.marks ?? {}).map(([key, raw]) => [key, TASK_KEY.test(key) ? markFrom(raw) : null]);
  const sound = given.filter(([, mark]) => mark);
  const taken = sound.filter(([key, mark]) => takeMark(key, mark)).map(([key]) => key);
  taken.forEach(keepMark);
  tellMarks(taken);
  const wrong = given.length - sound.length;
  return `${counted(taken.length, "mark")} taken, ${sound.length - taken.length} no newer than here` +
    `${wrong ? `, ${wrong} unreadable` : ""}.`;
}

/** Back to the marks that came with the page. */
function forgetMarks() {
  const gone = [...marks.keys()];
  marks.clear();
  undone.length = 0;
  for (const key of gone) localStorage.removeItem(marksPlace + key);
  takeGiven();
  tellMarks(gone);
}

const counted = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
