"""Owns the registry of steps, in the order of running. To add one: write its file, add its line here."""

from processing.imaging.contract import Step
from processing.imaging.steps import clean, cutout, decontaminate, edge, glass, mannequin, refine, shadow

STEPS: tuple[Step, ...] = (
    cutout.STEP,
    refine.STEP,
    clean.STEP,
    mannequin.STEP,
    edge.STEP,
    decontaminate.STEP,
    glass.STEP,
    shadow.STEP,
)
