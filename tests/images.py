"""Owns drawn product shots that carry their own truth, and a matter that needs no model."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from processing.imaging.frame import Frame

Pixels = npt.NDArray[np.uint8]
RED, GREEN, BLUE = (196, 40, 44), (40, 150, 70), (36, 70, 190)
WHITE, GREY, BLACK = (255, 255, 255), (150, 150, 150), (12, 12, 12)


@dataclass(frozen=True)
class Shot:
    """A drawn photo and what is true of it: exact alpha, product colour, background, shadow or none."""

    rgb: Pixels
    alpha: npt.NDArray[np.uint8]
    colour: tuple[int, int, int]
    background: tuple[int, int, int]

    @property
    def frame(self) -> Frame:
        return Frame(self.rgb)

    @property
    def cutout(self) -> Frame:
        """The perfect cut-out: exact alpha, edge pixels in the product's own colour."""
        rgb = np.where((self.alpha == 255)[..., None], self.rgb, np.array(self.colour, np.uint8))
        return Frame(rgb.astype(np.uint8), self.alpha)

    def encoded(self, format: str = "JPEG", **options: object) -> bytes:
        """The photo as a file's bytes; options go to Pillow's save."""
        buffer = io.BytesIO()
        Image.fromarray(self.rgb).save(buffer, format, **({"quality": 95} if format == "JPEG" else {}) | options)
        return buffer.getvalue()


def product_shot(
    size: tuple[int, int] = (600, 480),
    *,
    shape: str = "box",
    colour: tuple[int, int, int] = RED,
    background: tuple[int, int, int] = WHITE,
    shadow: float = 0.0,
    texture: float = 4.0,
    fill: float = 0.6,
    shift: tuple[int, int] = (0, 0),
    seed: int = 7,
) -> Shot:
    """Draw one shape (``box``, ``disc``, ``button``, ``ring``, ``pair``, ``strap``) with an edge one pixel soft.

    ``size`` is width, height; ``fill`` the product's share of each side; ``shift`` moves it by (x, y) pixels;
    ``shadow`` (0 to 1) darkens the background below it; ``texture`` is the spread of the product's grain.
    """
    width, height = size
    alpha = _drawn(shape, width, height, fill, shift)
    grain = np.random.default_rng(seed).normal(0, texture, (height, width, 1))
    product = np.clip(np.array(colour) + grain, 0, 255)
    backdrop = np.broadcast_to(np.array(background, float), (height, width, 3))
    if shadow:
        cast = ndimage.gaussian_filter(ndimage.shift(alpha, (0.03 * height, 0.02 * width)), 0.02 * height)
        backdrop = backdrop * (1 - shadow * cast[..., None])
    rgb = product * alpha[..., None] + backdrop * (1 - alpha[..., None])
    eight = (alpha * 255 + 0.5).astype(np.uint8)
    return Shot((rgb + 0.5).clip(0, 255).astype(np.uint8), eight, colour, background)


@cache
def _drawn(shape: str, width: int, height: int, fill: float, shift: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Opacity 0 to 1, drawn at four times the size and averaged; once a process, and never written to."""
    over = 4
    across = (np.arange(width * over)[None, :] / over - width / 2 - shift[0]) / (fill * width / 2)
    down = (np.arange(height * over)[:, None] / over - height / 2 - shift[1]) / (fill * height / 2)
    inside = INSIDE[shape](across, down)
    alpha: npt.NDArray[np.float64] = inside.reshape(height, over, width, over).mean(axis=(1, 3))
    alpha.flags.writeable = False
    return alpha


Coordinates = npt.NDArray[np.float64]
# A shape as a condition on the distances from the product's centre: a row of them across, a column of them down.
INSIDE: dict[str, Callable[[Coordinates, Coordinates], npt.NDArray[np.bool_]]] = {
    "box": lambda across, down: (np.abs(across) < 1) & (np.abs(down) < 1),
    "disc": lambda across, down: across**2 + down**2 < 1,
    "button": lambda across, down: (across**2 + down**2 < 1) & (across**2 + down**2 > 0.02),
    "ring": lambda across, down: (across**2 + down**2 < 1) & (across**2 + down**2 > 0.3),
    "pair": lambda across, down: (np.abs(np.abs(across) - 0.6) < 0.4) & (np.abs(down) < 1),
    "strap": lambda across, down: (np.abs(across) < 1) & (np.abs(down) < 1) & ((down > 0) | (np.abs(across) > 0.95)),
}


class ThresholdMatter:
    """Finds what differs from the colour of the photo's corners; enough for drawn shots."""

    name = "threshold"
    takes_parts = False

    def mask(self, rgb: Pixels, whole: tuple[int, int] | None = None) -> npt.NDArray[np.float32]:
        corners = rgb[[0, 0, -1, -1], [0, -1, 0, -1]].astype(np.float32).mean(axis=0)
        distance = np.abs(rgb.astype(np.float32) - corners).max(axis=-1)
        mask: npt.NDArray[np.float32] = np.clip((distance - 20) / 40, 0, 1).astype(np.float32)
        return mask
