"""Owns the check of colour fidelity: the product's inside must keep the source's colours."""

import numpy as np

from processing.imaging import colour
from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence

SAMPLE = 20_000


def measure(evidence: Evidence) -> float | None:
    """CIEDE2000 of output to source inside the product, 95th percentile over a regular sample.

    A lens that the photo came with loses the white it was laid on, as it should, and is left out.
    """
    inside = evidence.depth > 8
    if evidence.lenses is not None:
        inside &= ~evidence.lenses
    rows, columns = np.nonzero(inside)
    if not len(rows):
        return None
    every = max(1, len(rows) // SAMPLE)
    # The middle of each working pixel, in the photo's own pixels.
    y = np.minimum(((rows[::every] + 0.5) / evidence.scale).astype(int), evidence.source.size[1] - 1)
    x = np.minimum(((columns[::every] + 0.5) / evidence.scale).astype(int), evidence.source.size[0] - 1)
    was, now = evidence.source.rgb[y, x], evidence.cutout.rgb[y, x]
    changed = (was != now).any(axis=-1)
    difference = np.zeros(len(y))
    if changed.any():
        difference[changed] = colour.ciede2000(colour.lab(was[changed]), colour.lab(now[changed]))
    return float(np.percentile(difference, 95))


CHECK = Check(
    name="fidelity",
    label="Colour difference",
    unit="ΔE00",
    worse="high",
    limit=Limit(1.0, 2.3),
    meaning="Colour difference to the source inside the product (95th percentile). Under 1 cannot be seen.",
    measure=measure,
)
