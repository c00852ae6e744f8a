"""Owns the making of an int8 copy of a network: convolutions on 8-bit values, calibrated on pictures.

Weights get a scale a channel, activations one a tensor; both are written as QuantizeLinear and DequantizeLinear pairs
(QDQ, opset 13), which OpenVINO fuses into int8 kernels. What a convolution reads is quantised, not what it gives:
values that the next step (ReLU) sets to zero would take most of the 256 levels. Tensors that are joined, pooled or
enlarged into one share their levels, so that a value is rounded once, where it is made, and no step between two
convolutions has to go back to float.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper, shape_inference, version_converter

Floats = npt.NDArray[np.float32]
# Lowest and highest value that a tensor's 256 levels cover.
Span = tuple[float, float]

OPSET = 13
# Activations are looked at in every fourth row and column.
STRIDE = 4
# Steps whose values are among those they are given.
PASSED = "Concat", "MaxPool"


def quantise(
    source: Path,
    target: Path,
    pictures: Sequence[Floats],
    *,
    percentile: float = 100.0,
    any_size: bool = False,
) -> None:
    """Write an int8 copy of the network ``source``, with its first output alone, calibrated on ``pictures``.

    ``pictures`` are inputs of the network (1 x 3 x H x W). Activations are clipped beyond ``percentile``, so that a few
    high ones do not take the levels of all. ``any_size`` frees the copy of the size of its input; raises ValueError
    where the network cannot be. Raises what onnx and onnxruntime raise on a file they cannot read.
    """
    network = _folded(source)
    if any_size:
        _free(network)
    kin = _kin(network.graph)
    read = dict.fromkeys(node.input[0] for node in network.graph.node if node.op_type == "Conv")
    spans: dict[str, Span] = {}
    for name, span in _spans(network, read, pictures, percentile).items():
        spans[kin[name]] = _widest([span, spans[kin[name]]] if kin[name] in spans else [span])
    _rewrite(network.graph, {name: spans[head] for name, head in kin.items() if head in spans})
    onnx.save(network, str(target))


def _folded(source: Path) -> onnx.ModelProto:
    """The network in single precision, with its first output alone and everything constant worked out."""
    network = onnx.load(str(source))
    _to_single(network.graph)
    del network.graph.output[1:]
    with tempfile.TemporaryDirectory() as folder:
        options = _quiet()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(Path(folder) / "folded.onnx")
        onnxruntime.InferenceSession(network.SerializeToString(), options, providers=["CPUExecutionProvider"])
        network = onnx.load(options.optimized_model_filepath)
    # onnxruntime names all its own sets of operators, used or not.
    standard = next(entry.version for entry in network.opset_import if entry.domain == "")
    del network.opset_import[:]
    network.opset_import.append(helper.make_opsetid("", standard))
    return network if standard >= OPSET else version_converter.convert_version(network, OPSET)


def _free(network: onnx.ModelProto) -> None:
    """Let a network take pictures of any size that its halvings divide: it enlarges by factors, not to fixed sizes."""
    graph = network.graph
    known = shape_inference.infer_shapes(network).graph
    shapes = {
        value.name: [side.dim_value for side in value.type.tensor_type.shape.dim]
        for value in (*known.value_info, *known.input, *known.output)
    }
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type != "Resize" or len(node.input) < 4:
            continue
        given, made = shapes[node.input[0]], numpy_helper.to_array(constants[node.input[3]])
        factors = np.asarray(made / np.asarray(given), np.float32)
        if (factors % 1).any():
            raise ValueError(f"{node.name} enlarges {given} to {list(made)}, which is no whole factor")
        _add(graph, f"{node.name}_factors", factors)
        _set(node, [node.input[0], "", f"{node.name}_factors"])
    for value in (*graph.input, *graph.output):
        for side, name in zip(value.type.tensor_type.shape.dim[2:], ("height", "width"), strict=True):
            side.Clear()
            side.dim_param = name
    del graph.value_info[:]


def _to_single(graph: onnx.GraphProto) -> None:
    """Weights, constants and casts of half precision become single: every engine quantises those."""
    for tensor in _tensors(graph):
        if tensor.data_type == TensorProto.FLOAT16:
            values = numpy_helper.to_array(tensor).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT16:
                attribute.i = TensorProto.FLOAT
    for value in (*graph.input, *graph.output):
        if value.type.tensor_type.elem_type == TensorProto.FLOAT16:
            value.type.tensor_type.elem_type = TensorProto.FLOAT
    del graph.value_info[:]


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    yield from graph.initializer
    yield from (part.t for node in graph.node for part in node.attribute if part.name == "value")


def _spans(
    network: onnx.ModelProto, names: Iterable[str], pictures: Sequence[Floats], percentile: float
) -> dict[str, Span]:
    """What each tensor's values span over the pictures."""
    asked = list(names)
    session = _showing(network, asked)
    entry, sparse = network.graph.input[0].name, [f"{name}_sparse" for name in asked]
    seen = [[_span(v, percentile) for v in session.run(sparse, {entry: picture})] for picture in pictures]
    return {name: _widest(found) for name, *found in zip(asked, *seen, strict=True)}


