"""Owns the check of colour across a joint."""

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """CIEDE2000 of the inside that is seen through the neck, as drawn, to the cloth below the collar, of medians;
    None without a joint."""
    return evidence.trace.numbers.get("joint_apart")


CHECK = Check(
    name="joint_colour",
    label="Colour across the joint",
    unit="ΔE00",
    worse="high",
    limit=Limit(12.0, None),
    meaning="How far the inside of the neck is from the cloth beside it in colour; another light looks pasted in.",
    measure=measure,
)
