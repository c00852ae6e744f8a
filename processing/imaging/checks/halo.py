"""Owns the check of the halo: old background left in the colour of edge pixels."""

import numpy as np

from processing.imaging import colour
from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence

SAMPLE = 20_000


def measure(evidence: Evidence) -> float | None:
    """How far edge pixels lean from the product towards the old background, 95th percentile, in Lab units.

    Each visible edge pixel's colour is placed on the line from the product's median colour (4 to 12 working
    pixels inside) to the background's; the result is the distance along it in excess of the inside's own.
    """
    inner = (evidence.depth > 4) & (evidence.depth < 12)
    outer = (evidence.clearance > 4) & (evidence.clearance < 12)
    edge = (evidence.full_alpha > 25) & (evidence.full_alpha < 230)
    if not inner.any() or not outer.any() or not edge.any():
        return None
    product, background = np.median(evidence.lab[inner], axis=0), np.median(evidence.lab[outer], axis=0)
    length = float(np.linalg.norm(background - product))
    if length < 5:
        return 0.0
    line = (background - product) / length
    rows, columns = np.nonzero(edge)
    every = max(1, len(rows) // SAMPLE)
    seen = colour.lab(evidence.cutout.rgb[rows[::every], columns[::every]])
    lean = (seen - product) @ line
    usual = np.percentile((evidence.lab[inner] - product) @ line, 95)
    return float(max(0.0, np.percentile(lean, 95) - max(usual, 0.0)))


CHECK = Check(
    name="halo",
    label="Edge halo",
    unit="Lab units",
    worse="high",
    limit=Limit(45.0, None),
    meaning="The old background's colour in the product's edge pixels, seen as a fringe on white.",
    measure=measure,
)
