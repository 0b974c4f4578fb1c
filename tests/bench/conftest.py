"""Tiny real models for the bench, made with onnx.helper, and a workload they answer well."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from advisor.candidates.candidate import Candidate, GraphFacts, TensorSpec
from advisor.candidates.workload import Task, Workload

FEATURES, CLASSES = 16, 4

MakeCandidate = Callable[..., Candidate]


@pytest.fixture(scope="session")
def teacher() -> np.ndarray:
    return np.random.default_rng(5).normal(size=(FEATURES, CLASSES)).astype(np.float32)


@pytest.fixture(scope="session")
def workload(teacher: np.ndarray) -> Workload:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(203, FEATURES)).astype(np.float32)
    labels = np.argmax(x @ teacher + rng.normal(scale=0.5, size=(203, CLASSES)), axis=1)
    return Workload(
        "teacher",
        {"x": x},
        labels,
        groups=np.where(np.arange(203) % 2, "a", "b"),
        task=Task.CLASSIFICATION,
        metric="accuracy",
        sha256=hashlib.sha256(x.tobytes()).hexdigest(),
    )


@pytest.fixture
def make_candidate(tmp_path: Path, teacher: np.ndarray) -> MakeCandidate:
    """Candidates of the teacher's own weights; `width` adds work, `noise` spoils the answers."""

    def make(
        name: str = "small",
        width: int = 0,
        noise: float = 0.0,
        batch: int | str = "n",
        run_options: dict[str, Any] | None = None,
    ) -> Candidate:
        rng = np.random.default_rng(1)
        weights = teacher + noise * rng.normal(size=teacher.shape).astype(np.float32)
        nodes = [helper.make_node("MatMul", ["x", "w"], ["logits"])]
        initializers = [onnx.numpy_helper.from_array(weights.astype(np.float32), "w")]
        if width:  # work whose result is added with weight zero, so that it is not optimised away
            wide = rng.normal(scale=1e-3, size=(FEATURES, width)).astype(np.float32)
            back = np.zeros((width, CLASSES), np.float32)
            initializers += [
                onnx.numpy_helper.from_array(wide, "wide"),
                onnx.numpy_helper.from_array(back, "back"),
            ]
            nodes += [
                helper.make_node("MatMul", ["x", "wide"], ["hidden"]),
                helper.make_node("Tanh", ["hidden"], ["active"]),
                helper.make_node("MatMul", ["active", "back"], ["nothing"]),
                helper.make_node("Add", ["logits", "nothing"], ["sum"]),
                helper.make_node("Softmax", ["sum"], ["p"], axis=1),
            ]
        else:
            nodes.append(helper.make_node("Softmax", ["logits"], ["p"], axis=1))
        graph = helper.make_graph(
            nodes,
            name,
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, FEATURES])],
            [helper.make_tensor_value_info("p", TensorProto.FLOAT, [batch, CLASSES])],
            initializers,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        path = tmp_path / f"{name}.onnx"
        onnx.save(model, path)
        return wrap(path, name, batch, run_options or {})

    return make


def wrap(
    path: Path, name: str, batch: int | str = "n", run_options: dict[str, Any] | None = None
) -> Candidate:
    return Candidate(
        name=name,
        path=path,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        run_options=run_options or {},
        facts=GraphFacts(
            parameters=64,
            flops_per_inference=None,
            bytes_moved_per_inference=None,
            weight_bytes=256,
            operators={"MatMul": 1},
            precision="float32",
            inputs=(TensorSpec(name="x", dtype="float32", shape=(batch, FEATURES)),),
            outputs=(TensorSpec(name="p", dtype="float32", shape=(batch, CLASSES)),),
            opset=17,
            opsets={"": 17},
        ),
    )
