/* After a mock-up was decided, the next one that waits is at hand, and only the last decision can be undone. */
document.addEventListener("htmx:afterSwap", (event) => {
  const sheet = document.querySelector("[data-mockups]");
  if (!sheet || !(event.detail.requestConfig?.path ?? "").endsWith("/decide/")) return;
  const undoable = [...document.querySelectorAll("#toasts [data-toast-undo]:not([hidden])")];
  for (const older of undoable.slice(0, -1)) older.parentElement.remove();
  let next = document.getElementById(event.detail.target.id)?.nextElementSibling;
  while (next && !next.hasAttribute("data-key-row")) next = next.nextElementSibling;
  next ??= sheet.querySelector("[data-key-row]");
  next?.querySelector("button")?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
});
