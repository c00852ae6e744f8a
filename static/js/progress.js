/* Long work on a page that is being polled: its share in the tab's title, a word when it is done, and no polling while
   nobody looks. Markup: <div data-live="Batch 12" hx-get="..." hx-trigger="every 2s"> with a <progress> inside. */
(() => {
  const plain = document.title;
  const finished = new Set();

  function shareOf(live) {
    const bars = [...live.querySelectorAll("progress[max]")];
    const total = bars.reduce((sum, bar) => sum + bar.max, 0);
    return total ? bars.reduce((sum, bar) => sum + bar.value, 0) / total : null;
  }

  function tell() {
    const lives = [...document.querySelectorAll("[data-live]")];
    const shares = lives.map((live) => [live.dataset.live, shareOf(live)]).filter(([, share]) => share !== null);
    const running = shares.filter(([, share]) => share < 1);
    document.title = running.length ? `${Math.floor(running[0][1] * 100)} % · ${plain}` : plain;
    for (const [name] of running) finished.delete(name);
    for (const [name, share] of shares) {
      if (share < 1 || finished.has(name)) continue;
      finished.add(name);
      window.loupe?.announce?.(`${name}: done`);
    }
  }

  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.detail.elt.closest("[data-live]") && event.detail.elt.getAttribute("hx-trigger")?.includes("every")) event.preventDefault();
  });
  document.body.addEventListener("htmx:afterSettle", tell);
  for (const live of document.querySelectorAll("[data-live]")) if (shareOf(live) === 1) finished.add(live.dataset.live);
  tell();
})();
