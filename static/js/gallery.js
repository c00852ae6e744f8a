/* The gallery's toast. */
document.querySelector("[data-sample-toast]").addEventListener("click", () => window.loupe.toast({ text: "MUG-01 approved", level: "success", undo: "/gallery/" }));
