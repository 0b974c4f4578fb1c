"""Operations of one operator: how many floating point operations it needs for given shapes.

Convention: one multiply-add is two operations (as MLPerf and the vendors' peak figures count);
integer arithmetic of a quantised operator counts like the float arithmetic it replaces, so that a
lever which changes precision keeps the operation count. Formulas: docs/method/candidates.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from onnx import NodeProto, helper

Shape = tuple[int, ...]


class Shapes(NamedTuple):
    """Shapes of a node's inputs and outputs; None where the graph does not tell."""

    inputs: tuple[Shape | None, ...]
    outputs: tuple[Shape | None, ...]


class UnknownShape(Exception):  # noqa: N818 - a signal inside this room, never shown
    """A shape that the formula needs is not known."""


def operations(node: NodeProto, shapes: Shapes) -> float:
    """Floating point operations of one execution of a node. Raises `UnknownShape`."""
    if node.op_type in _FREE:
        return 0.0
    formula = _FORMULAS.get(node.op_type)
    if formula is not None:
        return formula(node, shapes)
    return _PER_ELEMENT.get(node.op_type, 1.0) * _elements(shapes.outputs, 0)


def attribute(node: NodeProto, name: str, default: Any = None) -> Any:
    """An attribute's value, or the default."""
    for entry in node.attribute:
        if entry.name == name:
            return helper.get_attribute_value(entry)
    return default


def _shape(shapes: tuple[Shape | None, ...], position: int) -> Shape:
    if position >= len(shapes) or shapes[position] is None:
        raise UnknownShape
    return shapes[position] or ()


def _elements(shapes: tuple[Shape | None, ...], position: int) -> int:
    return math.prod(_shape(shapes, position))


def _matmul(node: NodeProto, shapes: Shapes) -> float:
    """2·(elements of the result)·(inner dimension)."""
    return 2.0 * _elements(shapes.outputs, 0) * _shape(shapes.inputs, 0)[-1]


def _qlinear_matmul(node: NodeProto, shapes: Shapes) -> float:
    return 2.0 * _elements(shapes.outputs, 0) * _shape(shapes.inputs, 0)[-1]


def _gemm(node: NodeProto, shapes: Shapes) -> float:
    a = _shape(shapes.inputs, 0)
    inner = a[0] if attribute(node, "transA", 0) else a[-1]
    bias = _elements(shapes.outputs, 0) if len(node.input) > 2 and node.input[2] else 0
    return 2.0 * _elements(shapes.outputs, 0) * inner + bias


def _conv_weights(position: int) -> Callable[[NodeProto, Shapes], float]:
    def formula(node: NodeProto, shapes: Shapes) -> float:
        """2·(elements of the result)·(input channels per group)·(kernel size), and the bias."""
        weights = _shape(shapes.inputs, position)
        result = _elements(shapes.outputs, 0)
        bias_at = 8 if node.op_type == "QLinearConv" else 2
        has_bias = node.op_type != "ConvInteger" and len(node.input) > bias_at
        return 2.0 * result * math.prod(weights[1:]) + (result if has_bias else 0)

    return formula


def _conv_transpose(node: NodeProto, shapes: Shapes) -> float:
    weights = _shape(shapes.inputs, 1)
    return 2.0 * _elements(shapes.inputs, 0) * math.prod(weights[1:])


def _recurrent(gates: int, extra: float) -> Callable[[NodeProto, Shapes], float]:
    def formula(node: NodeProto, shapes: Shapes) -> float:
        """Per step and direction: 2·gates·hidden·(inputs + hidden) and the elementwise part."""
        x, r = _shape(shapes.inputs, 0), _shape(shapes.inputs, 2)
        first, second = (x[1], x[0]) if attribute(node, "layout", 0) else (x[0], x[1])
        directions, hidden = r[0], r[-1] if r[-1] * gates == r[1] else r[1]
        step = 2.0 * gates * hidden * (x[-1] + hidden) + extra * hidden
        return directions * first * second * step

    return formula


def _pool(node: NodeProto, shapes: Shapes) -> float:
    kernel = attribute(node, "kernel_shape", [1])
    return float(_elements(shapes.outputs, 0) * math.prod(kernel))


def _reads_all(factor: float) -> Callable[[NodeProto, Shapes], float]:
    def formula(node: NodeProto, shapes: Shapes) -> float:
        return factor * _elements(shapes.inputs, 0)

    return formula


def _einsum(node: NodeProto, shapes: Shapes) -> float:
    """2·product of all distinct index sizes (as if contracted in one go)."""
    equation = attribute(node, "equation", b"")
    text = (equation if isinstance(equation, bytes) else b"").decode().replace(" ", "")
    if "..." in text:
        raise UnknownShape
    sizes: dict[str, int] = {}
    for position, term in enumerate(text.split("->")[0].split(",")):
        sizes.update(zip(term, _shape(shapes.inputs, position), strict=True))
    return 2.0 * math.prod(sizes.values())


def _attention(node: NodeProto, shapes: Shapes) -> float:
    """Q·Kᵀ and P·V: 4·batch·queries·keys·width, and the softmax at 5 a score.

    `Attention` of com.microsoft projects its input to Q, K and V as well (2·tokens·in·3·width).
    """
    q = _shape(shapes.inputs, 0)
    if node.domain == "com.microsoft" and node.op_type in ("Attention", "QAttention"):
        weights = _shape(shapes.inputs, 1)
        batch, queries, width = q[0], q[1], weights[1] // 3
        projected, keys = 2.0 * batch * queries * math.prod(weights), queries
    else:
        k = _shape(shapes.inputs, 1)
        batch, queries, keys, width = q[0], q[-2], k[-2], q[-1] * (q[1] if len(q) == 4 else 1)
        projected = 0.0
    number = attribute(
        node, "num_heads", attribute(node, "q_num_heads", q[1] if len(q) == 4 else 1)
    )
    heads = number if isinstance(number, int) else 1
    scores = batch * heads * queries * keys
    return projected + 4.0 * batch * queries * keys * width + 5.0 * scores


