"""Owns the strip that shows what another mask does to a photo: the place where two masks differ most, side by side."""

from collections.abc import Sequence

import numpy as np

from processing.imaging import planes, scaling, screens
from processing.imaging.frame import Alpha, Pixels

# A panel's sides and the gap between two (px), on the grey that pictures lie on; a panel shows so much of the photo's
# longer edge at least, so that one sees what part of the product it is.
PANEL, GAP, GROUND, LEAST = 320, 8, 150, 0.12


def strip(rgb: Pixels, alphas: Sequence[Alpha]) -> bytes:
    """A JPEG of the photo (H x W x 3) and of each cut-out by ``alphas`` (H x W), on grey, where the first two differ.

    Panels are squares of ``PANEL`` px, the same place in each.
    """
    box = _place(alphas[0], alphas[1])
    part = rgb[box]
    panels = [part, *(_on_grey(part, alpha[box]) for alpha in alphas)]
    size = (PANEL, PANEL)
    shown = [scaling.smooth(np.ascontiguousarray(panel), size) for panel in panels]
    gap = np.full((PANEL, GAP, 3), GROUND, np.uint8)
    return screens.jpeg(np.hstack([piece for panel in shown for piece in (panel, gap)][:-1]))


def _place(one: Alpha, other: Alpha) -> tuple[slice, slice]:
    """A square around the largest part in which two masks differ, with as much around it again."""
    apart = np.maximum(one, other) - np.minimum(one, other)
    labels, count = planes.parts(apart > 127) if (apart > 127).any() else planes.parts(apart > 0)
    largest = labels == np.bincount(labels.ravel())[1:].argmax() + 1 if count else np.ones(one.shape, np.bool_)
    left, top, right, bottom = planes.bounds(largest) or (0, 0, one.shape[1], one.shape[0])
    height, width = one.shape
    side = min(max(2 * max(right - left, bottom - top), round(LEAST * max(one.shape))), min(one.shape))
    x = min(max(0, (left + right - side) // 2), width - side)
    y = min(max(0, (top + bottom - side) // 2), height - side)
    return slice(y, y + side), slice(x, x + side)


def _on_grey(rgb: Pixels, alpha: Alpha) -> Pixels:
    opaque = alpha[..., None].astype(np.uint16)
    return ((rgb * opaque + GROUND * (255 - opaque) + 127) // 255).astype(np.uint8)
