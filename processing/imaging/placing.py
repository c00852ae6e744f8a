"""Owns where a product lies in a scene: its scale at the slot, the warp, and the area of something flat. Pure.

Places are pixels of the scene from its upper left corner: 0, 0 is the corner of the first pixel, not its middle.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from processing.imaging import colour
from processing.imaging.frame import Pixels
from processing.imaging.planes import Bools, Box, Floats
from processing.imaging.slots import FLAT, Slot

Doubles = npt.NDArray[np.float64]
# A side is so much off the photo's shape that the sheet's figures can't both be right.
ODD = 0.15
# An area with less colour, and brighter (CIE L*), than this is pale: what lies on it takes its light.
PALE_CHROMA, PALE_LIGHTNESS = 20.0, 45.0


@dataclass(frozen=True, slots=True)
class Size:
    """A product's height and width in centimetres, as far as its sheet tells them."""

    height: float | None = None
    width: float | None = None


UNKNOWN = Size()


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """Four corners (px, clockwise from the upper left) and the matrix from the scene to the unit square in them."""

    corners: Doubles
    to_unit: Doubles

    @property
    def side(self) -> float:
        """The mean length of its edges, px."""
        return float(np.linalg.norm(self.corners - np.roll(self.corners, -1, axis=0), axis=1).mean())

    def holds(self, across: Doubles, down: Doubles) -> Bools:
        """Which places lie inside."""
        x, y = through(self.to_unit, across, down)
        return np.asarray((x >= 0) & (x <= 1) & (y >= 0) & (y <= 1))

    def window(self, size: tuple[int, int]) -> Box:
        """Its box of whole pixels within a scene of ``size``."""
        (left, top), (right, bottom) = self.corners.min(axis=0), self.corners.max(axis=0)
        x, y = max(0, int(left)), max(0, int(top))
        return x, y, max(x + 1, min(size[0], int(np.ceil(right)))), max(y + 1, min(size[1], int(np.ceil(bottom))))

    def mask(self, window: Box) -> Bools:
        """Which pixels of a window have their middle inside."""
        across = (np.arange(window[0], window[2]) + 0.5)[None, :]
        down = (np.arange(window[1], window[3]) + 0.5)[:, None]
        return self.holds(*np.broadcast_arrays(across, down))

    def white(self, scene: Pixels) -> Floats | None:
        """The light of a pale, empty area: linear red, green and blue; None where it is dark or coloured."""
        window = self.window((scene.shape[1], scene.shape[0]))
        inside = scene[window[1] : window[3], window[0] : window[2]][self.mask(window)]
        if not len(inside):
            return None
        middle = np.median(inside, axis=0).astype(np.uint8)
        lightness, a, b = colour.lab(middle)
        pale = lightness >= PALE_LIGHTNESS and np.hypot(a, b) <= PALE_CHROMA
        return colour.linear(middle) if pale else None


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A product's way into a scene: the matrix from its photo's pixels to the scene's, and what came of it.

    ``scale`` is the most that a photo's pixel is enlarged; ``bounds`` is the product's box in the scene, unclipped.
    """

    matrix: Doubles
    scale: float
    bounds: tuple[float, float, float, float]
    size: tuple[int, int]
    area: Area | None
    notes: tuple[str, ...]

    def back(self, across: Doubles, down: Doubles) -> tuple[Doubles, Doubles]:
        """Where in the photo the scene's places come from."""
        return through(np.linalg.inv(self.matrix).astype(np.float64), across, down)


def through(matrix: Doubles, across: Doubles, down: Doubles) -> tuple[Doubles, Doubles]:
    """Places through a projective matrix (3 x 3)."""
    x, y, w = (row[0] * across + row[1] * down + row[2] for row in matrix)
    w = np.where(np.abs(w) < 1e-12, 1e-12, w)
    return x / w, y / w


def homography(source: Doubles, target: Doubles) -> Doubles:
    """The matrix that takes four points to four others. Raises LinAlgError where three lie in a line.

    Hartley and Zisserman, "Multiple View Geometry", 2003, 4.1, with its last entry set to 1.
    """
    rows, values = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    found = np.linalg.solve(np.array(rows, np.float64), np.array(values, np.float64))
    return np.append(found, 1.0).reshape(3, 3)


def place(box: Box, size: tuple[int, int], slot: Slot, real: Size) -> Placed:
    """Where the product of ``box`` (photo pixels) goes in a scene of ``size`` (width, height)."""
    return (_flat if slot.kind == FLAT else _standing)(box, size, slot, real)


