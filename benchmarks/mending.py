"""Mends a mask in the repair page as a retoucher does: by mouse and keyboard alone, towards a mask that is known.

What the page shows of its mask is read back between the tools, as somebody looks at it; only its tools change it.
"""

import base64
import io
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from processing.imaging.frame import Alpha
from processing.imaging.steps.edge import moved

Bools = npt.NDArray[np.bool_]
Box = tuple[slice, slice]

# The mask as the page has it; the content policy forbids nothing that the driver itself evaluates.
READ = """async () => {
  const bytes = new Uint8Array(await (await loupe.repair.mask.png()).arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}"""
# Brush sizes from coarse to fine, px of the photo; what is thinner than the last one is left.
SIZES = (160, 64, 28, 12, 6)
# How much of a brush is kept away from where it must not paint, for rounding of the pointer and the soft rim.
SPARE = 0.8
# Parts below this many pixels are no flaw that anybody would mend.
SMALLEST = 60
SHIFTS = np.arange(-8, 8.25, 0.5)
# A shift is worth it if it takes this share of what is wrong away.
WORTH = 0.25


@dataclass
class Mender:
    """One photo's repair page, the truth that it is mended towards, and the tools that were used so far."""

    page: Any
    truth: Alpha
    used: dict[str, int] = field(default_factory=dict)
    shift: float = 0.0
    # Where pixel 0, 0 of the photo is on the screen, and how many pixels of the screen one of it has.
    camera: tuple[float, float, float] = (0.0, 0.0, 1.0)

    def mend(self) -> dict[str, int]:
        """Use every tool that helps, the widest first; returns how often each one was used."""
        self.wait("Boolean(window.loupe?.repair?.state.photo)")
        self.move_edge()
        wanted = moved(self.truth, -self.shift, 0) if self.shift else self.truth
        self.click_parts(wanted)
        for tool, keep in (("keep", True), ("erase", False)):
            self.brush(wanted, tool, keep)
        return self.used

    def save(self) -> None:
        """Save by its key and wait for the page that comes next."""
        with self.page.expect_navigation():
            self.page.keyboard.press("s")

    def wait(self, expression: str) -> None:
        """Wait for something that the page says of itself."""
        for _ in range(4800):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(25)
        raise AssertionError(f"never came true: {expression}")

    def mask(self) -> Alpha:
        """What the page's mask is now, H x W."""
        data = base64.b64decode(self.page.evaluate(READ))
        with Image.open(io.BytesIO(data)) as picture:
            return np.array(picture.getchannel("A"))

    def count(self, tool: str) -> None:
        """One more use of a tool."""
        self.used[tool] = self.used.get(tool, 0) + 1

    # ---- edge shift ----

    def move_edge(self) -> None:
        """Choke or spread by the key, where the whole outline lies off by the same distance."""
        now, best = self.mask(), 0.0
        wrong = {float(shift): _off(moved(now, float(shift), 0), self.truth) for shift in SHIFTS}
        best = min(wrong, key=lambda shift: wrong[shift])
        if best == 0 or wrong[best] > (1 - WORTH) * wrong[0.0]:
            return
        for _ in range(round(abs(best) / 0.25)):
            self.page.keyboard.press("." if best > 0 else ",")
            self.count("spread" if best > 0 else "choke")
        self.shift = best

    # ---- one click ----

    def click_parts(self, wanted: Alpha) -> None:
        """Drop islands, take gaps and punch holes with one click each; what made it worse is undone."""
        self.click_all("d", "drop", wanted, lambda now: _islands(now, wanted))
        self.click_all("t", "take", wanted, lambda now: _gaps(now, wanted))
        self.click_all("p", "punch", wanted, lambda now: _filled(now, wanted))

    def click_all(self, key: str, tool: str, wanted: Alpha, find: Any) -> None:
        """One click on every place that ``find`` names."""
        for row, column in find(self.mask()):
            before = _off(self.mask(), wanted)
            self.look(column, row, 1.0)
            self.page.keyboard.press(key)
            self.page.mouse.click(*self.at(column, row))
            if _off(self.mask(), wanted) < before:
                self.count(tool)
            else:
                self.page.keyboard.press("u")
                self.count("undo")

    # ---- brush ----

    def brush(self, wanted: Alpha, tool: str, keep: bool) -> None:
        """Paint what is wrong on one side, coarse brushes first, never reaching over to the other side."""
        now = self.mask() > 127
        right = (wanted > 127) == keep
        need = right & (now != keep)
        need = _without_specks(need)
        if not need.any():
            return
        self.page.locator("#brush-hard").fill("100")
        room = ndimage.distance_transform_edt(np.pad(right, 1, constant_values=True))[1:-1, 1:-1]
        for size in SIZES:
            self.page.locator("#brush-size").fill(str(size))
            self.paint_with(size, room, need, tool)
            need = _without_specks(need)
            if not need.any():
                return

    def paint_with(self, size: int, room: npt.NDArray[np.float64], need: Bools, tool: str) -> None:
        """Sweep one brush over all that it can mend; what it covered is taken from ``need``."""
        radius = size / 2
        safe = room >= radius + SPARE
        for tile in self.tiles(need):
            # Centres may lie outside the tile by the brush's radius.
            origin = (max(0, tile[0].start - size), max(0, tile[1].start - size))
            window = np.s_[origin[0] : tile[0].stop + size, origin[1] : tile[1].stop + size]
            within = np.zeros_like(need[window])
            inner = np.s_[tile[0].start - origin[0] : tile[0].stop - origin[0], tile[1].start - origin[1] :]
            within[inner][:, : tile[1].stop - tile[1].start] = need[tile]
            strokes = _strokes(within, safe[window], radius)
            if not strokes:
                continue
            self.look((tile[1].start + tile[1].stop) / 2, (tile[0].start + tile[0].stop) / 2, 1.0)
            self.page.keyboard.press(tool[0])
            for stroke in strokes:
                placed = [(x + origin[1], y + origin[0]) for x, y in stroke]
                self.stroke(placed)
                self.count(tool)
                _cover(need, placed, radius - 0.5)

    def tiles(self, need: Bools) -> list[Box]:
        """Windows of the photo, as large as the stage shows at 1:1, in which there is something to mend."""
        box = self.page.locator("[data-stage-view]").bounding_box()
        wide, high = int(box["width"] * 0.8), int(box["height"] * 0.8)
        found = []
        for top in range(0, need.shape[0], high):
            for left in range(0, need.shape[1], wide):
                tile = np.s_[top : min(top + high, need.shape[0]), left : min(left + wide, need.shape[1])]
                if need[tile].any():
                    found.append(tile)
        return found

    def stroke(self, points: list[tuple[float, float]]) -> None:
        """One stroke of the mouse through points of the photo (x, y)."""
        places = [self.at(x, y) for x, y in points]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place)
        self.page.mouse.up()

    # ---- where things are ----

    def look(self, x: float, y: float, scale: float) -> None:
        """Bring a place of the photo to the middle of the stage at that scale: whole picture, wheel, drag."""
        box = self.page.locator("[data-stage-view]").bounding_box()
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.keyboard.press("0")
        self.see()
        self.page.mouse.move(*self.at(x, y))
        self.page.mouse.wheel(0, -math.log(scale / self.camera[2]) / 0.002)
        self.wait(f"Math.abs(loupe.repair.state.camera.scale - {scale}) < 0.01")
        self.see()
        self.page.keyboard.press("h")
        self.page.mouse.move(*self.at(x, y))
        self.page.mouse.down()
        self.page.mouse.move(*middle)
        self.page.mouse.up()
        # Back to the brush; a click's tool is chosen by whoever clicks.
        self.page.keyboard.press("k")
        self.see()

    def see(self) -> None:
        """Take note of where the photo is on the screen."""
        first, other = (self.page.evaluate(f"loupe.repair.toScreen({x}, 0)") for x in (0, 1000))
        self.camera = (first["x"], first["y"], (other["x"] - first["x"]) / 1000)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the photo is on the screen."""
        left, top, scale = self.camera
        return left + x * scale, top + y * scale


def _off(now: Alpha, wanted: Alpha) -> float:
    """Sum of the absolute difference."""
    return float((np.maximum(now, wanted) - np.minimum(now, wanted)).sum(dtype=np.int64))


def _without_specks(need: Bools) -> Bools:
    labels, count = ndimage.label(need)
    if not count:
        return need
    # What is nowhere three pixels wide lies within anybody's tolerance.
    thick = np.bincount(labels[ndimage.binary_erosion(need, np.ones((3, 3)))], minlength=count + 1) > 0
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    kept: Bools = ((areas >= SMALLEST) & thick)[labels]
    return kept


def _deepest(part: Bools) -> tuple[int, int]:
    """Row and column of the place furthest inside."""
    depth = ndimage.distance_transform_edt(part)
    row, column = np.unravel_index(int(np.argmax(depth)), part.shape)
    return int(row), int(column)


def _parts(mask: Bools) -> list[Bools]:
    labels = ndimage.label(mask)[0]
    areas = np.bincount(labels.ravel())[1:]
    order = np.argsort(areas)[::-1][:20]
    return [labels == number + 1 for number in order if areas[number] >= SMALLEST]


def _islands(now: Alpha, wanted: Alpha) -> list[tuple[int, int]]:
    """Separate parts of the mask that hardly belong to the product."""
    return [_deepest(part & (now > 127)) for part in _parts(now > 8) if (wanted[part] > 127).mean() < 0.1]


def _gaps(now: Alpha, wanted: Alpha) -> list[tuple[int, int]]:
    """Gaps inside the mask that are nearly all product."""
    found = []
    for part in _parts(now < 248):
        rim = part[0].any() or part[-1].any() or part[:, 0].any() or part[:, -1].any()
        if not rim and (now[part] < 128).any() and (wanted[part] > 127).mean() > 0.9:
            found.append(_deepest(part & (now < 128)))
    return found


def _filled(now: Alpha, wanted: Alpha) -> list[tuple[int, int]]:
    """Thick parts of the mask that should be open."""
    wrong = (now > 127) & (wanted < 128)
    return [_deepest(part) for part in _parts(wrong) if ndimage.distance_transform_edt(part).max() > 4][:6]


def _near(need: Bools, radius: float) -> Bools:
    near: Bools = ndimage.distance_transform_edt(~need) <= radius if need.any() else need
    return near


Stroke = list[tuple[float, float]]


def _strokes(need: Bools, safe: Bools, radius: float) -> list[Stroke]:
    """Straight strokes through centres where the brush mends something and harms nothing; along rows or along columns,
    whichever takes fewer in each place."""
    centres = safe & _near(need, max(1.0, radius - 0.5))
    labels = ndimage.label(centres, np.ones((3, 3)))[0]
    strokes: list[Stroke] = []
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        part = labels[box] == number
        top, left = box[0].start, box[1].start
        lying = [[(x + left, y + top) for x, y in stroke] for stroke in _runs(part, radius)]
        upright = [[(y + left, x + top) for x, y in stroke] for stroke in _runs(part.T, radius)]
        strokes += min(lying, upright, key=len)
    return strokes


def _runs(centres: Bools, radius: float) -> list[Stroke]:
    """The runs of every few rows, the last row among them."""
    last = centres.shape[0] - 1
    strokes: list[Stroke] = []
    for row in [*range(0, last, max(1, int(radius * 0.9))), last]:
        columns = np.nonzero(np.diff(np.concatenate([[0], centres[row].astype(np.int8), [0]])))[0]
        for start, end in zip(columns[::2], columns[1::2], strict=True):
            strokes.append([(start + 0.5, row + 0.5), (end - 0.5, row + 0.5)])
    return strokes


def _cover(need: Bools, stroke: Stroke, radius: float) -> None:
    """Take what the straight stroke covered from what is needed."""
    (x1, y1), (x2, y2) = stroke[0], stroke[-1]
    top, bottom = max(0, math.floor(y1 - radius)), min(need.shape[0], math.ceil(y2 + radius))
    left, right = max(0, math.floor(x1 - radius)), min(need.shape[1], math.ceil(x2 + radius))
    rows, columns = np.mgrid[top:bottom, left:right] + 0.5
    near = (rows - np.clip(rows, y1, y2)) ** 2 + (columns - np.clip(columns, x1, x2)) ** 2
    need[top:bottom, left:right] &= near > radius**2
