"""Owns the check of specks: crumbs of alpha too small to be a part."""

import numpy as np

from processing.imaging import planes
from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """Area of parts below 0.1 % of the product, and faint residue, over the product's, in per mille."""
    if not evidence.area:
        return None
    seen = evidence.alpha > 0.01
    labels, count = planes.parts(seen)
    sizes, solid = (np.bincount(labels[mask], minlength=count + 1)[1:] for mask in (seen, evidence.hard))
    return float(1000 * sizes[solid < 0.001 * evidence.area].sum() / evidence.area)


CHECK = Check(
    name="specks",
    label="Specks",
    unit="‰ of product",
    worse="high",
    limit=Limit(0.5, 20.0),
    meaning="Crumbs and faint residue away from the product; they also break automatic cropping.",
    measure=measure,
)