def _showing(network: onnx.ModelProto, names: Sequence[str]) -> onnxruntime.InferenceSession:
    """A session that gives the named activations, every fourth row and column of them.

    All at once would take gigabytes, and a sixteenth tells a span as well.
    """
    shown = onnx.ModelProto()
    shown.CopyFrom(network)
    graph = shown.graph
    parts = {"starts": [0, 0], "ends": [2**31 - 1] * 2, "axes": [2, 3], "steps": [STRIDE] * 2}
    graph.initializer.extend(numpy_helper.from_array(np.array(v, np.int64), f"sparse_{k}") for k, v in parts.items())
    by = [f"sparse_{part}" for part in parts]
    slices = {name: helper.make_node("Slice", [name, *by], [f"{name}_sparse"]) for name in names}
    _replace(graph.node, _followed(graph, slices))
    del graph.output[:]
    graph.output.extend(helper.make_tensor_value_info(f"{name}_sparse", TensorProto.FLOAT, None) for name in names)
    return onnxruntime.InferenceSession(shown.SerializeToString(), _quiet(), providers=["CPUExecutionProvider"])


def _followed(graph: onnx.GraphProto, slices: dict[str, onnx.NodeProto]) -> list[onnx.NodeProto]:
    """The graph's nodes with each slice right behind what it cuts, so that nothing whole is kept for later."""
    entries = [slices[entry.name] for entry in graph.input if entry.name in slices]
    behind = [[node, *(slices[name] for name in node.output if name in slices)] for node in graph.node]
    return [*entries, *(node for group in behind for node in group)]


def _quiet() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False  # the arena keeps the most that was ever needed, several times over
    return options


def _span(values: Floats, percentile: float) -> Span:
    low, high = np.percentile(values, (100 - percentile, percentile))
    return float(low), float(high)


def _widest(spans: Sequence[Span]) -> Span:
    """The span of all, with zero in it, since borders are padded with zeros."""
    return min(0.0, *(low for low, _ in spans)), max(0.0, *(high for _, high in spans))


def _kin(graph: onnx.GraphProto) -> dict[str, str]:
    """Every tensor by name, and the head of its kin: those that a step joins, pools or enlarges into one."""
    heads: dict[str, str] = {name: name for name in (graph.input[0].name, *(n for v in graph.node for n in v.output))}

    def head(name: str) -> str:
        while heads[name] != name:
            name = heads[name]
        return name

    for node in graph.node:
        if node.op_type in (*PASSED, "Resize"):
            # Beside its picture a Resize has sizes and factors as inputs.
            for name in node.input if node.op_type == "Concat" else node.input[:1]:
                heads[head(name)] = head(node.output[0])
    return {name: head(name) for name in heads}


def _rewrite(graph: onnx.GraphProto, spans: Mapping[str, Span]) -> None:
    """Put a pair behind what makes each tensor that has a span, and drop the float weights that nothing reads any more.

    Steps that only pass values on need none: what they are given is quantised already.
    """
    weights = {tensor.name: tensor for tensor in graph.initializer}
    passed = {name for node in graph.node if node.op_type in PASSED for name in node.output}
    levelled = spans.keys() - passed
    entries = [entry.name for entry in graph.input if entry.name in levelled]
    nodes = [node for name in entries for node in _activation_pair(graph, name, spans[name])]
    for node in graph.node:
        _set(node, [f"{name}_dq" if name in levelled else name for name in node.input])
        if node.op_type == "Conv":
            nodes.append(_weights(graph, weights[node.input[1]], node.name or node.output[0]))
            node.input[1] = nodes[-1].output[0]
        nodes.append(node)
        for name in node.output:
            nodes += _activation_pair(graph, name, spans[name]) if name in levelled else []
    used = {name for node in nodes for name in node.input}
    _replace(graph.node, nodes)
    _replace(graph.initializer, [tensor for tensor in graph.initializer if tensor.name in used])


def _set(node: onnx.NodeProto, names: Sequence[str]) -> None:
    del node.input[:]
    node.input.extend(names)


def _replace(field: Any, items: Sequence[Any]) -> None:
    """Put other messages into a repeated field; they are copied first, since they may be parts of it."""
    copies = [type(item).FromString(item.SerializeToString()) for item in items]
    del field[:]
    field.extend(copies)


def _activation_pair(graph: onnx.GraphProto, name: str, span: Span) -> list[onnx.NodeProto]:
    """Levels 0 to 255 over the span, zero among them."""
    scale = max(span[1] - span[0], 1e-6) / 255
    _add(graph, f"{name}_scale", np.float32(scale))
    _add(graph, f"{name}_zero", np.uint8(np.clip(round(-span[0] / scale), 0, 255)))
    by = [f"{name}_scale", f"{name}_zero"]
    return [
        helper.make_node("QuantizeLinear", [name, *by], [f"{name}_q"], f"{name}_q"),
        helper.make_node("DequantizeLinear", [f"{name}_q", *by], [f"{name}_dq"], f"{name}_dq"),
    ]


def _weights(graph: onnx.GraphProto, kernel: onnx.TensorProto, owner: str) -> onnx.NodeProto:
    """The kernel as -127 to 127 with a scale for each output channel."""
    values = numpy_helper.to_array(kernel)
    scales = np.maximum(np.abs(values).reshape(len(values), -1).max(axis=1) / 127, 1e-9).astype(np.float32)
    levels = np.clip(np.round(values / scales.reshape(-1, *[1] * (values.ndim - 1))), -127, 127).astype(np.int8)
    name = f"{owner}_weight"
    _add(graph, f"{name}_q", levels)
    _add(graph, f"{name}_scale", scales)
    _add(graph, f"{name}_zero", np.zeros(len(values), np.int8))
    parts = [f"{name}_q", f"{name}_scale", f"{name}_zero"]
    return helper.make_node("DequantizeLinear", parts, [f"{name}_dq"], f"{name}_dq", axis=0)


def _add(graph: onnx.GraphProto, name: str, values: npt.ArrayLike) -> None:
    graph.initializer.append(numpy_helper.from_array(np.asarray(values), name))
