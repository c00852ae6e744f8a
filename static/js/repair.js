/* The mask editor. What is on the screen is composed from photo, mask and preview at the size of the window, so that a
   stroke costs the same for any photo. Photo pixels and screen pixels are tied by the camera. */

import { History } from "./repair_history.js";
import { Mask } from "./repair_mask.js";
import { Preview } from "./repair_preview.js";
import { Retouch } from "./repair_retouch.js";

const page = document.querySelector("#repair");
const $ = (selector) => page.querySelector(selector);
const stage = $("[data-stage-view]"), canvas = $("[data-canvas]"), cursor = $("[data-cursor]");
const view = canvas.getContext("2d");
const W = Number(page.dataset.width), H = Number(page.dataset.height);
const csrf = page.querySelector("[name=csrfmiddlewaretoken]").value;
const LOOKS = ["tint", "white", "mask", "finished", "photo"];
const BRUSHES = ["keep", "erase"], CLICKS = ["take", "drop", "punch"];
const PAN_STEP = 64;
const SETTINGS = ["size", "hard", "opacity", "like"];

const sheet = () => document.createElement("canvas").getContext("2d");
const layer = sheet(), history = new History(), mask = new Mask(W, H, history);
const state = { photo: null, pixels: null, tool: "keep", look: "tint", size: 40, hard: 80, opacity: 100, like: 26, camera: { x: W / 2, y: H / 2, scale: 1 },
  pointers: new Map(), painting: false, last: null, space: false, swap: false, saved: 0, frame: 0 };
const retouch = new Retouch($("[data-retouch]"), history, () => { if (state.look !== "finished") choose("look", "finished"); state.dirty = true; preview.want(); });
const preview = new Preview({ address: page.dataset.preview, csrf, mask, settings: () => retouch.values(), looked, shown: () => { tell(); redraw(); }, failed: say });

/* ---- loading ---- */

async function picture(src) {
  const response = await fetch(src);
  if (response.status === 204) return null;
  if (!response.ok) throw new Error(`status ${response.status}`);
  return createImageBitmap(await response.blob());
}

async function load() {
  const [photo, old] = await Promise.all([picture(page.dataset.source), picture(page.dataset.mask)]);
  state.photo = photo;
  if (old) mask.load(old);
  state.saved = mask.version;
  $("[data-loading]").hidden = true;
  fit();
}

/* The photo's RGBA, read when a click first asks what looks alike. */
function pixels() {
  if (!state.pixels) {
    const source = sheet();
    Object.assign(source.canvas, { width: W, height: H });
    source.drawImage(state.photo, 0, 0, W, H);
    state.pixels = source.getImageData(0, 0, W, H).data;
  }
  return state.pixels;
}

/* ---- drawing ---- */

function redraw() {
  cancelAnimationFrame(state.frame);
  state.frame = requestAnimationFrame(draw);
}

function draw() {
  const ratio = devicePixelRatio, width = Math.round(stage.clientWidth * ratio), height = Math.round(stage.clientHeight * ratio);
  for (const one of [canvas, layer.canvas]) if (one.width !== width || one.height !== height) { one.width = width; one.height = height; }
  if (!state.photo) return;
  mask.flush();
  for (const context of [view, layer]) { context.setTransform(1, 0, 0, 1, 0, 0); context.globalCompositeOperation = "source-over"; context.globalAlpha = 1; context.clearRect(0, 0, width, height); }
  PAINT[state.look]();
  $("[data-zoom]").value = `${Math.round(state.camera.scale * ratio * 100)} %`;
  ring();
}

/* The place that the reviewer marked, until the first stroke is made. */
function ring() {
  const pin = page.dataset.pin, sign = $("[data-ring]");
  sign.hidden = !pin || state.dirty;
  if (sign.hidden) return;
  const [x, y] = pin.split(",").map(Number), { zoom, left, top } = origin();
  sign.style.left = `${(left + x * W * zoom) / devicePixelRatio}px`;
  sign.style.top = `${(top + y * H * zoom) / devicePixelRatio}px`;
}

/* Where pixel 0, 0 of the photo lies, in whole pixels of the screen, so that 1:1 shows pixels as they are. */
function origin() {
  const { x, y, scale } = state.camera, zoom = scale * devicePixelRatio;
  return { zoom, left: Math.round((stage.clientWidth * devicePixelRatio) / 2 - x * zoom), top: Math.round((stage.clientHeight * devicePixelRatio) / 2 - y * zoom) };
}

