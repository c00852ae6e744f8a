"""Owns what can be told of a photo before it is processed: colour family, complexity, the lane that suits.

No neural model: a rough foreground is whatever differs from the background that the photo's border shows.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.filters import threshold_otsu

from processing.imaging import colour, scaling
from processing.imaging.frame import Frame

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

EDGE = 320


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A lane that the pixels speak for, how strongly (0 to 1), and why."""

    route: str
    strength: float
    reason: str


@dataclass(frozen=True, slots=True)
class Traits:
    """What a photo's pixels tell before processing. Words are those of the segments and routes."""

    colour_family: str
    complexity: str
    touches_frame: bool
    objects: int
    suggestions: tuple[Suggestion, ...]
    numbers: dict[str, float]


class Look:
    """A small copy of a photo with its rough foreground; what all traits share."""

    def __init__(self, frame: Frame) -> None:
        self.rgb = scaling.even(frame.rgb, scaling.fitted(frame.size, EDGE))
        self.lab = colour.lab(self.rgb)
        self.backdrop, self.noise = _backdrop(self.lab)

    @cached_property
    def distance(self) -> Floats:
        """Colour distance (Lab) of each pixel from the background expected there."""
        weights = np.array([0.5, 1.0, 1.0], dtype=np.float32)  # shadows change lightness, products hue too
        return np.asarray(np.linalg.norm((self.lab - self.backdrop) * weights, axis=-1), np.float32)

    @cached_property
    def rough(self) -> Bools:
        """The rough foreground."""
        # Half of what best splits the distances: a vignetted backdrop differs from its border, a product more so.
        split = 0.5 * float(threshold_otsu(self.distance))  # type: ignore[no-untyped-call]
        found = ndimage.binary_opening(self.distance > max(5.0, 3 * self.noise, split))
        labels, count = ndimage.label(ndimage.binary_fill_holes(found))
        if not count:
            return self._middle
        areas = np.bincount(labels.ravel())
        areas[0] = 0
        return np.asarray((areas >= 0.05 * areas.max())[labels] & (labels > 0))

    @cached_property
    def parts(self) -> int:
        return int(ndimage.label(self.rough)[1])

    @cached_property
    def contour(self) -> Bools:
        return np.asarray(self.rough & ~ndimage.binary_erosion(self.rough))

    @property
    def _middle(self) -> Bools:
        height, width = self.rgb.shape[:2]
        middle = np.zeros((height, width), dtype=bool)
        middle[height // 4 : -height // 4, width // 4 : -width // 4] = True
        return middle


def look(frame: Frame) -> Traits:
    """Measure a photo's traits. Quick enough for the upload (tens of milliseconds on a decoded photo)."""
    view = Look(frame)
    numbers = {
        "contrast": _contrast(view),
        "roughness": _roughness(view),
        "texture": _texture(view),
        "speculars": _speculars(view),
        "border": _border(view),
        "fringe": _fringe(view),
        "noise": view.noise,
    }
    return Traits(
        colour_family=colour_family(view.lab[ndimage.binary_erosion(view.rough, iterations=2) | view.contour]),
        complexity=_complexity(numbers, view.parts),
        touches_frame=numbers["border"] > 0.03,
        objects=view.parts,
        suggestions=_suggestions(numbers),
        numbers=numbers,
    )


def colour_family(lab: Floats) -> str:
    """The family of the commonest colour among Lab pixels (N x 3); ``multi`` when none has 45 %."""
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    names = np.select(
        [
            (chroma < 12) & (lab[:, 0] > 82),
            (chroma < 12) & (lab[:, 0] < 28) | (lab[:, 0] < 14),
            chroma < 12,
            (hue >= 20) & (hue < 95) & (lab[:, 0] < 58) & (chroma < 50),
            (hue >= 335) & (lab[:, 0] > 62) | (hue < 20) & (lab[:, 0] > 62),
            (hue >= 335) | (hue < 42),
            hue < 72,
            hue < 108,
            hue < 195,
            # Lab bends blue towards purple: sRGB's own blue has a hue of 306; light colours there are lavender.
            (hue < 292) | (hue < 308) & (lab[:, 0] < 60),
        ],
        ["white", "black", "grey", "brown", "pink", "red", "orange", "yellow", "green", "blue"],
        default="purple",
    )
    families, counts = np.unique(names, return_counts=True)
    if not counts.size:
        return "grey"
    return str(families[counts.argmax()]) if counts.max() >= 0.45 * counts.sum() else "multi"


def _backdrop(lab: Floats) -> tuple[Floats, float]:
    """The background expected at each pixel, a plane through the border's colours, and its spread (Lab)."""
    height, width = int(lab.shape[0]), int(lab.shape[1])
    ring = np.ones((height, width), dtype=bool)
    edge = max(2, min(height, width) // 40)
    ring[edge:-edge, edge:-edge] = False
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    basis = np.stack([np.ones_like(x), x, y], axis=-1)
    places, colours = basis[ring], lab[ring]
    kept, plane, spread = np.ones(len(colours), dtype=bool), np.zeros((3, 3)), 0.0
    for _ in range(3):  # the product may touch the border: refit without what lies far off
        plane = np.linalg.pinv(places[kept]) @ colours[kept]
        off = np.linalg.norm(colours - (places @ plane).astype(np.float32), axis=-1)
        spread = float(np.median(off[kept]))
        kept = off < max(3.0, 3 * spread)
    return (basis @ plane).astype(np.float32), spread


def _contrast(view: Look) -> float:
    """Median colour step (Lab) across the rough outline."""
    inside = ndimage.binary_dilation(view.contour, iterations=2) & view.rough
    step = np.linalg.norm(view.lab[inside] - view.backdrop[inside], axis=-1)
    return float(np.median(step)) if step.size else 0.0


def _roughness(view: Look) -> float:
    """Outline length over that of a circle of the same area; 1 is a circle."""
    return float(view.contour.sum() / (2 * np.sqrt(np.pi * max(1, int(view.rough.sum())))))


def _fringe(view: Look) -> float:
    """Share of the product in parts less than some seven pixels wide at the look's size: stems, straps, mesh."""
    kept = ndimage.binary_opening(view.rough, structure=np.ones((7, 7), dtype=bool))
    return float(1 - kept.sum() / max(1, int(view.rough.sum())))


def _texture(view: Look) -> float:
    """Mean local contrast of lightness inside the product."""
    light = view.lab[..., 0]
    detail = np.abs(light - ndimage.uniform_filter(light, 5))
    return float(detail[view.rough].mean()) if view.rough.any() else 0.0


def _speculars(view: Look) -> float:
    """Share of the product that is a colourless glint beside much darker parts."""
    inside = view.lab[view.rough]
    if not len(inside):
        return 0.0
    grey = np.hypot(inside[:, 1], inside[:, 2]) < 10
    bright, dark = (inside[:, 0] > 90) & grey, (inside[:, 0] < 45) & grey
    return float(min(bright.mean(), dark.mean()))


def _border(view: Look) -> float:
    rough = view.rough
    sides = np.concatenate([rough[0], rough[-1], rough[:, 0], rough[:, -1]])
    return float(sides.mean())


def _complexity(numbers: dict[str, float], parts: int) -> str:
    points = (numbers["roughness"] > 1.6) + (numbers["roughness"] > 2.4) + (numbers["texture"] > 4) + (parts > 2)
    return ("simple", "moderate", "complex", "complex", "complex")[points]


def _suggestions(numbers: dict[str, float]) -> tuple[Suggestion, ...]:
    found = []
    if numbers["contrast"] < 12:
        reason = f"the outline differs from the background by only {numbers['contrast']:.0f} Lab units"
        found.append(Suggestion("low_contrast", 1 - numbers["contrast"] / 24, reason))
    if numbers["speculars"] > 0.12:
        reason = f"{numbers['speculars']:.0%} of the product are colourless glints beside dark parts"
        found.append(Suggestion("reflective", min(1.0, 4 * numbers["speculars"]), reason))
    if numbers["fringe"] > 0.12 and numbers["roughness"] > 2:
        thin, long = f"{numbers['fringe']:.0%}", f"{numbers['roughness']:.1f}"
        reason = f"{thin} of the product is thin, and its outline {long} times a circle's"
        found.append(Suggestion("fine_texture", min(1.0, 3 * numbers["fringe"]), reason))
    return tuple(sorted(found, key=lambda item: -item.strength))
