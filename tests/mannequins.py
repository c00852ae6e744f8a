"""Owns drawn garments on mannequins that carry their own truth, with the photo of the inside that goes with them."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from scipy import ndimage

from processing.imaging.frame import Frame

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Colour = tuple[int, int, int]
Point = tuple[float, float]

WHITE, BLACK, SKIN, GREY = (232, 230, 226), (30, 30, 32), (219, 176, 146), (140, 140, 142)
BLUE, RED, PAPER = (40, 74, 160), (170, 36, 44), (214, 217, 221)
FINE = 3
# Shares of the picture's width (x) and height (y): where the collar ends, and how deep front and back dip.
LEFT, RIGHT, ENDS, BACK = 0.415, 0.585, 0.215, 0.238
DEPTHS = {"round": 0.31, "v": 0.39, "turtle": 0.222}


@dataclass(frozen=True)
class Dressed:
    """A garment on a mannequin: photo, the subject's alpha, how much of each pixel is mannequin, and the opening."""

    rgb: Pixels
    alpha: Pixels
    mannequin: Pixels
    opening: npt.NDArray[np.bool_]
    ends: tuple[Point, Point]

    @property
    def frame(self) -> Frame:
        return Frame(self.rgb, self.alpha)

    @property
    def garment(self) -> Pixels:
        """The alpha that is wanted: the subject's without the mannequin."""
        return (self.alpha * (1 - self.mannequin / 255.0) + 0.5).astype(np.uint8)


@cache
def dressed(
    size: tuple[int, int] = (720, 800),
    *,
    neck: str = "round",
    cloth: Colour = BLUE,
    mannequin: Colour | None = WHITE,
    inner: Colour | None = None,
    backdrop: Colour = PAPER,
    arms: bool = False,
    legs: bool = False,
    head: bool = False,
    grain: float = 3.0,
    seed: int = 3,
) -> Dressed:
    """Draw a shirt with a ``round``, ``v`` or ``turtle`` neck; ``size`` is width, height.

    ``head`` makes a person of it. ``inner`` is the colour of the cloth's inside, by default a little
    lighter than the cloth.
    """
    rng = np.random.default_rng(seed)
    body, opening = _plane(size, _body()), _plane(size, _opening(neck))
    front = np.clip(body - opening, 0, 1)
    stump = np.maximum.reduce([_plane(size, shape) for shape in _stumps(arms, legs)]) if mannequin else 0 * body
    hair = _plane(size, _ellipse(0.5, 0.06, 0.064, 0.036)) if head else 0 * body
    face = _plane(size, _ellipse(0.5, 0.098, 0.058, 0.068)) if head else 0 * body
    stump = np.maximum(stump, face)
    behind = np.maximum(opening, 0)
    lit = np.array(inner or tuple(min(255, c + 22) for c in cloth), float)
    picture = _shadowed(size, backdrop, np.maximum(body, stump))
    picture = _over(picture, lit * _weave(size, rng, grain), behind)
    if mannequin:
        picture = _over(picture, np.array(mannequin, float) * _rounded(size), stump)
    picture = _over(picture, np.array((48, 34, 28), float) * _weave(size, rng, 14), hair)
    picture = _over(picture, np.array(cloth, float) * _folds(size, rng) * _weave(size, rng, grain), front)
    bare = stump * (1 - front)
    whole = np.maximum.reduce([body, opening, stump, hair])
    if not mannequin:
        bare = 0 * body
    return Dressed(
        _eight(picture), _eight(255 * whole), _eight(255 * bare / np.maximum(whole, 1e-6)), opening > 0.5, _ends(size)
    )


@cache
def inside(
    size: tuple[int, int] = (720, 800),
    *,
    cloth: Colour = BLUE,
    inner: Colour | None = None,
    backdrop: Colour = PAPER,
    turn: float = 1.5,
    zoom: float = 1.03,
    shift: Point = (0.012, 0.02),
    light: float = 1.0,
    slope: float = 0.0,
    label: bool = True,
    seed: int = 5,
) -> Dressed:
    """The inside of the same shirt's back: ``turn`` in degrees, ``zoom`` and ``shift`` say how else it lies.

    ``light`` scales its brightness; ``slope`` lifts the shoulders' ends (shares of the height), as another garment has.
    """
    rng = np.random.default_rng(seed)
    back = _plane(size, _moved(_back(slope), turn, zoom, shift))
    colour = np.array(inner or tuple(min(255, c + 22) for c in cloth), float) * light
    picture = _over(_shadowed(size, backdrop, back), colour * _weave(size, rng, 3.0), back)
    if label:
        tag = _plane(size, _moved([(0.475, 0.25), (0.525, 0.25), (0.525, 0.28), (0.475, 0.28)], turn, zoom, shift))
        picture = _over(picture, np.array((240.0, 240.0, 236.0)) * light, tag)
    ends = tuple((x * size[0], y * size[1]) for x, y in _moved([(LEFT, ENDS), (RIGHT, ENDS)], turn, zoom, shift))
    nothing = np.zeros((size[1], size[0]), bool)
    return Dressed(_eight(picture), _eight(255 * back), _eight(0 * back), nothing, (ends[0], ends[1]))