function place(context) {
  const { zoom, left, top } = origin();
  context.setTransform(zoom, 0, 0, zoom, left, top);
  context.imageSmoothingEnabled = zoom < 2 && zoom !== 1;
}

function flat(alpha = 1) { view.setTransform(1, 0, 0, 1, 0, 0); view.globalAlpha = alpha; view.drawImage(layer.canvas, 0, 0); view.globalAlpha = 1; }

/* The cut-out on white, without the later steps; it is composed in the layer. */
function plain() {
  place(layer); layer.drawImage(state.photo, 0, 0, W, H);
  layer.globalCompositeOperation = "destination-in"; layer.drawImage(mask.canvas, 0, 0);
  layer.globalCompositeOperation = "destination-over"; layer.fillStyle = "#fff"; layer.fillRect(0, 0, W, H);
}

const PAINT = {
  tint() {
    PAINT.photo();
    place(layer); layer.fillStyle = "#e6005c"; layer.fillRect(0, 0, W, H);
    layer.globalCompositeOperation = "destination-out"; layer.drawImage(mask.canvas, 0, 0);
    flat(0.55);
  },
  photo() { place(view); view.drawImage(state.photo, 0, 0, W, H); },
  white() { plain(); flat(); },
  mask() { place(view); view.fillStyle = "#000"; view.fillRect(0, 0, W, H); view.drawImage(mask.canvas, 0, 0); },
  finished() {
    plain(); flat();
    if (!preview.picture) return;
    const { bitmap, x, y, width, height } = preview.picture;
    place(view); view.drawImage(bitmap, x, y, width, height);
    for (const box of preview.stale()) {
      view.save(); place(view); view.beginPath(); view.rect(box.left, box.top, box.right - box.left, box.bottom - box.top); view.clip();
      flat(); view.restore();
    }
  },
};

function tell() {
  const { picture: made, settled } = preview;
  const exactly = made?.exact && !retouch.shaded && !retouch.clear ? ", to the pixel" : "", notes = made?.notes ? `; ${made.notes}` : "";
  $("[data-preview-state]").value = state.look !== "finished" ? "" : !settled ? "working" : `as it will be saved${exactly}${notes}`;
}

/* What can be seen, in pixels of the photo, and how many pixels of the screen each one has. */
function looked() {
  const { x, y, scale } = state.camera, wide = stage.clientWidth / 2 / scale, high = stage.clientHeight / 2 / scale;
  return { left: x - wide, top: y - high, right: x + wide, bottom: y + high, zoom: scale * devicePixelRatio };
}

function update() { redraw(); if (state.look === "finished") preview.want(); tell(); }

/* ---- camera ---- */

function fit() {
  state.camera = { x: W / 2, y: H / 2, scale: Math.min(stage.clientWidth / W, stage.clientHeight / H) * 0.96 || 1 };
  update();
}

const toPhoto = (event) => {
  const box = stage.getBoundingClientRect(), { zoom, left, top } = origin(), ratio = devicePixelRatio;
  return { x: ((event.clientX - box.left) * ratio - left) / zoom, y: ((event.clientY - box.top) * ratio - top) / zoom };
};

function zoomTo(scale, at = state.camera) {
  const camera = state.camera, next = Math.min(32, Math.max(0.02, scale)), ratio = camera.scale / next;
  Object.assign(camera, { x: at.x + (camera.x - at.x) * ratio, y: at.y + (camera.y - at.y) * ratio, scale: next });
  update();
}

const zoomBy = (factor) => zoomTo(state.camera.scale * factor);
function pan(dx, dy) { state.camera.x -= dx / state.camera.scale; state.camera.y -= dy / state.camera.scale; update(); }

/* ---- strokes and clicks ---- */

/* A pen thins the brush by its pressure, and its other end erases; with Alt or the right button the other brush paints. */
const force = (event) => (event.pointerType === "pen" && event.pressure > 0 ? 0.25 + 0.75 * event.pressure : 1);
const other = (event) => event.altKey || event.button === 2 || (event.buttons & 34) > 0;

/* What product is painted towards, 0 to 255. */
const level = () => Math.round((255 * state.opacity) / 100);

function touch(event, at = toPhoto(event)) { mask.paint(at.x, at.y, Math.max(1, state.size * force(event)), state.hard / 100); state.last = at; }