def _matmul_nbits(node: NodeProto, shapes: Shapes) -> float:
    """2·rows·K·N, like the float product it replaces."""
    k, n = attribute(node, "K", 0), attribute(node, "N", 0)
    rows = math.prod(_shape(shapes.inputs, 0)[:-1])
    return 2.0 * rows * k * n


def _linear(node: NodeProto, shapes: Shapes) -> float:
    """2·inputs a score, and the intercept."""
    features = _shape(shapes.inputs, 0)[-1]
    coefficients = attribute(node, "coefficients", [])
    scores = max(len(coefficients) // features, 1)
    rows = _elements(shapes.inputs, 0) // features
    return float(rows * scores * (2 * features + 1))


def _support_vectors(node: NodeProto, shapes: Shapes) -> float:
    """Kernel of the sample with every support vector: 3 a feature (RBF), and the weighted sum."""
    vectors = len(attribute(node, "support_vectors", []))
    coefficients = len(attribute(node, "coefficients", []))
    features = _shape(shapes.inputs, 0)[-1]
    rows = _elements(shapes.inputs, 0) // features
    return float(rows * (3 * vectors + 2 * coefficients))


_FORMULAS: dict[str, Callable[[NodeProto, Shapes], float]] = {
    "MatMul": _matmul,
    "MatMulInteger": _matmul,
    "FusedMatMul": _matmul,
    "DynamicQuantizeMatMul": _matmul,
    "MatMulIntegerToFloat": _matmul,
    "QLinearMatMul": _qlinear_matmul,
    "Gemm": _gemm,
    "FusedGemm": _gemm,
    "QGemm": _gemm,
    "Conv": _conv_weights(1),
    "FusedConv": _conv_weights(1),
    "ConvInteger": _conv_weights(1),
    "QLinearConv": _conv_weights(3),
    "ConvTranspose": _conv_transpose,
    "LSTM": _recurrent(4, 9.0),
    "DynamicQuantizeLSTM": _recurrent(4, 9.0),
    "GRU": _recurrent(3, 8.0),
    "RNN": _recurrent(1, 2.0),
    "MaxPool": _pool,
    "AveragePool": _pool,
    "LpPool": _pool,
    "GlobalAveragePool": _reads_all(1.0),
    "GlobalMaxPool": _reads_all(1.0),
    "ArgMax": _reads_all(1.0),
    "ArgMin": _reads_all(1.0),
    "TopK": _reads_all(1.0),
    "ReduceMean": _reads_all(1.0),
    "ReduceSum": _reads_all(1.0),
    "ReduceMax": _reads_all(1.0),
    "ReduceMin": _reads_all(1.0),
    "ReduceProd": _reads_all(1.0),
    "ReduceL2": _reads_all(2.0),
    "ReduceSumSquare": _reads_all(2.0),
    "Einsum": _einsum,
    "Attention": _attention,
    "QAttention": _attention,
    "MultiHeadAttention": _attention,
    "MatMulNBits": _matmul_nbits,
    "LinearClassifier": _linear,
    "LinearRegressor": _linear,
    "SVMClassifier": _support_vectors,
    "SVMRegressor": _support_vectors,
}

# Operations for one element of the result; everything not named here counts 1.
_PER_ELEMENT: dict[str, float] = {
    "Softmax": 5.0,
    "LogSoftmax": 6.0,
    "Sigmoid": 4.0,
    "Tanh": 5.0,
    "Erf": 8.0,
    "Gelu": 12.0,
    "FastGelu": 10.0,
    "BiasGelu": 13.0,
    "QuickGelu": 6.0,
    "Exp": 2.0,
    "Log": 2.0,
    "Sqrt": 2.0,
    "Pow": 2.0,
    "LayerNormalization": 7.0,
    "SkipLayerNormalization": 8.0,
    "SimplifiedLayerNormalization": 5.0,
    "RMSNormalization": 5.0,
    "BatchNormalization": 2.0,
    "InstanceNormalization": 7.0,
    "GroupNormalization": 7.0,
    "QuantizeLinear": 3.0,
    "DequantizeLinear": 2.0,
    "DynamicQuantizeLinear": 5.0,
    "Scaler": 2.0,
    "Normalizer": 3.0,
}

_FREE = frozenset(
    [
        "ArrayFeatureExtractor",
        "Cast",
        "CastLike",
        "Compress",
        "Concat",
        "Constant",
        "ConstantOfShape",
        "CumSum",
        "DepthToSpace",
        "Dropout",
        "Expand",
        "EyeLike",
        "FeatureVectorizer",
        "Flatten",
        "Gather",
        "GatherElements",
        "GatherND",
        "Identity",
        "If",
        "LabelEncoder",
        "Loop",
        "NonZero",
        "OneHot",
        "OneHotEncoder",
        "Pad",
        "Range",
        "Reshape",
        "Scan",
        "ScatterElements",
        "ScatterND",
        "Shape",
        "Size",
        "Slice",
        "SpaceToDepth",
        "Split",
        "Squeeze",
        "StringNormalizer",
        "Tile",
        "Transpose",
        "TreeEnsemble",
        "TreeEnsembleClassifier",
        "TreeEnsembleRegressor",
        "Unsqueeze",
        "Where",
        "ZipMap",
        "EmbedLayerNormalization",
        "GatherBlockQuantized",
    ]
)
"""Operators that only move or look up data; trees are counted in `trees.py`, control flow by its
bodies."""