def _ends(size: tuple[int, int]) -> tuple[Point, Point]:
    return (LEFT * size[0], ENDS * size[1]), (RIGHT * size[0], ENDS * size[1])


def _curve(depth: float, neck: str) -> list[Point]:
    """The collar's edge from its left end to its right one."""
    across = np.linspace(-1, 1, 41)
    dip = 1 - np.abs(across) if neck == "v" else np.sqrt(np.clip(1 - across**2, 0, 1))
    return [(0.5 + x * (RIGHT - LEFT) / 2, ENDS + d * (depth - ENDS)) for x, d in zip(across, dip, strict=True)]


def _sides(slope: float = 0.0) -> list[Point]:
    """From the right end of the collar around the body to its left one."""
    right = [
        (0.72, 0.27 - slope),
        (0.86, 0.46),
        (0.77, 0.51),
        (0.70, 0.41),
        (0.69, 0.90),
    ]
    return [*right, *((1 - x, y) for x, y in reversed(right))]


def _body() -> list[Point]:
    return [*_curve(BACK, "round"), *_sides()]


def _back(slope: float) -> list[Point]:
    return [*_curve(BACK, "round"), *_sides(slope)]


def _opening(neck: str) -> list[Point]:
    return [*_curve(BACK, "round"), *reversed(_curve(DEPTHS[neck], neck))]


def _stumps(arms: bool, legs: bool) -> list[list[Point]]:
    column = [(0.448, 0.11), (0.552, 0.11), (0.556, 0.2), (0.578, 0.235), (0.60, 0.33), (0.5, 0.42), (0.40, 0.33)]
    found = [[*column, (0.422, 0.235), (0.444, 0.2)], _ellipse(0.5, 0.11, 0.052, 0.012)]
    if arms:
        arm = [(0.775, 0.45), (0.835, 0.43), (0.875, 0.62), (0.825, 0.635)]
        found += [arm, [(1 - x, y) for x, y in arm]]
    if legs:
        leg = [(0.53, 0.85), (0.66, 0.85), (0.645, 0.975), (0.545, 0.975)]
        found += [leg, [(1 - x, y) for x, y in leg]]
    return found


def _ellipse(x: float, y: float, wide: float, high: float) -> list[Point]:
    turns = np.linspace(0, 2 * np.pi, 49)
    return [(x + wide * np.cos(turn), y + high * np.sin(turn)) for turn in turns]


def _moved(points: list[Point], turn: float, zoom: float, shift: Point) -> list[Point]:
    """Turned and zoomed about the collar's middle, in a square's coordinates near enough, then shifted."""
    angle = np.radians(turn)
    cos, sin = zoom * np.cos(angle), zoom * np.sin(angle)
    around = [(x - 0.5, y - ENDS) for x, y in points]
    return [(0.5 + cos * x - sin * y + shift[0], ENDS + sin * x + cos * y + shift[1]) for x, y in around]


def _plane(size: tuple[int, int], points: list[Point]) -> Floats:
    """A polygon's cover of each pixel, 0 to 1."""
    width, height = size
    picture = Image.new("L", (width * FINE, height * FINE))
    ImageDraw.Draw(picture).polygon([(x * width * FINE, y * height * FINE) for x, y in points], fill=255)
    return np.asarray(picture, float).reshape(height, FINE, width, FINE).mean(axis=(1, 3)) / 255


def _weave(size: tuple[int, int], rng: np.random.Generator, grain: float) -> Floats:
    return 1 + rng.normal(0, grain / 255, (size[1], size[0], 1))


def _folds(size: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Soft folds, 0.8 to 1.1 times as bright."""
    rough = ndimage.gaussian_filter(rng.normal(0, 1, (size[1], size[0])), (size[1] / 18, size[0] / 40))
    return (1 + 0.09 * rough / np.abs(rough).max() * 1.6 - 0.02)[..., None]


def _rounded(size: tuple[int, int]) -> Floats:
    """A cylinder's shading about the middle, and the shadow that the collar throws on the neck's base."""
    across, down = np.arange(size[0]) / size[0] - 0.5, np.arange(size[1]) / size[1]
    round_ = 1 - 0.22 * np.clip(np.abs(across - 0.01) / 0.06, 0, 1) ** 2
    fall = 1 - 0.16 * np.clip((down - 0.2) / 0.12, 0, 1)
    return (round_[None, :] * fall[:, None])[..., None]


def _shadowed(size: tuple[int, int], backdrop: Colour, whole: Floats) -> Floats:
    cast = ndimage.gaussian_filter(ndimage.shift(whole, (0.02 * size[1], 0.015 * size[0])), 0.02 * size[1])
    return np.broadcast_to(np.array(backdrop, float), (size[1], size[0], 3)) * (1 - 0.12 * cast[..., None])


def _over(below: Floats, colour: Floats, cover: Floats) -> Floats:
    return np.asarray(below * (1 - cover[..., None]) + colour * cover[..., None])


def _eight(values: Floats) -> Pixels:
    return (values + 0.5).clip(0, 255).astype(np.uint8)
