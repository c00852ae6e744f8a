"""Owns the check of variation: where a model saw another product when it was shown the photo otherwise."""

from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence


def measure(evidence: Evidence) -> float | None:
    """Area on which another look of the same model differs most, edges aside, over the product's, in per cent.

    None where one look was sure enough.
    """
    found = evidence.trace.numbers.get("variation")
    return None if found is None else 100 * found


CHECK = Check(
    name="variation",
    label="Difference of looks",
    unit="% of product",
    worse="high",
    limit=Limit(10.0, None),
    meaning="The model was unsure and looked again, closer, otherwise lit or upside down: how far those masks differ.",
    measure=measure,
)
