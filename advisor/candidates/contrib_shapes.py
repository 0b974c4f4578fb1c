"""Operators that ONNX shape inference does not follow, replaced by ones with the same shapes.

Classical operators (`ai.onnx.ml`) and ONNX Runtime's own (`com.microsoft`) stop shape inference,
and everything after them stays unknown. In a copy used for counting only, each is replaced by a
standard operator whose result has the same shape: a `Gather` along the last axis gives any number
of columns, `Identity` keeps the shape. The formulas then read the true node, not the replacement.
"""

from __future__ import annotations

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from advisor.candidates.operations import attribute

_AS_FIRST_INPUT = frozenset(
    [
        "BiasGelu",
        "FastGelu",
        "Gelu",
        "QuickGelu",
        "SkipLayerNormalization",
        "SimplifiedLayerNormalization",
        "SkipSimplifiedLayerNormalization",
        "MultiHeadAttention",
        "GroupQueryAttention",
        "RotaryEmbedding",
        "Scaler",
        "Normalizer",
        "Imputer",
        "Binarizer",
        "LabelEncoder",
        "CategoryMapper",
        "QAttention",
    ]
)
_PLAIN = {
    "DynamicQuantizeMatMul": ("MatMul", 2),
    "MatMulIntegerToFloat": ("MatMul", 2),
    "DynamicQuantizeLSTM": ("LSTM", 3),
    "FusedGemm": ("Gemm", 3),
    "FusedConv": ("Conv", 3),
    "QuantizeLinear": ("QuantizeLinear", 3),
    "DequantizeLinear": ("DequantizeLinear", 3),
}
_KEPT_ATTRIBUTES = frozenset(
    [
        "transA",
        "transB",
        "strides",
        "pads",
        "dilations",
        "group",
        "kernel_shape",
        "auto_pad",
        "axis",
        "hidden_size",
        "direction",
        "layout",
    ]
)
_CLASSIFIERS = frozenset(("LinearClassifier", "TreeEnsembleClassifier", "SVMClassifier"))
_LABELS = ("classlabels_strings", "classlabels_ints", "classlabels_int64s")
_REGRESSORS = {
    "LinearRegressor": "targets",
    "TreeEnsembleRegressor": "n_targets",
    "TreeEnsemble": "n_targets",
    "SVMRegressor": "",
}


def with_inferable_operators(model: ModelProto) -> ModelProto:
    """A copy of the model, without the values of its weights, that shape inference can follow."""
    copy = ModelProto()
    copy.CopyFrom(model)
    for tensor in copy.graph.initializer:
        if tensor.data_type not in (TensorProto.INT64, TensorProto.INT32):
            for field in ("raw_data", "float_data", "int32_data", "double_data", "external_data"):
                tensor.ClearField(field)
            tensor.ClearField("data_location")
    plain = [stand_in for node in copy.graph.node for stand_in in _stand_ins(copy, node)]
    del copy.graph.node[:]
    copy.graph.node.extend(plain)
    return copy


def _stand_ins(model: ModelProto, node: NodeProto) -> list[NodeProto]:
    if node.domain not in ("com.microsoft", "ai.onnx.ml"):
        return [node]
    if node.op_type in _AS_FIRST_INPUT:
        return [helper.make_node("Identity", [node.input[0]], [node.output[0]])]
    if node.op_type == "MatMulNBits":
        return [_columns(model, node, 0, attribute(node, "N", 1))]
    if node.op_type in _CLASSIFIERS:
        labels = next((v for v in (attribute(node, n) for n in _LABELS) if v), [0])
        count = len(labels)
        return [_columns(model, node, 0, None), _columns(model, node, 1, max(count, 1))]
    if node.op_type in _REGRESSORS:
        return [_columns(model, node, 0, attribute(node, _REGRESSORS[node.op_type], 1))]
    if node.op_type == "FusedMatMul":
        left = "...ji" if attribute(node, "transA", 0) else "...ij"
        right = "...kj" if attribute(node, "transB", 0) else "...jk"
        equation = f"{left},{right}->...ik"
        return [helper.make_node("Einsum", list(node.input), list(node.output), equation=equation)]
    if node.op_type in _PLAIN:
        operator, inputs = _PLAIN[node.op_type]
        plain = helper.make_node(operator, list(node.input[:inputs]), list(node.output))
        plain.attribute.extend(a for a in node.attribute if a.name in _KEPT_ATTRIBUTES)
        return [plain]
    return [node]


def _columns(model: ModelProto, node: NodeProto, output: int, count: int | None) -> NodeProto:
    """A node whose result is the first input's shape with the last axis of `count` (None: gone)."""
    name = f"{node.output[output]}/columns"
    picked = np.zeros((), np.int64) if count is None else np.zeros(count, np.int64)
    model.graph.initializer.append(numpy_helper.from_array(picked, name))
    axis = 1 if node.domain == "ai.onnx.ml" else -1
    return helper.make_node("Gather", [node.input[0], name], [node.output[output]], axis=axis)
