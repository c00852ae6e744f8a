/* After a mock-up was decided, the next one that waits is at hand; after the last one the next page of them is shown. */
document.addEventListener("htmx:afterSwap", (event) => {
  const sheet = document.querySelector("[data-mockups]");
  const path = event.detail.requestConfig?.path ?? "";
  if (!sheet || !path.endsWith("/decide/")) return;
  const decided = document.getElementById(event.detail.target.id);
  let next = decided?.nextElementSibling;
  while (next && !next.hasAttribute("data-key-row")) next = next.nextElementSibling;
  next ??= sheet.querySelector("[data-key-row]");
  next?.querySelector("button")?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
});
