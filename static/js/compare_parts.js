/* What the viewer is put together from: decoded pictures kept ready, buttons, the tint of a mask, its control bar. */

export const MODES = ["side", "slider", "flicker"];
export const MODE_NAMES = { side: "Side by side", slider: "Slider", flicker: "Flicker" };
const ZOOM_STEP = 1.4;
const KEEP_PREFETCHED = 4;
const prefetched = new Map();

/* A decoded picture, kept for the few that were asked for last. */
export function load(src) {
  const known = prefetched.get(src);
  if (known) return known;
  const image = new Image();
  image.decoding = "async";
  image.alt = "";
  image.src = src;
  const ready = image.decode().then(() => image);
  ready.catch(() => prefetched.delete(src));
  prefetched.set(src, ready);
  for (const old of [...prefetched.keys()].slice(0, -KEEP_PREFETCHED * 2)) prefetched.delete(old);
  return ready;
}

export const sizeOf = (text) => { const [w, h] = (text ?? "").split("x").map(Number); return w > 0 && h > 0 ? { w, h } : null; };
export const natural = (image) => (image ? { w: image.naturalWidth, h: image.naturalHeight } : null);
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/* A picture's place in the world: as told ("scale,dx,dy"), else fitted into it. */
export function laid(place, size, world) {
  const { w, h } = size ?? { w: 1, h: 1 };
  const told = (place ?? "").toString().split(",").map(Number);
  if (told.length === 3 && told.every(Number.isFinite)) return { scale: told[0], x: told[1], y: told[2], w, h };
  const scale = Math.min(world.w / w, world.h / h);
  return { scale, x: (world.w - w * scale) / 2, y: (world.h - h * scale) / 2, w, h };
}

/* The source as one of the pictures that the output is compared with. */
export const sourceOf = (photo, name) => ({ name, src: photo.before, full: photo.beforeFull, size: photo.beforeSize, place: photo.place });

export function make(tag, className, inside = {}) {
  const made = Object.assign(document.createElement(tag), inside);
  if (className) made.className = className;
  return made;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

export function button({ label, name, text, key, pressed, action, say = true, repeat = false }) {
  const made = make("button", "button button-quiet", { type: "button", title: label });
  made.setAttribute("aria-label", label);
  if (pressed !== undefined) made.setAttribute("aria-pressed", String(pressed));
  if (name) made.append(icon(name));
  if (text) made.append(text);
  if (key) {
    Object.assign(made.dataset, { key, keyLabel: label });
    if (!say) made.dataset.keySay = "no";
    if (repeat) made.dataset.keyRepeat = "";
    made.append(make("kbd", "key", { textContent: key.split("|")[0] }));
  }
  made.addEventListener("click", action);
  return made;
}

/* What the mask removes, tinted; what it keeps, clear. */
export function tinted(image) {
  const canvas = make("canvas", "", { width: image.naturalWidth, height: image.naturalHeight });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  const data = pixels.data;
  for (let at = 0; at < data.length; at += 4) {
    data[at + 3] = Math.round((255 - data[at]) * 0.6);
    data[at] = 230; data[at + 1] = 0; data[at + 2] = 92;
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

/* The viewer's buttons; each one has its key. Leaves modeBar, layerBar, readout and markButton on the viewer. */
export function controls(viewer, lastPoint) {
  const bar = make("div", "compare-bar");
  bar.dataset.keyGroup = "Viewer";
  viewer.modeBar = make("span", "buttons");
  for (const mode of MODES) {
    const one = button({ label: MODE_NAMES[mode], name: mode, pressed: false, action: () => { viewer.mode = mode; } });
    one.dataset.mode = mode;
    viewer.modeBar.append(one);
  }
  viewer.modeBar.append(button({ label: "Side by side, slider, flicker", text: "Next", key: "v", say: false, action: () => viewer.toggleMode() }));
  viewer.againstButton = button({ label: "Compare with the source, the output before, the view before", text: "Against", key: "q", say: false, action: () => viewer.nextAgainst() });
  viewer.againstButton.hidden = true;
  viewer.readout = make("output", "");
  viewer.readout.setAttribute("aria-label", "Magnification");
  viewer.layerBar = make("span", "row");
  const repeated = { repeat: true, say: false };
  const zoom = make("span", "compare-zoom");
  zoom.append(button({ label: "Further", name: "minus", key: "-", ...repeated, action: () => viewer.zoomBy(1 / ZOOM_STEP) }),
    viewer.readout,
    button({ label: "Closer", name: "plus", key: "+|=", ...repeated, action: () => viewer.zoomBy(ZOOM_STEP) }));
  bar.append(viewer.modeBar,
    button({ label: "Show the other picture", text: "Other", key: "f", ...repeated, action: () => viewer.flick() }),
    viewer.againstButton,
    button({ label: "Whole picture", text: "Fit", key: "0", action: () => viewer.fit() }),
    button({ label: "1:1", text: "1:1", key: "z", action: () => viewer.oneToOne(lastPoint()) }),
    zoom, viewer.layerBar);
  if (viewer.hasAttribute("marking")) {
    viewer.markButton = button({ label: "Mark a place", name: "mark", key: "x", pressed: false, action: () => { viewer.marking = !viewer.marking; } });
    bar.append(viewer.markButton);
  }
  return bar;
}
