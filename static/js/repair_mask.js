/* The mask of the editor: one byte a pixel, 0 (background) to 255 (product), with its strokes and parts. What lies between
   is an edge, or product that lets through what it is put before.
   Its canvas shows it (white, as opaque as the mask) and is written only where something changed. */

import { alike, connected, softened } from "./repair_parts.js";

const GONE = 8, KEPT = 248; /* up to and from which a click takes a pixel for background and for product */

const emptyBox = () => ({ left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity });

function grow(box, left, top, right, bottom) {
  box.left = Math.min(box.left, left); box.top = Math.min(box.top, top);
  box.right = Math.max(box.right, right); box.bottom = Math.max(box.bottom, bottom);
}

export class Mask {
  /* history: where each change is remembered. */
  constructor(width, height, history) {
    this.history = history;
    this.width = width;
    this.height = height;
    this.values = new Uint8Array(width * height);
    this.canvas = document.createElement("canvas");
    Object.assign(this.canvas, { width, height });
    this.context = this.canvas.getContext("2d");
    this.waiting = emptyBox(); /* changed, and not yet on the canvas */
    this.unseen = emptyBox(); /* changed since the last preview was asked for */
    this.version = 0;
    this.stroke = null;
  }

  /* From a grey picture of the mask's own size. */
  load(grey) {
    const { width, height } = this, sheet = document.createElement("canvas");
    Object.assign(sheet, { width, height });
    const context = sheet.getContext("2d", { willReadFrequently: true });
    context.drawImage(grey, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    for (let at = 0; at < this.values.length; at += 1) this.values[at] = data[at * 4];
    this.changed({ left: 0, top: 0, right: width, bottom: height });
  }

  at(x, y) { return this.values[y * this.width + x]; }

  changed(box) {
    this.version += 1;
    for (const one of [this.waiting, this.unseen]) grow(one, box.left, box.top, box.right, box.bottom);
  }

  /* Whole pixels of a box inside the mask, or null. */
  clipped(box) {
    const x = Math.max(0, Math.floor(box.left)), y = Math.max(0, Math.floor(box.top));
    const w = Math.min(this.width, Math.ceil(box.right)) - x, h = Math.min(this.height, Math.ceil(box.bottom)) - y;
    return w > 0 && h > 0 ? { x, y, w, h } : null;
  }

  /* Bring the canvas up to date. */
  flush() {
    const part = this.clipped(this.waiting);
    this.waiting = emptyBox();
    if (!part) return;
    const image = this.context.createImageData(part.w, part.h), words = new Uint32Array(image.data.buffer);
    for (let row = 0; row < part.h; row += 1) {
      const from = (part.y + row) * this.width + part.x;
      for (let column = 0; column < part.w; column += 1) words[row * part.w + column] = (this.values[from + column] << 24) | 0xffffff;
    }
    this.context.putImageData(image, part.x, part.y);
  }

  /* The box that changed since this was last asked. */
  takeUnseen() { const box = this.unseen; this.unseen = emptyBox(); return box; }

  /* ---- strokes: a pixel goes from what it was before the stroke towards the stroke's target, by the strongest touch of the
     stroke alone; so a soft brush stays soft however slowly it goes, and nothing goes past the target ---- */

  /* target: what the stroke paints towards, 0 to 255. */
  begin(target) {
    this.cover ??= new Uint8Array(this.values.length);
    this.stroke = { target, box: emptyBox(), before: this.values.slice(), last: null };
  }

  /* A brush goes straight from the last place to x, y; its size, and hardness (0 to 1), in pixels of the photo. */
  paint(x, y, size, hardness) {
    const from = this.stroke.last ?? { x, y }, far = Math.hypot(x - from.x, y - from.y);
    if (this.stroke.last && far < Math.max(0.5, size / 8)) return; /* the next move goes on from there */
    const pieces = Math.ceil(far / Math.max(8, size)) || 1; /* so that a long slanting line is no large box */
    const at = (piece) => ({ x: from.x + ((x - from.x) * piece) / pieces, y: from.y + ((y - from.y) * piece) / pieces });
    for (let piece = 0; piece < pieces; piece += 1) this.sweep(at(piece), at(piece + 1), size / 2, hardness);
    this.stroke.last = { x, y };
  }

  /* One straight piece; a pixel's touch is by its distance from the line, so that along the line it is even. */
  sweep(from, to, radius, hardness) {
    const { width, values, cover } = this, { target, before, box } = this.stroke;
    const reach = radius + 0.5, soft = Math.max(1, radius * (1 - hardness));
    const right = to.x - from.x, down = to.y - from.y, square = right * right + down * down || 1;
    const part = this.clipped({ left: Math.min(from.x, to.x) - reach, top: Math.min(from.y, to.y) - reach, right: Math.max(from.x, to.x) + reach, bottom: Math.max(from.y, to.y) + reach });
    if (!part) return;
    for (let row = part.y; row < part.y + part.h; row += 1) {
      const y = row + 0.5 - from.y;
      for (let column = part.x; column < part.x + part.w; column += 1) {
        const x = column + 0.5 - from.x, along = Math.min(1, Math.max(0, (x * right + y * down) / square));
        const inside = Math.min(1, (reach - Math.sqrt((x - along * right) ** 2 + (y - along * down) ** 2)) / soft);
        if (inside <= 0) continue;
        const touch = Math.round(255 * (soft > 1 ? inside * inside * (3 - 2 * inside) : inside)), at = row * width + column;
        if (touch <= cover[at]) continue;
        cover[at] = touch;
        values[at] = Math.round(before[at] + ((target - before[at]) * touch) / 255);
      }
    }
    const covered = { left: part.x, top: part.y, right: part.x + part.w, bottom: part.y + part.h };
    grow(box, covered.left, covered.top, covered.right, covered.bottom);
    this.changed(covered);
  }

  end() {
    const { before } = this.stroke, part = this.lift();
    if (part) this.remember(part, before);
  }

  /* A stroke that was none, such as the first finger of a pinch. */
  cancel() {
    const { before } = this.stroke, part = this.lift();
    if (part) this.put(part, this.copy(before, part));
  }

  /* The brush leaves the mask; the part that it touched, if any. */
  lift() {
    const part = this.clipped(this.stroke.box);
    this.stroke = null;
    if (!part) return null;
    for (let row = part.y; row < part.y + part.h; row += 1) this.cover.fill(0, row * this.width + part.x, row * this.width + part.x + part.w);
    return part;
  }

  /* ---- one click; returns the pixels that changed ---- */

  /* "drop": the kept part under the click with its soft rim. "take": the gap under the click, or in the open
     background what looks alike there, up to `level` (0 to 255). "punch": what looks alike within the product. */
  click(tool, x, y, pixels, likeness, level) {
    const { width, height, values } = this, full = Math.min(level, KEPT);
    const rim = (at) => values[at] > GONE, gap = (at) => values[at] < full;
    let found = null;
    if (!(tool === "take" ? gap : rim)(y * width + x)) return 0;
    if (tool === "drop") found = connected(width, height, x, y, rim);
    else {
      const like = alike(pixels(), width, x, y, likeness);
      if (tool === "punch") found = connected(width, height, x, y, (at) => rim(at) && like(at));
      else {
        found = connected(width, height, x, y, gap);
        if (found.touches) found = connected(width, height, x, y, (at) => gap(at) && like(at));
      }
    }
    if (found.count) this.fill(found, tool, level);
    return found.count;
  }

  /* Taking never lowers what is there, so that the rim of a gap stays as it is where it is more opaque. */
  fill({ hit, box }, tool, level) {
    const before = this.values.slice();
    const { left, top, right, bottom } = box, part = this.clipped({ left: left - 1, top: top - 1, right: right + 1, bottom: bottom + 1 });
    for (let row = part.y; row < part.y + part.h; row += 1) {
      for (let column = part.x; column < part.x + part.w; column += 1) {
        const at = row * this.width + column;
        if (tool === "drop") { if (hit[at]) this.values[at] = 0; continue; }
        const share = hit[at] && tool === "take" ? 1 : softened(hit, this.width, this.height, column, row);
        if (share) this.values[at] = Math.round(tool === "take" ? before[at] + Math.max(0, level - before[at]) * share : before[at] * (1 - share));
      }
    }
    this.changed({ left: part.x, top: part.y, right: part.x + part.w, bottom: part.y + part.h });
    this.remember(part, before);
  }

  /* ---- history ---- */

  copy(values, { x, y, w, h }) {
    const made = new Uint8Array(w * h);
    for (let row = 0; row < h; row += 1) made.set(values.subarray((y + row) * this.width + x, (y + row) * this.width + x + w), row * w);
    return made;
  }

  remember(part, before) {
    const was = this.copy(before, part), is = this.copy(this.values, part);
    this.history.add({ back: () => this.put(part, was), forth: () => this.put(part, is), bytes: was.length + is.length });
  }

  put({ x, y, w, h }, values) {
    for (let row = 0; row < h; row += 1) this.values.set(values.subarray(row * w, (row + 1) * w), (y + row) * this.width + x);
    this.changed({ left: x, top: y, right: x + w, bottom: y + h });
  }

  /* ---- pictures of it ---- */

  /* The whole mask as a PNG whose transparency it is. */
  png() { this.flush(); return new Promise((done) => { this.canvas.toBlob(done, "image/png"); }); }

  /* A grey PNG of a window (x, y, width, height in pixels, also beyond the mask) at w x h; exact at its own size. */
  window({ x, y, width, height }, w, h) {
    this.flush();
    const sheet = document.createElement("canvas");
    Object.assign(sheet, { width: w, height: h });
    const context = sheet.getContext("2d", { alpha: false });
    context.imageSmoothingQuality = "high";
    context.imageSmoothingEnabled = w !== width || h !== height;
    context.setTransform(w / width, 0, 0, h / height, (-x * w) / width, (-y * h) / height);
    context.drawImage(this.canvas, 0, 0);
    return new Promise((done) => { sheet.toBlob(done, "image/png"); });
  }
}
