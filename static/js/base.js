/* What every page has: theme and surround switches, dialogs, toasts with undo, errors of requests, arrows on a
   contact sheet, the shares of a bar of stages. */
const root = document.documentElement;
const $ = (selector) => document.querySelector(selector);

function announce(text) {
  const line = $("#announce");
  if (!line) return;
  line.textContent = "";
  requestAnimationFrame(() => { line.textContent = text; });
}

/* Switches: the next of a list of values, remembered in this browser only. */
const CHOICES = { theme: ["system", "light", "dark"], surround: ["grey", "black", "white"] };

function switchTo(name, value) {
  if (value === CHOICES[name][0]) delete root.dataset[name];
  else root.dataset[name] = value;
  try { localStorage.setItem(`loupe-${name}`, root.dataset[name] ?? ""); } catch { /* lasts for this page */ }
  announce(`${name}: ${value}`);
  document.dispatchEvent(new CustomEvent(`loupe:${name}`, { detail: value }));
}

function switchNext(name) {
  const values = CHOICES[name];
  const now = Math.max(0, values.indexOf(root.dataset[name] || values[0]));
  switchTo(name, values[(now + 1) % values.length]);
}

/* On a narrow screen the bar of places scrolls; where one is shows. */
const bar = $(".nav"), place = $(".nav [aria-current]");
if (place) bar.scrollLeft = place.offsetLeft - bar.offsetLeft - (bar.clientWidth - place.offsetWidth) / 2;

/* Toasts: from a script, or from a response's HX-Trigger {"toast": {"text", "level", "undo": url}}. */
function removeToast(toast) { toast.remove(); }

function toast({ text, level = "info", undo = "", seconds = 8 }) {
  if (!$("#toast-template")) return null;
  const made = $("#toast-template").content.firstElementChild.cloneNode(true);
  made.dataset.level = level;
  made.querySelector("p").textContent = level === "error" ? `Error: ${text}` : text;
  const button = made.querySelector("[data-toast-undo]");
  if (undo) {
    button.hidden = false;
    button.dataset.key = "u";
    button.dataset.keyLabel = "Undo the last action";
    button.addEventListener("click", () => {
      window.htmx.ajax("POST", undo, { target: "body", swap: "none" });
      removeToast(made);
    });
  }
  made.querySelector("[data-toast-close]").addEventListener("click", () => removeToast(made));
  $("#toasts").append(made);
  if (level !== "error") leaveAfter(made, seconds * 1000);
  return made;
}

function leaveAfter(made, wait) {
  setTimeout(() => {
    if (made.matches(":hover, :focus-within")) leaveAfter(made, 2000);
    else removeToast(made);
  }, wait);
}

/* Requests: a line while one is under way, and plain words when one fails. */
function explain(status) {
  if (!status) return "No connection to Loupe. What you see may be old; try again in a moment.";
  if (status === 403) return "You may not do that, or your session ended. Reload the page and sign in again.";
  if (status === 404) return "That is no longer there. Reload the page.";
  if (status === 409) return "Somebody else changed this meanwhile. Reload the page to see how it stands now.";
  return `Loupe could not do that (status ${status}). Nothing was changed; try again.`;
}

let underWay = 0;
function waiting(change) {
  underWay = Math.max(0, underWay + change);
  $(".working")?.toggleAttribute("data-on", underWay > 0);
}

/* Quiet polling (hx-trigger="every ...") must not flash the line. */
const isPolling = (event) => Boolean(event.detail.elt?.getAttribute?.("hx-trigger")?.includes("every"));

function wireRequests(body) {
  body.addEventListener("htmx:beforeRequest", (event) => { if (!isPolling(event)) waiting(1); });
  body.addEventListener("htmx:afterRequest", (event) => { if (!isPolling(event)) waiting(-1); });
  body.addEventListener("htmx:responseError", (event) => {
    if (isPolling(event)) return;
    const said = event.detail.xhr.getResponseHeader("X-Message");
    toast({ text: said ? decodeURIComponent(said) : explain(event.detail.xhr.status), level: "error" });
  });
  body.addEventListener("htmx:sendError", (event) => { if (!isPolling(event)) toast({ text: explain(0), level: "error" }); });
  body.addEventListener("toast", (event) => toast(event.detail));
  body.addEventListener("announce", (event) => announce(event.detail.value ?? event.detail));
  body.addEventListener("close-dialog", () => $("#dialog").close());
  body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "dialog" && !$("#dialog").open) $("#dialog").showModal();
  });
  body.addEventListener("htmx:confirm", confirmFirst);
  body.addEventListener("htmx:load", (event) => dress(event.detail.elt));
}

