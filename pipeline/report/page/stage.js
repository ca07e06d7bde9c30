// ── A stage: one to five pictures that zoom and pan as one ──────────────────────────────────────────────────────

const MOST_ZOOM = 32;
const HANDLE = 44; // pixels: the slider's own width, so that it stays whole at both ends
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** A picture, or the reason for there being none, as a side of a stage. */
function sideOf(cell) {
  return { cell, name: cell.label, src: cell.file, small: cell.thumb, shape: cell.shape, alt: alt(cell) };
}

/**
 * A stage. `show(sides, {look, fit})` puts sides on it: `look` is sides, slider or flicker, `fit` is same (one size)
 * or actual (a pixel a pixel of the screen). `onSwipe(direction)` hears a finger that has nothing to pan.
 */
class Stage {
  constructor(onSwipe) {
    this.element = el("div", { className: "stage" });
    this.frames = [];
    this.turn = 0;
    this.pause = 700; // milliseconds that a picture stays while they flicker
    this.onSwipe = onSwipe;
    this.reset();
    this.watch = new ResizeObserver(() => this.place());
  }

  show(sides, { look = "sides", fit = "same", keep = false } = {}) {
    this.stop();
    this.watch.disconnect();
    if (!keep) this.reset();
    Object.assign(this, { sides, look, fit });
    const together = look === "sides" ? sides.map((side) => [side]) : [look === "slider" ? sides.slice(0, 2) : sides];
    this.frames = together.map((group) => this.frame(group));
    this.element.className = `stage ${look} of-${together.length}`;
    this.element.replaceChildren(...this.frames.map((frame) => frame.pane));
    for (const frame of this.frames) this.watch.observe(frame.box);
    this.turn = Math.min(this.turn, sides.length - 1);
    if (look === "slider") this.frames[0].box.append(this.handle());
    if (look === "flicker") this.flick(0);
    if (look === "flicker" && !calm.matches) this.start();
    this.place();
  }

  reset() {
    Object.assign(this, { zoom: 1, x: 0.5, y: 0.5 });
  }

  /** One window: its layers lie upon each other. */
  frame(sides) {
    const layers = sides.map((side) => this.layer(side));
    const box = el("div", { className: "window" }, layers.map((layer) => layer.sheet));
    const words = el("figcaption", {}, sides.map(({ name }) => el("span", { className: "side-name", dir: "auto" }, name)));
    const pane = el("figure", { className: "pane", tabIndex: sides[0].cell ? 0 : -1 }, box, words);
    const frame = { sides, layers, box, pane, words };
    this.listen(frame);
    return frame;
  }

  layer(side) {
    const layer = { side, shape: side.shape, sheet: el("div", { className: "layer" }) };
    if (!side.src) {
      layer.sheet.append(cardOf(side.cell));
      return layer;
    }
    layer.picture = el("img", { src: side.src, alt: side.alt, draggable: false, decoding: "async" });
    if (side.small) layer.picture.style.backgroundImage = `url("${side.small}")`;
    layer.picture.addEventListener("load", () => {
      layer.shape = [layer.picture.naturalWidth, layer.picture.naturalHeight];
      layer.picture.style.backgroundImage = "";
      this.place();
    });
    layer.sheet.append(layer.picture);
    return layer;
  }

  // ── Where everything lies ──

  /** Pixels of the page to a pixel of the picture. */
  scale({ box }, { shape: [width, height] }) {
    const whole = Math.min(box.clientWidth / width, box.clientHeight / height);
    const alone = this.sides.length === 1 ? Math.min(1, whole) : whole;
    return (this.fit === "actual" ? 1 / devicePixelRatio : alone) * this.zoom;
  }

  place() {
    for (const frame of this.frames) {
      for (const layer of frame.layers) {
        if (!layer.picture) continue;
        const scale = this.scale(frame, layer);
        const shift = ["x", "y"].map((way, axis) => {
          const [room, length] = [axis ? frame.box.clientHeight : frame.box.clientWidth, layer.shape[axis] * scale];
          return room / 2 - within(this[way], room, length) * length;
        });
        Object.assign(layer.picture.style, {
          width: `${layer.shape[0]}px`,
          height: `${layer.shape[1]}px`,
          transform: `translate(${shift[0]}px, ${shift[1]}px) scale(${scale})`,
          imageRendering: scale * devicePixelRatio >= 3 ? "pixelated" : "",
        });
      }
      frame.pane.classList.toggle("roomy", this.pans(frame));
    }
  }

  /** Whether a picture is larger than its window. */
  pans(frame) {
    const room = [frame.box.clientWidth, frame.box.clientHeight];
    return frame.layers.some((layer) =>
      layer.picture && layer.shape.some((length, axis) => length * this.scale(frame, layer) > room[axis] + 1));
  }

  /** Zoom by a factor, with the point under (clientX, clientY) held where it is; else the middle. */
  zoomBy(factor, frame = this.frames[0], point = null) {
    const layer = frame?.layers.find(({ picture }) => picture);
    if (!layer) return;
    const before = this.scale(frame, layer);
    const least = this.fit === "actual" ? 0.1 : 1;
    this.zoom = Math.min(MOST_ZOOM, Math.max(least, this.zoom * factor));
    if (point) {
      const after = this.scale(frame, layer);
      const rect = frame.box.getBoundingClientRect();
      const off = [point.clientX - rect.x - rect.width / 2, point.clientY - rect.y - rect.height / 2];
      ["x", "y"].forEach((way, axis) => (this[way] += (off[axis] / before - off[axis] / after) / layer.shape[axis]));
    }
    this.settle(frame, layer);
  }

