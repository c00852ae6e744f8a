/* The review queue: one claim on the screen, one decoded behind it; decisions go out while the next photo is shown.
   Nothing decided is ever lost: it waits in an outbox until the server has it, or becomes a draft when it is refused.
   One press decides one photo, the one that its person could see when they pressed. */

const page = document.querySelector("#queue");
const $ = (selector) => page.querySelector(selector);
const viewer = $("loupe-compare");
const settings = JSON.parse(document.getElementById("queue-settings").textContent);
const csrf = page.querySelector("[name=csrfmiddlewaretoken]").value;
const RETRY_MS = 3000;
const MOST_DRAFTS = 20;
const BREAK_MS = 5 * 60 * 1000;
const LATER_PHOTOS = 25;
const IDLE_MS = 10000;

/* ---- what this browser remembers of this person ---- */

const memory = {
  key: (name) => `loupe-queue-${settings.person}-${name}`,
  read(name, fallback) { try { return JSON.parse(localStorage.getItem(this.key(name))) ?? fallback; } catch { return fallback; } },
  write(name, value) { try { localStorage.setItem(this.key(name), JSON.stringify(value)); } catch { /* this page only */ } },
};

const state = {
  opened: false, tasks: [], gone: new Set(), shownAt: 0, coming: null, claiming: null, pressedAt: 0, unsure: false, mark: null, failed: "",
  outbox: memory.read("outbox", []), drafts: memory.read("drafts", []), sending: null,
  sitting: memory.read("sitting", null), timings: [],
};

/* ---- requests ---- */

class Refused extends Error { constructor(status, message) { super(message); this.status = status; } }

async function post(url, values = {}) {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) for (const one of [value].flat()) if (one !== null && one !== undefined) body.append(name, one);
  const response = await fetch(url, { method: "POST", body, keepalive: true, headers: { "X-CSRFToken": csrf, Accept: "application/json" } });
  const text = await response.text();
  let found = {};
  try { found = JSON.parse(text); } catch { /* an error page */ }
  if (!response.ok) throw new Refused(response.status, found.message ?? `Loupe could not do that (status ${response.status}).`);
  return found;
}

/* The server's list of what is held, less what was decided here meanwhile. What it no longer names is somebody else's,
   so it leaves the screen. */
function take(answer) {
  if (state.opened && answer.tasks) takeTasks(answer.tasks);
  if (answer.progress) showProgress(answer.progress);
  if (answer.reveal) showReveal(answer.reveal);
}

function takeTasks(claimed) {
  const first = state.tasks[0], held = claimed.filter((task) => !state.gone.has(task.token));
  const among = (tasks, one) => tasks.some((task) => task.token === one.token);
  state.tasks = state.tasks.filter((task) => among(held, task));
  state.tasks.push(...held.filter((task) => !among(state.tasks, task)));
  if (first !== state.tasks[0]) state.shownAt = 0;
  if (state.tasks[1]) viewer.prefetch(state.tasks[1]);
}

/* A page that opens takes the claims over: what the page before it still gives back is then no longer its own. What the
   outbox holds goes first, by the tokens that it was decided under. */
function claim() {
  state.claiming ??= claimMissing().finally(() => { state.claiming = null; });
  return state.claiming;
}

async function claimMissing() {
  $("[data-wait]").hidden = state.tasks.length > 0;
  try {
    const answer = await post(page.dataset.claim, { opening: state.opened ? null : "yes" });
    state.opened = true;
    state.failed = "";
    take(answer);
  } catch (error) {
    state.failed = error.message || "No connection to Loupe.";
    say(`${state.failed} Trying again.`);
    setTimeout(claim, RETRY_MS);
    return;
  }
  if (!state.shownAt && !isComing()) show();
}

/* ---- showing ---- */

const isComing = () => Boolean(state.coming) && state.coming === state.tasks[0];

async function show(pressed = 0) {
  const task = state.coming = state.tasks[0];
  state.shownAt = 0;
  if (!task) return showNothing();
  $("[data-wait]").hidden = $("[data-empty]").hidden = true;
  viewer.hidden = false;
  state.mark = null;
  const shown = await viewer.show(task);
  if (!shown || state.tasks[0] !== task) return;
  $("[data-label]").textContent = task.label;
  $("[data-title]").textContent = [task.title, ...task.facts].filter(Boolean).join(", ");
  offerDraft(task);
  requestAnimationFrame(() => {
    if (state.tasks[0] !== task) return;
    state.shownAt = performance.now();
    $("[data-verdicts]").toggleAttribute("data-looking", true);
    setTimeout(() => $("[data-verdicts]").toggleAttribute("data-looking", false), settings.leastMs);
    if (pressed) tellTiming(performance.now() - pressed);
  });
  if (state.tasks[1]) viewer.prefetch(state.tasks[1]);
}

