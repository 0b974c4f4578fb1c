"""Small true models of every kind the field exports, trained on scikit-learn's digits.

Networks are built with `onnx.helper`: random feature layers (fixed seed) under a head trained by
logistic regression on their outputs, so they are real classifiers with real accuracy, without a
deep-learning framework.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
warnings.filterwarnings("ignore", message=".*(converge|Maximum iterations).*")


def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Train inputs, test inputs, train labels, test labels; pixels 0 to 16 as float32."""
    bunch = load_digits()
    return tuple(
        train_test_split(
            bunch.data.astype(np.float32),
            bunch.target,
            test_size=0.4,
            random_state=0,
            stratify=bunch.target,
        )
    )


def save_data(folder: Path, name: str = "digits") -> tuple[Path, Path]:
    """Test data and (disjoint) calibration data as .npz with arrays `X` and `label`."""
    train, test, train_labels, test_labels = digits()
    np.savez(folder / f"{name}-test.npz", X=test, label=test_labels)
    np.savez(folder / f"{name}-train.npz", X=train, label=train_labels)
    return folder / f"{name}-test.npz", folder / f"{name}-train.npz"


def pipeline(classifier: Any, zipmap: bool = False, opset: int = 17) -> onnx.ModelProto:
    """A fitted scikit-learn pipeline with scaling as ONNX."""
    from skl2onnx import to_onnx

    train, _, labels, _ = digits()
    fitted = make_pipeline(StandardScaler(), classifier).fit(train, labels)
    return to_onnx(fitted, train[:1], options={id(fitted): {"zipmap": zipmap}}, target_opset=opset)


def logistic() -> onnx.ModelProto:
    return pipeline(LogisticRegression(max_iter=200), zipmap=True)


def forest(trees: int = 40) -> onnx.ModelProto:
    return pipeline(RandomForestClassifier(trees, max_depth=10, random_state=0))


def boosting(rounds: int = 20) -> onnx.ModelProto:
    return pipeline(GradientBoostingClassifier(n_estimators=rounds, subsample=0.5, random_state=0))


def mlp(*hidden: int, epochs: int = 15) -> onnx.ModelProto:
    return pipeline(MLPClassifier(hidden or (64,), max_iter=epochs, random_state=0))


def xgboost(rounds: int = 20) -> onnx.ModelProto:
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType
    from xgboost import XGBClassifier

    train, _, labels, _ = digits()
    fitted = XGBClassifier(n_estimators=rounds, max_depth=3, n_jobs=1).fit(train, labels)
    return convert_xgboost(
        fitted, initial_types=[("X", FloatTensorType([None, 64]))], target_opset=15
    )


def lightgbm(rounds: int = 20) -> onnx.ModelProto:
    from lightgbm import LGBMClassifier
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    train, _, labels, _ = digits()
    fitted = LGBMClassifier(n_estimators=rounds, max_depth=3, n_jobs=1, verbose=-1)
    fitted.fit(train, labels)
    return convert_lightgbm(
        fitted, initial_types=[("X", FloatTensorType([None, 64]))], zipmap=False, target_opset=15
    )