  panBy(across, down, frame = this.frames[0]) {
    const layer = frame?.layers.find(({ picture }) => picture);
    if (!layer) return;
    const scale = this.scale(frame, layer);
    this.x -= across / (layer.shape[0] * scale);
    this.y -= down / (layer.shape[1] * scale);
    this.settle(frame, layer);
  }

  /** Never further than the edge: what was panned beyond it would have to be panned back. */
  settle(frame, layer) {
    const scale = this.scale(frame, layer);
    this.x = within(this.x, frame.box.clientWidth, layer.shape[0] * scale);
    this.y = within(this.y, frame.box.clientHeight, layer.shape[1] * scale);
    this.place();
  }

  // ── Wheel, fingers, mouse ──

  listen(frame) {
    const { box } = frame;
    box.addEventListener("wheel", (event) => {
      event.preventDefault();
      const turned = event.deltaY * (event.deltaMode ? 16 : 1);
      this.zoomBy(Math.exp(-turned * (event.ctrlKey ? 0.01 : 0.002)), frame, event);
    }, { passive: false });
    box.addEventListener("dblclick", (event) => {
      if (this.zoom !== 1) this.reset(), this.place();
      else this.zoomBy(3, frame, event);
    });
    const fingers = new Map();
    box.addEventListener("pointerdown", (event) => {
      if (event.button || event.target.matches("input")) return;
      box.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, { ...pointOf(event), start: pointOf(event), alone: fingers.size === 0 });
    });
    box.addEventListener("pointermove", (event) => {
      if (fingers.has(event.pointerId)) this.moved(frame, fingers, event);
    });
    box.addEventListener("pointerup", (event) => {
      const finger = fingers.get(event.pointerId);
      fingers.delete(event.pointerId);
      if (finger && event.pointerType !== "mouse") this.lifted(frame, finger, event);
    });
    box.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
  }

  moved(frame, fingers, event) {
    const finger = fingers.get(event.pointerId);
    const before = { ...finger };
    Object.assign(finger, pointOf(event));
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (!other) {
      if (this.pans(frame)) this.panBy(finger.clientX - before.clientX, finger.clientY - before.clientY, frame);
      return;
    }
    finger.alone = other.alone = false;
    const middle = { clientX: (finger.clientX + other.clientX) / 2, clientY: (finger.clientY + other.clientY) / 2 };
    this.panBy((finger.clientX - before.clientX) / 2, (finger.clientY - before.clientY) / 2, frame);
    this.zoomBy(apart(finger, other) / Math.max(1, apart(before, other)), frame, middle);
  }

  lifted(frame, { start, alone }, event) {
    const [across, down] = [event.clientX - start.clientX, event.clientY - start.clientY];
    if (!alone || this.pans(frame) || Math.abs(across) < 50 || Math.abs(across) < 2 * Math.abs(down)) return;
    this.onSwipe(across < 0 ? "right" : "left");
  }

  // ── Slider and flicker ──

  /** The slider: a range as wide as the window, of which only the handle can be held. */
  handle() {
    const range = { type: "range", className: "split", min: 0, max: 1000, value: 500 };
    const split = el("input", { ...range, "aria-label": "Where one picture ends and the other begins" });
    const cut = () => {
      const [under] = this.frames[0].layers;
      const at = `calc(${HANDLE / 2}px + (100% - ${HANDLE}px) * ${split.value / 1000})`;
      under.sheet.style.clipPath = `inset(0 calc(100% - ${at}) 0 0)`;
      this.frames[0].layers[1].sheet.style.clipPath = `inset(0 0 0 ${at})`;
    };
    split.addEventListener("input", cut);
    cut();
    return split;
  }

  /** Show the next of the pictures that lie upon each other. */
  flick(by) {
    const [frame] = this.frames;
    this.turn = (this.turn + by + frame.layers.length) % frame.layers.length;
    frame.layers.forEach((layer, place) => layer.sheet.classList.toggle("under", place !== this.turn));
    [...frame.words.children].forEach((name, place) => name.classList.toggle("lit", place === this.turn));
  }

  start() {
    this.stop();
    this.ticking = setInterval(() => this.flick(1), this.pause);
  }

  stop() {
    clearInterval(this.ticking);
    this.ticking = null;
  }

  /** The cell that a mark would be of: in the pane that has the focus, of pictures upon each other the one on top. */
  get cell() {
    if (this.look === "flicker") return this.sides[this.turn].cell;
    const held = this.frames.find(({ pane }) => pane.contains(document.activeElement));
    return (held ?? this.frames.find(({ sides }) => sides[0].cell))?.sides[0].cell;
  }
}

const pointOf = ({ clientX, clientY }) => ({ clientX, clientY });
const apart = (one, two) => Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY);

/** Where the middle of a window may lie on a picture of this length: a smaller one stays in the middle. */
function within(at, room, length) {
  const margin = room / 2 / length;
  return margin >= 0.5 ? 0.5 : Math.min(1 - margin, Math.max(margin, at));
}

/** In place of a picture, why there is none. */
function cardOf(cell) {
  return el("div", { className: `no-picture ${cell.state}` }, el("b", { className: "word" }, cell.word),
    cell.reason ? el("span", { dir: "auto" }, cell.reason) : null);
}

/** What a key does to a stage; true when it was one of its keys. */
function stageByKey(event, stage) {
  const pans = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] }[event.key];
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return false;
  if (event.shiftKey && pans) stage.panBy(...pans);
  else if (event.key === "+" || event.key === "=") stage.zoomBy(1.25);
  else if (event.key === "-") stage.zoomBy(0.8);
  else if (event.key === "z") stage.reset(), stage.place();
  else return false;
  event.preventDefault();
  return true;
}
