/* The mask editor. The mask is a canvas of the photo's own size whose alpha is the mask; what is on the screen is
   composed from photo and mask at the size of the window, so that a stroke costs the same for any photo. */

import { connected, alike } from "./repair_parts.js";

const page = document.querySelector("#repair");
const $ = (selector) => page.querySelector(selector);
const stage = $("[data-stage-view]"), canvas = $("[data-canvas]"), cursor = $("[data-cursor]");
const view = canvas.getContext("2d");
const W = Number(page.dataset.width), H = Number(page.dataset.height);
const csrf = page.querySelector("[name=csrfmiddlewaretoken]").value;
const HISTORY = 40;
const LOOKS = ["tint", "white", "mask"];
const CLICKS = ["take", "drop", "punch"];

const sheet = (w, h, options) => { const made = document.createElement("canvas"); made.width = w; made.height = h; return made.getContext("2d", options); };
const mask = sheet(W, H, { willReadFrequently: true }), backup = sheet(W, H), layer = sheet(1, 1);
const state = { photo: null, pixels: null, tool: "keep", look: "tint", size: 40, hard: 80, camera: { x: W / 2, y: H / 2, scale: 1 }, pointers: new Map(),
  stroke: null, past: [], future: [], space: false, dirty: false, frame: 0 };

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
  const source = sheet(W, H, { willReadFrequently: true });
  source.drawImage(photo, 0, 0, W, H);
  state.pixels = source.getImageData(0, 0, W, H).data;
  if (old) setMask(old);
  $("[data-loading]").hidden = true;
  fit();
}

/* A grey picture becomes white paint whose alpha is its grey. */
function setMask(grey) {
  mask.clearRect(0, 0, W, H);
  mask.drawImage(grey, 0, 0, W, H);
  const data = mask.getImageData(0, 0, W, H);
  for (let at = 0; at < data.data.length; at += 4) {
    data.data[at + 3] = data.data[at];
    data.data[at] = data.data[at + 1] = data.data[at + 2] = 255;
  }
  mask.putImageData(data, 0, 0);
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
  const { x, y, scale } = state.camera, zoom = scale * ratio;
  const place = (context) => { context.setTransform(zoom, 0, 0, zoom, width / 2 - x * zoom, height / 2 - y * zoom); context.imageSmoothingEnabled = zoom < 2; };
  for (const context of [view, layer]) { context.setTransform(1, 0, 0, 1, 0, 0); context.globalCompositeOperation = "source-over"; context.globalAlpha = 1; context.clearRect(0, 0, width, height); }
  PAINT[state.look](place, width, height);
  $("[data-zoom]").value = `${Math.round(zoom * 100)} %`;
}

const PAINT = {
  tint(place) {
    place(view); view.drawImage(state.photo, 0, 0, W, H);
    place(layer); layer.fillStyle = "#e6005c"; layer.fillRect(0, 0, W, H);
    layer.globalCompositeOperation = "destination-out"; layer.drawImage(mask.canvas, 0, 0);
    view.setTransform(1, 0, 0, 1, 0, 0); view.globalAlpha = 0.55; view.drawImage(layer.canvas, 0, 0);
  },
  white(place) {
    place(layer); layer.drawImage(state.photo, 0, 0, W, H);
    layer.globalCompositeOperation = "destination-in"; layer.drawImage(mask.canvas, 0, 0);
    place(view); view.fillStyle = "#fff"; view.fillRect(0, 0, W, H);
    view.setTransform(1, 0, 0, 1, 0, 0); view.drawImage(layer.canvas, 0, 0);
  },
  mask(place) { place(view); view.fillStyle = "#000"; view.fillRect(0, 0, W, H); view.drawImage(mask.canvas, 0, 0); },
};

/* ---- camera ---- */

function fit() {
  state.camera = { x: W / 2, y: H / 2, scale: Math.min(stage.clientWidth / W, stage.clientHeight / H) * 0.96 || 1 };
  redraw();
}

const toPhoto = (event) => {
  const box = stage.getBoundingClientRect(), { x, y, scale } = state.camera;
  return { x: x + (event.clientX - box.left - box.width / 2) / scale, y: y + (event.clientY - box.top - box.height / 2) / scale };
};

function zoomTo(scale, at = state.camera) {
  const camera = state.camera, next = Math.min(32, Math.max(0.02, scale)), ratio = camera.scale / next;
  Object.assign(camera, { x: at.x + (camera.x - at.x) * ratio, y: at.y + (camera.y - at.y) * ratio, scale: next });
  redraw();
}

function pan(dx, dy) { state.camera.x -= dx / state.camera.scale; state.camera.y -= dy / state.camera.scale; redraw(); }

