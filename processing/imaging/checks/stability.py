"""Owns the check of stability: whether the shape depends on where the mask is cut."""

import numpy as np

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """IoU of alpha > 0.6 and alpha > 0.4 (the stability score of Kirillov et al. 2023); 1 is stable."""
    loose = int(np.sum(evidence.alpha > 0.4))
    return float(np.sum(evidence.alpha > 0.6) / loose) if loose else None


CHECK = Check(
    name="stability",
    label="Stability",
    unit="IoU",
    worse="low",
    limit=Limit(0.97, 0.8),
    meaning="Whether a slightly stricter cut gives the same shape. Low values mean weak, undecided regions.",
    measure=measure,
)
