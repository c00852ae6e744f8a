"""Owns the box of the product on a canvas, which fill and centring share."""

import numpy as np

from processing.imaging.frame import Alpha


def box(alpha: Alpha) -> tuple[int, int, int, int] | None:
    """Top, bottom, left, right of what is at least half opaque (ends exclusive); None for an empty canvas."""
    rows, columns = np.nonzero((alpha > 127).any(axis=1))[0], np.nonzero((alpha > 127).any(axis=0))[0]
    if not rows.size:
        return None
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
