"""Owns the way of one photo through a recipe and through single changes of it, for what they do to its mask.

Models are asked the same thing only once, and a change begins where it first makes a difference, so that two dozen
changes cost little more than the cut-out itself.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from processing.imaging import pipeline
from processing.imaging.contract import BoundStep, Context, Mask, Matter
from processing.imaging.defaults import Parameters
from processing.imaging.faults import Fault
from processing.imaging.frame import Alpha, Frame, Pixels
from processing.imaging.steps import STEPS


@dataclass(frozen=True, slots=True)
class Change:
    """One parameter of one step with the value that is tried in place of the recipe's own."""

    step: str
    parameter: str
    value: Any

    @property
    def key(self) -> str:
        """How the change is stored, such as "clean.hole=0.1"."""
        return f"{self.step}.{self.parameter}={self.value}"

    def on(self, parameters: Parameters) -> Parameters:
        """The parameters with this change. Raises KeyError where its step is not among them."""
        return {**parameters, self.step: {**parameters[self.step], self.parameter: self.value}}


class AskedOnce:
    """A matter that answers what it was asked before from memory."""

    def __init__(self, matter: Matter) -> None:
        self.matter, self.known = matter, dict[tuple[bytes, tuple[int, ...], tuple[int, int] | None], Mask]()

    @property
    def name(self) -> str:
        return self.matter.name

    @property
    def takes_parts(self) -> bool:
        return self.matter.takes_parts

    def mask(self, rgb: Pixels, whole: tuple[int, int] | None = None) -> Mask:
        asked = (rgb.tobytes(), rgb.shape, whole)
        if asked not in self.known:
            self.known[asked] = self.matter.mask(rgb, whole)
        return self.known[asked]


def asking_once(context: Context) -> Context:
    """The context, but that each model answers the same question from memory; for one photo."""
    asked: dict[str, AskedOnce] = {}

    def matter(name: str) -> Matter:
        if name not in asked:
            asked[name] = AskedOnce(context.matter(name))
        return asked[name]

    return Context(matter)


def changes(parameters: Parameters) -> list[Change]:
    """Every single change that the steps among ``parameters`` want tried, in the order of the steps; of one parameter's
    the smallest first, so that of changes that do the same the smallest is taken."""
    return [
        Change(step.name, item.name, value)
        for step in STEPS
        if step.name in parameters
        for item in dataclasses.fields(step.params)
        for value in _others(item.metadata["tries"], parameters[step.name].get(item.name, item.default))
    ]


def _others(tries: Sequence[Any], used: Any) -> list[Any]:
    """What may be tried besides the value in use, the nearest first where there are numbers."""
    found = [value for value in tries if value != used]
    return sorted(found, key=lambda value: abs(value - used)) if isinstance(used, int | float) else found


def masks(
    source: Frame, parameters: Parameters, tried: Sequence[Change], context: Context
) -> Iterator[tuple[Change | None, Alpha | Fault]]:
    """The mask of the parameters themselves (None), then that of each change, or the fault that it ended with."""
    once, base = asking_once(context), pipeline.parse(parameters)
    frames = [source]
    try:
        for bound in base:
            frames.append(_through(frames[-1], [bound], once))
    except Fault as fault:
        yield None, fault
    else:
        yield None, _alpha(frames[-1])
    for change in tried:
        yield change, _tried(frames, base, pipeline.parse(change.on(parameters)), once)


def _tried(
    frames: list[Frame], base: Sequence[BoundStep], steps: Sequence[BoundStep], context: Context
) -> Alpha | Fault:
    """The mask of ``steps``, from the last frame that they share with ``base``."""
    shared = 0
    while shared < min(len(frames) - 1, len(steps)) and steps[shared] == base[shared]:
        shared += 1
    try:
        return _alpha(_through(frames[shared], steps[shared:], context))
    except Fault as fault:
        return fault


def _through(frame: Frame, steps: Sequence[BoundStep], context: Context) -> Frame:
    return pipeline.run(frame, steps, context).frame


def _alpha(frame: Frame) -> Alpha:
    if frame.alpha is None:
        raise ValueError("The recipe made no cut-out: it needs the step “cutout”.")
    return frame.alpha
