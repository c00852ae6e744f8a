/* The place in a scene: points that are dragged, or moved by arrows, over fields that hold the same numbers. The fields are
   what is sent; this script only moves values between them and the picture. All places are percent. */
const board = document.querySelector("[data-scene-board]");
const form = document.querySelector("[data-slot-form]");
const outlines = board.querySelectorAll("[data-outline]"), grounds = board.querySelectorAll("[data-ground]");
const STEP = 0.5, LEAP = 2.5;
const CORNERS = ["upper left", "upper right", "lower right", "lower left"];

const field = (name) => form.elements[name];
const value = (name) => Number(field(name).value) || 0;
const kind = () => form.elements.kind.value;

function put(name, number) {
  const { min, max } = field(name);
  field(name).value = Math.min(Number(max), Math.max(Number(min), number)).toFixed(1);
}

/* Where a handle is, and what moving it there means. */
const HANDLES = {
  foot: { kind: "stands", label: "Foot: where the product stands", at: () => [value("x"), value("y")], to: (x, y) => { put("x", x); put("y", y); } },
  top: { kind: "stands", label: "Top of the room: how high a product may be", at: () => [value("x"), value("y") - value("height")], to: (x, y) => put("height", value("y") - y) },
  side: { kind: "stands", label: "Side of the room: how wide a product may be", at: () => [value("x") + value("width") / 2, value("y") - value("height") / 2], to: (x) => put("width", 2 * Math.abs(x - value("x"))) },
};
CORNERS.forEach((name, place) => {
  HANDLES[`corner${place}`] = { kind: "flat", label: `The ${name} corner`, at: () => [value(`c${place}x`), value(`c${place}y`)], to: (x, y) => { put(`c${place}x`, x); put(`c${place}y`, y); } };
});

const buttons = Object.entries(HANDLES).map(([name, handle]) => {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "scene-handle" });
  button.dataset.handle = name;
  button.setAttribute("aria-label", handle.label);
  button.title = handle.label;
  board.append(button);
  return button;
});

function corners() {
  if (kind() === "flat") return CORNERS.map((_, place) => [value(`c${place}x`), value(`c${place}y`)]);
  const [x, y, wide, high] = ["x", "y", "width", "height"].map(value);
  return [[x - wide / 2, y - high], [x + wide / 2, y - high], [x + wide / 2, y], [x - wide / 2, y]];
}

/* The line from the foot: where the shadow falls, seen on the ground. */
function drawGround() {
  const stands = kind() === "stands" && form.elements.shadow.value !== "none";
  const angle = value("direction") * Math.PI / 180, long = value("height") * (0.3 + value("length") / 100);
  const shape = board.clientWidth / Math.max(1, board.clientHeight);
  const ends = { x1: value("x"), y1: value("y"), x2: value("x") + Math.cos(angle) * long / shape, y2: value("y") + Math.sin(angle) * long * 0.4 };
  for (const ground of grounds) {
    ground.style.display = stands ? "" : "none";
    for (const [name, number] of Object.entries(ends)) ground.setAttribute(name, number);
  }
}

function draw() {
  const points = corners().map((corner) => corner.join(",")).join(" ");
  for (const outline of outlines) outline.setAttribute("points", points);
  drawGround();
  for (const button of buttons) {
    const handle = HANDLES[button.dataset.handle];
    button.hidden = handle.kind !== kind();
    const [x, y] = handle.at();
    button.style.left = `${Math.min(100, Math.max(0, x))}%`;
    button.style.top = `${Math.min(100, Math.max(0, y))}%`;
  }
  for (const part of form.querySelectorAll("[data-for-kind]")) hide(part, part.dataset.forKind !== kind());
}

/* What nobody sees must not keep the form from being sent: a number there that is none goes back to what it was. */
function hide(part, away) {
  part.hidden = away;
  if (away) for (const input of part.querySelectorAll("input:invalid")) input.value = input.defaultValue;
}

/* One event for all that hear of a change: the fields' own. */
const changed = () => form.dispatchEvent(new Event("input", { bubbles: true }));

function follow(event, button) {
  const box = board.getBoundingClientRect();
  HANDLES[button.dataset.handle].to(100 * (event.clientX - box.left) / box.width, 100 * (event.clientY - box.top) / box.height);
  draw();
}

function drag(event) {
  const button = event.target.closest(".scene-handle");
  if (!button || event.button) return;
  event.preventDefault();
  button.focus();
  button.setPointerCapture(event.pointerId);
  const move = (moved) => follow(moved, button);
  button.addEventListener("pointermove", move);
  const end = () => { button.removeEventListener("pointermove", move); changed(); };
  button.addEventListener("lostpointercapture", end, { once: true });
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function arrow(event) {
  const button = event.target.closest(".scene-handle"), way = ARROWS[event.key];
  if (!button || !way || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const handle = HANDLES[button.dataset.handle], [x, y] = handle.at(), by = event.shiftKey ? LEAP : STEP;
  handle.to(x + way[0] * by, y + way[1] * by);
  window.loupe?.announce?.(handle.at().map((number) => `${number.toFixed(1)} %`).join(", "));
  draw();
  changed();
}

board.addEventListener("pointerdown", drag);
board.addEventListener("keydown", arrow);
form.addEventListener("input", draw);
new ResizeObserver(draw).observe(board);
draw();