/* hx-confirm asks in our own dialog, with the button's own word. */
function confirmFirst(event) {
  if (!event.detail.question) return;
  event.preventDefault();
  ask(event.detail.question, event.detail.elt).then((yes) => { if (yes) event.detail.issueRequest(true); });
}

function ask(question, from) {
  const dialog = $("#confirm");
  $("#confirm-text").textContent = question;
  dialog.querySelector("[value=yes]").textContent = from?.closest("[data-confirm-label]")?.dataset.confirmLabel || "Go ahead";
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}

function onClick(event) {
  const on = (selector) => event.target.closest(selector);
  if (on("[data-theme-switch]")) switchNext("theme");
  else if (on("[data-surround-switch]")) switchNext("surround");
  const opener = on("[data-dialog]");
  if (opener) document.querySelector(opener.dataset.dialog)?.showModal();
  const closer = on("[data-close]");
  if (closer) closer.closest("dialog")?.close();
  if (event.target.matches("dialog")) event.target.close();
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
}

function onKey(event) {
  if (event.key === "Escape") {
    const menu = document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  }
  if (event.key.startsWith("Arrow")) moveOnSheet(event);
}

/* Arrows walk over the links of [data-arrows] as they lie on the screen. */
const AHEAD = {
  ArrowRight: (a, b) => Math.abs(b.y - a.y) < a.h / 2 && b.x > a.x, ArrowLeft: (a, b) => Math.abs(b.y - a.y) < a.h / 2 && b.x < a.x,
  ArrowDown: (a, b) => b.y > a.y + a.h / 2, ArrowUp: (a, b) => b.y < a.y - a.h / 2,
};
const placeOf = (element) => {
  const box = element.getBoundingClientRect();
  return { element, x: box.x + box.width / 2, y: box.y + box.height / 2, h: box.height };
};

function moveOnSheet(event) {
  const sheet = event.target.closest("[data-arrows]");
  if (!sheet || event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, select, textarea")) return;
  const here = placeOf(event.target.closest(".tile-open, a, button") ?? event.target);
  const ahead = [...sheet.querySelectorAll(".tile-open, [data-arrow-stop]")].map(placeOf).filter((there) => AHEAD[event.key]?.(here, there));
  const cost = (there) => Math.abs(there.y - here.y) * 4 + Math.abs(there.x - here.x);
  const next = ahead.sort((a, b) => cost(a) - cost(b))[0];
  if (!next) return;
  event.preventDefault();
  next.element.focus();
}

/* After load and after every swap. */
function dress(scope) {
  for (const part of scope.querySelectorAll?.("[data-share]") ?? []) part.style.flexGrow = part.dataset.share;
  for (const dialog of scope.querySelectorAll?.("dialog[data-open]") ?? []) if (!dialog.open) dialog.showModal();
}

document.addEventListener("click", onClick);
document.addEventListener("keydown", onKey);
/* A form is sent once, however often its key or button is pressed, until its answer is there. */
const SENT_MS = 5000;
function isSent(form) {
  if (form.method !== "post" || form.matches("[hx-post], [hx-get], [data-again]")) return false;
  if (form.dataset.sent) return true;
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, SENT_MS);
  return false;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.confirm || form.dataset.confirmed) {
    if (!event.defaultPrevented && isSent(form)) event.preventDefault();
    return;
  }
  event.preventDefault();
  if (await ask(form.dataset.confirm, event.submitter ?? form)) { form.dataset.confirmed = "yes"; form.requestSubmit(event.submitter); }
});
wireRequests(document.body);
dress(document);
window.loupe = { ...window.loupe, announce, toast, ask, switchTo };
