"""Owns what steps, models and checks agree on: a step and its settings, the models it may ask, and the trace
of what happened that the checks read."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from processing.imaging.faults import InvalidRecipe, StepFailed
from processing.imaging.frame import Frame, Pixels

# Certainty that a pixel is product, H x W, 0 to 1.
Mask = npt.NDArray[np.float32]
# A part of a picture has sides of so many parts of the picture's own: what six halvings leave of 1024 px.
PARTS = 16


class Matter(Protocol):
    """Anything that finds the product in a picture."""

    @property
    def name(self) -> str: ...

    @property
    def takes_parts(self) -> bool:
        """Whether it can be asked about a part of a picture."""
        ...

    def mask(self, rgb: Pixels, whole: tuple[int, int] | None = None) -> Mask:
        """The mask of an sRGB picture, in the picture's own shape. Raises StepFailed on a flat prediction.

        ``whole`` is the size (width, height) of the picture that ``rgb`` is a part of: it is seen at the whole's scale.
        The part's sides are sixteenths (``PARTS``) of the whole's.
        """
        ...


@dataclass(slots=True)
class Trace:
    """What a run leaves behind for the checks: the masks of each model asked, and plain numbers by name."""

    masks: dict[str, Mask] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    choices: list[str] = field(default_factory=list)
    # Why a person has to see the output, whatever its readings say.
    demands: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """The same garment's inside, cut out, and the name of its photo."""

    frame: Frame
    name: str


def no_inside() -> Inside | str:
    """The ``inside`` of a context for one photo alone."""
    return "the product has no photo of its inside"


@dataclass(frozen=True, slots=True)
class Context:
    """What a step may use besides its frame and parameters: a way to get a model by name, the trace, and the product's
    inside, or why there is none; a photo's is cut out only when it is asked for."""

    matter: Callable[[str], Matter]
    trace: Trace = field(default_factory=Trace)
    inside: Callable[[], Inside | str] = no_inside

    @classmethod
    def always(cls, matter: Matter) -> "Context":
        """A context in which every model's name gives the same matter; for tests and for fallbacks."""
        return cls(lambda _name: matter)


def no_models(name: str) -> Matter:
    """The ``matter`` of a context that runs only steps which need no model, as a re-render does."""
    raise InvalidRecipe(
        "model_not_allowed",
        measured=f"The steps ask for the model {name!r}.",
        wanted="steps that work on the stored alpha.",
        action="Leave the cut-out step out, or give a context with models.",
    )


Number = float | int


def setting(
    default: Any,
    *,
    label: str,
    help: str,
    unit: str = "",
    low: Number | None = None,
    high: Number | None = None,
    choices: tuple[str, ...] = (),
    model: bool = False,
    tries: tuple[Any, ...] = (),
) -> Any:
    """A field of a step's Params with what the recipe editor, validation and tuner need to know; ``model`` says that
    it names one. ``tries`` are the values that a trial on photos with known masks puts in its place, where a mask can
    tell which is better.

    Stored recipes hold every value: a new default is for new recipes alone. A new field of a step that is there already
    needs a migration that writes the value which changes nothing into the versions there are.
    """
    about = {"label": label, "help": help, "unit": unit, "low": low, "high": high, "choices": choices, "model": model}
    return dataclasses.field(default=default, metadata={**about, "tries": tries})


def validate(params: Any) -> None:
    """Refuse a Params whose values have the wrong type or leave their range. Raises InvalidRecipe."""
    for item in dataclasses.fields(params):
        value, about = getattr(params, item.name), item.metadata
        if not _fits(value, item.default):
            raise _invalid(item.name, value, f"a value like {item.default!r}")
        if about["choices"] and value not in about["choices"]:
            raise _invalid(item.name, value, f"one of {', '.join(about['choices'])}")
        if about["low"] is not None and not about["low"] <= value <= about["high"]:
            raise _invalid(item.name, value, f"{about['low']} to {about['high']} {about['unit']}".strip())


def _fits(value: object, default: object) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if isinstance(default, float):
        return isinstance(value, (float, int)) and bool(np.isfinite(value))
    return isinstance(value, type(default))


def _invalid(name: str, value: object, wanted: str) -> InvalidRecipe:
    return InvalidRecipe(
        "bad_parameter",
        measured=f"{name} is {value!r}.",
        wanted=f"{wanted}.",
        action="Correct the recipe.",
    )


def untouched(before: Frame, after: Frame, what: str) -> None:
    """Raises StepFailed where a step that only says what is drawn on a canvas changed the cut-out itself."""
    if after.rgb is not before.rgb or after.alpha is not before.alpha:
        raise StepFailed(
            "pixels_changed",
            measured=f"The step “{what}” changed the cut-out.",
            wanted="a cut-out as it was; this step draws on the canvas alone.",
            action="Run the photo again without this step.",
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on a frame, as the registry holds it."""

    name: str
    label: str
    help: str
    params: type[Any]
    apply: Callable[[Frame, Any, Context], Frame]
    verify: Callable[[Frame, Frame, Any], None]

    def bind(self, values: Mapping[str, Any]) -> "BoundStep":
        """The step with checked parameters. Raises InvalidRecipe on an unknown or bad one."""
        known = {item.name for item in dataclasses.fields(self.params)}
        for name in values:
            if name not in known:
                raise InvalidRecipe(
                    "unknown_parameter",
                    measured=f"The step {self.name} has no parameter {name!r}.",
                    wanted=f"only {', '.join(sorted(known)) or 'none'}.",
                    action="Correct the recipe.",
                )
        return BoundStep(self, self.params(**values))


@dataclass(frozen=True, slots=True)
class BoundStep:
    """A step and the parameters it will run with."""

    step: Step
    params: Any
