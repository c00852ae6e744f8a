"""The defects a reviewer can name: one entry each; keys, forms, pages and metrics are made from it."""

from dataclasses import dataclass

from catalog.segments import Route
from review.models import Decision, Severity

Remedy = Decision.Remedy


@dataclass(frozen=True, slots=True)
class Defect:
    """One code with its key in the queue, the step to blame, and what usually helps.

    ``route`` is where a reprocessed photo of this defect is sent when nobody chose; empty where no other recipe helps.
    """

    code: str
    label: str
    key: str
    severity: Severity
    step: str
    remedy: Decision.Remedy
    meaning: str
    route: str = ""


DEFECTS: tuple[Defect, ...] = (
    Defect(
        "edge",
        "Edge",
        "1",
        Severity.MAJOR,
        "refine",
        Remedy.REPAIR,
        "Ragged, soft or haloed outline",
        Route.FINE_TEXTURE,
    ),
    Defect("residue", "Residue", "2", Severity.MAJOR, "clean", Remedy.REPAIR, "Background left beside the product"),
    Defect("part", "Part missing", "3", Severity.CRITICAL, "cutout", Remedy.REPAIR, "Some of the product is cut away"),
    Defect("hole", "Hole", "4", Severity.MAJOR, "clean", Remedy.REPAIR, "A gap inside that is not one, or one filled"),
    Defect(
        "colour",
        "Colour",
        "5",
        Severity.MAJOR,
        "decontaminate",
        Remedy.REPROCESS,
        "The product's colour has changed",
        Route.LOW_CONTRAST,
    ),
    Defect(
        "shadow",
        "Shadow",
        "6",
        Severity.MINOR,
        "clean",
        Remedy.REPROCESS,
        "Shadow or reflection left, or torn off",
        Route.REFLECTIVE,
    ),
    Defect("other", "Other", "7", Severity.MAJOR, "", Remedy.ESCALATE, "Wrong product, view, crop, or anything else"),
)

BY_CODE = {defect.code: defect for defect in DEFECTS}


def get(code: str) -> Defect:
    """The defect of ``code``; ValueError with the known ones for any other."""
    if code not in BY_CODE:
        raise ValueError(f"No defect “{code}”: there are {', '.join(BY_CODE)}.")
    return BY_CODE[code]


def label(code: str) -> str:
    """The defect in a word or two; one that is no longer known goes by its code."""
    return BY_CODE[code].label if code in BY_CODE else code
