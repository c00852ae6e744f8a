"""The engine of a network: the quickest with the same masks, a fallback that says why, an int8 copy that holds."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from processing.imaging import calibration, engines, quantising

SIDE = 32


def network(path: Path, *, half: bool = False, spike: float = 1.0) -> Path:
    """A small network that finds bright things: two convolutions, a side output, weights in half precision if asked.

    ``spike`` multiplies one channel that the second convolution takes back: a rare high activation.
    """
    kind, dtype = (TensorProto.FLOAT16, np.float16) if half else (TensorProto.FLOAT, np.float32)
    random = np.random.default_rng(0)
    first, second = np.abs(random.normal(0, 0.2, (4, 3, 3, 3))), random.normal(0, 0.3, (1, 4, 3, 3))
    first[0] *= spike
    second[:, 0] /= spike
    tensors = {"w1": first, "w2": second}
    casts = ("Cast", ["x"], ["xh"], {"to": kind}), ("Cast", ["deep"], ["deep32"], {"to": TensorProto.FLOAT})
    nodes = [
        casts[0],
        ("Conv", ["xh", "w1"], ["c1"], {"pads": [1] * 4}),
        ("Relu", ["c1"], ["r1"], {}),
        ("Conv", ["r1", "w2"], ["deep"], {"pads": [1] * 4}),
        casts[1],
        ("Sigmoid", ["deep32"], ["mask"], {}),
        ("Cast", ["r1"], ["side"], {"to": TensorProto.FLOAT}),
    ]
    shape = [1, 3, SIDE, SIDE]
    graph = helper.make_graph(
        [helper.make_node(op, given, made, name=made[0], **more) for op, given, made, more in nodes],
        "toy",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("mask", "side")],
        [numpy_helper.from_array(values.astype(dtype), name) for name, values in tensors.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 12)], ir_version=8), str(path))
    return path


def hourglass(path: Path) -> Path:
    """A network that halves its picture, works on it, enlarges the result and joins it with what it had before."""
    random = np.random.default_rng(0)
    kernels = {"w1": (4, 3), "w2": (4, 4), "w3": (1, 8)}
    pads = {"pads": [1] * 4}
    nodes = [
        ("Conv", ["x", "w1"], ["c1"], pads),
        ("Relu", ["c1"], ["wide"], {}),
        ("MaxPool", ["wide"], ["half"], {"kernel_shape": [2, 2], "strides": [2, 2]}),
        ("Conv", ["half", "w2"], ["c2"], pads),
        ("Relu", ["c2"], ["deep"], {}),
        ("Resize", ["deep", "", "", "sizes"], ["again"], {"mode": "linear"}),
        ("Concat", ["again", "wide"], ["both"], {"axis": 1}),
        ("Conv", ["both", "w3"], ["c3"], pads),
        ("Sigmoid", ["c3"], ["mask"], {}),
    ]
    tensors = [
        numpy_helper.from_array(random.normal(0, 0.2, (*shape, 3, 3)).astype(np.float32), name)
        for name, shape in kernels.items()
    ]
    graph = helper.make_graph(
        [helper.make_node(op, given, made, name=made[0], **more) for op, given, made, more in nodes],
        "toy",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("mask", TensorProto.FLOAT, [1, 1, SIDE, SIDE])],
        [*tensors, numpy_helper.from_array(np.array([1, 4, SIDE, SIDE], np.int64), "sizes")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(path))
    return path


def pictures(count: int = 3) -> list[Any]:
    return [calibration.network_input(calibration.scene(seed, 64), "toy", (SIDE, SIDE)) for seed in range(count)]


def answer(path: Path, picture: Any) -> Any:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": picture})[0]


@pytest.mark.parametrize("half", [False, True])
def test_an_int8_copy_has_int8_weights_one_output_and_nearly_the_same_answers(tmp_path: Path, half: bool) -> None:
    source, target = network(tmp_path / "toy.onnx", half=half), tmp_path / "toy-int8.onnx"
    quantising.quantise(source, target, pictures())
    made = onnx.load(str(target))
    assert [output.name for output in made.graph.output] == ["mask"]
    assert made.opset_import[0].version >= 13
    kernels = {t.name: t for t in made.graph.initializer if t.name.endswith("weight_q")}
    assert len(kernels) == 2 and all(kernel.data_type == TensorProto.INT8 for kernel in kernels.values())
    scales = [t for t in made.graph.initializer if t.name.endswith("weight_scale")]
    assert sorted(t.dims[0] for t in scales) == [1, 4]
    other = calibration.network_input(calibration.scene(9, 64), "toy", (SIDE, SIDE))
    assert np.abs(answer(target, other) - answer(source, other)).max() < 0.03


def test_what_is_joined_pooled_or_enlarged_into_one_shares_its_levels(tmp_path: Path) -> None:
    source, target = hourglass(tmp_path / "toy.onnx"), tmp_path / "toy-int8.onnx"
    quantising.quantise(source, target, pictures())
    made = onnx.load(str(target)).graph
    scales = {t.name: numpy_helper.to_array(t).item() for t in made.initializer if not t.dims}
    assert scales["wide_scale"] == scales["deep_scale"] == scales["again_scale"] != scales["x_scale"]
    given = {node.name: list(node.input) for node in made.node}
    assert given["both"] == ["again_dq", "wide_dq"] and given["half"] == ["wide_dq"] and given["again"][0] == "deep_dq"
    assert given["c3"][0] == "both" and given["c2"][0] == "half", "what only passes values on is not rounded again"
    other = pictures(6)[-1]
    assert np.abs(answer(target, other) - answer(source, other)).max() < 0.03


def test_a_copy_of_any_size_sees_in_a_part_what_it_sees_in_the_whole(tmp_path: Path) -> None:
    source, fixed, free = hourglass(tmp_path / "toy.onnx"), tmp_path / "fixed.onnx", tmp_path / "toy-int8.onnx"
    quantising.quantise(source, fixed, pictures())
    quantising.quantise(source, free, pictures(), any_size=True)
    picture = pictures(6)[-1]
    networks = engines.plain(free, 1), engines._open(source, engines.INT8, 1)
    for network in networks:
        entry, out = network.get_inputs()[0].name, [network.get_outputs()[0].name]
        whole = network.run(out, {entry: picture})[0]
        part = network.run(out, {entry: np.ascontiguousarray(picture[..., 4:28, :20])})[0]
        assert whole.shape[2:] == (SIDE, SIDE) and part.shape[2:] == (24, 20)
        assert np.abs(part[..., 6:-6, :-6] - whole[..., 10:22, :14]).max() < 0.02
    assert np.abs(networks[0].run(None, {"x": picture})[0] - answer(fixed, picture)).max() < 1e-6
    assert engines.takes_parts(engines.Loaded(networks[1], engines.INT8))


def test_only_a_copy_freed_here_is_asked_about_parts(tmp_path: Path) -> None:
    source, free, fixed = hourglass(tmp_path / "toy.onnx"), tmp_path / "free.onnx", tmp_path / "toy-int8.onnx"
    quantising.quantise(source, free, pictures(), any_size=True)
    quantising.quantise(source, fixed, pictures())
    for network, engine in (
        (engines.plain(free, 1), engines.PLAIN),  # of free sides, but who knows what it wants of them
        (engines.plain(source, 1), engines.PLAIN),
        (engines.Fast(source, 1, "f32"), "openvino f32"),
        (engines._open(source, engines.INT8, 1), engines.INT8),
    ):
        assert not engines.takes_parts(engines.Loaded(network, engine))


def test_a_network_that_enlarges_by_no_whole_factor_stays_at_its_size(tmp_path: Path) -> None:
    source, target = hourglass(tmp_path / "toy.onnx"), tmp_path / "toy-int8.onnx"
    odd = onnx.load(str(source))
    del odd.graph.node[-3:]  # nothing of the other size to join it with
    sizes = next(tensor for tensor in odd.graph.initializer if tensor.name == "sizes")
    sizes.CopyFrom(numpy_helper.from_array(np.array([1, 4, 24, 24], np.int64), "sizes"))
    del odd.graph.output[:]
    odd.graph.output.append(helper.make_tensor_value_info("again", TensorProto.FLOAT, None))
    onnx.save(odd, str(source))
    with pytest.raises(ValueError, match="no whole factor"):
        quantising.quantise(source, target, pictures(), any_size=True)
    assert not target.exists()


def test_a_span_covers_the_percentile_of_all_pictures_and_zero(tmp_path: Path) -> None:
    folded = quantising._folded(network(tmp_path / "toy.onnx"))
    whole, most = (quantising._spans(folded, ["r1"], pictures(), percentile)["r1"] for percentile in (100, 90))
    assert whole[0] == most[0] == 0 and 0 < most[1] < whole[1]


def test_a_network_with_one_rare_high_activation_keeps_its_answers_only_when_that_is_clipped(tmp_path: Path) -> None:
    source = network(tmp_path / "toy.onnx")
    picture = pictures(1)[0]
    burning = picture.copy()
    burning[..., 0, 0] = 4000.0  # one pixel in a thousand, as IS-Net's decoder has them
    wide, clipped = tmp_path / "wide.onnx", tmp_path / "clipped.onnx"
    quantising.quantise(source, wide, [burning], percentile=100)
    quantising.quantise(source, clipped, [burning], percentile=98)
    expected = answer(source, picture)
    assert np.abs(answer(wide, picture) - expected).mean() > 10 * np.abs(answer(clipped, picture) - expected).mean()


def test_the_quickest_engine_that_agrees_is_taken_and_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = network(tmp_path / "toy.onnx")
    quantising.quantise(weights, engines.quantised(weights), pictures())
    choice = engines.choose(weights)
    assert choice.seconds[choice.engine] == min(choice.seconds.values())
    assert {"onnxruntime", "openvino int8"} <= {*choice.seconds, *choice.refused}

    def again(weights: Path) -> engines.Choice:
        raise AssertionError("measured twice")

    monkeypatch.setattr(engines, "_measured", again)
    assert engines.choose(weights) == choice
    engines.quantised(weights).unlink()
    with pytest.raises(AssertionError, match="measured twice"):
        engines.choose(weights)


def test_an_int8_copy_that_gives_other_masks_is_refused(tmp_path: Path) -> None:
    weights, copy = network(tmp_path / "toy.onnx"), tmp_path / "toy-int8.onnx"
    quantising.quantise(weights, copy, pictures())
    spoilt = onnx.load(str(copy))
    for tensor in spoilt.graph.initializer:
        if tensor.name.endswith("weight_q"):
            tensor.CopyFrom(numpy_helper.from_array(-numpy_helper.to_array(tensor), tensor.name))
    onnx.save(spoilt, str(copy))
    choice = engines.choose(weights)
    assert "gives other masks" in choice.refused["openvino int8"]
    assert choice.engine != "openvino int8"


def test_a_damaged_int8_copy_is_refused_and_the_network_still_runs(tmp_path: Path) -> None:
    weights = network(tmp_path / "toy.onnx")
    (tmp_path / "toy-int8.onnx").write_bytes(b"half a file")
    loaded = engines.quickest(weights, 1)
    assert loaded.engine != "openvino int8"
    assert "does not run" in engines.choose(weights).refused["openvino int8"]
    assert loaded.network.run(None, {"x": pictures(1)[0]})[0].shape == (1, 1, SIDE, SIDE)


def test_a_slower_openvino_says_which_quicker_engine_did_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = network(tmp_path / "toy.onnx")
    refused = {"openvino int8": "does not run (half a file)"}
    monkeypatch.setattr(engines, "choose", lambda weights: engines.Choice("openvino f32", {}, refused))
    loaded = engines.quickest(weights, 1)
    assert (loaded.engine, loaded.fallback) == ("openvino f32", "openvino int8 does not run (half a file)")
    monkeypatch.setattr(engines, "choose", lambda weights: engines.Choice("openvino f32"))
    assert engines.quickest(weights, 1).fallback == ""


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The weights of a network whose int8 copy is the quickest, whatever the times of so small a one."""
    weights = network(tmp_path / "toy.onnx")
    quantising.quantise(weights, engines.quantised(weights), pictures())
    looked = engines._looked
    monkeypatch.setattr(engines, "_candidates", lambda weights: (engines.INT8,))
    monkeypatch.setattr(
        engines,
        "_looked",
        lambda asked, seen: (looked(asked, seen)[0], 1.0 if isinstance(asked, engines.Fast) else 2.0),
    )
    return weights


