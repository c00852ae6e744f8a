"""Draws scenes that carry their own truth: a chequered wall seen at an angle, a floor, white points, blur and grain."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from processing.imaging import colour
from processing.imaging.frame import Pixels

SIZE = (900, 700)
# An area on the wall, clockwise from its upper left: shares of the scene.
WALL = ((0.25, 0.15), (0.68, 0.22), (0.66, 0.62), (0.27, 0.70))


@dataclass(frozen=True)
class Room:
    """What a scene is made of: its light's colour and amount, its blur (px) and the deviation of its grain (levels)."""

    light: tuple[float, float, float] = (1.0, 1.0, 1.0)
    amount: float = 0.8
    blur: float = 0.0
    grain: float = 0.0
    checks: bool = True
    size: tuple[int, int] = SIZE

    def but(self, **values: object) -> "Room":
        return replace(self, **values)  # type: ignore[arg-type]

    @property
    def rgb(self) -> Pixels:
        width, height = self.size
        levels = np.full((height, width), self.amount, np.float64)
        if self.checks:
            dark = (np.arange(width)[None, :] // 30 + np.arange(height)[:, None] // 30) % 2 == 1
            levels[dark] *= 0.25
        lit = levels[..., None] * np.array(self.light) / np.array(self.light).max()
        lit = np.dstack([ndimage.gaussian_filter(lit[..., place], self.blur) for place in range(3)])
        values = colour.encoded(lit.astype(np.float32))
        noise = np.random.default_rng(3).normal(0, self.grain, (height, width, 1))
        return np.clip(values + noise + 0.5, 0, 255).astype(np.uint8)


def picture(size: tuple[int, int] = (400, 300), spots: bool = True) -> tuple[Pixels, npt.NDArray[np.uint8]]:
    """A white opaque print with a red, a green, a blue and a black spot near its corners, clockwise from upper left."""
    width, height = size
    rgb = np.full((height, width, 3), 255, np.uint8)
    if spots:
        for (x, y), ink in zip(spot_places(size), ((220, 0, 0), (0, 200, 0), (0, 0, 220), (0, 0, 0)), strict=True):
            rgb[int(y) - 12 : int(y) + 12, int(x) - 12 : int(x) + 12] = ink
    return rgb, np.full((height, width), 255, np.uint8)


def spot_places(size: tuple[int, int]) -> list[tuple[float, float]]:
    """The middles of the four spots, px."""
    width, height = size
    return [(30, 30), (width - 30, 30), (width - 30, height - 30), (30, height - 30)]