def cnn(channels: int = 32, opset: int = 17) -> onnx.ModelProto:
    """Two convolutions over 1×8×8 images (dynamic batch), pooled, with a trained head."""
    rng = np.random.default_rng(0)
    weights = {
        "c1.w": _random(rng, (channels, 1, 3, 3), 9),
        "c1.b": np.zeros(channels, np.float32),
        "c2.w": _random(rng, (2 * channels, channels, 3, 3), 9 * channels),
        "c2.b": np.zeros(2 * channels, np.float32),
        "sixteenth": np.float32(1 / 16),
    }
    nodes = [
        helper.make_node("Mul", ["X", "sixteenth"], ["scaled"]),
        helper.make_node("Conv", ["scaled", "c1.w", "c1.b"], ["c1"], pads=[1] * 4, name="conv1"),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("Conv", ["r1", "c2.w", "c2.b"], ["c2"], pads=[1] * 4, name="conv2"),
        helper.make_node("Relu", ["c2"], ["r2"]),
        helper.make_node("MaxPool", ["r2"], ["p2"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p2"], ["features"]),
    ]
    image = helper.make_tensor_value_info("X", FLOAT, ["N", 1, 8, 8])
    return _with_head(nodes, weights, image, opset, lambda x: x.reshape(-1, 1, 8, 8))


def transformer(width: int = 64, layers: int = 2, opset: int = 17) -> onnx.ModelProto:
    """An encoder over a digit's rows as tokens [N, tokens, 8], dynamic batch and length."""
    rng = np.random.default_rng(1)
    weights: dict[str, np.ndarray] = {
        "in.w": _random(rng, (8, width), 8 * 64),
        "place": rng.standard_normal((8, width)).astype(np.float32),
        "scale": np.float32(1 / np.sqrt(width)),
        "half": np.float32(0.5),
        "one": np.float32(1.0),
        "root": np.float32(np.sqrt(2.0)),
    }
    nodes = [
        helper.make_node("MatMul", ["X", "in.w"], ["in"], name="embed"),
        helper.make_node("Add", ["in", "place"], ["h0"]),
    ]
    for layer in range(layers):
        nodes += _encoder_layer(layer, width, weights, rng)
    nodes.append(
        helper.make_node("ReduceMean", [f"h{layers}"], ["features"], axes=[1], keepdims=0)
        if opset < 18
        else helper.make_node("ReduceMean", [f"h{layers}", "axes"], ["features"], keepdims=0)
    )
    if opset >= 18:
        weights["axes"] = np.array([1], np.int64)
    rows = helper.make_tensor_value_info("X", FLOAT, ["batch", 8, 8])
    return _with_head(nodes, weights, rows, opset, lambda x: x.reshape(-1, 8, 8))


def _encoder_layer(
    n: int, width: int, weights: dict[str, np.ndarray], rng: np.random.Generator
) -> list[onnx.NodeProto]:
    for name, shape in {
        "q": (width, width),
        "k": (width, width),
        "v": (width, width),
        "o": (width, width),
        "up": (width, 4 * width),
        "down": (4 * width, width),
    }.items():
        weights[f"{n}.{name}"] = _random(rng, shape, shape[0])
    for name in ("g1", "g2"):
        weights[f"{n}.{name}"] = np.ones(width, np.float32)
    make, h = helper.make_node, f"h{n}"
    return [
        make("LayerNormalization", [h, f"{n}.g1"], [f"{n}/n1"], axis=-1),
        *(make("MatMul", [f"{n}/n1", f"{n}.{x}"], [f"{n}/{x}"], name=f"{n}.{x}") for x in "qkv"),
        make("Transpose", [f"{n}/k"], [f"{n}/kt"], perm=[0, 2, 1]),
        make("MatMul", [f"{n}/q", f"{n}/kt"], [f"{n}/s"], name=f"{n}.scores"),
        make("Mul", [f"{n}/s", "scale"], [f"{n}/ss"]),
        make("Softmax", [f"{n}/ss"], [f"{n}/p"], axis=-1),
        make("MatMul", [f"{n}/p", f"{n}/v"], [f"{n}/c"], name=f"{n}.context"),
        make("MatMul", [f"{n}/c", f"{n}.o"], [f"{n}/co"], name=f"{n}.out"),
        make("Add", [h, f"{n}/co"], [f"{n}/a"]),
        make("LayerNormalization", [f"{n}/a", f"{n}.g2"], [f"{n}/n2"], axis=-1),
        make("MatMul", [f"{n}/n2", f"{n}.up"], [f"{n}/u"], name=f"{n}.up"),
        make("Div", [f"{n}/u", "root"], [f"{n}/ur"]),
        make("Erf", [f"{n}/ur"], [f"{n}/e"]),
        make("Add", [f"{n}/e", "one"], [f"{n}/e1"]),
        make("Mul", [f"{n}/u", f"{n}/e1"], [f"{n}/ue"]),
        make("Mul", [f"{n}/ue", "half"], [f"{n}/gelu"]),
        make("MatMul", [f"{n}/gelu", f"{n}.down"], [f"{n}/d"], name=f"{n}.down"),
        make("Add", [f"{n}/a", f"{n}/d"], [f"h{n + 1}"]),
    ]


def dense(opset: int = 17, hidden: int = 48, batch: Any = "N") -> onnx.ModelProto:
    """Gemm–Relu with a trained head, in any opset from 11 on."""
    rng = np.random.default_rng(2)
    weights = {"w": _random(rng, (64, hidden), 64 * 64), "b": np.zeros(hidden, np.float32)}
    nodes = [
        helper.make_node("Gemm", ["X", "w", "b"], ["g"], name="gemm"),
        helper.make_node("Relu", ["g"], ["features"]),
    ]
    info = helper.make_tensor_value_info("X", FLOAT, [batch, 64])
    return _with_head(nodes, weights, info, opset, lambda x: x)


def lstm(hidden: int = 32) -> onnx.ModelProto:
    """An LSTM over the rows of a digit, with a trained head."""
    rng = np.random.default_rng(3)
    weights = {
        "w": _random(rng, (1, 4 * hidden, 8), 8 * 16),
        "r": _random(rng, (1, 4 * hidden, hidden), hidden),
        "flat": np.array([0, -1], np.int64),
    }
    nodes = [
        helper.make_node("Transpose", ["X"], ["steps"], perm=[1, 0, 2]),
        helper.make_node(
            "LSTM", ["steps", "w", "r"], ["", "last"], hidden_size=hidden, name="lstm"
        ),
        helper.make_node("Transpose", ["last"], ["first"], perm=[1, 0, 2]),
        helper.make_node("Reshape", ["first", "flat"], ["features"]),
    ]
    info = helper.make_tensor_value_info("X", FLOAT, ["N", 8, 8])
    return _with_head(nodes, weights, info, 17, lambda x: x.reshape(-1, 8, 8))


def _with_head(
    nodes: list[onnx.NodeProto],
    weights: dict[str, np.ndarray],
    image: onnx.ValueInfoProto,
    opset: int,
    shaped: Callable[[np.ndarray], np.ndarray],
) -> onnx.ModelProto:
    """Fit logistic regression on `features` and add it as Gemm and Softmax → `probabilities`."""
    import onnxruntime as ort

    train, _, labels, _ = digits()
    body = _model(nodes, weights, image, "features", opset)
    session = ort.InferenceSession(body.SerializeToString(), providers=["CPUExecutionProvider"])
    inputs = shaped(train)
    fixed = image.type.tensor_type.shape.dim[0].dim_value
    steps = (
        [inputs[i : i + fixed] for i in range(0, len(inputs) - fixed + 1, fixed)]
        if fixed
        else [inputs]
    )
    features = np.concatenate([session.run(None, {"X": part})[0] for part in steps])
    mean, std = features.mean(axis=0), features.std(axis=0) + 1e-6
    head = LogisticRegression(max_iter=60, C=0.3).fit(
        (features - mean) / std, labels[: len(features)]
    )
    weights = {
        **weights,
        "head.w": (head.coef_ / std).T.astype(np.float32),
        "head.b": (head.intercept_ - head.coef_ @ (mean / std)).astype(np.float32),
    }
    nodes = [
        *nodes,
        helper.make_node("Gemm", ["features", "head.w", "head.b"], ["logits"], name="head"),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    return _model(nodes, weights, image, "probabilities", opset)


def _model(
    nodes: list[onnx.NodeProto],
    weights: dict[str, np.ndarray],
    image: onnx.ValueInfoProto,
    output: str,
    opset: int,
) -> onnx.ModelProto:
    batch = image.type.tensor_type.shape.dim[0]
    first = batch.dim_value or batch.dim_param
    columns = 10 if output == "probabilities" else None
    graph = helper.make_graph(
        nodes,
        "digits",
        [image],
        [helper.make_tensor_value_info(output, FLOAT, [first, columns])],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = min(model.ir_version, 10)
    onnx.checker.check_model(model)
    return model


def _random(rng: np.random.Generator, shape: tuple[int, ...], fan: int) -> np.ndarray:
    return (rng.standard_normal(shape) * np.sqrt(2.0 / fan)).astype(np.float32)
