"""Owns the slot: where in a scene a product goes, how large things are there, and how the light falls.

Places and lengths are shares of the scene's width and height, so that a slot fits any copy of its scene.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from processing.imaging.faults import Fault
from processing.imaging.frame import Shadow

STANDS, FLAT = "stands", "flat"
KINDS: tuple[str, ...] = (STANDS, FLAT)
SHADOWS: tuple[str, ...] = ("contact", "cast", "none")
Corner = tuple[float, float]
# Corners a little outside the scene are allowed: a picture may be cut by its edge.
BEYOND = 0.5
# Smaller than this share of the scene nothing can be told of a product.
LEAST = 0.01
# What each number may be.
RANGES: dict[str, tuple[float, float]] = {
    "x": (0, 1), "y": (0, 1), "width": (LEAST, 1), "height": (LEAST, 1), "cm": (0, 2000), "cm_wide": (0, 2000),
    "density": (0, 1), "softness": (0, 1), "direction": (0, 360), "length": (0, 1), "match": (0, 1),
    "exposure": (-1, 1), "shading": (0, 1), "highlights": (0, 1), "displacement": (0, 1),
}  # fmt: skip


class BadSlot(Fault):
    """A slot that names no place in which a product could be put."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One marked place. Its numbers' ranges are ``RANGES``.

    ``kind`` "stands": the product's foot is at ``x``, ``y``, and it may fill the box of ``width`` and ``height`` above
    that point; the box is ``cm`` high in reality (0: nobody knows). The shadow is painted as a recipe paints it.
    ``kind`` "flat": the product lies in the four ``corners``, clockwise from its own upper left; the area is ``cm``
    high and ``cm_wide`` wide. With ``cover`` it fills the area, and what stands over is cut; without, all of it shows.
    ``match`` is how much of the scene's colour, brightness, blur and grain the product takes on, ``exposure`` what a
    person adds in stops; ``shading`` and ``highlights`` are how much of the area's own light is kept, and
    ``displacement`` how far its relief moves the picture.
    """

    kind: str = STANDS
    x: float = 0.5
    y: float = 0.8
    width: float = 0.3
    height: float = 0.4
    corners: tuple[Corner, ...] = ((0.3, 0.2), (0.7, 0.2), (0.7, 0.7), (0.3, 0.7))
    cm: float = 0.0
    cm_wide: float = 0.0
    cover: bool = False
    shadow: str = "cast"
    density: float = 0.6
    softness: float = 0.5
    direction: float = 40.0
    length: float = 0.4
    match: float = 0.7
    exposure: float = 0.0
    shading: float = 1.0
    highlights: float = 0.5
    displacement: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as they are stored."""
        return asdict(self) | {"corners": [list(corner) for corner in self.corners]}

    @property
    def outline(self) -> tuple[Corner, ...]:
        """The corners of the room for a product: the area, or the box above the foot."""
        if self.kind == FLAT:
            return self.corners
        left, right, top = self.x - self.width / 2, self.x + self.width / 2, self.y - self.height
        return (left, top), (right, top), (right, self.y), (left, self.y)

    @property
    def painted(self) -> Shadow | None:
        """The shadow to paint, or None."""
        if self.kind != STANDS or self.shadow == "none" or not self.density:
            return None
        return Shadow(self.shadow, self.density, self.softness, self.direction, self.length)


def parse(values: Mapping[str, Any]) -> Slot:
    """A slot from stored values or a form's; what is not there has its usual value. Raises BadSlot."""
    known = {field.name for field in fields(Slot)}
    given = {name: value for name, value in values.items() if name in known}
    if "corners" in given:
        given["corners"] = tuple((_number(x, "a corner"), _number(y, "a corner")) for x, y in given["corners"])
    for name in RANGES.keys() & given.keys():
        given[name] = _number(given[name], name)
    slot = Slot(**given)
    _check(slot)
    return slot


def _number(value: Any, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise _bad(f"{name} is {value!r}.", "a number.")
    return number


def _check(slot: Slot) -> None:
    if slot.kind not in KINDS or slot.shadow not in SHADOWS:
        raise _bad(f"The kind is {slot.kind!r}, the shadow {slot.shadow!r}.", f"one of {KINDS} and of {SHADOWS}.")
    for name, (least, most) in RANGES.items():
        if not least <= getattr(slot, name) <= most:
            raise _bad(f"{name} is {getattr(slot, name):g}.", f"{least:g} to {most:g}.")
    if slot.kind == FLAT:
        _check_corners(slot.corners)


def _check_corners(corners: tuple[Corner, ...]) -> None:
    if len(corners) != 4 or any(not -BEYOND <= value <= 1 + BEYOND for corner in corners for value in corner):
        raise _bad(
            f"There are {len(corners)} corners, or one lies far outside the scene.", "four corners in the scene."
        )
    # Clockwise all around: every turn goes the same way, else the area is folded or seen from behind.
    turns = [_turn(*(corners[(place + step) % 4] for step in range(3))) for place in range(4)]
    if min(turns) < LEAST**2:
        raise _bad(
            "The four corners make no area that a flat thing could have.",
            "upper left, upper right, lower right, lower left, in this order, with nothing folded.",
        )


def _turn(a: Corner, b: Corner, c: Corner) -> float:
    """Twice the area of a triangle; above 0 where it turns clockwise on a screen."""
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])


def _bad(measured: str, wanted: str) -> BadSlot:
    return BadSlot("bad_slot", measured=measured, wanted=wanted, action="Mark the place again.")
