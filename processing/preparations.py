"""Owns what is made of a model once it is here, such as a quantised copy; one entry each."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from processing.imaging import calibration, quantising

from .weights import Model, WeightsError, ready_path


@dataclass(frozen=True)
class Preparation:
    """A file derived from one model. Raise `version` when `run` would write something else."""

    name: str
    model: str
    version: int
    title: str
    # (verified source, file to write)
    run: Callable[[Path, Path], None]

    @property
    def filename(self) -> str:
        return f"{self.name}.onnx"


def int8(edge: int, percentile: float, count: int, *, any_size: bool = False) -> Callable[[Path, Path], None]:
    """A run that writes the int8 copy of a network whose input is ``edge`` px, calibrated on ``count`` drawn photos.

    Those that compare engines (``engines.SCENES``) are others. With ``any_size`` the copy also takes parts of a
    picture, at the scale of the whole.
    """

    def run(source: Path, target: Path) -> None:
        scenes = [calibration.scene(seed) for seed in range(count)]
        pictures = [calibration.network_input(scene, source.stem, (edge, edge)) for scene in scenes]
        quantising.quantise(source, target, pictures, percentile=percentile, any_size=any_size)

    return run


# IS-Net's decoder has rare activations twenty times as high as all others; a span that held them left the others a
# handful of levels, which is what ruined it. Clipped, its masks stay as they were. How many drawn photos is measured,
# too: on real ones IS-Net's masks come nearer to single precision's up to sixteen, and U2-Net's up to four.
PREPARATIONS: tuple[Preparation, ...] = (
    Preparation("u2net-int8", "u2net", 2, "U2-Net in 8-bit integers", int8(320, 100, 4)),
    Preparation("isnet-int8", "isnet", 2, "IS-Net in 8-bit integers", int8(1024, 99.99, 16, any_size=True)),
)


def of_model(model: Model, registry: tuple[Preparation, ...] = PREPARATIONS) -> tuple[Preparation, ...]:
    return tuple(preparation for preparation in registry if preparation.model == model.name)


def is_prepared(preparation: Preparation, model: Model, folder: Path) -> bool:
    """Whether the derived file is there, from this very model and by this version of the preparation."""
    try:
        note = json.loads(_note_path(preparation, folder).read_text())
        size = (folder / preparation.filename).stat().st_size
    except (OSError, ValueError):
        return False
    return bool(note == _note(preparation, model, size))


def prepare(preparation: Preparation, model: Model, folder: Path) -> Path:
    """Make the derived file unless it is there; the file appears whole or not at all. Raises WeightsError."""
    target = folder / preparation.filename
    if is_prepared(preparation, model, folder):
        return target
    source = ready_path(model.name, folder)
    part = folder / f"{preparation.filename}.{os.getpid()}.part"
    try:
        preparation.run(source, part)
        size = part.stat().st_size
        part.replace(target)
    # onnx, protobuf and onnxruntime raise what they like, and a preparation may always be done without.
    except Exception as error:
        why = (str(error) or type(error).__name__).splitlines()[0][:300]
        raise WeightsError(f"{preparation.name} could not be prepared from {model.name}: {why}") from error
    finally:
        part.unlink(missing_ok=True)
    _note_path(preparation, folder).write_text(json.dumps(_note(preparation, model, size)))
    return target


def _note_path(preparation: Preparation, folder: Path) -> Path:
    return folder / f"{preparation.filename}.prepared"


def _note(preparation: Preparation, model: Model, size: int) -> dict[str, str | int]:
    return {"model": model.sha256, "version": preparation.version, "size": size}
