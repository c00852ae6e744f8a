"""A site without a server, under the real content policy: requests are answered from templates, static files and drawn
pictures whose marks are known. And what the viewer on it shows."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from PIL import Image
from playwright.sync_api import Page, Route

ORIGIN = "http://loupe.test"
POLICY = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'"
RED, BLUE = (220, 0, 0), (0, 0, 220)
VIEWER = "document.querySelector('loupe-compare')"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
# The source holds its red square at (200, 100) to (300, 200); twice as large and moved by (-300, +100) in the output.
PHOTO = """{label: "MUG-01", before: "/made/source-600x400.png", beforeFull: "/made/source-full-600x400.png",
  beforeSize: "600x400", after: "/made/output-400x400.png", afterFull: "/made/output-full-800x800.png",
  afterSize: "800x800", place: "2,-300,100",
  layers: [{layer: "mask", label: "Mask", key: "m", src: "/made/mask-400x400.png", kind: "mask"}]}"""


def drawn(name: str) -> bytes:
    """A PNG of the size in ``name``: grey, with the square that both pictures share in red; a mask keeps just it."""
    width, height = (int(part) for part in name.removesuffix(".png").rsplit("-", 1)[1].split("x"))
    mask = name.startswith("mask")
    pixels = np.full((height, width, 3), 0 if mask else 160, np.uint8)
    left, top, side, frame = (200, 100, 100, 600) if name.startswith("source") else (100, 300, 200, 800)
    box = [round(value * width / frame) for value in (left, top, side)]
    pixels[box[1] : box[1] + box[2], box[0] : box[0] + box[2]] = 255 if mask else RED
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, "PNG")
    return memory.getvalue()


@dataclass
class Site:
    """Answers a page's requests and remembers them, with what the console complained about."""

    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).split("?")[0]
        self.asked.append(path)
        if path == "/gallery/":
            headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html; charset=utf-8"}
            route.fulfill(body=render_to_string("gallery.html"), headers=headers)
        elif path.startswith("/made/") and path.endswith(".png"):
            route.fulfill(body=drawn(path.removeprefix("/made/")), content_type="image/png")
        elif path.startswith("/static/") and (found := finders.find(path.removeprefix("/static/"))):
            file = Path(str(found))
            route.fulfill(body=file.read_bytes(), content_type=TYPES.get(file.suffix, "text/plain"))
        else:
            route.fulfill(status=404, body="")

    def listen(self, page: Page) -> None:
        page.route("**/*", self.answer)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)


def show(page: Page, photo: str = PHOTO) -> None:
    assert page.evaluate(f"{VIEWER}.show({photo})")


def settle(page: Page) -> None:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def colour_at(page: Page, side: str, x: float, y: float) -> tuple[int, ...]:
    """What the screen shows in one pane where the output's pixel (x, y) lies."""
    spot = page.evaluate(
        f"""([side, x, y]) => {{ const v = {VIEWER}, c = v.camera;
            const b = v.querySelector(`[data-side=${{side}}]`).getBoundingClientRect();
            return [b.x + b.width / 2 + (x - c.x) * c.scale, b.y + b.height / 2 + (y - c.y) * c.scale]; }}""",
        [side, x, y],
    )
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    found = picture.getpixel((int(spot[0]), int(spot[1])))
    assert isinstance(found, tuple)
    return found


def value(page: Page, member: str) -> Any:
    return page.evaluate(f"{VIEWER}.{member}")
