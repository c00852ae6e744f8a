"""Owns the check of disagreement: where two models saw two different products."""

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """Area that only one of the two models took for product, edges aside, over the product's, in per cent."""
    found = evidence.trace.numbers.get("disagreement")
    return None if found is None else 100 * found


CHECK = Check(
    name="disagreement",
    label="Disagreement of models",
    unit="% of product",
    worse="high",
    # Lower, the risk tells all of it: of 284 photos with truth, none of those flagged for this alone was a defect.
    limit=Limit(20.0, None),
    meaning="Area on which the two models differ. Most lost parts and most kept background show here.",
    measure=measure,
)
