"""Owns the loaded models: rembg's session classes on weights from our own folder, one of each a process.

Importing this module imports rembg, which takes seconds: only processes that cut out pictures import it.
"""

import functools
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from rembg.sessions import sessions_class
from rembg.sessions.base import BaseSession

from processing.imaging import engines, scaling
from processing.imaging.contract import PARTS, Context, Mask, Matter, Trace
from processing.imaging.faults import ModelUnavailable, StepFailed
from processing.imaging.frame import Pixels

Floats = npt.NDArray[np.float32]
# One number for each of red, green and blue.
Triple = tuple[float, float, float]

# Where a picture that is a part carries the size of the whole past rembg.
WHOLE = "whole"
# A prediction whose raw values differ by less than this says nothing about any pixel.
FLAT = 1e-4


class RembgMatter:
    """A rembg session as a Matter. Its resizing and normalising (by table) are kept; its download is not."""

    def __init__(self, name: str, weights: Path, *, family: str, threads: int = 1) -> None:
        self.name = name
        self._session, loaded = _session(family, weights, threads)
        self.engine, self.fallback = loaded.engine, loaded.fallback
        self.takes_parts = engines.takes_parts(loaded)
        self._probe = _Probe(self._session.inner_session, name)
        self._session.inner_session = self._probe

    def mask(self, rgb: Pixels, whole: tuple[int, int] | None = None) -> Mask:
        picture = Image.fromarray(rgb)
        picture.info[WHOLE] = whole
        with warnings.catch_warnings():
            # rembg builds pictures with an argument that Pillow has deprecated.
            warnings.simplefilter("ignore")
            first = self._session.predict(picture)[0]
        return np.asarray(first.convert("L"), dtype=np.float32) / np.float32(255)


class _Probe:
    """Stands in for the onnxruntime session to see what rembg hides: a flat prediction (NaN once scaled)."""

    def __init__(self, inner: Any, name: str) -> None:
        self._inner, self._name = inner, name

    def run(self, names: Any, feed: Any) -> Any:
        # The first output alone: the networks' side outputs are for training.
        outputs = self._inner.run(names or [self._inner.get_outputs()[0].name], feed)
        low, high = float(np.min(outputs[0])), float(np.max(outputs[0]))
        if not high - low > FLAT:
            raise StepFailed(
                "flat_prediction",
                measured=f"{self._name} gave the same value ({high:.4f}) everywhere.",
                wanted="a prediction that tells product from background.",
                action="Try another model, or draw the mask by hand.",
            )
        return outputs

    def __getattr__(self, item: str) -> Any:
        return getattr(self._inner, item)


def families() -> dict[str, type[BaseSession]]:
    """Every local model family that the installed rembg knows, by its name."""
    return {kind.name(): kind for kind in sessions_class if kind.is_local()}


def context(models_dir: Path, *, threads: int = 1) -> Context:
    """A context whose models come from ``models_dir``, loaded once a process; what is slower is noted on its trace."""
    trace = Trace()
    if scaling.fast is None:
        trace.choices.append(f"pictures were resized by Pillow, the slower way: {scaling.missing}")

    def matter(name: str) -> Matter:
        found = load(models_dir, name, threads)
        if found.fallback and (note := f"{name} ran in {found.engine}: {found.fallback}") not in trace.choices:
            trace.choices.append(note)
        return found

    return Context(matter, trace)


@functools.cache
def load(models_dir: Path, name: str, threads: int = 1) -> RembgMatter:
    """The model ``<models_dir>/<name>.onnx``. Raises ModelUnavailable."""
    weights = models_dir / f"{name}.onnx"
    if not weights.is_file():
        raise ModelUnavailable(
            "model_missing",
            measured=f"The weights {weights.name} are not in the models folder.",
            wanted=f"{weights}.",
            action=f"Run: manage.py models fetch {name}",
        )
    return RembgMatter(name, weights, family=family_of(name), threads=threads)


def family_of(name: str) -> str:
    """The rembg family whose pre- and post-processing a model of ours uses (u2net-int8 is a u2net)."""
    known = families()
    stem = name.removesuffix("-int8")
    family = {"isnet": "isnet-general-use"}.get(stem, stem)
    if family not in known:
        raise ModelUnavailable(
            "model_unknown",
            measured=f"rembg has no model called {family!r}.",
            wanted=f"one of {', '.join(sorted(known))}.",
            action="Correct the recipe's model.",
        )
    return family


def _session(family: str, weights: Path, threads: int) -> tuple[Any, engines.Loaded]:
    """rembg's session of a family around a network of ours, and what the network runs on."""
    kind: Any = families()[family]
    session: Any = object.__new__(kind)
    session.model_name = family
    try:
        loaded = engines.quickest(weights, threads)
    except Exception as error:  # onnxruntime's errors share no base class below this one
        raise ModelUnavailable(
            "model_damaged",
            measured=f"{weights.name} does not load ({str(error).splitlines()[0][:200]}).",
            wanted="the weights as published.",
            action="Fetch the model again: manage.py models fetch --again",
        ) from error
    session.inner_session = loaded.network
    if kind.normalize is BaseSession.normalize:
        session.normalize = functools.partial(normalised, session)
    return session, loaded


def normalised(session: Any, img: Image.Image, mean: Triple, std: Triple, size: tuple[int, int]) -> dict[str, Floats]:
    """What rembg's own ``normalize`` gives of the resized picture, but worked out for 256 levels, not every pixel.

    A part of a picture becomes the part of ``size`` that it is of the whole, in whole ``PARTS``.
    """
    if whole := img.info.get(WHOLE):
        share = [max(1, round(PARTS * side / of)) for side, of in zip(img.size, whole, strict=True)]
        size = size[0] * share[0] // PARTS, size[1] * share[1] // PARTS
    pixels = scaling.sharp(np.asarray(img.convert("RGB")), size)
    levels = np.arange(256) / max(int(pixels.max()), 1e-6)
    curves = [((levels - middle) / spread).astype(np.float32) for middle, spread in zip(mean, std, strict=True)]
    channels = np.stack([curve[pixels[..., number]] for number, curve in enumerate(curves)])
    return {session.inner_session.get_inputs()[0].name: channels[None]}
