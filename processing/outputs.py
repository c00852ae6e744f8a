"""Outputs: rendering, measuring and keeping what a run or a repair made. Files first, then the row that names them."""

import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.module_loading import import_string

from catalog.models import Photo
from processing import recipes
from processing.imaging import checks, pipeline, rendering, screens, shadows
from processing.imaging.contract import Context, no_models
from processing.imaging.evidence import Evidence
from processing.imaging.frame import Alpha, Frame, Joint, decode
from processing.imaging.pipeline import Result
from processing.imaging.verdict import Judgement, judge
from processing.models import Output, RecipeVersion, Run

# Steps that leave the stored alpha as it is; they run again whenever an output is opened.
FINISHING_STEPS = ("decontaminate", "glass", "shadow")
# Steps that a person may set on an alpha that is there already. What they do to it is part of the output's own alpha.
RETOUCH_STEPS = ("edge", *FINISHING_STEPS)
Parameters = dict[str, dict[str, Any]]
# What a retouch step does where the parameters leave it out: nothing.
NEUTRAL: Parameters = {
    "edge": {"shift": 0.0, "feather": 0.0},
    "decontaminate": {"strength": 0.0},
    "glass": {"clarity": 0.0},
    "shadow": {"kind": "none"},
}
# Steps that a recipe may get which has been without, as they are before anybody sets them.
OFFERED: Parameters = {**NEUTRAL, "mannequin": {"kind": "none"}}


@dataclass(frozen=True, slots=True)
class Made:
    """What was made of a photo, ready to be kept: encoded files by name, measurements, and how it came about."""

    files: dict[str, bytes]
    parameters: Parameters
    sha256: str
    size: tuple[int, int]
    placement: dict[str, Any]
    readings: dict[str, float | None]
    judgement: Judgement
    model: str
    notes: list[str]
    seconds: dict[str, float] = field(default_factory=dict)


def context() -> Context:
    """The models on this machine. By name, since rembg's import takes seconds that only imaging workers should pay."""
    made: Context = import_string(settings.MODEL_CONTEXT)(settings.MODELS_DIR)
    return made


def make(
    source: Frame,
    result: Result,
    version: RecipeVersion,
    *,
    seconds: dict[str, float],
    parameters: Parameters | None = None,
) -> Made:
    """Render, measure and encode a result; ``seconds`` are those spent so far, by step.

    ``parameters`` are what it was made with where those are not the version's own. It is measured on plain white, as
    most marketplaces get it, and solid; the preview has the shadow and the clear glass, if there are any.
    """
    parameters = version.parameters if parameters is None else parameters
    clock = _Clock(seconds)
    canvas = rendering.place(result.frame, rendering.MASTER)
    solid = rendering.place(result.frame.with_glass(None), rendering.MASTER) if result.frame.glass else canvas
    clock.lap("render")
    readings = checks.measure_all(Evidence(source, result.frame, result.trace, solid))
    judgement = judge(readings, recipes.as_limits(version.limits), result.trace.demands)
    clock.lap("measure")
    files = _files(result.frame, shadows.under(canvas, result.frame.shadow))
    clock.lap("encode")
    return Made(
        files=files,
        parameters=parameters,
        sha256=digest(source, files["alpha.png"], parameters, files.get("joint.png", b"")),
        size=(canvas.rgb.shape[1], canvas.rgb.shape[0]),
        placement={"scale": canvas.scale, "x": canvas.offset[0], "y": canvas.offset[1]},
        readings=readings,
        judgement=judgement,
        model=", ".join(result.trace.masks),
        notes=[*result.notes, *result.trace.choices],
        seconds=clock.seconds,
    )


def reopen(output: Output, alpha: Alpha | None = None) -> tuple[Frame, Result]:
    """The source and the cut-out of an output, from what is stored: only the finishing steps run again.

    Exports, full-size pictures and golden photos all start here, so they see the same cut-out; ``alpha`` is another
    mask to see it with. Raises UnreadablePicture.
    """
    if alpha is None:
        with output.alpha.open("rb") as handle:
            alpha = screens.read_alpha(handle.read())
    return finish(read_source(output.photo).with_joint(joint_of(output)), alpha, output.parameters)


def joint_of(output: Output | None) -> Joint | None:
    """What lies under an output's cut-out; None for most."""
    if output is None or not output.joint:
        return None
    with output.joint.open("rb") as handle:
        return screens.read_joint(handle.read())


