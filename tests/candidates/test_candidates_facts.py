"""Facts from the graph, against hand counts and against what the file really holds."""

from __future__ import annotations

from collections.abc import Callable

import onnx
import pytest
from onnx import numpy_helper

from advisor.candidates import Candidate, read_candidate

FAMILIES = {
    "logistic": "linear", "forest": "trees", "boosting": "trees", "xgboost": "trees",
    "lightgbm": "trees", "mlp": "mlp", "cnn": "cnn", "transformer": "transformer", "lstm": "rnn",
}  # fmt: skip


@pytest.mark.parametrize("kind", FAMILIES)
def test_every_kind_of_the_field_is_read(candidate: Callable[..., Candidate], kind: str) -> None:
    found = candidate(kind)
    assert found.family == FAMILIES[kind]
    assert found.facts.parameters > 0
    assert found.facts.flops_per_inference is not None
    assert found.facts.bytes_moved_per_inference is not None
    assert found.facts.weight_bytes <= found.path.stat().st_size * 1.05
    assert found.facts.precision == ("trees" if FAMILIES[kind] == "trees" else "float32")


def test_operations_of_a_dense_network_by_hand(candidate: Callable[..., Candidate]) -> None:
    flops = candidate("dense").facts.flops_per_inference
    gemm = 2 * 64 * 48 + 48
    head = 2 * 48 * 10 + 10
    assert flops is not None
    assert flops.value == gemm + 48 + head + 5 * 10  # Relu 1, softmax 5 an element


def test_operations_of_a_convolution_by_hand(candidate: Callable[..., Candidate]) -> None:
    flops = candidate("cnn").facts.flops_per_inference
    first = 2 * 64 * 32 * 9 + 64 * 32
    second = 2 * 64 * 64 * 9 * 32 + 64 * 64
    rest = 64 + 64 * 32 + 64 * 64 + 16 * 64 * 4 + (2 * 1024 * 10 + 10) + 50
    assert flops is not None
    assert flops.value == first + second + rest


def test_a_fixed_batch_counts_for_one_sample(candidate: Callable[..., Candidate]) -> None:
    free, fixed = candidate("dense"), candidate("dense", batch=8)
    assert fixed.facts.flops_per_inference == free.facts.flops_per_inference


@pytest.mark.parametrize("opset", [11, 13, 15, 17, 18, 20, 21, 23, 25])
def test_opsets(candidate: Callable[..., Candidate], opset: int) -> None:
    assert candidate("dense", opset=opset).facts.opset == opset


def test_a_free_axis_widens_the_interval(candidate: Callable[..., Candidate]) -> None:
    model = onnx.load(str(candidate("lstm").path))
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_param = "steps"
    path = candidate("lstm").path.with_name("free.onnx")
    onnx.save(model, str(path))
    free = read_candidate(path).facts.flops_per_inference
    given = read_candidate(path, {"steps": 8}).facts.flops_per_inference
    fixed = candidate("lstm").facts.flops_per_inference
    assert free is not None
    assert given is not None
    assert fixed is not None
    assert free.low < free.value < free.high
    assert "steps = 128" in free.source
    assert given.value == fixed.value


def test_trees_count_a_path_in_each(candidate: Callable[..., Candidate]) -> None:
    flops = candidate("boosting").facts.flops_per_inference  # 200 trees, depth at most 3
    assert flops is not None
    assert flops.high <= 200 * 3 + 200 + 128 + 10  # comparisons, additions, scaler
    assert flops.low < flops.value < flops.high


def test_sha256_is_that_of_the_file(candidate: Callable[..., Candidate]) -> None:
    import hashlib

    found = candidate("mlp")
    assert found.sha256 == hashlib.sha256(found.path.read_bytes()).hexdigest()


def test_parameters_are_the_weights(candidate: Callable[..., Candidate]) -> None:
    found = candidate("transformer")
    model = onnx.load(str(found.path))
    floats = [numpy_helper.to_array(t) for t in model.graph.initializer]
    assert found.facts.parameters == sum(a.size for a in floats if a.dtype.kind == "f")
