/* Before the first paint: the theme and the surround that this browser chose last. Nothing is sent anywhere. */
(() => {
  const root = document.documentElement;
  try {
    for (const name of ["theme", "surround"]) {
      const chosen = localStorage.getItem(`loupe-${name}`);
      if (chosen) root.dataset[name] = chosen;
    }
  } catch { /* Storage is forbidden: the system's theme and mid-grey it is. */ }
})();
