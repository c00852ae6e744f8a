/* Files go up by tus, three at a time, each with its progress; they go on after a lost connection and a reload. */
import { chosen, dropped, sheetsFirst } from "./upload_files.js";

const PARALLEL = 3;
const CHUNK = 32 * 1024 * 1024;
const DELAYS = [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000];

const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

class Uploader {
  constructor(root) {
    this.root = root;
    this.jobs = [];
    this.running = 0;
    this.started = 0;
    this.opening = null;
    this.addresses = root.dataset.tus ? { ...root.dataset } : null;
    this.part("plain").hidden = true;
    this.part("drop").hidden = false;
    this.listen();
  }

  list() { return this.root.querySelector(".transfer"); }

  part(name) { return this.root.querySelector(`[data-${name}]`); }

  listen() {
    const zone = this.part("drop");
    const over = (on) => { zone.toggleAttribute("data-over", on); };
    // The whole window takes a drop: a near miss must not make the browser leave the page.
    window.addEventListener("dragover", (event) => { event.preventDefault(); over(true); });
    window.addEventListener("dragleave", (event) => { if (!event.relatedTarget) over(false); });
    window.addEventListener("drop", async (event) => {
      event.preventDefault();
      over(false);
      const { files, unreadable } = await dropped(event.dataTransfer);
      if (unreadable.length) window.loupe.toast({ level: "error", text: `Could not be read: ${unreadable.join(", ")}` });
      this.add(files);
    });
    for (const input of this.root.querySelectorAll("[data-pick]")) {
      input.addEventListener("change", () => { this.add(chosen(input)); input.value = ""; });
    }
    this.part("retry").addEventListener("click", () => this.retry());
    this.part("give-up").addEventListener("click", () => this.finish());
    window.addEventListener("beforeunload", (event) => { if (this.unfinished().length) event.preventDefault(); });
    window.addEventListener("online", () => this.retry());
  }

  async add(files) {
    if (!files.length) return;
    this.part("transfer").hidden = this.list().hidden = false;
    this.started ||= performance.now();
    const jobs = sheetsFirst(files).map(({ file, path }) => ({ file, path, sent: 0, state: "waits", row: this.rowFor(file, path) }));
    this.jobs.push(...jobs);
    this.tell();
    try {
      await this.open();
    } catch (error) {
      for (const job of jobs) this.mark(job, "failed", error.message);
      this.tell();
      return;
    }
    this.pump();
  }

  rowFor(file, path) {
    const row = this.part("row").content.firstElementChild.cloneNode(true);
    row.children[0].textContent = path;
    row.children[1].textContent = size(file.size);
    row.querySelector("progress").setAttribute("aria-label", path);
    this.part("files").append(row);
    return row;
  }

  /* The upload is opened by its first file; the address then says where to go on after a reload. */
  open() {
    /* What it says of an upload that nobody goes on with is no longer so. */
    document.querySelector(".headline .mine")?.replaceChildren();
    if (this.addresses) return Promise.resolve();
    this.opening ??= this.ask().finally(() => { this.opening = null; });
    return this.opening;
  }

  async ask() {
    const body = new FormData();
    if (this.part("waits")?.checked) body.append("waits", "on");
    const headers = { Accept: "application/json", "X-CSRFToken": token() };
    const response = await fetch(this.root.dataset.create, { method: "POST", body, headers });
    if (!response.ok) throw new Error(`the upload could not be opened (${response.status})`);
    this.addresses = await response.json();
    history.replaceState(null, "", this.addresses.page);
    window.htmx.ajax("GET", this.addresses.page, { target: "#standing", swap: "outerHTML" });
  }

  pump() {
    while (this.running < PARALLEL) {
      const job = this.jobs.find((each) => each.state === "waits");
      if (!job) break;
      this.running += 1;
      this.mark(job, "uploading", "");
      this.send(job);
    }
    this.tell();
    if (!this.unfinished().length && this.jobs.length && !this.failed().length) this.finish();
  }