def _standing(box: Box, size: tuple[int, int], slot: Slot, real: Size) -> Placed:
    wide, high = box[2] - box[0], box[3] - box[1]
    room = slot.width * size[0], slot.height * size[1]
    scale, notes = _true_scale(wide, high, room[1], slot, real)
    if scale is None:
        scale = min(room[0] / wide, room[1] / high)
    foot = slot.x * size[0], slot.y * size[1]
    left, top = foot[0] - scale * (box[0] + box[2]) / 2, foot[1] - scale * box[3]
    matrix = np.array([[scale, 0, left], [0, scale, top], [0, 0, 1]], np.float64)
    bounds = scale * box[0] + left, scale * box[1] + top, scale * box[2] + left, scale * box[3] + top
    notes += _beyond(bounds, size, (foot[0] - room[0] / 2, foot[1] - room[1], foot[0] + room[0] / 2, foot[1]))
    return Placed(matrix, scale, bounds, size, None, notes + _enlarged(scale))


def _true_scale(wide: int, high: int, room: float, slot: Slot, real: Size) -> tuple[float | None, tuple[str, ...]]:
    """Pixels of the scene a pixel of the photo by centimetres; None, with the reason, where one of them is unknown."""
    if not slot.cm:
        return None, ("the scene has no scale, so the product fills the place: its true size is not kept",)
    if real.height is None and real.width is None:
        return None, ("the product sheet has no height and no width, so it fills the place: true size is not kept",)
    a_cm = room / slot.cm
    if real.height is None:
        return a_cm * float(real.width or 0) / wide, ("sized by its width alone",)
    notes: tuple[str, ...] = ()
    if real.width is not None and abs(real.width / real.height * high / wide - 1) > ODD:
        shape = f"{real.width:g} x {real.height:g} cm"
        notes = (f"{shape} in the sheet is not the shape of what the photo shows; its height counts",)
    return a_cm * real.height / high, notes


def _beyond(bounds: tuple[float, ...], size: tuple[int, int], room: tuple[float, ...]) -> tuple[str, ...]:
    notes = []
    if bounds[0] < 0 or bounds[1] < 0 or bounds[2] > size[0] or bounds[3] > size[1]:
        notes.append("the scene's edge cuts the product")
    if bounds[0] < room[0] - 1 or bounds[1] < room[1] - 1 or bounds[2] > room[2] + 1:
        notes.append("at its true size the product is larger than the place marked for it")
    return tuple(notes)


def _enlarged(scale: float) -> tuple[str, ...]:
    return (f"enlarged {scale:.2f} times: the photo has fewer pixels than the place",) if scale > 1.02 else ()


def _flat(box: Box, size: tuple[int, int], slot: Slot, real: Size) -> Placed:
    corners = np.array(slot.corners, np.float64) * np.array(size, np.float64)
    unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float64)
    to_scene = homography(unit, corners)
    area = Area(corners, np.linalg.inv(to_scene).astype(np.float64))
    (across, down), notes = _shares(box, corners, slot, real)
    left, top, right, bottom = box
    ends = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)
    inner = (unit - 0.5) * np.array([across, down]) + 0.5
    matrix = to_scene @ homography(ends, inner)
    x, y = through(matrix, ends[:, 0], ends[:, 1])
    lengths = np.hypot(x - np.roll(x, -1), y - np.roll(y, -1))
    scale = float(max(lengths[[0, 2]].max() / (right - left), lengths[[1, 3]].max() / (bottom - top)))
    kept = np.clip(inner, 0, 1)
    x, y = through(to_scene, kept[:, 0], kept[:, 1])
    bounds = float(x.min()), float(y.min()), float(x.max()), float(y.max())
    return Placed(matrix, scale, bounds, size, area, notes + _enlarged(scale))


def _shares(box: Box, corners: Doubles, slot: Slot, real: Size) -> tuple[tuple[float, float], tuple[str, ...]]:
    """How much of the area's width and height the picture takes; more than 1 stands over."""
    shape = (box[2] - box[0]) / (box[3] - box[1])
    wide, high = slot.cm_wide, slot.cm
    notes: tuple[str, ...] = ()
    if not (wide and high):
        edges = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
        wide, high = float(edges[0] + edges[2]), float(edges[1] + edges[3])
        notes = ("the area's size in cm is not given: its shape is guessed from its edges",)
    fitting = min(wide / shape, high)
    if slot.cover:
        tall = max(wide / shape, high)
    else:
        tall, more = _true_height(shape, fitting, slot, real)
        notes += more
    return (tall * shape / wide, tall / high), notes


def _true_height(shape: float, fitting: float, slot: Slot, real: Size) -> tuple[float, tuple[str, ...]]:
    """How high a picture is on an area by centimetres, or as high as fits."""
    known = real.height if real.height is not None else (real.width / shape if real.width is not None else None)
    if not (slot.cm and slot.cm_wide):
        return fitting, ("the area has no scale, so the picture fits into it: its true size is not kept",)
    if known is None:
        return fitting, ("the product sheet has no height and no width, so it fits the area: true size is not kept",)
    if known > fitting * 1.001:
        return fitting, (f"{known:g} cm high, it is larger than the area and made to fit",)
    return known, ()
