"use strict";

/* Both pictures under one lens: scale and offset are shares of a pane, so that two panes of any size show one place. */
const zoom = (() => {
  const MOST = 8, STEP = 1.25, CLOSE = 3;
  const panes = document.getElementById("panes");
  const images = [...panes.querySelectorAll("img")];
  let scale = 1, left = 0, top = 0, held = null;

  function show() {
    left = Math.min(0, Math.max(1 - scale, left));
    top = Math.min(0, Math.max(1 - scale, top));
    panes.classList.toggle("zoomed", scale > 1);
    for (const image of images) image.style.transform = `translate(${left * 100}%, ${top * 100}%) scale(${scale})`;
  }

  /* Scale to `wanted`, while the point at (x, y), shares of a pane, stays where it is. */
  function scaleTo(wanted, x = 0.5, y = 0.5) {
    const next = Math.min(MOST, Math.max(1, wanted));
    left = x - (x - left) * next / scale;
    top = y - (y - top) * next / scale;
    scale = next;
    show();
  }

  function place(event) {
    const box = event.target.closest(".pane").getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  const toggle = (x, y) => scaleTo(scale > 1 ? 1 : CLOSE, x, y);

  function move(across, down) {
    left += across;
    top += down;
    show();
  }

  for (const pane of panes.querySelectorAll(".pane")) {
    pane.addEventListener("wheel", (event) => {
      event.preventDefault();
      scaleTo(scale * (event.deltaY < 0 ? STEP : 1 / STEP), ...place(event));
    }, { passive: false });
    pane.addEventListener("dblclick", (event) => toggle(...place(event)));
    pane.addEventListener("pointerdown", (event) => {
      if (scale === 1) return;
      held = place(event);
      pane.setPointerCapture(event.pointerId);
    });
    pane.addEventListener("pointermove", (event) => {
      if (!held) return;
      const [x, y] = place(event);
      move(x - held[0], y - held[1]);
      held = [x, y];
    });
    for (const end of ["pointerup", "pointercancel"]) pane.addEventListener(end, () => { held = null; });
  }

  const keys = {
    z: () => toggle(), "+": () => scaleTo(scale * STEP), "=": () => scaleTo(scale * STEP),
    "-": () => scaleTo(scale / STEP), "0": () => scaleTo(1),
    arrowleft: () => move(0.1, 0), arrowright: () => move(-0.1, 0),
    arrowup: () => move(0, 0.1), arrowdown: () => move(0, -0.1),
  };

  return {
    toggle: () => toggle(),
    reset: () => scaleTo(1),
    /* Whether `key` was one of the lens; arrows are only while it is on. */
    press(key) {
      if (!keys[key] || (key.startsWith("arrow") && scale === 1)) return false;
      keys[key]();
      return true;
    },
  };
})();
