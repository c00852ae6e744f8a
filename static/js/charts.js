/* table[data-chart] gets a canvas above it and goes into a fold beneath; [data-spark] becomes a small line.
   Colours come from the tokens, and are read again when the theme changes. */
(() => {
  const SERIES = ["--series-1", "--series-2", "--series-3", "--series-4"];
  const ROOM = 8; /* px beside the plot, for half a marker */
  const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]];
  const MARKERS = ["circle", "rect", "triangle", "rectRot"];
  const charts = new Map();

  /* A token may be light-dark(...): only the browser knows which half counts here. */
  let here = document.body;
  function colour(token) {
    const probe = document.createElement("span");
    probe.hidden = true;
    probe.style.color = `var(${token})`;
    here.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }
  const faded = (rgb, alpha) => rgb.replace("rgb(", "rgba(").replace(")", `, ${alpha})`);

  function number(cell) {
    const text = (cell?.dataset.value ?? cell?.textContent ?? "").trim();
    const value = Number.parseFloat(text.replace(/[\s\u00a0\u202f,](?=\d{3}\b)/g, ""));
    return Number.isFinite(value) ? value : null;
  }

  function read(table) {
    const heads = [...table.tHead.rows[0].cells];
    const rows = [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => row.cells.length === heads.length);
    return {
      labels: rows.map((row) => row.cells[0].textContent.trim()),
      columns: heads.slice(1).map((head, at) => ({
        name: head.textContent.trim(), role: head.dataset.chartRole ?? "value", values: rows.map((row) => number(row.cells[at + 1])) })),
    };
  }

  const ends = (column) => ({ borderWidth: 0, pointStyle: "line", pointRadius: column.values.length > 40 ? 0 : 5,
    pointBorderWidth: 1.5, pointBorderColor: colour("--ink-soft") });

  const BY_ROLE = {
    value: (column, at, kind) => ({
      borderColor: colour(SERIES[at % 4]), backgroundColor: kind === "bar" ? colour(SERIES[at % 4]) : "transparent",
      borderDash: DASHES[at % 4], pointStyle: MARKERS[at % 4], pointRadius: column.values.length > 40 ? 0 : 3,
      borderWidth: kind === "bar" ? 0 : 2, maxBarThickness: 40, spanGaps: false }),
    // Short strokes at both ends: a point without neighbours has no band beside it.
    low: (column) => ({ type: "line", ...ends(column), clip: ROOM, fill: false }),
    high: (column) => ({ type: "line", ...ends(column), clip: ROOM, fill: "-1", backgroundColor: faded(colour("--ink-soft"), 0.18) }),
    limit: () => ({ type: "line", borderColor: colour("--bad-fill"), borderDash: [8, 4], borderWidth: 1.5, pointRadius: 0, fill: false }),
  };

  function datasets(table, columns) {
    let series = 0;
    return columns.filter((column) => column.role !== "none").map((column) => ({
      label: column.name, data: column.values, role: column.role,
      ...BY_ROLE[column.role](column, column.role === "value" ? series++ : 0, table.dataset.chart) }));
  }

  function options(table) {
    const ink = colour("--ink-soft"), line = colour("--line");
    const axis = (more) => ({ stacked: "chartStacked" in table.dataset, grid: { color: line, drawTicks: false }, border: { color: line }, ticks: { color: ink, padding: 6, ...more } });
    const across = "chartAcross" in table.dataset;
    const unit = table.dataset.chartUnit ? ` ${table.dataset.chartUnit}` : "";
    return {
      responsive: true, maintainAspectRatio: false, layout: { padding: { right: ROOM } }, animation: false, interaction: { mode: "index", intersect: false },
      font: { family: getComputedStyle(document.documentElement).fontFamily },
      indexAxis: across ? "y" : "x",
      scales: {
        [across ? "y" : "x"]: { ...axis({ maxRotation: 0, autoSkipPadding: 16, autoSkip: !across }), grid: { display: false } },
        [across ? "x" : "y"]: { ...axis({ precision: across ? 0 : undefined, callback: (value) => `${value}${unit}` }), beginAtZero: true } },
      plugins: {
        legend: { position: "top", align: "start", labels: { color: ink, usePointStyle: true, boxHeight: 7, filter: (item, data) => !["low", "high"].includes(data.datasets[item.datasetIndex].role) } },
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${item.formattedValue}${unit}` } } },
    };
  }

  function canvasFor(table) {
    const figure = table.closest(".chart") ?? table.parentElement;
    const holder = table.closest(".scroller") ?? table;
    const box = Object.assign(document.createElement("div"), { className: "chart-canvas" });
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${table.dataset.chartLabel ?? table.caption?.textContent ?? "Chart"}. The numbers are in the table below.`);
    box.append(canvas);
    const fold = document.createElement("details");
    fold.append(Object.assign(document.createElement("summary"), { textContent: "The numbers as a table" }));
    holder.before(box, fold);
    fold.append(holder);
    figure.classList.add("chart");
    return canvas;
  }

  function draw(table) {
    const known = charts.get(table);
    known?.chart.destroy();
    const canvas = known?.canvas ?? canvasFor(table);
    const { labels, columns } = read(table);
    here = canvas.parentElement;
    Chart.defaults.font.family = "Inter Variable, system-ui, sans-serif";
    const chart = new Chart(canvas, { type: table.dataset.chart, data: { labels, datasets: datasets(table, columns) }, options: options(table) });
    charts.set(table, { chart, canvas });
  }

  function spark(holder) {
    const values = holder.dataset.spark.split(",").map((text) => (text.trim() === "" ? null : Number(text)));
    const known = values.filter((value) => value !== null);
    if (!known.length || holder.querySelector("svg")) return;
    const low = Math.min(...known), span = Math.max(...known) - low || 1;
    const points = values.map((value, at) => (value === null ? null : [at * 94 / Math.max(1, values.length - 1) + 1, 18 - (value - low) / span * 16])).filter(Boolean);
    const draw = (name, attributes) => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      return made;
    };
    const [x, y] = points[points.length - 1];
    const svg = draw("svg", { class: "spark", viewBox: "0 0 96 20", role: "img", "aria-label": holder.dataset.sparkLabel ?? `From ${known[0]} to ${known[known.length - 1]}` });
    svg.append(draw("polyline", { points: points.map((point) => point.map((part) => part.toFixed(1)).join(",")).join(" ") }), draw("circle", { cx: x, cy: y, r: 2 }));
    holder.append(svg);
  }

  function dress(scope) {
    for (const [table, { chart }] of charts) if (!table.isConnected) { chart.destroy(); charts.delete(table); }
    for (const table of scope.querySelectorAll("table[data-chart]")) if (!charts.has(table)) draw(table);
    scope.querySelectorAll("[data-spark]").forEach(spark);
  }

  const redraw = () => { for (const table of charts.keys()) draw(table); };
  document.addEventListener("loupe:theme", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  document.body.addEventListener("htmx:load", (event) => dress(event.detail.elt));
  dress(document);
})();