function tellTiming(milliseconds) {
  state.timings.push(milliseconds);
  page.dispatchEvent(new CustomEvent("loupe:next", { bubbles: true, detail: { milliseconds } }));
}

/* Either the answer that brings more is still under way, or there is no more. */
function showNothing() {
  const underWay = Boolean(state.sending);
  showIdle(false);
  viewer.hidden = true;
  $("[data-wait]").hidden = !underWay;
  $("[data-empty]").hidden = underWay;
  $("[data-label]").textContent = "\u00a0";
  $("[data-title]").textContent = "";
}

/* Nobody may sit before this page, so nothing is claimed for them: they are told. */
async function lookWhileIdle() {
  if (document.hidden || $("[data-empty]").hidden || state.sending || state.claiming) return;
  try { showIdle((await post(page.dataset.keep)).waits); } catch { /* the next one will do */ }
}

function showIdle(waits) {
  $("[data-empty] h2").textContent = waits ? "Photos wait for you" : "Nothing waits for you";
  $("[data-again]").firstChild.data = waits ? "Review them " : "Look again ";
  $("[data-again]").classList.toggle("button-primary", waits);
}

function showProgress({ left, today }) {
  document.querySelector("[data-left]").textContent = left[0].toUpperCase() + left.slice(1);
  document.querySelector("[data-today]").textContent = today;
}

function showReveal({ label, verdict, risk, reasons }) {
  $("[data-last]").hidden = false;
  $("[data-last-label]").textContent = label;
  $("[data-last-machine]").textContent = `The machine said ${verdict}, risk ${risk.toFixed(2)}.`;
  $("[data-last-reasons]").replaceChildren(...reasons.map((reason) => Object.assign(document.createElement("li"), { textContent: reason })));
}

let hintTimer = 0;
function say(text) {
  const hint = $("[data-hint]");
  hint.querySelector("p").textContent = text;
  hint.hidden = !text;
  clearTimeout(hintTimer);
  hintTimer = setTimeout(() => { hint.hidden = true; }, 6000);
}

/* ---- deciding ---- */

function decide(answer, words) {
  const task = state.tasks[0];
  const pressed = state.pressedAt;
  if (!task || !state.shownAt || state.unsure) return;
  const looked = Math.round(pressed - state.shownAt);
  if (looked < settings.leastMs) { say(`Look first: keys count after ${(settings.leastMs / 1000).toFixed(1)} s.`); return; }
  closeMore();
  say(""); /* what was said of this photo is not about the next one */
  const mark = state.mark ? { mark_x: state.mark.x, mark_y: state.mark.y } : {};
  state.tasks.shift();
  state.gone.add(task.token);
  state.outbox.push({ token: task.token, sha256: task.sha256, label: task.label, words, answer: { ...answer, ...mark, milliseconds: looked } });
  memory.write("outbox", state.outbox);
  $("[data-last-said]").textContent = words;
  dropDraft(task.sha256);
  keepPace();
  send();
  show(pressed);
}

const approve = () => decide({ verdict: "approve" }, "Approved.");
function reject(code) {
  const label = $(`[data-verdicts] [data-defect="${code}"]`).dataset.keyLabel.split(":")[0];
  decide({ verdict: "reject", defect: code }, `Rejected: ${label}.`);
}

/* One after the other, so that undo always finds the last one on the server. */
function send() {
  state.sending ??= flush().finally(() => { state.sending = null; if (!state.tasks.length) afterLast(); });
  return state.sending;
}

async function flush() {
  while (state.outbox.length) {
    const entry = state.outbox[0];
    try {
      take(await post(page.dataset.decide, { token: entry.token, sha256: entry.sha256, ...entry.answer }));
    } catch (error) {
      if (!(error instanceof Refused) || error.status >= 500) { await waitForServer(error); continue; }
      keepDraft(entry, error.message);
      state.gone.delete(entry.token);
      state.unsure = true;
    }
    state.outbox.shift();
    memory.write("outbox", state.outbox);
    if (state.unsure && state.opened) await claim();
    state.unsure = false;
    if (!state.shownAt && state.tasks.length && !isComing()) show();
  }
}

