"""Owns the check of mask certainty: how sure the model was of its own mask."""

from processing.imaging import looks
from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """The certainty of the last model's mask, as it decides whether the model looks again; 1 is wholly certain."""
    if not evidence.trace.masks:
        return None
    return looks.certainty(list(evidence.trace.masks.values())[-1])


CHECK = Check(
    name="certainty",
    label="Mask certainty",
    unit="of 1",
    worse="low",
    limit=Limit(0.87, 0.42),
    meaning="How sure the model was. Low values mean that it hesitated over much of the product.",
    measure=measure,
)
