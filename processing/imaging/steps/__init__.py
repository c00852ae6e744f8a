"""Owns the registry of steps, in the order of running. To add one: write its file, add its line here."""

from processing.imaging.contract import Step
from processing.imaging.steps import clean, cutout, decontaminate, refine

STEPS: tuple[Step, ...] = (
    cutout.STEP,
    refine.STEP,
    clean.STEP,
    decontaminate.STEP,
)