function waitForServer(error) {
  const many = state.outbox.length === 1 ? "One decision waits" : `${state.outbox.length} decisions wait`;
  say(`${error.message || "No connection to Loupe."} ${many} here and will be sent.`);
  return new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
}

function afterLast() { if (!state.failed) claim(); }

/* Nothing is decided until the answer is there: it says which photo is on the screen next. */
async function undo() {
  await (state.sending ?? Promise.resolve());
  if (state.unsure) return;
  state.unsure = true;
  try {
    const answer = await post(page.dataset.undo);
    state.tasks = [];
    for (const task of answer.tasks) state.gone.delete(task.token);
    take(answer);
    say(`Taken back: ${answer.tasks[0].label}. Decide again.`);
    $("[data-last]").hidden = true;
    show();
  } catch (error) { say(error.message); }
  state.unsure = false;
}

/* ---- drafts: what the server refused ---- */

function keepDraft(entry, message) {
  state.drafts = [{ ...entry, message }, ...state.drafts].slice(0, MOST_DRAFTS);
  memory.write("drafts", state.drafts);
  say(message);
  listDrafts();
}

function dropDraft(sha256) {
  const kept = state.drafts.filter((draft) => draft.sha256 !== sha256);
  if (kept.length === state.drafts.length) return;
  state.drafts = kept;
  memory.write("drafts", kept);
  listDrafts();
}

function listDrafts() {
  $("[data-drafts]").hidden = !state.drafts.length;
  $("[data-draft-list]").replaceChildren(...state.drafts.map((draft) => {
    const item = document.createElement("li");
    const forget = Object.assign(document.createElement("button"), { type: "button", className: "link-button", textContent: "Forget it" });
    forget.addEventListener("click", () => dropDraft(draft.sha256));
    item.append(`${draft.label}: ${draft.words} ${draft.answer.note ?? ""} `, forget);
    item.title = draft.message;
    return item;
  }));
}

/* The same output came back: its draft is ready to be sent again. */
function offerDraft(task) {
  const draft = state.drafts.find((one) => one.sha256 === task.sha256);
  if (!draft) return;
  say(`You said “${draft.words}” of this one before. It is filled in under “Say more”.`);
  if (draft.answer.verdict === "reject") openMore(draft.answer);
}

/* ---- saying more ---- */

const more = $("[data-more]"), form = $("[data-more-form]");
const choose = (name, value) => { const input = form.querySelector(`[name=${name}][value="${value}"]`); if (input) input.checked = true; };

function openMore(answer = {}) {
  if (!state.tasks.length) return;
  for (const option of form.elements.recipe_version.options) option.disabled = option.value === String(state.tasks[0].madeWith);
  form.elements.recipe_version.value = answer.recipe_version ?? "";
  choose("defect", answer.defect ?? "edge");
  fillFrom(form.querySelector("[name=defect]:checked"), answer);
  form.elements.note.value = answer.note ?? "";
  if (!more.open) more.show();
  form.querySelector("[name=defect]:checked").focus();
}
function closeMore() { if (more.open) { more.close(); document.activeElement?.blur?.(); } }

function fillFrom(defect, answer = {}) {
  choose("severity", answer.severity || defect.dataset.severity);
  choose("remedy", answer.remedy || defect.dataset.remedy);
  showRecipe();
}
const showRecipe = () => { $("[data-recipe-field]").hidden = form.elements.remedy.value !== "reprocess"; };

function rejectWithMore() {
  const values = Object.fromEntries(new FormData(form));
  const said = (name) => form.querySelector(`[name=${name}]:checked`).dataset.keyLabel;
  const version = values.remedy === "reprocess" && values.recipe_version ? ` (${form.elements.recipe_version.selectedOptions[0].text})` : "";
  decide({ verdict: "reject", ...values }, `Rejected: ${said("defect")}, ${values.severity}. ${said("remedy")}${version}.`);
}

/* ---- pace and breaks, for this person's eyes alone ---- */

