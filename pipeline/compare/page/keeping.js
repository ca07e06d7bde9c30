"use strict";

/* Where votes go. Both keepers have: `cast`, the votes so far as {id, name, choice}; `vote` and `undo`, which resolve
   when the vote is safe and reject with words for the reviewer; `farewell` and `kept`, what to say at the end and in a
   pause. A vote that was not stored may be sent again under the same id: it counts once. */

/* The program that serves this page puts each vote on its disk before it answers. */
function programKeeper(sitting) {
  const cast = sitting.cast.slice();

  async function post(path, body) {
    let reply;
    try {
      reply = await fetch(path, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      });
    } catch {
      throw new Error("Not stored: the program that serves this page has ended. Start it again, and reload its new address.");
    }
    if (!reply.ok) throw new Error(`Not stored: ${await reply.text()}`);
  }

  return {
    cast,
    farewell: "Your votes are stored. You can close this page.",
    kept: "Your votes are stored. Go on here, or close the page and start the review again later.",
    async vote(ballot) {
      await post("votes", ballot);
      cast.push(ballot);
    },
    async undo() {
      await post("undo", { id: cast.at(-1).id });
      return cast.pop();
    },
    async reveal() {
      if (!sitting.reveal) return null;
      const reply = await fetch("reveal");
      return reply.ok ? reply.json() : null;
    },
  };
}

/* A page without a program behind it: the browser remembers, and the votes go out as a file. */
function packKeeper(sitting) {
  const slot = `fluxsweep review ${sitting.pack}`;
  const kept = read();

  function read() {
    try {
      const found = JSON.parse(localStorage.getItem(slot));
      if (found && Array.isArray(found.cast)) return { undone: [], ...found };
    } catch { /* a private window, or something that is not ours: begin anew */ }
    return { reviewer: "", sitting: newId(), cast: [], undone: [] };
  }

  function write() {
    try {
      localStorage.setItem(slot, JSON.stringify(kept));
    } catch { /* the file is what counts; without room here a reload begins anew */ }
  }

  return {
    cast: kept.cast,
    farewell: "Save your votes as a file, and send it to the one who sent you these pictures.",
    kept: "This browser remembers your votes. You can close the page and open it again, or save what you have.",
    get reviewer() { return kept.reviewer; },
    set reviewer(name) { kept.reviewer = name; write(); },
    async vote(ballot) {
      kept.cast.push({ ...ballot, at: Date.now() / 1000 });
      write();
    },
    async undo() {
      const last = kept.cast.pop();
      // A file with it may have been sent already.
      kept.undone.push(last.id);
      write();
      return last;
    },
    async reveal() { return null; },
    download() {
      const { reviewer, sitting: id, cast: votes, undone } = kept;
      const file = { pack: sitting.pack, reviewer, sitting: id, votes, undone };
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([JSON.stringify(file, null, 1)], { type: "application/json" }));
      link.download = `votes-${sitting.pack.slice(0, 8)}-${kept.reviewer.replace(/[^\p{L}\p{N}]+/gu, "-")}.json`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    },
  };
}

function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
