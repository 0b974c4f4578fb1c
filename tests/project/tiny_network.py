"""A true network of one hidden layer on disk, and noisy answers of its own as labelled data."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

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