function beginStroke(event) {
  mask.begin((state.tool === "erase") !== other(event) ? 0 : level());
  state.painting = true;
  if (event.shiftKey && state.last) touch(event, state.last);
  touch(event);
  redraw();
}

function goOn(event) {
  const events = event.getCoalescedEvents?.() ?? [];
  for (const one of events.length ? events : [event]) touch(one);
  redraw();
}

function endStroke() { state.painting = false; mask.end(); state.dirty = true; update(); }

function click(at) {
  const x = Math.floor(at.x), y = Math.floor(at.y);
  if (x < 0 || y < 0 || x >= W || y >= H) return;
  const taking = state.tool === "take", share = state.opacity < 100 ? ` at ${state.opacity} %` : "";
  const count = mask.click(state.tool, x, y, pixels, state.like, level());
  if (!count) { say(taking ? `That is kept${share} already.` : "That is gone already."); return; }
  state.dirty = true;
  say(`${count.toLocaleString()} pixels ${taking ? `taken${share}` : "dropped"}.`);
  update();
}

function undo() { if (!history.undo()) say("Nothing to undo."); update(); }
function redo() { if (!history.redo()) say("Nothing to redo."); update(); }

/* ---- hands ---- */

const panning = (event) => state.tool === "pan" || state.space || event.button === 1;

function down(event) {
  stage.focus({ preventScroll: true });
  stage.setPointerCapture(event.pointerId);
  state.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, pans: panning(event) });
  if (state.pointers.size === 2 && state.painting) { state.painting = false; mask.cancel(); redraw(); }
  if (state.pointers.size > 1 || !state.photo || panning(event)) return;
  event.preventDefault();
  if (CLICKS.includes(state.tool)) click(toPhoto(event));
  else beginStroke(event);
}

function moved(event) {
  follow(event);
  const held = state.pointers.get(event.pointerId);
  if (!held) return;
  const from = { ...held };
  Object.assign(held, { x: event.clientX, y: event.clientY });
  if (state.pointers.size === 2) pinch(event, from);
  else if (state.painting) goOn(event);
  else if (held.pans) pan(held.x - from.x, held.y - from.y);
}

function pinch(event, from) {
  const fixed = [...state.pointers].find(([id]) => id !== event.pointerId)[1], far = (p) => Math.hypot(p.x - fixed.x, p.y - fixed.y) || 1;
  pan((event.clientX - from.x) / 2, (event.clientY - from.y) / 2);
  zoomTo((state.camera.scale * far({ x: event.clientX, y: event.clientY })) / far(from), toPhoto({ clientX: (event.clientX + fixed.x) / 2, clientY: (event.clientY + fixed.y) / 2 }));
}

function up(event) {
  state.pointers.delete(event.pointerId);
  if (state.painting) endStroke();
}

function follow(event) {
  const brush = BRUSHES.includes(state.tool) && !state.space && event.pointerType !== "touch";
  cursor.hidden = !brush;
  if (!brush) return;
  cursor.toggleAttribute("data-erase", (state.tool === "erase") !== other(event));
  const box = stage.getBoundingClientRect(), across = Math.max(3, state.size * state.camera.scale);
  Object.assign(cursor.style, { left: `${event.clientX - box.left}px`, top: `${event.clientY - box.top}px`, width: `${across}px`, height: `${across}px` });
}

const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

function keyed(event) {
  if (event.key === " " && !event.target.closest("button, input, a, summary")) { state.space = true; stage.toggleAttribute("data-pan", true); event.preventDefault(); }
  const way = event.target === stage && !event.ctrlKey && !event.metaKey && !event.altKey && ARROWS[event.key];
  if (way) { pan(way[0] * PAN_STEP, way[1] * PAN_STEP); event.preventDefault(); }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.target.matches("[data-note]")) { event.preventDefault(); (event.shiftKey ? redo : undo)(); }
}

function choose(attribute, value) {
  state[attribute] = value;
  for (const button of page.querySelectorAll(`button[data-${attribute}]`)) button.setAttribute("aria-pressed", String(button.dataset[attribute] === value));
  stage.toggleAttribute("data-pan", state.tool === "pan");
  stage.toggleAttribute("data-click", CLICKS.includes(state.tool));
  update();
}

function setBrush() {
  for (const name of SETTINGS) { state[name] = Number($(`input[data-${name}]`).value); $(`[data-${name}-out]`).value = state[name]; }
}