/* One sitting: kept over reloads, and over when nothing was decided for as long as a break lasts. */
function keepPace() {
  const now = Date.now();
  if (!state.sitting || now - state.sitting.last > BREAK_MS) state.sitting = { since: now, count: 0, quietUntil: 0 };
  const sitting = state.sitting;
  sitting.count += 1;
  sitting.last = now;
  memory.write("sitting", sitting);
  const minutes = (now - sitting.since) / 60000;
  if (sitting.count >= 5 && minutes > 0.1) {
    document.querySelector("[data-pace]").hidden = false;
    document.querySelector("[data-pace-number]").textContent = (sitting.count / minutes).toFixed(1);
  }
  const due = sitting.count >= settings.breakPhotos || minutes >= settings.breakMinutes;
  if (due && sitting.count >= sitting.quietUntil) proposeBreak(sitting.count, minutes);
}

function proposeBreak(count, minutes) {
  $("[data-break-text]").textContent = `${count} photos, ${Math.round(minutes)} minutes. Eyes miss more from here on; five minutes away bring them back.`;
  $("[data-break]").hidden = false;
}

function endBreak(sitting) {
  state.sitting = sitting;
  memory.write("sitting", sitting);
  $("[data-break]").hidden = true;
}

/* ---- hands ---- */

function wire() {
  $("[data-approve]").addEventListener("click", approve);
  for (const button of page.querySelectorAll("[data-verdicts] [data-defect]")) button.addEventListener("click", () => reject(button.dataset.defect));
  $("[data-undo-button]").addEventListener("click", undo);
  $("[data-options]").addEventListener("click", () => (more.open ? closeMore() : openMore()));
  $("[data-more-close]").addEventListener("click", closeMore);
  $("[data-again]").addEventListener("click", claim);
  $("[data-break-done]").addEventListener("click", () => endBreak(null));
  $("[data-break-later]").addEventListener("click", () => endBreak({ ...state.sitting, quietUntil: state.sitting.count + LATER_PHOTOS }));
  /* Scrolled to its end, the button that stays below no longer lies over what is written. */
  form.elements.note.addEventListener("focus", () => more.scrollIntoView({ block: "end" }));
  form.elements.note.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(); });
  form.addEventListener("submit", (event) => { event.preventDefault(); rejectWithMore(); });
  form.addEventListener("change", (event) => { if (event.target.name === "defect") fillFrom(event.target); else showRecipe(); });
  viewer.addEventListener("loupe:mark", (event) => { state.mark = event.detail; say("The place is marked; it goes with your decision."); });
  viewer.addEventListener("loupe:mode", (event) => memory.write("mode", event.detail.mode));
  /* A button that keeps the focus would swallow the next Space. */
  page.addEventListener("click", (event) => { if (event.detail) event.target.closest("button")?.blur(); });
  setInterval(keepClaims, settings.keepMs);
  setInterval(lookWhileIdle, IDLE_MS);
  addEventListener("pagehide", giveBack);
  addEventListener("pageshow", (event) => { if (event.persisted) comeBack(); });
}

/* When a hand moved, not when the page had time for it: on a busy machine a second press would count for the next photo. */
function watchHands() {
  const note = (event) => { if (event.isTrusted) state.pressedAt = event.timeStamp; };
  for (const kind of ["keydown", "click"]) addEventListener(kind, note, { capture: true });
}

function forget() { state.tasks = []; state.shownAt = 0; }
function comeBack() {
  forget();
  state.opened = false;
  return (state.sending ?? Promise.resolve()).then(claim);
}

async function keepClaims() {
  if (document.hidden || !state.tasks.length) return;
  const token = state.tasks.map((task) => task.token);
  try {
    const { kept } = await post(page.dataset.keep, { token });
    if (kept < token.length) { forget(); await claim(); }
  } catch { /* the next one will do */ }
}

function giveBack() {
  if (!state.tasks.length) return;
  const body = new URLSearchParams([["csrfmiddlewaretoken", csrf], ...state.tasks.map((task) => ["token", task.token])]);
  navigator.sendBeacon(page.dataset.release, body);
}

async function start() {
  await customElements.whenDefined("loupe-compare");
  viewer.mode = memory.read("mode", innerWidth < 700 ? "slider" : "side");
  wire();
  watchHands();
  listDrafts();
  if (state.outbox.length) await send();
  await claim();
}

window.loupe = { ...window.loupe, queue: state };
start();