  async send(job) {
    const upload = new window.tus.Upload(job.file, {
      endpoint: this.addresses.tus,
      chunkSize: CHUNK,
      retryDelays: DELAYS,
      removeFingerprintOnSuccess: true,
      metadata: { filename: job.file.name, path: job.path },
      headers: { "X-CSRFToken": token() },
      fingerprint: async (file, options) => ["loupe", options.endpoint, job.path, file.size, file.lastModified].join("|"),
      onProgress: (sent) => { job.sent = sent; this.show(job); },
      onSuccess: () => this.done(job, "done", ""),
      onError: (error) => this.done(job, "failed", reason(error)),
    });
    const earlier = await upload.findPreviousUploads();
    if (earlier.length) upload.resumeFromPreviousUpload(earlier[0]);
    upload.start();
  }

  done(job, state, word) {
    this.running -= 1;
    if (state === "done") job.sent = job.file.size;
    this.mark(job, state, word);
    this.pump();
  }

  mark(job, state, word) {
    job.state = state;
    job.row.dataset.state = state;
    job.row.querySelector("[data-word]").textContent = word || { waits: "waits", uploading: "", done: "arrived", failed: "failed" }[state];
    this.show(job);
  }

  show(job) {
    job.row.querySelector("progress").value = job.state === "done" ? 1 : job.sent / Math.max(1, job.file.size);
    this.tell();
  }

  unfinished() { return this.jobs.filter((job) => job.state === "waits" || job.state === "uploading"); }

  failed() { return this.jobs.filter((job) => job.state === "failed"); }

  /* At most once a frame: hundreds of files report many times a second. */
  tell() {
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.draw(); });
  }

  draw() {
    if (!this.jobs.length) return; /* what was told last stays: all of it arrived */
    const total = this.jobs.reduce((sum, job) => sum + Math.max(1, job.file.size), 0);
    const sent = this.jobs.reduce((sum, job) => sum + (job.state === "done" ? Math.max(1, job.file.size) : job.sent), 0);
    const arrived = this.jobs.filter((job) => job.state === "done").length;
    const failed = this.failed().length;
    this.part("overall").max = total || 1;
    this.part("overall").value = sent;
    this.part("overall-note").textContent = `${arrived} of ${this.jobs.length} files, ${size(sent)} of ${size(total)}`;
    this.part("overall-label").textContent = this.unfinished().length ? "Uploading" : failed ? "Stopped" : "All files have arrived";
    const seconds = (performance.now() - this.started) / 1000;
    this.part("speed").textContent = this.unfinished().length && seconds > 2 ? `${size(sent / seconds)} a second` : "";
    this.part("failed-row").hidden = !failed || Boolean(this.unfinished().length);
    this.part("failed-text").textContent = `${failed} of ${this.jobs.length} files did not arrive.`;
  }

  retry() {
    for (const job of this.failed()) this.mark(job, "waits", "");
    if (this.addresses) this.pump();
    else if (this.jobs.length) this.open().then(() => this.pump(), () => {});
  }

  /* Everything is there: the next drop opens an upload of its own. */
  async finish() {
    if (!this.addresses || this.finishing) return;
    this.finishing = true;
    const { finish, page } = this.addresses;
    try {
      const headers = { Accept: "application/json", "X-CSRFToken": token() };
      const response = await fetch(finish, { method: "POST", headers });
      if (!response.ok) throw new Error(String(response.status));
      this.addresses = null;
      this.draw();
      this.jobs = this.jobs.filter((job) => job.state !== "done" && job.state !== "failed");
      this.started = 0;
      this.list().hidden = !this.jobs.length;
      window.loupe.announce("All files have arrived.");
      window.htmx.ajax("GET", page, { target: "#standing", swap: "outerHTML" });
    } catch {
      window.loupe.toast({ level: "error", text: "The files are here, but the upload could not be finished. Reload the page." });
    } finally {
      this.finishing = false;
    }
  }
}

/* The server's own sentence where it sent one. */
function reason(error) {
  const body = error.originalResponse?.getBody?.() ?? "";
  const status = error.originalResponse?.getStatus?.() ?? 0;
  if (body && body.length < 200 && !body.includes("<")) return body;
  return status ? `refused by the server (${status})` : "the connection was lost";
}

for (const root of document.querySelectorAll("[data-uploader]")) root.loupe = new Uploader(root);