def master(frame: Frame) -> rendering.Canvas:
    """The picture that people review and look at in full size: on white, at its own size, with its shadow."""
    return shadows.under(rendering.place(frame, rendering.MASTER), frame.shadow)


def finish(
    source: Frame, alpha: Alpha, parameters: Parameters, steps: tuple[str, ...] = FINISHING_STEPS
) -> tuple[Frame, Result]:
    """Run those ``steps`` that are in ``parameters`` on the source with ``alpha`` (of the source's shape).

    A joint that the source has stays."""
    finishing = {name: values for name, values in parameters.items() if name in steps}
    result = pipeline.run(source.with_alpha(alpha), pipeline.parse(finishing), Context(no_models))
    return source, result


def read_source(photo: Photo) -> Frame:
    """The photo's source as an upright sRGB frame. Raises UnreadablePicture."""
    with photo.source.open("rb") as handle:
        return decode(handle.read(), max_pixels=photo.catalog.intake_standard.max_pixels)


def store(photo: Photo, made: Made, *, occasion: str) -> dict[str, str]:
    """Keep the files under the photo's folder; returns their names in the storage by field."""
    folder = f"{photo.folder}/{occasion}"
    return {
        name.partition(".")[0]: default_storage.save(f"{folder}/{name}", ContentFile(data))
        for name, data in made.files.items()
    }


def drop(stored: dict[str, str]) -> None:
    """Remove files whose row was never written."""
    for name in stored.values():
        default_storage.delete(name)


def clear(photo: Photo, *, occasion: str) -> None:
    """Remove whatever an occasion stored that ended before its row was written."""
    folder = f"{photo.folder}/{occasion}"
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:  # it had stored nothing yet
        return
    for name in names:
        default_storage.delete(f"{folder}/{name}")


def write(
    photo: Photo,
    made: Made,
    stored: dict[str, str],
    *,
    recipe_version: RecipeVersion,
    run: Run | None = None,
    author: User | None = None,
    parent: Output | None = None,
) -> Output:
    """Add the row of an output whose files are stored; must run inside the caller's transaction."""
    return Output.objects.create(
        photo=photo,
        run=run,
        author=author,
        parent=parent,
        recipe_version=recipe_version,
        parameters=made.parameters,
        **stored,
        sha256=made.sha256,
        width=made.size[0],
        height=made.size[1],
        placement=made.placement,
        verdict=made.judgement.verdict,
        risk=made.judgement.risk,
        readings=made.readings,
        reasons=reasons(made.judgement),
    )


def reasons(judgement: Judgement) -> list[dict[str, Any]]:
    """Why the verdict and the risk are what they are, as plain values: limits that were passed, then drivers."""
    passed = [{"check": r.check, "word": r.word, "text": r.text} for r in judgement.reasons]
    labels = {check.name: check.label for check in checks.CHECKS}
    return passed + [
        {"check": name, "word": "risk", "text": f"{labels[name]} raises the risk."} for name in judgement.drivers
    ]


class _Clock:
    """Seconds by step, added up lap by lap."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds = dict(seconds)
        self._last = time.perf_counter()

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step] = now - self._last
        self._last = now


def _files(cutout: Frame, canvas: rendering.Canvas) -> dict[str, bytes]:
    preview = screens.shrink(canvas.rgb, screens.PREVIEW_EDGE)
    joint = {"joint.png": screens.joint_png(cutout.joint)} if cutout.joint else {}
    return {
        **joint,
        "alpha.png": screens.alpha_png(alpha_of(cutout)),
        "preview.jpg": screens.jpeg(preview),
        "thumb.jpg": screens.jpeg(screens.shrink(preview, screens.THUMB_EDGE)),
    }


def alpha_of(frame: Frame) -> Alpha:
    """The frame's alpha. Raises ValueError where the recipe has no step that makes one."""
    if frame.alpha is None:
        raise ValueError("The recipe made no cut-out: it needs the step “cutout”, or a stored alpha.")
    return frame.alpha


def digest(source: Frame, alpha: bytes, parameters: Parameters, joint: bytes = b"") -> str:
    """The SHA-256 of all that an output is made of: the source's pixels, alpha and joint as stored, the parameters."""
    found = hashlib.sha256(np.ascontiguousarray(source.rgb).data)
    found.update(alpha)
    found.update(joint)
    found.update(json.dumps(parameters, sort_keys=True).encode())
    return found.hexdigest()