def started(weights: Path) -> tuple[bool, Any]:
    """Whether a network started from what was compiled before, and its answer to a picture."""
    loaded = engines.quickest(weights, 1)
    assert loaded.engine == engines.INT8
    compiled = loaded.network._request.get_compiled_model()
    return compiled.get_property("LOADED_FROM_CACHE"), loaded.network.run(None, {"x": pictures(1)[0]})[0]


def test_every_start_takes_what_was_compiled_when_engines_were_compared(copied: Path) -> None:
    fresh = engines._open(copied, engines.INT8, 1).run(None, {"x": pictures(1)[0]})[0]
    assert not engines.compiled(copied).exists()
    for _ in range(2):
        kept, answered = started(copied)
        assert kept and (answered == fresh).all()


@pytest.mark.parametrize("harm", ["shortened", "changed", "gone"])
def test_what_was_compiled_and_is_damaged_is_made_again(copied: Path, harm: str) -> None:
    _, made = started(copied)
    (blob,) = engines.compiled(copied).iterdir()
    whole = blob.read_bytes()
    blob.chmod(0o600)
    if harm == "gone":
        blob.unlink()
    else:
        middle = len(whole) // 2
        blob.write_bytes(whole[:middle] + (b"" if harm == "shortened" else b"\x55" * 64 + whole[middle + 64 :]))
    kept, answered = started(copied)
    assert kept and (answered == made).all()
    assert len(list(engines.compiled(copied).iterdir())) == 1


