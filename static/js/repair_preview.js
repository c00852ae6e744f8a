/* The live preview of the editor: the server runs the later steps on what is looked at, with the code that saves.
   One request at a time; whatever changed meanwhile is asked for when that is answered. */

const WAIT_MS = 90, MOST_PIXELS = 1_600_000, SMALL = 768, MARGIN = 32, BEYOND = 0.2;

export class Preview {
  /* ask: {address, csrf, mask, settings() -> FormData, looked() -> {left, top, right, bottom, zoom} in photo pixels, shown(), failed(text)} */
  constructor(ask) {
    Object.assign(this, ask);
    this.picture = null; /* {bitmap, x, y, width, height, exact, notes} */
    this.pending = null; /* the box of the mask that the picture does not know yet */
    this.timer = 0;
    this.busy = false;
    this.again = false;
    this.milliseconds = [];
  }

  get settled() { return !this.busy && !this.again && !this.timer; }

  want() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.timer = 0; this.run(); }, WAIT_MS);
  }

  async run() {
    if (this.busy) { this.again = true; return; }
    this.busy = true;
    this.again = false;
    const begun = performance.now();
    try {
      await this.fetch();
      this.milliseconds.push(performance.now() - begun);
    } catch (error) {
      this.failed(error.message);
    }
    this.busy = false;
    if (this.again) this.run();
    else this.shown();
  }

  /* The window that is asked for: what can be seen, a margin, and no more than a canvas around the photo. */
  window() {
    const { mask } = this, seen = this.looked(), wide = BEYOND * mask.width, high = BEYOND * mask.height;
    const margin = MARGIN / Math.min(1, seen.zoom);
    const left = Math.floor(Math.max(-wide, seen.left - margin)), top = Math.floor(Math.max(-high, seen.top - margin));
    const right = Math.ceil(Math.min(mask.width + wide, seen.right + margin)), bottom = Math.ceil(Math.min(mask.height + high, seen.bottom + margin));
    const width = Math.max(1, right - left), height = Math.max(1, bottom - top);
    return { x: left, y: top, width, height, scale: Math.min(1, seen.zoom, Math.sqrt(MOST_PIXELS / (width * height))) };
  }

  async fetch() {
    const { mask } = this, view = this.window(), body = this.settings();
    this.pending = mask.takeUnseen();
    const w = Math.max(1, Math.round(view.width * view.scale)), h = Math.max(1, Math.round(view.height * view.scale));
    const small = Math.min(1, SMALL / Math.max(mask.width, mask.height));
    const whole = { x: 0, y: 0, width: mask.width, height: mask.height };
    const [part, all] = await Promise.all([mask.window(view, w, h), mask.window(whole, Math.max(1, Math.round(mask.width * small)), Math.max(1, Math.round(mask.height * small)))]);
    for (const name of ["x", "y", "width", "height"]) body.set(name, view[name]);
    body.set("mask", part, "mask.png");
    body.set("whole", all, "whole.png");
    const response = await fetch(this.address, { method: "POST", body, headers: { "X-CSRFToken": this.csrf, Accept: "application/json" } });
    if (!response.ok) {
      const answer = await response.json().catch(() => ({}));
      throw new Error(answer.message ?? `The preview failed (status ${response.status}).`);
    }
    const bitmap = await createImageBitmap(await response.blob());
    this.picture?.bitmap.close();
    this.picture = { bitmap, ...view, exact: view.scale === 1, notes: response.headers.get("X-Notes") };
    this.pending = null;
    this.shown();
  }

  /* The boxes of the mask that changed since the picture was made. */
  stale() { return [this.pending, this.mask.unseen].filter((box) => box && box.right > box.left); }
}
