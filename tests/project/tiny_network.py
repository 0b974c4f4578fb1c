"""A true network of one hidden layer on disk, and noisy answers of its own as labelled data."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from advisor.bench import Precision
from advisor.project import Project
from advisor.project.benchmark import benchmark
from advisor.project.intake import add_data, add_models

QUICKLY = {"window_s": 0.05, "blocks_min": 2, "blocks_max": 2, "idle_s": 0.1, "warm_up_max_s": 0.2}
"""Fields of the benchmark's plan for a measurement that need not be good."""


def save_network(folder: Path) -> tuple[Path, Path]:
    """Model (16 inputs, 24 hidden units, 4 classes) and 400 rows with labels and groups."""
    rng = np.random.default_rng(0)
    first = rng.normal(size=(16, 24)).astype(np.float32)
    second = rng.normal(size=(24, 4)).astype(np.float32)
    nodes = [
        helper.make_node("MatMul", ["X", "W1"], ["a"], "first"),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("MatMul", ["b", "W2"], ["scores"], "second"),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, ["N", 16])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 4])],
        [numpy_helper.from_array(first, "W1"), numpy_helper.from_array(second, "W2")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 10
    onnx.save(model, folder / "tiny.onnx")
    data = rng.normal(size=(400, 16)).astype(np.float32)
    scores = np.maximum(data @ first, 0) @ second
    labels = np.argmax(scores + rng.normal(scale=1.0, size=scores.shape), axis=1)
    group = np.where(data[:, 0] > 0, "north", "south")
    np.savez(folder / "tiny.npz", X=data, label=labels, group=group)
    return folder / "tiny.onnx", folder / "tiny.npz"


def measure_pair(folder: Path) -> Path:
    """A project in which the network (`tiny`) and one of half its units (`half`) are measured."""
    large, data = save_network(folder)
    model = onnx.load(large)
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        cut = values[:, :12] if weight.name == "W1" else values[:12]
        weight.CopyFrom(numpy_helper.from_array(cut, weight.name))
    onnx.save(model, folder / "half.onnx")
    with Project.create(folder / "bank.advisor") as project:
        models, _ = add_models(project, [large, folder / "half.onnx"])
        source, whole = add_data(project, data, models, label="label", group="group")
        list(benchmark(project, models, source, whole, precision=Precision.GLANCE, **QUICKLY))
    return folder / "bank.advisor"
