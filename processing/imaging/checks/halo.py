"""Owns the check of the halo: old background left in the colour of edge pixels."""

import numpy as np

from processing.imaging import colour, planes
from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence

SAMPLE = 20_000
# How far from the outline product and background are seen, in working pixels.
NEAR, FAR = 4, 12


def measure(evidence: Evidence) -> float | None:
    """How far edge pixels lean from the product towards the old background, 95th percentile, in Lab units.

    Each visible edge pixel's colour is placed on the line from the product's median colour (4 to 12 working
    pixels inside) to the background's; the result is the distance along it in excess of the inside's own.
    """
    edge = planes.places((evidence.full_alpha > 25) & (evidence.full_alpha < 230))
    if not evidence.area or not edge[0].size:
        return None
    box = planes.around(evidence.hard, FAR)
    distances = evidence.depth[box], planes.distance(~evidence.hard[box])
    inner, outer = (evidence.rgb[box][(away > NEAR) & (away < FAR)] for away in distances)
    if not len(inner) or not len(outer):
        return None
    inside = colour.lab(inner)
    product, background = np.median(inside, axis=0), np.median(colour.lab(outer), axis=0)
    length = float(np.linalg.norm(background - product))
    if length < 5:
        return 0.0
    line = (background - product) / length
    every = max(1, len(edge[0]) // SAMPLE)
    seen = colour.lab(evidence.cutout.rgb[edge[0][::every], edge[1][::every]])
    lean = (seen - product) @ line
    usual = np.percentile((inside - product) @ line, 95)
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
