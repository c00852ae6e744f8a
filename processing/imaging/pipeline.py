"""Owns the way of a frame through the steps: a recipe's parameters to bound steps, and their run."""

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from processing.imaging.contract import BoundStep, Context, Trace
from processing.imaging.faults import InvalidRecipe
from processing.imaging.frame import Frame
from processing.imaging.steps import STEPS

__all__ = ["Result", "in_full", "parse", "run"]


@dataclass(frozen=True, slots=True)
class Result:
    """What a run gave: the frame, its notes, seconds by step, and the trace that the checks read."""

    source: Frame
    frame: Frame
    seconds: dict[str, float]
    trace: Trace

    @property
    def notes(self) -> tuple[str, ...]:
        return self.frame.notes


def parse(parameters: Mapping[str, Mapping[str, Any]]) -> tuple[BoundStep, ...]:
    """A recipe's parameters, by step name, as steps to run. A step runs if its name is a key.

    Raises InvalidRecipe on an unknown step or parameter or a value out of its range.
    """
    known = {step.name: step for step in STEPS}
    for name in parameters:
        if name not in known:
            raise InvalidRecipe(
                "unknown_step",
                measured=f"The recipe names the step {name!r}.",
                wanted=f"steps from {', '.join(known)}.",
                action="Correct the recipe.",
            )
    return tuple(step.bind(parameters[step.name]) for step in STEPS if step.name in parameters)


def in_full(parameters: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The same parameters with every value of every step that runs, those too that were left to their defaults.

    What is stored like this does the same whatever the defaults become. A whole number that stands for a real one is
    written as one, so that what is equal looks equal. Raises InvalidRecipe as ``parse`` does.
    """
    return {bound.step.name: _values(bound.params) for bound in parse(parameters)}


def _values(params: Any) -> dict[str, Any]:
    found = {item.name: (item, getattr(params, item.name)) for item in dataclasses.fields(params)}
    return {name: float(value) if isinstance(item.default, float) else value for name, (item, value) in found.items()}


def run(frame: Frame, steps: Sequence[BoundStep], context: Context) -> Result:
    """Send a frame through steps; each one's result is verified before the next begins. Raises StepFailed."""
    source, seconds = frame, {}
    for bound in steps:
        begun = time.perf_counter()
        after = bound.step.apply(frame, bound.params, context)
        bound.step.verify(frame, after, bound.params)
        frame = after
        seconds[bound.step.name] = time.perf_counter() - begun
    return Result(source, frame, seconds, context.trace)