def test_where_nothing_can_be_kept_every_start_compiles(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "compiled", lambda weights: weights / "a folder below a file")
    assert [started(copied)[0] for _ in range(2)] == [False, False]


def test_comparing_engines_compiles_anew_what_an_earlier_copy_was_compiled_to(copied: Path) -> None:
    engines.compiled(copied).mkdir()
    (engines.compiled(copied) / "old.blob").write_bytes(b"of an earlier OpenVINO")
    assert engines.choose(copied).engine == engines.INT8
    (kept,) = engines.compiled(copied).iterdir()
    assert kept.name != "old.blob"


def test_where_openvino_runs_nothing_onnxruntime_takes_over_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*args: object) -> None:
        raise RuntimeError("this processor has no AVX2")

    monkeypatch.setattr(engines, "Fast", unsupported)
    loaded = engines.quickest(network(tmp_path / "toy.onnx"), 1)
    assert loaded.engine == "onnxruntime" and "no AVX2" in loaded.fallback
    assert loaded.network.run(["mask"], {"x": pictures(1)[0]})[0].shape == (1, 1, SIDE, SIDE)


def test_an_engine_that_stops_working_later_falls_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = network(tmp_path / "toy.onnx")
    monkeypatch.setattr(engines, "_noted", lambda weights: engines.Choice("openvino f32"))
    monkeypatch.setattr(engines, "_open", lambda *args, **kept: (_ for _ in ()).throw(RuntimeError("gone")))
    assert engines.quickest(weights, 1).fallback == "openvino f32 did not start"


