/* Keys declared in the markup: data-key="a", "Shift+A", "Enter", "Space", or two in a row, "g c". A key clicks its
   button or link and focuses its field. Never while somebody types; inside an open dialog only that dialog's keys.
   Rows that have the same keys are marked data-key-row: those of the row at hand count. */
(() => {
  const TYPED = "input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=range], [type=file]), textarea, select, [contenteditable=true]";
  const NAMES = { " ": "Space", ArrowLeft: "\u2190", ArrowRight: "\u2192", ArrowUp: "\u2191", ArrowDown: "\u2193", Escape: "Esc" };
  const SEQUENCE_MS = 1200;
  let first = "", firstTimer = 0;

  const isLetter = (key) => key.length === 1 && key.toLowerCase() !== key.toUpperCase();

  /* "a", "Shift+A", "Space", "?": as it is written in data-key. */
  function nameOf(event) {
    if (event.key === " ") return "Space";
    if (isLetter(event.key)) return event.shiftKey ? `Shift+${event.key.toUpperCase()}` : event.key.toLowerCase();
    return event.shiftKey && event.key.length > 1 ? `Shift+${event.key}` : event.key;
  }

  const usable = (element) => !element.disabled && element.getAttribute("aria-disabled") !== "true" && element.checkVisibility();
  /* An open dialog, or an open menu, has the keys to itself. */
  const scope = () => [...document.querySelectorAll("dialog[open]")].pop() ?? document.querySelector("details.menu[open]") ?? document;

  /* The row at hand is the one that had the focus last, or the first; the style sheet shows its keys. */
  let atHand = null;

  function rowAtHand() {
    if (!atHand?.isConnected) takeInHand(document.querySelector("[data-key-row]"));
    return atHand;
  }

  function takeInHand(row) {
    atHand?.removeAttribute("data-at-hand");
    atHand = row;
    atHand?.setAttribute("data-at-hand", "");
  }

  /* The focus goes to the next or previous row; to the first while it has been in none. */
  let stepped = false;

  function stepRow(by) {
    const rows = [...document.querySelectorAll("[data-key-row]")];
    const row = stepped ? rows[rows.indexOf(rowAtHand()) + by] : rowAtHand();
    row?.querySelector("a, button")?.focus();
    row?.scrollIntoView({ block: "nearest" });
  }

  function among(root) {
    const row = rowAtHand();
    return [...root.querySelectorAll("[data-key]")].filter((element) => usable(element) && [null, row].includes(element.closest("[data-key-row]")));
  }

  const holders = () => among(scope());
  const keysOf = (element) => element.dataset.key.split("|");

  function find(key) { return holders().filter((element) => keysOf(element).includes(key)).pop(); }
  function opensSequence(key) { return holders().some((element) => keysOf(element).some((one) => one.startsWith(`${key} `))); }
  const labelOf = (element) => element.dataset.keyLabel || element.getAttribute("aria-label") || element.textContent.trim();

  function act(element) {
    if (element.matches("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), select, textarea")) {
      element.focus();
      element.select?.();
    } else element.click();
    const opened = element.closest("summary")?.parentElement;
    if (opened?.open) (opened.querySelector("textarea") ?? opened.querySelector("input, select"))?.focus();
    if (element.dataset.keySay !== "no") window.loupe?.announce?.(labelOf(element));
  }

  function onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest?.(TYPED)) { if (event.key === "Escape") event.target.blur(); return; }
    const key = nameOf(event);
    if ((key === "Enter" || key === "Space") && event.target.closest?.("a, button, summary, input")) {
      /* The browser clicks a focused button at every repeat of Enter. */
      if (event.repeat && event.target.closest("button:not([data-key-repeat])")) event.preventDefault();
      return;
    }
    const both = first ? `${first} ${key}` : "";
    first = "";
    clearTimeout(firstTimer);
    const element = (both && find(both)) || find(key);
    if (element) {
      if (event.repeat && element.dataset.keyRepeat === undefined) return;
      event.preventDefault();
      act(element);
    } else if (opensSequence(key)) {
      first = key;
      firstTimer = setTimeout(() => { first = ""; }, SEQUENCE_MS);
    }
  }

  /* The overlay is made from what is on the page at this moment. */
  function cap(text) {
    const made = document.createElement("kbd");
    made.className = "key";
    made.textContent = text;
    return made;
  }

  function entry(element) {
    const term = document.createElement("dt");
    const meaning = document.createElement("dd");
    keysOf(element).forEach((one, at) => {
      if (at) term.append(" or ");
      one.split(" ").forEach((part, place) => { if (place) term.append(" "); term.append(cap(NAMES[part] ?? part)); });
    });
    meaning.textContent = labelOf(element);
    return [term, meaning];
  }

  function groups() {
    const found = new Map();
    for (const element of among(document)) {
      const name = element.closest("[data-key-group]")?.dataset.keyGroup ?? "This page";
      if (!found.has(name)) found.set(name, []);
      const list = found.get(name);
      if (!list.some((other) => other.dataset.key === element.dataset.key)) list.push(element);
    }
    const last = (name) => (name === "Everywhere" ? 2 : name === "Go to" ? 1 : 0);
    return [...found].sort((a, b) => last(a[0]) - last(b[0]));
  }

  function showKeys() {
    const dialog = document.getElementById("keys");
    const sections = groups().map(([name, elements]) => {
      const section = document.createElement("section");
      const title = document.createElement("h3");
      title.textContent = name;
      const list = document.createElement("dl");
      list.append(...elements.flatMap(entry));
      section.append(title, list);
      return section;
    });
    dialog.querySelector(".keylist").replaceChildren(...sections);
    if (!dialog.open) dialog.showModal();
  }

  /* Two visible holders of one key in one scope: a mistake of the page, said in the console and to tests. */
  function clashes() {
    const seen = new Map();
    for (const element of holders()) for (const key of keysOf(element)) seen.set(key, (seen.get(key) ?? 0) + 1);
    return [...seen].filter(([, count]) => count > 1).map(([key]) => key);
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-key-row]");
    if (row) { stepped = true; takeInHand(row); }
  });
  document.addEventListener("click", (event) => {
    const step = event.target.closest("[data-row-step]");
    if (step) stepRow(Number(step.dataset.rowStep));
  });
  rowAtHand();
  document.addEventListener("click", (event) => { if (event.target.closest("[data-keys-open]")) showKeys(); });
  document.getElementById("keys")?.addEventListener("keydown", (event) => {
    if (event.key === "?") { event.preventDefault(); event.stopPropagation(); event.currentTarget.close(); }
  });
  window.loupe = { ...window.loupe, keys: { clashes, show: showKeys } };
})();
