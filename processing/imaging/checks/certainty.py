"""Owns the check of mask certainty: how sure the model was of its own mask."""

import numpy as np

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """1 minus the mean binary entropy (in bits) of the last model's mask; 1 is wholly certain."""
    if not evidence.trace.masks:
        return None
    mask = np.clip(list(evidence.trace.masks.values())[-1], 1e-4, 1 - 1e-4).astype(np.float64)
    entropy = -(mask * np.log2(mask) + (1 - mask) * np.log2(1 - mask))
    product = max(float((mask > 0.5).mean()), 1e-3)
    return float(np.clip(1 - entropy.mean() / product, 0, 1))


CHECK = Check(
    name="certainty",
    label="Mask certainty",
    unit="of 1",
    worse="low",
    limit=Limit(0.85, 0.4),
    meaning="How sure the model was. Low values mean that it hesitated over much of the product.",
    measure=measure,
)
