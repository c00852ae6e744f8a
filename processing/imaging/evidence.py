"""Owns what the checks look at: source, cut-out, trace and canvas, with the shared measurements made once.

Shape and colour are measured on a copy at most 1024 px long (``rgb``, ``alpha``); what needs single pixels of
the photo samples them from ``source`` and ``cutout``.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

from processing.imaging import planes, scaling, transparency
from processing.imaging.contract import Trace
from processing.imaging.frame import Alpha, Frame, Pixels

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

EDGE = 1024


class Canvas(Protocol):
    """The rendered marketplace picture, as rendering makes it."""

    @property
    def rgb(self) -> Pixels: ...

    @property
    def alpha(self) -> Alpha:
        """The product's opacity on the canvas, H x W."""
        ...


@dataclass(eq=False)
class Evidence:
    """One photo's source, its cut-out, and what the run left. Raises ValueError without alpha."""

    source: Frame
    cutout: Frame
    trace: Trace = field(default_factory=Trace)
    canvas: Canvas | None = None

    def __post_init__(self) -> None:
        if self.cutout.alpha is None:
            raise ValueError("a cut-out without alpha cannot be measured")

    @property
    def full_alpha(self) -> Alpha:
        return cast(Alpha, self.cutout.alpha)

    @cached_property
    def scale(self) -> float:
        """Working size over the photo's size, at most 1."""
        return min(1.0, EDGE / max(self.source.size))

    @cached_property
    def _working(self) -> tuple[int, int]:
        return scaling.fitted(self.source.size, EDGE)

    @cached_property
    def rgb(self) -> Pixels:
        """The source at working size."""
        return scaling.even(self.source.rgb, self._working)

    @cached_property
    def alpha(self) -> Floats:
        """The cut-out's opacity at working size, 0 to 1."""
        return scaling.even(self.full_alpha, self._working).astype(np.float32) / np.float32(255)

    @cached_property
    def lenses(self) -> Bools | None:
        """Where the photo came with translucency that is the product's own, at working size; None for most photos."""
        if self.source.own is None:
            return None
        whole = transparency.lenses(self.source.own).view(np.uint8) * np.uint8(255)
        return scaling.even(whole, self._working) > 127

    @cached_property
    def hard(self) -> Bools:
        return self.alpha > 0.5

    @cached_property
    def area(self) -> int:
        """Pixels of product at working size."""
        return int(np.count_nonzero(self.hard))

    @cached_property
    def depth(self) -> Floats:
        """Distance of each product pixel to the nearest background pixel, in working pixels."""
        return planes.distance(self.hard)

    @cached_property
    def contour(self) -> Bools:
        """The product's outermost pixels at working size."""
        return self.hard & (self.depth < 1.5)

    @cached_property
    def components(self) -> npt.NDArray[np.int64]:
        """Areas of the separate parts of the product, largest first, in working pixels."""
        labels, count = planes.parts(self.hard)
        return np.sort(np.bincount(labels[self.hard], minlength=count + 1)[1:])[::-1]