function turn(name, change) { $(`input[data-${name}]`).value = change(state[name]); setBrush(); }

/* On the slider of opacity a digit sets it, as in other programs: 1 to 9 and 0 are 10 to 100 %; then the hand is at the picture again. */
function dialled(event) {
  if (!/^[0-9]$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  turn("opacity", () => (Number(event.key) || 10) * 10);
  stage.focus({ preventScroll: true });
}

let hintTimer = 0;
function say(text) {
  $("[data-hint] p").textContent = text;
  $("[data-hint]").hidden = false;
  clearTimeout(hintTimer);
  hintTimer = setTimeout(() => { $("[data-hint]").hidden = true; }, 6000);
}

/* ---- saving ---- */

async function save() {
  const button = $("[data-save-button]");
  button.disabled = true;
  say("Saving: the later steps run again and the result is measured.");
  const body = retouch.values();
  body.append("file", await mask.png(), "mask.png");
  body.append("note", $("[data-note]").value);
  body.append("base", page.dataset.base);
  try {
    const response = await fetch(page.dataset.save, { method: "POST", body, headers: { "X-CSRFToken": csrf, Accept: "application/json" } });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(answer.message ?? `Loupe could not save it (status ${response.status}).`);
    state.dirty = false;
    location.assign(answer.next);
  } catch (error) {
    say(`${error.message} Your strokes are still here.`);
    button.disabled = false;
  }
}

function wire() {
  for (const [name, run] of Object.entries({ pointerdown: down, pointermove: moved, pointerup: up, pointercancel: up })) stage.addEventListener(name, run);
  stage.addEventListener("pointerleave", () => { cursor.hidden = true; });
  stage.addEventListener("contextmenu", (event) => event.preventDefault());
  stage.addEventListener("wheel", (event) => { event.preventDefault(); zoomTo(state.camera.scale * Math.exp(-event.deltaY * 0.002), toPhoto(event)); }, { passive: false });
  for (const button of page.querySelectorAll("button[data-tool]")) button.addEventListener("click", () => choose("tool", button.dataset.tool));
  for (const button of page.querySelectorAll("button[data-look]")) button.addEventListener("click", () => choose("look", LOOKS.includes(button.dataset.look) ? button.dataset.look : "tint"));
  for (const name of SETTINGS) $(`input[data-${name}]`).addEventListener("input", setBrush);
  const clicks = {
    "[data-smaller]": () => turn("size", (size) => Math.max(1, Math.floor(size * 0.85))), "[data-larger]": () => turn("size", (size) => Math.ceil(size * 1.18)),
    "[data-softer]": () => turn("hard", (hard) => hard - 10), "[data-harder]": () => turn("hard", (hard) => hard + 10),
    "[data-clearer]": () => turn("opacity", (opacity) => opacity - 10), "[data-denser]": () => turn("opacity", (opacity) => opacity + 10),
    "[data-fit]": fit, "[data-one]": () => zoomTo(1 / devicePixelRatio), "[data-closer]": () => zoomBy(1.5), "[data-further]": () => zoomBy(1 / 1.5),
    "[data-undo]": undo, "[data-redo]": redo, "[data-save-button]": save,
  };
  for (const [selector, run] of Object.entries(clicks)) $(selector).addEventListener("click", () => run());
  $("input[data-opacity]").addEventListener("keydown", dialled);
  document.addEventListener("keydown", keyed);
  document.addEventListener("keyup", (event) => { if (event.key === " ") { state.space = false; stage.toggleAttribute("data-pan", state.tool === "pan"); } });
  addEventListener("beforeunload", (event) => { if (state.dirty) event.preventDefault(); });
  new ResizeObserver(update).observe(stage);
  if (matchMedia("(max-width: 700px)").matches) for (const group of page.querySelectorAll(".repair-group")) group.open = false;
}

window.loupe = { ...window.loupe, repair: { state, history, mask, preview, retouch, at: (x, y) => mask.at(x, y), toScreen: (x, y) => {
  const box = stage.getBoundingClientRect(), { zoom, left, top } = origin(), ratio = devicePixelRatio;
  return { x: box.left + (left + x * zoom) / ratio, y: box.top + (top + y * zoom) / ratio };
} } };
setBrush();
wire();
load().catch((error) => { $("[data-loading]").textContent = `The photo could not be loaded (${error.message}). Reload the page.`; });
