"""Owns the check of how a joint fits."""

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """How far apart the shoulders of both photos lie once they are laid on one another, in % of the collar's width;
    None where none was tried."""
    return evidence.trace.numbers.get("joint_misfit")


CHECK = Check(
    name="joint_fit",
    label="Misfit of the joint",
    unit="% of the collar",
    worse="high",
    limit=Limit(0.7, None),
    meaning="How far the photo of the inside lies off the garment beside the neck; a large one is not joined at all.",
    measure=measure,
)
