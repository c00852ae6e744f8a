"""Owns what a network runs on: the quickest of the engines here whose masks agree with single precision's.

OpenVINO in bfloat16 takes half the time of single precision where the processor has it (a quarter with AMX), and an
int8 copy of a network, where `preparations` made one, half of that again. Whether the masks stay the same is not
taken for granted: all are asked about drawn photos first, at set-up or by the first worker, and the answer is kept
beside the weights, with what the int8 copy compiles to.
"""

import contextlib
import fcntl
import importlib
import importlib.util
import json
import logging
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import onnxruntime

from processing.imaging import calibration

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float32]
Network = Any

PLAIN, INT8 = "onnxruntime", "openvino int8"
# Drawn photos that no calibration has seen, and how far masks of them (0 to 1) may differ in the mean.
SCENES = (100, 101, 102, 103, 104, 105)
AGREES = 0.004


def _accelerator() -> tuple[Any, str]:
    """OpenVINO, on which nothing but speed depends, or why it is not to be had."""
    try:
        return importlib.import_module("openvino"), ""
    except ModuleNotFoundError:
        return None, "OpenVINO is not installed"
    except (ImportError, OSError, RuntimeError) as error:  # a wheel for other processors or another C library
        return None, f"OpenVINO does not load ({str(error).splitlines()[0][:120]})"


openvino, missing = _accelerator()


class Loaded(NamedTuple):
    """A network to ask, the name of its engine, and why it is not a quicker one ("" where nothing is amiss)."""

    network: Network
    engine: str
    fallback: str = ""


