"""Owns the check of what is left of a mannequin."""

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """What has the mannequin's colour still beside the cut, at sleeves' ends or the hem, in % of the garment's box;
    None where none was taken away."""
    return evidence.trace.numbers.get("mannequin_left")


CHECK = Check(
    name="mannequin",
    label="Mannequin left",
    unit="% of the garment's box",
    worse="high",
    limit=Limit(0.2, 5.0),
    meaning="Places that have the mannequin's colour still, where one comes out of a garment.",
    measure=measure,
)
