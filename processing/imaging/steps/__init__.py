"""Owns the registry of steps. To add one: write its file, add its line here; the order is the order of running."""

from processing.imaging.contract import Step
from processing.imaging.steps import clean, cutout, decontaminate, refine

STEPS: tuple[Step, ...] = (
    cutout.STEP,
    refine.STEP,
    clean.STEP,
    decontaminate.STEP,
)
