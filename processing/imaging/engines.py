"""Owns what a network runs on: OpenVINO in bfloat16 where it is installed and was found to agree, else onnxruntime.

On processors with AMX, bfloat16 is three to five times as fast as single precision. Whether the masks stay the same
is not taken for granted: both are asked about a calibration picture first, and the answer is kept beside the weights.
"""

import importlib
import importlib.util
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float32]
Network = Any

# An optional accelerator: nothing but speed depends on it.
openvino: Any = importlib.import_module("openvino") if importlib.util.find_spec("openvino") else None

# Largest mean difference of two predictions (of 0 to 1) on the calibration picture that counts as agreement.
AGREES = 0.004


class Fast:
    """An OpenVINO network behind the three methods that rembg calls on an onnxruntime session."""

    def __init__(self, weights: Path, threads: int, precision: str) -> None:
        config = {
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,  # several workers share the machine; pinned, all would sit on one core
        }
        self._request = openvino.Core().compile_model(str(weights), "CPU", config).create_infer_request()
        model = self._request.model_outputs, self._request.model_inputs
        self._outputs, self._inputs = [[_Port(port.get_any_name()) for port in ports] for ports in model]

    def get_inputs(self) -> Sequence["_Port"]:
        return self._inputs

    def get_outputs(self) -> Sequence["_Port"]:
        return self._outputs

    def run(self, names: Sequence[str] | None, feed: Mapping[str, Floats]) -> list[Floats]:
        self._request.infer(dict(feed))
        wanted = names or [port.name for port in self._outputs]
        return [np.array(self._request.get_tensor(name).data, dtype=np.float32) for name in wanted]


class _Port:
    def __init__(self, name: str) -> None:
        self.name = name


def plain(weights: Path, threads: int) -> Network:
    """The network in onnxruntime, in the precision of its file. Raises what onnxruntime raises."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])


def quickest(weights: Path, threads: int) -> tuple[Network, str]:
    """The quickest network whose masks agree with onnxruntime's, and the name of its engine.

    The comparison costs seconds, so its outcome is kept in ``<weights>.engine`` (when that can be written).
    """
    if openvino is None or not weights.is_file():
        return plain(weights, threads), "onnxruntime"
    precision = _remembered(weights) or _compared(weights, threads)
    if precision != "none":
        try:
            return Fast(weights, threads, precision), f"openvino {precision}"
        except RuntimeError as error:
            log.warning("OpenVINO does not run %s, onnxruntime takes over: %s", weights.name, error)
    return plain(weights, threads), "onnxruntime"


def calibration_picture(shape: Sequence[int]) -> Floats:
    """A drawn product on a grey backdrop as a network's input (1 x 3 x H x W, about -2 to 2)."""
    _, channels, height, width = shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(height, width) - 0.5
    product = (np.hypot(x, 1.4 * y) < 0.28) | ((np.abs(x) < 0.06) & (y < 0) & (y > -0.35))
    grain = 0.15 * np.sin(90 * x) * np.sin(70 * y)
    picture = np.where(product, -0.9 + grain, 0.8 - 0.4 * np.hypot(x, y))
    return np.stack([picture - 0.3 * c * product for c in range(channels)])[None].astype(np.float32)


def _compared(weights: Path, threads: int) -> str:
    """The precision in which OpenVINO agrees with onnxruntime on the calibration picture, or ``none``."""
    reference = plain(weights, threads)
    port = reference.get_inputs()[0]
    feed = {port.name: calibration_picture(port.shape)}
    expected = _scaled(reference.run([reference.get_outputs()[0].name], feed)[0])
    found = next((p for p in _precisions() if _agrees(weights, threads, p, feed, expected)), "none")
    _remember(weights, found)
    return found


def _precisions() -> tuple[str, ...]:
    capable = "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return ("bf16", "f32") if capable else ("f32",)


def _agrees(weights: Path, threads: int, precision: str, feed: Mapping[str, Floats], expected: Floats) -> bool:
    try:
        fast = Fast(weights, threads, precision)
        given = _scaled(fast.run([fast.get_outputs()[0].name], feed)[0])
    except RuntimeError as error:
        log.warning("OpenVINO does not run %s in %s: %s", weights.name, precision, error)
        return False
    difference = float(np.abs(given - expected).mean())
    log.info("%s in %s differs from onnxruntime by %.5f", weights.name, precision, difference)
    return difference <= AGREES


def _scaled(prediction: Floats) -> Floats:
    low, high = prediction.min(), prediction.max()
    return np.asarray((prediction - low) / max(float(high - low), 1e-6))


def _note(weights: Path) -> Path:
    return weights.with_name(f"{weights.name}.engine")


def _state(weights: Path) -> dict[str, Any]:
    found = weights.stat()
    return {"size": found.st_size, "modified": found.st_mtime_ns, "openvino": openvino.__version__}


def _remembered(weights: Path) -> str | None:
    try:
        note = json.loads(_note(weights).read_text())
        return str(note["precision"]) if note["state"] == _state(weights) else None
    except (OSError, ValueError, KeyError):
        return None


def _remember(weights: Path, precision: str) -> None:
    try:
        _note(weights).write_text(json.dumps({"precision": precision, "state": _state(weights)}))
    except OSError as error:
        log.info("the comparison for %s is not kept: %s", weights.name, error)
