// ── What differs between two texts, word by word ────────────────────────────────────────────────────────────────

const MOST_PAIRS = 4_000_000; // of words; in longer texts all between the common ends counts as different
const FILLER = /^[\s\p{P}]*$/u;
const wordBreaks = new Intl.Segmenter(undefined, { granularity: "word" });

/** A text's words and what stands between them; joined they are the text. */
function wordsOf(text) {
  return Array.from(wordBreaks.segment(text), ({ segment }) => segment);
}

/** `text` in pieces, as seen from `other`: {same}, or {own, left} where `own` stands in place of the other's `left`. */
function differences(text, other) {
  const [mine, theirs] = [wordsOf(text), wordsOf(other)];
  let start = 0;
  while (start < mine.length && mine[start] === theirs[start]) start += 1;
  let end = 0;
  const room = Math.min(mine.length, theirs.length) - start;
  while (end < room && mine.at(-1 - end) === theirs.at(-1 - end)) end += 1;
  const steps = [
    ...mine.slice(0, start).map((word) => ["same", word]),
    ...alignment(mine.slice(start, mine.length - end), theirs.slice(start, theirs.length - end)),
    ...mine.slice(mine.length - end).map((word) => ["same", word]),
  ];
  return joined(steps);
}

/** The steps from `theirs` to `mine` that keep most words. */
function alignment(mine, theirs) {
  const wide = theirs.length + 1;
  const far = mine.length * theirs.length > MOST_PAIRS;
  const kept = far ? null : keptWords(mine, theirs);
  const steps = [];
  let [at, there] = [0, 0];
  while (!far && at < mine.length && there < theirs.length) {
    if (mine[at] === theirs[there]) {
      steps.push(["same", mine[at]]);
      [at, there] = [at + 1, there + 1];
    } else if (kept[at * wide + there + 1] >= kept[(at + 1) * wide + there]) steps.push(["left", theirs[there++]]);
    else steps.push(["own", mine[at++]]);
  }
  const rest = (words, kind) => words.map((word) => [kind, word]);
  return [...steps, ...rest(theirs.slice(there), "left"), ...rest(mine.slice(at), "own")];
}

/** For each place in both texts, how many words are kept at best from there to the end. */
function keptWords(mine, theirs) {
  const wide = theirs.length + 1;
  const kept = new Uint16Array((mine.length + 1) * wide);
  for (let at = mine.length - 1; at >= 0; at -= 1) {
    for (let there = theirs.length - 1; there >= 0; there -= 1) {
      kept[at * wide + there] = mine[at] === theirs[there] ? kept[(at + 1) * wide + there + 1] + 1
        : Math.max(kept[(at + 1) * wide + there], kept[at * wide + there + 1]);
    }
  }
  return kept;
}

/** Steps as pieces; space and punctuation alone between two changes is part of the change. */
function joined(steps) {
  const pieces = [];
  for (const [kind, word] of steps) {
    const last = pieces.at(-1);
    if (kind === "same") {
      if (last?.same !== undefined) last.same += word;
      else pieces.push({ same: word });
      continue;
    }
    const change = last && last.same === undefined ? last : pieces[pieces.push({ own: "", left: "" }) - 1];
    change[kind] += word;
  }
  return pieces.reduce(bridged, []);
}

function bridged(pieces, piece) {
  const [change, between] = pieces.slice(-2);
  if (piece.same !== undefined || between?.same === undefined || !FILLER.test(between.same)) return [...pieces, piece];
  change.own += between.same + piece.own;
  change.left += between.same + piece.left;
  return pieces.slice(0, -1);
}

/** A text as nodes, its words marked against `other`; what only the other has is shown, yet is no part of the text. */
function markedText(text, other) {
  if (other === null || other === undefined || other === text) return [text];
  return differences(text, other).flatMap(({ same, own, left }) => {
    if (same !== undefined) return [same];
    const gone = left.trim() ? [el("del", { className: "left-out", title: "only in the other" })] : [];
    for (const node of gone) node.dataset.words = left.trim();
    return own ? [...gone, el("mark", {}, own)] : gone;
  });
}
