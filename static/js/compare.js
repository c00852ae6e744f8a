/* <loupe-compare>: two pictures in step. One camera (a centre and a scale, in full-size pixels of the output) drives both
   panes; the source is placed into the output's frame. Light DOM, no dependencies, styles in css/pictures.css. */

import { MODES, MODE_NAMES, button, clamp, controls, laid, load, make, natural, sizeOf, sourceOf, tinted } from "./compare_parts.js";

const PIXELS_FROM = 2; /* from 200 % on, pixels are shown as squares */

class LoupeCompare extends HTMLElement {
  #panes = {}; #worlds = {}; #photo = {}; #layers = new Map(); #pointers = new Map(); #marks = []; #against = []; #comparedWith = 0;
  #camera = { x: 0, y: 0, scale: 1, fitted: true }; #turn = 0; #split = 0.5; #frame = 0; #made = false;
  #world = { w: 1, h: 1 }; #source = { scale: 1, x: 0, y: 0, w: 1, h: 1 };

  connectedCallback() {
    if (this.#made) return;
    this.#made = true;
    const layers = [...this.querySelectorAll(":scope > [data-layer]")].map((image) => ({
      layer: image.dataset.layer, label: image.dataset.label, key: image.dataset.key, src: image.dataset.src,
      kind: image.dataset.kind, frame: image.dataset.frame }));
    this.replaceChildren();
    this.#build();
    this.mode = this.getAttribute("mode") ?? "side";
    new ResizeObserver(() => this.#draw()).observe(this.view);
    this.dataset.ready = "";
    const given = (name) => this.getAttribute(name) ?? "";
    if (given("before") || given("after")) this.show({
      before: given("before"), beforeFull: given("before-full"), beforeSize: given("before-size"),
      after: given("after"), afterFull: given("after-full"), afterSize: given("after-size"),
      place: given("place"), alpha: this.hasAttribute("alpha"), label: given("label"), layers });
  }

  /* ---- photos ---- */

  async show(photo) {
    const turn = ++this.#turn;
    const began = performance.now();
    const wanted = { before: photo.before, after: photo.after };
    const loaded = await Promise.all(Object.entries(wanted).map(([which, src]) => this.#loadOr(which, src)));
    if (turn !== this.#turn) return false;
    const [before, after] = loaded;
    this.#photo = photo;
    this.#measure(photo, before, after);
    this.#comparedWith = 0;
    this.#against = [sourceOf(photo, this.#nameOf("before")), ...(photo.against ?? [])];
    this.againstButton.hidden = this.#against.length < 2;
    this.#fill("before", before, photo);
    this.#fill("after", after ?? null, photo);
    this.#setLayers(photo.layers ?? []);
    this.marks = photo.marks ?? [];
    this.view.setAttribute("aria-label", `${photo.label ? `${photo.label}: ` : ""}source and output, compared`);
    delete this.dataset.shows;
    this.fit();
    this.#draw(true);
    this.#tell("shown", { milliseconds: performance.now() - began });
    return true;
  }

  prefetch(photo) { for (const src of [photo.before, photo.after]) if (src) load(src).catch(() => {}); }

  async #loadOr(which, src) {
    if (!src) return null;
    try { return await load(src); } catch {
      this.#say(`The ${which === "before" ? "source" : "output"} could not be loaded.`);
      this.#tell("failed", { which, src });
      return null;
    }
  }

  /* The world is the output's frame in full-size pixels; the source is laid into it. */
  #measure(photo, before, after) {
    this.#world = sizeOf(photo.afterSize) ?? natural(after) ?? sizeOf(photo.beforeSize) ?? natural(before) ?? { w: 1, h: 1 };
    this.#source = laid(photo.place, sizeOf(photo.beforeSize) ?? natural(before), this.#world);
  }

  /* What lies beside the output: its source, or an earlier result; the camera stays where it is. */
  get against() { return this.#against.map(({ name }) => name); } get comparedWith() { return this.#comparedWith; }
  async compareWith(at) {
    const other = this.#against[at], turn = this.#turn;
    if (!other) return;
    const image = await this.#loadOr("before", other.src);
    if (turn !== this.#turn || !image) return;
    this.#comparedWith = at;
    this.#photo = { ...this.#photo, before: other.src, beforeFull: other.full, beforeSize: other.size, place: other.place };
    this.#source = laid(other.place, sizeOf(other.size) ?? natural(image), this.#world);
    this.#fill("before", image, this.#photo);
    this.#showLayers();
    this.#draw(true);
    this.#announce(`Compared with: ${other.name}`);
  }
  nextAgainst() { return this.compareWith((this.#comparedWith + 1) % this.#against.length); }

  /* Layers over the source vanish with it, and come back with it. */
  #showLayers() {
    for (const [name, layer] of this.#layers) if (layer.frame === "before") { layer.drawn = null; this.setLayer(name, layer.shown); }
  }

  #boxOf(which) {
    const { x, y, scale, w, h } = this.#source;
    return which === "before" ? { x, y, w: w * scale, h: h * scale } : { x: 0, y: 0, ...this.#world };
  }

  #put(element, which) {
    const box = this.#boxOf(which);
    Object.assign(element.style, { left: `${box.x}px`, top: `${box.y}px`, width: `${box.w}px`, height: `${box.h}px` });
    return element;
  }

  #fill(which, image, photo) {
    const world = this.#worlds[which];
    world.replaceChildren();
    delete world.dataset.full;
    if (which === "after" && photo.alpha) world.append(this.#put(make("div", "compare-checker"), "after"));
    this.#panes[which].querySelector(".compare-name").textContent = this.#nameOf(which);
    if (!image) return;
    const shown = image.isConnected ? image.cloneNode() : image;
    shown.alt = `${photo.label ?? ""} ${this.#nameOf(which)}`.trim();
    world.append(this.#put(shown, which));
  }

  /* Full resolution, only when the preview has too few pixels for the screen. */
  #sharpen(which) {
    const world = this.#worlds[which], src = this.#photo[`${which}Full`], preview = world.querySelector("img");
    if (!src || !preview || world.dataset.full || src === this.#photo[which]) return;
    const onScreen = this.#boxOf(which).w * this.#camera.scale * devicePixelRatio;
    if (onScreen <= preview.naturalWidth * 1.05) return;
    world.dataset.full = "loading";
    const turn = this.#turn;
    load(src).then((image) => {
      if (turn !== this.#turn || src !== this.#photo[`${which}Full`]) return;
      const full = this.#put(image.isConnected ? image.cloneNode() : image, which);
      full.alt = preview.alt;
      preview.replaceWith(full);
      world.dataset.full = "shown";
      this.#tell("full", { which });
    }).catch(() => { delete world.dataset.full; if (turn === this.#turn) this.#say("The full picture could not be loaded."); });
  }

  /* ---- layers and marks ---- */

  #setLayers(list) {
    const on = new Set([...this.#layers].filter(([, layer]) => layer.shown).map(([name]) => name));
    this.#layers = new Map(list.filter((layer) => layer.src).map((layer) => [layer.layer, { ...layer, shown: false }]));
    this.layerBar.replaceChildren(...[...this.#layers.values()].map((layer) => {
      layer.button = button({ label: layer.label ?? layer.layer, name: "layers", text: layer.label ?? layer.layer, key: layer.key, pressed: false,
        action: () => this.setLayer(layer.layer, !layer.shown) });
      return layer.button;
    }));
    for (const name of on) if (this.#layers.has(name)) this.setLayer(name, true);
  }

  get layers() { return [...this.#layers.keys()]; }

  async setLayer(name, shown) {
    const layer = this.#layers.get(name);
    if (!layer) return;
    layer.shown = shown;
    layer.button.setAttribute("aria-pressed", String(shown));
    this.#tell("layer", { layer: name, shown });
    if (!layer.drawn && shown) await this.#drawLayer(layer);
    if (layer.drawn) layer.drawn.hidden = !layer.shown;
  }

  async #drawLayer(layer) {
    const turn = this.#turn;
    let image;
    try { image = await load(layer.src); } catch { this.#say(`${layer.label ?? layer.layer} could not be loaded.`); return; }
    if (turn !== this.#turn || layer.drawn || (layer.frame === "before" && this.#comparedWith)) return;
    let drawn = image.cloneNode();
    if (layer.kind === "mask") try { drawn = tinted(image); } catch { drawn.style.opacity = 0.5; }
    layer.drawn = this.#put(drawn, layer.frame === "before" ? "before" : "after");
    this.#worlds[layer.frame === "before" ? "before" : "after"].append(drawn);
  }

  get marks() { return this.#marks; }
  set marks(list) {
    this.#marks = [...list];
    for (const pin of this.querySelectorAll(".compare-pin")) pin.remove();
    for (const pane of Object.values(this.#panes)) pane.append(...this.#marks.map(() => make("span", "compare-pin")));
    this.#placePins();
  }

  #placePins() {
    for (const pane of Object.values(this.#panes)) [...pane.querySelectorAll(".compare-pin")].forEach((pin, at) => {
      const spot = this.#toPane(this.#marks[at].x * this.#world.w, this.#marks[at].y * this.#world.h);
      Object.assign(pin.style, { position: "absolute", left: `${spot.x}px`, top: `${spot.y}px` });
    });
  }

  get marking() { return this.view.hasAttribute("data-marking"); }
  set marking(on) {
    this.view.toggleAttribute("data-marking", on);
    this.markButton?.setAttribute("aria-pressed", String(on));
    if (!on) return;
    this.view.focus({ preventScroll: true }); /* Enter is the view's key only while the view has the focus */
    this.#say("Click the place, or press Enter for the middle.");
  }

  #mark(at) {
    const x = at.x / this.#world.w, y = at.y / this.#world.h;
    this.marking = false;
    if (x < 0 || y < 0 || x > 1 || y > 1) return this.#say("That place lies outside the output.");
    this.marks = [{ x, y }];
    this.#say("");
    this.#tell("mark", { x, y });
  }

  /* ---- camera ---- */

  get mode() { return this.dataset.mode; }
  set mode(value) {
    this.dataset.mode = MODES.includes(value) ? value : "side";
    for (const one of this.modeBar.querySelectorAll("[data-mode]")) one.setAttribute("aria-pressed", String(one.dataset.mode === this.dataset.mode));
    if (this.dataset.mode !== "flicker") delete this.dataset.shows;
    this.#tell("mode", { mode: this.dataset.mode });
    this.#draw();
  }
  toggleMode() { this.mode = MODES[(MODES.indexOf(this.mode) + 1) % MODES.length]; this.#announce(MODE_NAMES[this.mode]); }
  flick() {
    if (this.mode !== "flicker") this.mode = "flicker";
    const before = this.dataset.shows !== "before";
    if (before) this.dataset.shows = "before"; else delete this.dataset.shows;
    this.#announce(this.#nameOf(before ? "before" : "after"));
  }

  /* 1 = one picture pixel on one pixel of the screen. */
  get scale() { return this.#camera.scale * devicePixelRatio; }
  get zoomed() { return !this.#camera.fitted; }
  get camera() { return { ...this.#camera }; }
  zoomTo(scale, at) { this.#zoom(scale / devicePixelRatio, at); }
  zoomBy(factor, at) { this.#zoom(this.#camera.scale * factor, at); }
  fit() { this.#camera.fitted = true; this.#draw(); }
  oneToOne(at) { if (this.zoomed && Math.abs(this.scale - 1) < 0.01) this.fit(); else this.zoomTo(1, at); }

  #paneSize() { const pane = this.#panes.after; return { w: pane.clientWidth || 1, h: pane.clientHeight || 1 }; }
  #fitScale() { const { w, h } = this.#paneSize(); return Math.min(w / this.#world.w, h / this.#world.h) * 0.98; }

  /* The point under the pointer stays where it is. */
  #zoom(scale, at) {
    const camera = this.#camera, fit = this.#fitScale();
    const next = clamp(scale, Math.min(fit, 1 / devicePixelRatio) * 0.5, 32 / devicePixelRatio);
    const anchor = at ?? { x: camera.x, y: camera.y };
    const ratio = camera.scale / next;
    Object.assign(camera, { x: anchor.x + (camera.x - anchor.x) * ratio, y: anchor.y + (camera.y - anchor.y) * ratio, scale: next, fitted: false });
    this.#draw();
    this.#tell("zoom", { scale: this.scale });
  }

  #pan(dx, dy) {
    this.#camera.x -= dx / this.#camera.scale;
    this.#camera.y -= dy / this.#camera.scale;
    this.#camera.fitted = false;
    this.#draw();
  }

  #toPane(x, y) {
    const { w, h } = this.#paneSize(), camera = this.#camera;
    return { x: w / 2 + (x - camera.x) * camera.scale, y: h / 2 + (y - camera.y) * camera.scale };
  }

  toPicture(clientX, clientY) {
    const pane = [this.#panes.before, this.#panes.after].find((one) => {
      const box = one.getBoundingClientRect();
      return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
    }) ?? this.#panes.after;
    const box = pane.getBoundingClientRect(), camera = this.#camera;
    return { x: camera.x + (clientX - box.left - box.width / 2) / camera.scale, y: camera.y + (clientY - box.top - box.height / 2) / camera.scale };
  }

  #draw(now = false) {
    cancelAnimationFrame(this.#frame);
    if (now) this.#drawNow();
    else this.#frame = requestAnimationFrame(() => this.#drawNow());
  }

  #drawNow() {
    if (!this.#panes.after) return;
    const camera = this.#camera;
    if (camera.fitted) Object.assign(camera, { x: this.#world.w / 2, y: this.#world.h / 2, scale: this.#fitScale() });
    else { camera.x = clamp(camera.x, 0, this.#world.w); camera.y = clamp(camera.y, 0, this.#world.h); }
    const origin = this.#toPane(0, 0);
    for (const [which, world] of Object.entries(this.#worlds)) {
      world.style.transform = `translate(${origin.x}px, ${origin.y}px) scale(${camera.scale})`;
      world.toggleAttribute("data-pixels", this.scale >= PIXELS_FROM);
      this.#sharpen(which);
    }
    const checker = this.querySelector(".compare-checker");
    if (checker) checker.style.backgroundSize = `${16 / camera.scale}px ${16 / camera.scale}px`;
    this.view.toggleAttribute("data-zoomed", !camera.fitted);
    /* Nothing to say before a picture's size is known. */
    this.readout.value = this.#world.w > 1 ? `${Math.round(this.scale * 100)} %` : "";
    this.#placePins();
    this.#drawSplit();
  }

  #drawSplit() {
    const at = this.#split * 100;
    const sliding = this.mode === "slider";
    this.#panes.after.style.clipPath = sliding ? `inset(0 0 0 ${at}%)` : "";
    this.#panes.before.style.clipPath = sliding ? `inset(0 ${100 - at}% 0 0)` : "";
    this.handle.style.left = `${at}%`;
    this.handle.setAttribute("aria-valuenow", String(Math.round(at)));
  }

  #slideTo(share) { this.#split = clamp(share, 0, 1); this.#drawSplit(); }

  /* ---- hands ---- */

  #build() {
    this.view = make("div", "compare-view", { tabIndex: 0 });
    this.view.setAttribute("role", "group");
    for (const which of ["before", "after"]) {
      const pane = make("div", "compare-pane");
      pane.dataset.side = which;
      this.#worlds[which] = make("div", "compare-world");
      pane.append(this.#worlds[which], make("span", "compare-name", { textContent: this.#nameOf(which) }));
      this.#panes[which] = pane;
    }
    this.handle = make("div", "compare-handle", { tabIndex: 0 });
    for (const [name, value] of Object.entries({ role: "slider", "aria-label": "Divide between source and output", "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "50" })) this.handle.setAttribute(name, value);
    this.note = make("p", "compare-note");
    this.note.setAttribute("role", "status");
    this.view.append(this.#panes.before, this.#panes.after, this.handle, this.note);
    this.append(this.view, controls(this, () => this.#lastPoint));
    this.#listen();
  }

  #lastPoint;

  #listen() {
    const view = this.view;
    view.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoomBy(Math.exp(-clamp(event.deltaY, -100, 100) * 0.004), this.toPicture(event.clientX, event.clientY));
    }, { passive: false });
    view.addEventListener("dblclick", (event) => { if (!this.marking) this.oneToOne(this.toPicture(event.clientX, event.clientY)); });
    view.addEventListener("pointerdown", (event) => this.#down(event));
    view.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) view.addEventListener(name, (event) => this.#up(event));
    view.addEventListener("pointerleave", () => { this.#lastPoint = undefined; });
    view.addEventListener("keydown", (event) => this.#key(event));
  }

  #down(event) {
    if (event.button > 0) return;
    if (this.marking || event.shiftKey) { event.preventDefault(); this.#mark(this.toPicture(event.clientX, event.clientY)); return; }
    this.view.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, slides: event.target === this.handle });
    this.view.toggleAttribute("data-dragging", true);
  }

  #move(event) {
    this.#lastPoint = this.toPicture(event.clientX, event.clientY);
    const held = this.#pointers.get(event.pointerId);
    if (!held) return;
    const from = { ...held };
    Object.assign(held, { x: event.clientX, y: event.clientY });
    if (held.slides) {
      const box = this.view.getBoundingClientRect();
      this.#slideTo((event.clientX - box.left) / box.width);
    } else if (this.#pointers.size === 2) this.#pinch(event.pointerId, from);
    else this.#pan(held.x - from.x, held.y - from.y);
  }

  #pinch(moved, from) {
    const other = [...this.#pointers].find(([id]) => id !== moved)[1], now = this.#pointers.get(moved);
    const apart = (a, b) => Math.hypot(a.x - b.x, a.y - b.y) || 1;
    this.#pan((now.x - from.x) / 2, (now.y - from.y) / 2);
    this.zoomBy(apart(now, other) / apart(from, other), this.toPicture((now.x + other.x) / 2, (now.y + other.y) / 2));
  }

  #up(event) {
    this.#pointers.delete(event.pointerId);
    this.view.toggleAttribute("data-dragging", this.#pointers.size > 0);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && this.marking) { event.preventDefault(); event.stopPropagation(); this.#mark(this.#camera); return; }
    if (event.key === "Escape" && this.marking) { this.marking = false; return; }
    const step = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step) return;
    const slides = event.target === this.handle || (this.mode === "slider" && !this.zoomed && step[0] !== 0);
    if (!slides && !this.zoomed) return;
    event.preventDefault();
    event.stopPropagation();
    if (slides) this.#slideTo(this.#split - step[0] * (event.shiftKey ? 0.1 : 0.02) - step[1] * -0.02);
    else this.#pan(step[0] * 64, step[1] * 64);
  }

  /* ---- words ---- */

  #nameOf(which) {
    if (which === "before" && this.#comparedWith) return this.#against[this.#comparedWith].name;
    return this.getAttribute(`${which}-name`) ?? (which === "before" ? "source" : "output");
  }
  #announce(text) { window.loupe?.announce?.(text); }
  #say(text) {
    this.note.textContent = text;
    clearTimeout(this.noteTimer);
    this.noteTimer = setTimeout(() => { this.note.textContent = ""; }, 4000);
  }
  #tell(name, detail) { this.dispatchEvent(new CustomEvent(`loupe:${name}`, { bubbles: true, detail })); }
}

customElements.define("loupe-compare", LoupeCompare);