@dataclass(frozen=True)
class Choice:
    """The engine found for a network, CPU seconds of one look by engine, and why others were refused."""

    engine: str
    seconds: dict[str, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def fallback(self) -> str:
        """Why it is none of the engines that were refused, any of which might have been quicker."""
        return "; ".join(f"{name} {why}" for name, why in self.refused.items())


class Fast:
    """An OpenVINO network behind the three methods that rembg calls on an onnxruntime session.

    It has the first output alone: the others are for training, and working them out costs a quarter of the time.
    ``compiled`` is a folder in which OpenVINO keeps what it made of the network, for later starts.
    """

    def __init__(self, weights: Path, threads: int, precision: str, compiled: Path | None = None) -> None:
        config = {
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            # Code made for sizes of parts met before: enough for three of them, beyond which it grew by the hundred MB
            # and saved no time that could be measured.
            "CPU_RUNTIME_CACHE_CAPACITY": "400",
            "ENABLE_CPU_PINNING": False,  # several workers share the machine; pinned, all would sit on one core
        }
        if compiled:
            config["CACHE_DIR"] = str(compiled)
        core = openvino.Core()
        model = core.read_model(str(weights))
        model = openvino.Model([model.outputs[0]], model.get_parameters())
        self._request = core.compile_model(model, "CPU", config).create_infer_request()
        ports = self._request.model_outputs, self._request.model_inputs
        self._outputs, self._inputs = [[_Port(port.get_any_name(), _sides(port)) for port in side] for side in ports]

    def get_inputs(self) -> Sequence["_Port"]:
        return self._inputs

    def get_outputs(self) -> Sequence["_Port"]:
        return self._outputs

    def run(self, names: Sequence[str] | None, feed: Mapping[str, Floats]) -> list[Floats]:
        self._request.infer(dict(feed))
        wanted = names or [port.name for port in self._outputs]
        return [np.array(self._request.get_tensor(name).data, dtype=np.float32) for name in wanted]


class _Port(NamedTuple):
    """An input or output; a side of any length is None, as onnxruntime has a name there and no number."""

    name: str
    shape: list[int | None]


def _sides(port: Any) -> list[int | None]:
    return [None if side.is_dynamic else side.get_length() for side in port.get_partial_shape()]


def takes_parts(loaded: Loaded) -> bool:
    """Whether a network takes parts of a picture: an int8 copy that `quantising` freed of its size.

    A network that came with free sides may want sizes of its own, which nobody here knows.
    """
    sides = loaded.network.get_inputs()[0].shape[2:]
    return loaded.engine == INT8 and not any(isinstance(side, int) for side in sides)


def plain(weights: Path, threads: int) -> Network:
    """The network in onnxruntime, in the precision of its file. Raises what onnxruntime raises."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])


def quickest(weights: Path, threads: int) -> Loaded:
    """The quickest network whose masks agree with onnxruntime's, and the name of its engine."""
    if openvino is None:
        return Loaded(plain(weights, threads), PLAIN, missing)
    choice = choose(weights)
    if choice.engine == PLAIN:
        return Loaded(plain(weights, threads), PLAIN, choice.fallback)
    try:
        return Loaded(_open(weights, choice.engine, threads, kept=True), choice.engine, choice.fallback)
    except RuntimeError as error:
        log.warning("OpenVINO does not run %s, onnxruntime takes over: %s", weights.name, error)
        return Loaded(plain(weights, threads), PLAIN, f"{choice.engine} did not start")


def choose(weights: Path) -> Choice:
    """The engine for a network: as noted in ``<weights>.engine``, else measured now, which takes seconds, and noted.

    Raises what onnxruntime raises on a file that is no network.
    """
    if openvino is None:
        return Choice(PLAIN, refused={"openvino": missing})
    if noted := _noted(weights):
        return noted
    with _alone(weights):
        # Whoever held the lock may have measured meanwhile.
        return _noted(weights) or _measured(weights)


def quantised(weights: Path) -> Path:
    """Where the int8 copy of a network lies, if there is one."""
    return weights.with_name(f"{weights.stem}-int8.onnx")


def compiled(weights: Path) -> Path:
    """The folder of what OpenVINO made of a network's int8 copy; without it the engines are compared anew."""
    return quantised(weights).with_suffix(".compiled")


def _measured(weights: Path) -> Choice:
    """Ask every engine about the drawn photos: the quickest of those that agree, onnxruntime if none does."""
    reference = plain(weights, 1)
    pictures = scenes(reference.get_inputs()[0].shape, weights.stem)
    expected, seconds = _looked(reference, pictures)
    spent, refused = {PLAIN: seconds}, {}
    for engine in _candidates(weights):
        if engine == "openvino f32" and len(spent) > 1:
            continue  # never quicker than what agreed already
        try:
            given, seconds = _looked(_open(weights, engine, 1), pictures)
        except RuntimeError as error:
            # OpenVINO begins with the place in its own source, and ends with what is wrong.
            refused[engine] = f"does not run ({str(error).strip().splitlines()[-1][:120]})"
            continue
        difference = float(np.mean([np.abs(a - b).mean() for a, b in zip(given, expected, strict=True)]))
        if difference <= AGREES:
            spent[engine] = seconds
        else:
            refused[engine] = f"gives other masks (mean difference {difference:.4f}, at most {AGREES} is wanted)"
    choice = Choice(min(spent, key=lambda name: spent[name]), spent, refused)
    log.info("%s runs in %s: %s %s", weights.name, choice.engine, spent, refused)
    shutil.rmtree(compiled(weights), ignore_errors=True)  # of an earlier copy, or an earlier OpenVINO
    if choice.engine == INT8:
        _open(weights, INT8, 1, kept=True)
    _note_down(weights, choice)
    return choice


def _candidates(weights: Path) -> tuple[str, ...]:
    capable = "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    float_ones = ("openvino bf16", "openvino f32") if capable else ("openvino f32",)
    return (INT8, *float_ones) if quantised(weights).is_file() else float_ones


def _open(weights: Path, engine: str, threads: int, *, kept: bool = False) -> Fast:
    """The network in one of the ``_candidates``; what an int8 copy keeps in float runs in the best float there is.

    With ``kept`` an int8 copy starts from what was ``compiled`` before, in a third of the time, or leaves that there.
    """
    precision = engine.removeprefix("openvino ")
    if precision != "int8":
        return Fast(weights, threads, precision)
    capable = "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    copy, floats = quantised(weights), "bf16" if capable else "f32"
    if kept:
        try:
            return Fast(copy, threads, floats, compiled(weights))
        except RuntimeError as error:
            log.info("what %s compiles to is not kept: %s", copy.name, error)
    return Fast(copy, threads, floats)


def scenes(shape: Sequence[Any], name: str) -> list[Floats]:
    """The drawn photos as inputs (of this shape, N x C x H x W) of the network ``name``."""
    height, width = (side if isinstance(side, int) else 1024 for side in shape[2:])
    return [calibration.network_input(calibration.scene(seed), name, (width, height)) for seed in SCENES]


def _looked(network: Network, pictures: Sequence[Floats]) -> tuple[list[Floats], float]:
    """The masks, scaled to 0 to 1 as rembg does, and the CPU seconds of one look (the least of all)."""
    entry, out = network.get_inputs()[0].name, [network.get_outputs()[0].name]
    masks, spent = [], []
    for picture in pictures:
        begun = time.process_time()
        mask = network.run(out, {entry: picture})[0]
        spent.append(time.process_time() - begun)
        masks.append((mask - mask.min()) / max(float(mask.max() - mask.min()), 1e-6))
    return masks, round(min(spent), 3)


def _note(weights: Path) -> Path:
    return weights.with_name(f"{weights.name}.engine")


def _state(weights: Path) -> dict[str, Any]:
    """What a choice hangs on: the files, what was compiled of them, the engine and the processor.

    So a compiled copy that anybody touched is not believed either, but made again.
    """
    files = [path.stat() for path in (weights, quantised(weights)) if path.is_file()]
    made = [path.stat() for path in sorted(compiled(weights).glob("*"))]
    processor = openvino.Core().get_property("CPU", "FULL_DEVICE_NAME")
    kinds = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return {
        "files": [[found.st_size, found.st_mtime_ns] for found in files],
        "compiled": [[found.st_size, found.st_mtime_ns] for found in made],
        "openvino": openvino.__version__,
        "processor": f"{processor} {' '.join(kinds)}",
        "scenes": list(SCENES),
    }


def _noted(weights: Path) -> Choice | None:
    try:
        note = json.loads(_note(weights).read_text())
        return Choice(**note["choice"]) if note["state"] == _state(weights) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _note_down(weights: Path, choice: Choice) -> None:
    try:
        _note(weights).write_text(json.dumps({"choice": asdict(choice), "state": _state(weights)}))
    except OSError as error:
        log.info("the comparison for %s is not kept: %s", weights.name, error)


@contextlib.contextmanager
def _alone(weights: Path) -> Iterator[None]:
    """Hold a lock, so that of several workers that start at once one measures and the others read what it found."""
    with contextlib.ExitStack() as stack:
        try:
            lock = stack.enter_context(weights.with_name(f".{weights.name}.engine.lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:
            log.info("%s is compared without a lock: %s", weights.name, error)
        yield