/* ---- strokes ---- */

function stamp(at, pressure) {
  const radius = Math.max(0.5, (state.size / 2) * pressure), hard = Math.min(0.999, state.hard / 100);
  const paint = mask.createRadialGradient(at.x, at.y, radius * hard, at.x, at.y, radius);
  paint.addColorStop(0, "rgba(255,255,255,1)");
  paint.addColorStop(1, "rgba(255,255,255,0)");
  mask.globalCompositeOperation = state.tool === "erase" ? "destination-out" : "source-over";
  mask.fillStyle = paint;
  mask.beginPath(); mask.arc(at.x, at.y, radius, 0, 2 * Math.PI); mask.fill();
  mask.globalCompositeOperation = "source-over";
  grow(state.stroke.box, at.x - radius, at.y - radius, at.x + radius, at.y + radius);
}

function grow(box, left, top, right, bottom) {
  box.left = Math.min(box.left, left); box.top = Math.min(box.top, top);
  box.right = Math.max(box.right, right); box.bottom = Math.max(box.bottom, bottom);
}

const emptyBox = () => ({ left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity });
const force = (event) => (event.pointerType === "pen" && event.pressure > 0 ? 0.25 + 0.75 * event.pressure : 1);

function keepBackup() { backup.clearRect(0, 0, W, H); backup.drawImage(mask.canvas, 0, 0); }

function beginStroke(event) {
  keepBackup();
  state.stroke = { box: emptyBox(), last: toPhoto(event) };
  stamp(state.stroke.last, force(event));
  redraw();
}

function goOn(event) {
  for (const one of event.getCoalescedEvents?.() ?? [event]) {
    const to = toPhoto(one), from = state.stroke.last, step = Math.max(0.5, state.size / 8);
    const far = Math.hypot(to.x - from.x, to.y - from.y), count = Math.floor(far / step);
    for (let at = 1; at <= count; at += 1) stamp({ x: from.x + ((to.x - from.x) * at * step) / far, y: from.y + ((to.y - from.y) * at * step) / far }, force(one));
    if (count) state.stroke.last = { x: from.x + ((to.x - from.x) * count * step) / far, y: from.y + ((to.y - from.y) * count * step) / far };
  }
  redraw();
}

function endStroke() { const { box } = state.stroke; state.stroke = null; remember(box); }

/* What a change covered, before and after it; the box is clipped to the photo. */
function remember(box) {
  const x = Math.max(0, Math.floor(box.left)), y = Math.max(0, Math.floor(box.top));
  const w = Math.min(W, Math.ceil(box.right)) - x, h = Math.min(H, Math.ceil(box.bottom)) - y;
  if (!(w > 0 && h > 0)) return;
  state.past.push({ x, y, before: backup.getImageData(x, y, w, h), after: mask.getImageData(x, y, w, h) });
  if (state.past.length > HISTORY) state.past.shift();
  state.future = [];
  state.dirty = true;
  redraw();
}

function step(from, to, which) {
  const change = from.pop();
  if (!change) return say(which === "before" ? "Nothing to undo." : "Nothing to redo.");
  mask.putImageData(change[which], change.x, change.y);
  to.push(change);
  redraw();
}
const undo = () => step(state.past, state.future, "before");
const redo = () => step(state.future, state.past, "after");

/* ---- one click ---- */

function click(at) {
  const x = Math.floor(at.x), y = Math.floor(at.y);
  if (x < 0 || y < 0 || x >= W || y >= H) return;
  const data = mask.getImageData(0, 0, W, H), kept = data.data[(y * W + x) * 4 + 3] > 127;
  if (state.tool === "take" ? kept : !kept) return say(state.tool === "take" ? "That is kept already." : "That is gone already.");
  const found = part(data.data, x, y);
  if (!found.count) return;
  keepBackup();
  for (let pixel = 0; pixel < found.hit.length; pixel += 1) if (found.hit[pixel]) { data.data.fill(255, pixel * 4, pixel * 4 + 3); data.data[pixel * 4 + 3] = state.tool === "take" ? 255 : 0; }
  mask.putImageData(data, 0, 0);
  remember(found.box);
  say(`${found.count.toLocaleString()} pixels ${state.tool === "take" ? "taken" : "dropped"}.`);
}

/* Drop: the kept part under the click with its soft rim. Take: the gap under the click, or, in the open background,
   what looks alike there. Punch: what looks alike within the product. */
