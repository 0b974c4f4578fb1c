"""Each way in which a file cannot be a candidate ends in one sentence; the others go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import true_models
from onnx import TensorProto, helper

from advisor.candidates import Candidate, UnusableModelError, read_candidate, read_candidates


@pytest.fixture
def whole(candidate: Callable[..., Candidate]) -> bytes:
    return candidate("dense").path.read_bytes()


def _refused(path: Path) -> str:
    with pytest.raises(UnusableModelError) as raised:
        read_candidate(path)
    text = str(raised.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


def _model(operator: str = "Relu", opset: int = 17, domain: str = "", outputs: int = 1) -> bytes:
    info = helper.make_tensor_value_info
    made = helper.make_graph(
        [helper.make_node(operator, ["x"], ["y"], domain=domain)],
        "g",
        [info("x", TensorProto.FLOAT, ["N", 2])],
        [info("y", TensorProto.FLOAT, ["N", 2])][:outputs],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("my.company", 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=8).SerializeToString()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_truncated(tmp_path: Path, whole: bytes, share: float) -> None:
    path = tmp_path / "cut.onnx"
    path.write_bytes(whole[: int(share * len(whole))])
    assert "cut off or damaged" in _refused(path)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"hello, this is text", "not an ONNX model"),
        (b"PK\x03\x04rest", "PyTorch"),
        (b"version https://git-lfs.github.com/spec/v1", "Git LFS"),
        (_model("MyOwn", domain="my.company"), "my.company::MyOwn"),
        (_model(opset=99), "opset 99"),
        (_model(opset=5), "opset 5"),
        (_model(outputs=0), "no outputs"),
    ],
    ids=["empty", "text", "torch", "lfs", "custom", "new opset", "old opset", "no outputs"],
)
def test_not_usable(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    assert word in _refused(path)


def test_missing_and_folder_and_permission(
    tmp_path: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "does not exist" in _refused(tmp_path / "nothing.onnx")
    assert "folder" in _refused(tmp_path)
    path = tmp_path / "locked.onnx"
    path.write_bytes(whole)

    def refuse(_self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)  # root may read everything
    assert "may not be read" in _refused(path)


def _external(folder: Path) -> tuple[Path, Path]:
    path = folder / "big.onnx"
    model = true_models.dense()
    onnx.save_model(
        model, str(path), save_as_external_data=True, location="big.data", size_threshold=0
    )
    return path, folder / "big.data"


def test_external_data_is_read_hashed_and_missed(tmp_path: Path) -> None:
    path, data = _external(tmp_path)
    first = read_candidate(path)
    assert first.facts.parameters == 3610
    assert first.facts.weight_bytes == 4 * 3610
    values = bytearray(data.read_bytes())
    values[0] ^= 1
    data.write_bytes(bytes(values))
    assert read_candidate(path).sha256 != first.sha256
    data.write_bytes(bytes(values[:100]))
    assert "cut off" in _refused(path)
    data.unlink()
    assert "big.data" in _refused(path)


def test_external_data_outside_the_folder_is_refused(tmp_path: Path) -> None:
    path, _ = _external(tmp_path)
    model = onnx.load(str(path), load_external_data=False)
    for entry in model.graph.initializer[0].external_data:
        if entry.key == "location":
            entry.value = "../../etc/passwd"
    path.write_bytes(model.SerializeToString())
    assert "outside its own folder" in _refused(path)


def test_weights_over_two_gigabytes_are_never_loaded(tmp_path: Path) -> None:
    """A sparse file stands for 3 GB of weights: facts come from shapes, not from values."""
    rows, columns = 30_000, 25_000
    weights = TensorProto(name="w", data_type=TensorProto.FLOAT, data_location=1)
    weights.dims.extend((rows, columns))
    for key, value in (("location", "w.data"), ("length", str(4 * rows * columns))):
        weights.external_data.add(key=key, value=value)
    with (tmp_path / "w.data").open("wb") as file:
        file.truncate(4 * rows * columns)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", rows])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", columns])],
        [weights],
    )
    from advisor.candidates.graph import graph_facts
    from advisor.candidates.model_file import load_proto

    path = tmp_path / "huge.onnx"
    path.write_bytes(helper.make_model(graph, ir_version=8).SerializeToString())
    facts = graph_facts(load_proto(path))
    assert facts.weight_bytes == 4 * rows * columns > 2**31
    assert facts.parameters == rows * columns
    assert facts.flops_per_inference is not None
    assert facts.flops_per_inference.value == 2 * rows * columns


def test_the_others_go_on(tmp_path: Path, whole: bytes) -> None:
    (tmp_path / "good.onnx").write_bytes(whole)
    (tmp_path / "bad.onnx").write_bytes(whole[:50])
    olive = tmp_path / "output_model"
    olive.mkdir()
    (olive / "model.onnx").write_bytes(whole)
    found, refused = read_candidates([tmp_path])
    assert {c.name for c in found} == {"good", "output_model"}
    assert [r.path.name for r in refused] == ["bad.onnx"]
    assert np.all([c.sha256 == found[0].sha256 for c in found])
