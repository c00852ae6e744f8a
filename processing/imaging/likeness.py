"""Owns how near a mask comes to another one that is known to be right, and from where it would be sent back."""

from dataclasses import dataclass

import numpy as np

from processing.imaging import planes, scaling
from processing.imaging.frame import Alpha
from processing.imaging.planes import Bools

# Masks are compared at no more than this longer edge (px), with an edge found within this share of it.
EDGE, TOLERANCE = 2048, 0.0015
# What a reviewer sends back lies beyond one of these (below, for the boundary).
SAD, BLOB, BOUNDARY = 0.06, 0.01, 0.85


@dataclass(frozen=True, slots=True)
class Likeness:
    """How near a mask comes to the right one: shares, 0 to 1 but for ``sad``, which has no end.

    ``sad`` is the sum of absolute differences over the sum of the right mask, ``boundary`` the F-measure of the edges,
    ``blob`` the largest connected region that is wrong by more than half, over the product's area. They are those of
    ../shared/tools/score_cutouts.py; the boundary F-measure is that of Csurka et al. 2013, "What is a good evaluation
    measure for semantic segmentation?".
    """

    sad: float
    boundary: float
    blob: float

    @property
    def fault(self) -> float:
        """How far it is from right, in one number: 0 is right, and beyond 1 a reviewer would send it back."""
        return max(self.sad / SAD, self.blob / BLOB, (1 - self.boundary) / (1 - BOUNDARY))


# Levels of 255 by which a mended place differs, and how far around it a mask is a person's, too (share of the edge).
MENDED, AROUND = 31, 0.003
# Where nothing was cut out: all of the product is missing.
NOTHING = Likeness(1.0, 0.0, 1.0)


def likeness(alpha: Alpha, truth: Alpha) -> Likeness:
    """How near ``alpha`` (H x W, 0 to 255) comes to ``truth``. Raises ValueError where their shapes differ."""
    if alpha.shape != truth.shape:
        raise ValueError(f"A mask of {alpha.shape} can't be compared with one of {truth.shape}.")
    size = scaling.fitted((truth.shape[1], truth.shape[0]), EDGE)
    made, right = scaling.even(alpha, size), scaling.even(truth, size)
    apart = planes.apart(made, right)
    area = max(int(right.sum(dtype=np.int64)), 255)
    return Likeness(
        sad=int(apart.sum(dtype=np.int64)) / area,
        boundary=_boundary(made > 127, right > 127),
        blob=_largest(apart > 127) * 255 / area,
    )


def where_mended(right: Alpha, before: Alpha, other: Alpha) -> Alpha:
    """``right`` where a person changed the mask ``before``, and around that; ``other`` elsewhere; all of one shape.

    Whoever mends a hole leaves the rest as the machine made it then: that says nothing of how it should be made now.
    """
    changed = planes.apart(right, before) > MENDED
    around = planes.within(changed, max(2, round(AROUND * max(right.shape))))
    return np.where(around, right, other)


def _largest(mask: Bools) -> int:
    """The area (px) of the largest connected part."""
    labels, count = planes.parts(mask)
    return int(np.bincount(labels.ravel())[1:].max()) if count else 0


def _boundary(made: Bools, right: Bools) -> float:
    """The F-measure of two masks' edges; 0 where one has none."""
    reach = max(1, round(TOLERANCE * max(right.shape)))
    one, other = (mask & ~planes.eroded(mask, beyond=False) for mask in (made, right))
    if not one.any() or not other.any():
        return 0.0
    precision, recall = (
        float(planes.within(edge, reach)[asked].mean()) for asked, edge in ((one, other), (other, one))
    )
    return 2 * precision * recall / max(precision + recall, 1e-9)
