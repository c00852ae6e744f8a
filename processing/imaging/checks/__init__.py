"""Owns the registry of checks. To add one: write its file, add its line here."""

from processing.imaging.checks import (
    agreement,
    border,
    centring,
    certainty,
    coverage,
    disagreement,
    fidelity,
    fill,
    first_look,
    halo,
    holes,
    islands,
    joint_colour,
    joint_fit,
    mannequin,
    purity,
    sharpness,
    softness,
    specks,
    stability,
    variation,
)
from processing.imaging.checks.contract import Check, Limit, Quantity
from processing.imaging.evidence import Evidence

__all__ = ["CHECKS", "Check", "Limit", "Quantity", "default_limits", "measure_all"]

CHECKS: tuple[Check, ...] = (
    certainty.CHECK,
    first_look.CHECK,
    disagreement.CHECK,
    variation.CHECK,
    softness.CHECK,
    stability.CHECK,
    holes.CHECK,
    islands.CHECK,
    specks.CHECK,
    border.CHECK,
    coverage.CHECK,
    agreement.CHECK,
    halo.CHECK,
    fidelity.CHECK,
    sharpness.CHECK,
    purity.CHECK,
    fill.CHECK,
    centring.CHECK,
    mannequin.CHECK,
    joint_fit.CHECK,
    joint_colour.CHECK,
)


def measure_all(evidence: Evidence) -> dict[str, float | None]:
    """Every check's reading by its name; None where it could not be measured."""
    return {check.name: check.measure(evidence) for check in CHECKS}


def default_limits() -> dict[str, Limit]:
    """Each check's own limits."""
    return {check.name: check.limit for check in CHECKS}