function part(alpha, x, y) {
  const rim = (pixel) => alpha[pixel * 4 + 3] > 8, gap = (pixel) => alpha[pixel * 4 + 3] < 248;
  if (state.tool === "drop") return connected(W, H, x, y, rim);
  const like = alike(state.pixels, W, x, y);
  if (state.tool === "punch") return connected(W, H, x, y, (pixel) => rim(pixel) && like(pixel));
  const whole = connected(W, H, x, y, gap);
  return whole.touches ? connected(W, H, x, y, (pixel) => gap(pixel) && like(pixel)) : whole;
}

/* ---- hands ---- */

const panning = (event) => state.tool === "pan" || state.space || event.button === 1;

function down(event) {
  stage.focus({ preventScroll: true });
  stage.setPointerCapture(event.pointerId);
  state.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  if (state.pointers.size === 2 && state.stroke) { endStroke(); undo(); }
  if (state.pointers.size > 1 || !state.photo) return;
  if (panning(event)) return;
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
  else if (state.stroke) goOn(event);
  else if (!CLICKS.includes(state.tool)) pan(held.x - from.x, held.y - from.y);
}

function pinch(event, from) {
  const other = [...state.pointers].find(([id]) => id !== event.pointerId)[1], far = (p) => Math.hypot(p.x - other.x, p.y - other.y) || 1;
  pan((event.clientX - from.x) / 2, (event.clientY - from.y) / 2);
  zoomTo((state.camera.scale * far({ x: event.clientX, y: event.clientY })) / far(from), toPhoto({ clientX: (event.clientX + other.x) / 2, clientY: (event.clientY + other.y) / 2 }));
}

function up(event) {
  state.pointers.delete(event.pointerId);
  if (state.stroke) endStroke();
}

function follow(event) {
  const brush = !CLICKS.includes(state.tool) && !panning(event) && event.pointerType !== "touch";
  cursor.hidden = !brush;
  if (!brush) return;
  const box = stage.getBoundingClientRect(), across = Math.max(3, state.size * state.camera.scale);
  Object.assign(cursor.style, { left: `${event.clientX - box.left}px`, top: `${event.clientY - box.top}px`, width: `${across}px`, height: `${across}px` });
}

function choose(attribute, value) {
  state[attribute] = value;
  for (const button of page.querySelectorAll(`[data-${attribute}]`)) button.setAttribute("aria-pressed", String(button.dataset[attribute] === value));
  stage.toggleAttribute("data-pan", state.tool === "pan");
  stage.toggleAttribute("data-click", CLICKS.includes(state.tool));
  redraw();
}

function setBrush() {
  state.size = Number($("[data-size]").value);
  state.hard = Number($("[data-hard]").value);
  $("[data-size-out]").value = state.size;
  $("[data-hard-out]").value = state.hard;
}

function resize(factor) { $("[data-size]").value = Math.max(1, Math.round(state.size * factor + (factor > 1 ? 1 : 0))); setBrush(); }

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
  const blob = await new Promise((resolve) => { mask.canvas.toBlob(resolve, "image/png"); });
  const body = new FormData();
  body.append("file", blob, "mask.png");
  body.append("note", $("[data-note]").value);
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
  for (const button of page.querySelectorAll("[data-tool]")) button.addEventListener("click", () => choose("tool", button.dataset.tool));
  for (const button of page.querySelectorAll("[data-look]")) button.addEventListener("click", () => choose("look", LOOKS.includes(button.dataset.look) ? button.dataset.look : "tint"));
  for (const selector of ["[data-size]", "[data-hard]"]) $(selector).addEventListener("input", setBrush);
  const clicks = { "[data-smaller]": () => resize(0.85), "[data-larger]": () => resize(1.18), "[data-fit]": fit, "[data-one]": () => zoomTo(1 / devicePixelRatio), "[data-undo]": undo, "[data-redo]": redo, "[data-save-button]": save };
  for (const [selector, run] of Object.entries(clicks)) $(selector).addEventListener("click", () => run());
  document.addEventListener("keydown", (event) => { if (event.key === " " && event.target === stage) { state.space = true; event.preventDefault(); } });
  document.addEventListener("keyup", (event) => { if (event.key === " ") state.space = false; });
  addEventListener("beforeunload", (event) => { if (state.dirty) event.preventDefault(); });
  new ResizeObserver(redraw).observe(stage);
}

window.loupe = { ...window.loupe, repair: { state, mask, toScreen: (x, y) => {
  const box = stage.getBoundingClientRect(), camera = state.camera;
  return { x: box.left + box.width / 2 + (x - camera.x) * camera.scale, y: box.top + box.height / 2 + (y - camera.y) * camera.scale };
} } };
wire();
load().catch((error) => { $("[data-loading]").textContent = `The photo could not be loaded (${error.message}). Reload the page.`; });
