"""Owns the strip that shows what another mask does to a photo: the place where two masks differ most, side by side."""

from collections.abc import Sequence

import numpy as np

from processing.imaging import planes, scaling, screens
from processing.imaging.frame import Alpha, Pixels
from processing.imaging.planes import Box

# A panel's side and the gap between two (px), the grey below cut-outs, and the darker one between panels.
PANEL, GAP, GROUND, BETWEEN = 320, 8, 150, 90
# Shares of the photo's longer edge: what a panel shows at least, so that one sees which part of the product it is, and
# how thick a difference is that can be seen beside the whole of it; a thinner one is an edge that moved.
LEAST, THICK = 0.06, 0.004


def strip(rgb: Pixels, alphas: Sequence[Alpha]) -> bytes:
    """A JPEG of the photo (H x W x 3) and of each cut-out by ``alphas`` (H x W), on grey, where the first two differ.

    Panels are squares of ``PANEL`` px, the same place in each.
    """
    box = _place(alphas[0], alphas[1])
    part = rgb[box]
    panels = [part, *(_on_grey(part, alpha[box]) for alpha in alphas)]
    shown = [scaling.smooth(np.ascontiguousarray(panel), (PANEL, PANEL)) for panel in panels]
    gap = np.full((PANEL, GAP, 3), BETWEEN, np.uint8)
    return screens.jpeg(np.hstack([piece for panel in shown for piece in (panel, gap)][:-1]))


def _place(one: Alpha, other: Alpha) -> tuple[slice, slice]:
    """A square around the largest place in which two masks differ, with as much around it again."""
    left, top, right, bottom = _thick(one, other) or _thin(one, other)
    height, width = one.shape
    side = min(max(2 * max(right - left, bottom - top), round(LEAST * max(one.shape))), min(one.shape))
    x = min(max(0, (left + right - side) // 2), width - side)
    y = min(max(0, (top + bottom - side) // 2), height - side)
    return slice(y, y + side), slice(x, x + side)


def _thick(one: Alpha, other: Alpha) -> Box | None:
    """The box of the largest part of the difference that is more than a line; None where all of it is lines."""
    apart = planes.opened(planes.apart(one, other) > 127, max(2, round(THICK * max(one.shape))))
    labels, count = planes.parts(apart)
    return planes.bounds(labels == np.bincount(labels.ravel())[1:].argmax() + 1) if count else None


def _thin(one: Alpha, other: Alpha) -> Box:
    """The window of the least size in which the masks differ most."""
    side = max(3, round(LEAST * max(one.shape)) // 2)
    dense = planes.averaged(planes.apart(one, other).astype(np.float32), side)
    row, column = divmod(int(dense.argmax()), dense.shape[1])
    return column - side // 2, row - side // 2, column + side // 2, row + side // 2


def _on_grey(rgb: Pixels, alpha: Alpha) -> Pixels:
    opaque = alpha[..., None].astype(np.uint16)
    return ((rgb * opaque + GROUND * (255 - opaque) + 127) // 255).astype(np.uint8)