def test_without_openvino_the_ordinary_engine_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "openvino", None)
    monkeypatch.setattr(engines, "missing", "OpenVINO is not installed")
    loaded = engines.quickest(network(tmp_path / "toy.onnx"), 1)
    assert loaded[1:] == ("onnxruntime", "OpenVINO is not installed")
    assert engines.choose(tmp_path / "toy.onnx").engine == "onnxruntime"


def test_an_openvino_that_breaks_at_import_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "openvino.py").write_text("raise ImportError('GLIBC_2.99 not found')")
    monkeypatch.delitem(sys.modules, "openvino")
    monkeypatch.syspath_prepend(tmp_path)
    assert engines._accelerator() == (None, "OpenVINO does not load (GLIBC_2.99 not found)")


def test_only_the_first_output_is_worked_out(tmp_path: Path) -> None:
    fast = engines.Fast(network(tmp_path / "toy.onnx"), 1, "f32")
    assert [port.name for port in fast.get_outputs()] == ["mask"]
    picture = pictures(1)[0]
    assert fast.run(None, {"x": picture})[0] == pytest.approx(answer(tmp_path / "toy.onnx", picture), abs=1e-4)


def test_a_note_of_another_machine_is_not_believed(tmp_path: Path) -> None:
    weights = network(tmp_path / "toy.onnx")
    engines.choose(weights)
    note = tmp_path / "toy.onnx.engine"
    written = json.loads(note.read_text())
    assert engines._noted(weights)
    note.write_text(json.dumps(written | {"state": written["state"] | {"processor": "another"}}))
    assert engines._noted(weights) is None


def test_drawn_photos_differ_are_the_same_each_time_and_show_a_product() -> None:
    assert (calibration.scene(3, 128) == calibration.scene(3, 128)).all()
    for seed in range(len(calibration.BACKDROPS)):
        drawn = calibration.scene(seed, 128)
        assert drawn.shape == (128, 128, 3) and drawn.dtype == np.uint8
        away = np.abs(drawn.astype(int) - drawn[2, 2]).sum(-1) > 60
        assert 0.01 < away.mean() < 0.9, seed
