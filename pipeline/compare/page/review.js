"use strict";

/* One pair after another: shown when both pictures are decoded, judged by key or button, gone on when the vote is safe. */
(() => {
  const CHOICES = { 1: "left", 2: "right", 3: "tie", t: "tie", 4: "bad", b: "bad" };
  const $ = (id) => document.getElementById(id);
  const sitting = JSON.parse($("sitting").textContent);
  const keeper = sitting.pack ? packKeeper(sitting) : programKeeper(sitting);
  const total = sitting.before + sitting.sights.length;
  const skipped = new Set();
  let sight = null, ready = false, busy = false, since = 0, looked = 0, pending = null, retry = null;

  const judged = () => new Set(keeper.cast.map((vote) => vote.name));

  function only(id) {
    for (const main of document.querySelectorAll("main")) main.hidden = main.id !== id;
  }

  function progress() {
    const done = sitting.before + keeper.cast.length;
    $("bar").max = total;
    $("bar").value = done;
    $("count").textContent = `${done} of ${total}`;
    $("undo").disabled = $("back").disabled = keeper.cast.length === 0;
  }

  /* ── Pictures ── */

  /* The pictures of the pair that comes next, by its name: kept, so that they are there when they are wanted. */
  const loading = new Map();

  function load(wanted) {
    if (loading.has(wanted.name)) return;
    loading.set(wanted.name, [wanted.left, wanted.right, wanted.input].filter(Boolean).map((source) => {
      const image = new Image();
      image.src = source;
      return image;
    }));
  }

  function waiting() {
    const done = judged();
    return sitting.sights.filter((one) => !done.has(one.name) && !skipped.has(one.name));
  }

  async function next() {
    progress();
    const [first, second] = waiting();
    for (const name of loading.keys()) if (name !== first?.name && name !== second?.name) loading.delete(name);
    if (!first) return end();
    sight = first;
    ready = false;
    looked = 0;
    only("stage");
    zoom.reset();
    $("panes").classList.add("waiting");
    $("input").hidden = true;
    $("about").textContent = first.about;
    $("context").hidden = !first.about && !first.input;
    try {
      await show(first);
    } catch {
      if (sight === first) fail("These pictures cannot be shown.", next, true);
      return;
    }
    if (second) load(second);
  }

  /* Both at once: their elements hold decoded pictures before either can be seen. */
  async function show(one) {
    $("left").src = one.left;
    $("right").src = one.right;
    if (one.input) $("input").src = one.input;
    await Promise.all([$("left").decode(), $("right").decode(), one.input && $("input").decode()]);
    if (sight !== one) return;
    $("input").hidden = !one.input;
    $("panes").classList.remove("waiting");
    ready = true;
    since = performance.now();
    $("spoken").textContent = `Pair ${sitting.before + keeper.cast.length + 1} of ${total}`;
  }

  /* ── Votes ── */

  async function safely(act) {
    if (busy) return;
    busy = true;
    $("problem").hidden = true;
    try {
      await act();
    } catch (error) {
      fail(error.message, () => safely(act), false);
      return;
    } finally {
      busy = false;
    }
    await next();
  }

  function vote(choice) {
    if (!ready || busy || $("stage").hidden || pending) return;
    const seconds = (looked + performance.now() - since) / 1000;
    pending = { id: newId(), name: sight.name, choice, seconds: Math.round(seconds * 100) / 100 };
    safely(async () => {
      await keeper.vote(pending);
      pending = null;
    });
  }

  function undo() {
    if (busy || pending || !keeper.cast.length || !$("start").hidden || !$("reveal").hidden) return;
    safely(async () => {
      await keeper.undo();
      $("spoken").textContent = "The last vote is undone";
    });
  }

  function fail(words, again, canSkip) {
    retry = again;
    $("problem").firstElementChild.textContent = words;
    $("skip").hidden = !canSkip;
    $("problem").hidden = false;
  }

  /* ── Pause and end ── */

  function pause() {
    if (busy || $("stage").hidden) return;
    if (ready) looked += performance.now() - since;
    $("kept").textContent = keeper.kept;
    only("paused");
    $("resume").focus();
  }

  function resume() {
    since = performance.now();
    only("stage");
  }

  async function end() {
    sight = null;
    $("farewell").textContent = skipped.size ? `${skipped.size} could not be shown. ${keeper.farewell}` : keeper.farewell;
    $("download").hidden = !keeper.download;
    only("end");
    // Who knows who won is blind no more: no vote can be changed then.
    const lines = await keeper.reveal().catch(() => null);
    $("reveal").hidden = !lines;
    $("back").hidden = Boolean(lines);
    $("reveal").tBodies[0].replaceChildren(...(lines ?? []).map((line) => {
      const row = document.createElement("tr");
      for (const text of [line.arm, line.won, line.lost, line.neither]) row.insertCell().textContent = text;
      return row;
    }));
  }

  /* ── Hands ── */

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.matches("input")) return;
    const key = event.key.toLowerCase();
    if (key === "u") undo();
    else if (key === "p") $("paused").hidden ? pause() : resume();
    else if ($("stage").hidden) return;
    else if (CHOICES[key]) vote(CHOICES[key]);
    else if (!zoom.press(key)) return;
    event.preventDefault();
  });
  for (const button of $("choices").children) button.addEventListener("click", () => vote(button.dataset.choice));
  $("undo").addEventListener("click", undo);
  $("back").addEventListener("click", undo);
  $("pause").addEventListener("click", pause);
  $("resume").addEventListener("click", resume);
  $("zoom").addEventListener("click", zoom.toggle);
  $("again").addEventListener("click", () => { $("problem").hidden = true; retry(); });
  $("skip").addEventListener("click", () => { $("problem").hidden = true; skipped.add(sight.name); next(); });
  for (const id of ["save", "download"]) $(id).addEventListener("click", () => keeper.download());
  $("begin").addEventListener("submit", (event) => {
    event.preventDefault();
    if (sitting.pack) keeper.reviewer = $("name").value.trim();
    next();
  });

  $("ask").textContent = sitting.ask || "Which is better?";
  document.title = $("ask").textContent;
  const left = sitting.sights.length - keeper.cast.length;
  $("lead").textContent = `${left} pair${left === 1 ? "" : "s"} of pictures${keeper.cast.length || sitting.before ? " left" : ""}`;
  $("save").hidden = $("who").hidden = !sitting.pack;
  $("name").required = Boolean(sitting.pack);
  $("name").value = sitting.pack ? keeper.reviewer : "";
  progress();
  $("go").focus();
})();
