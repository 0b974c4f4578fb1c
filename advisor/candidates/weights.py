"""The trained values of a graph: how many, how many bytes, in which precision."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from onnx import ModelProto, NodeProto, TensorProto

from advisor.candidates.graph_walk import all_nodes, all_tensors, tensor_bytes
from advisor.candidates.operations import attribute
from advisor.candidates.trees import TREE_OPERATORS, read_ensemble, stored_bytes

_PRECISIONS = {
    "FLOAT": "float32",
    "DOUBLE": "float64",
    "FLOAT16": "float16",
    "BFLOAT16": "bfloat16",
    "INT8": "int8",
    "UINT8": "int8",
    "INT4": "int4",
    "UINT4": "int4",
    "INT2": "int2",
    "UINT2": "int2",
    "INT16": "int16",
    "UINT16": "int16",
    "FLOAT8E4M3FN": "float8",
    "FLOAT8E4M3FNUZ": "float8",
    "FLOAT8E5M2": "float8",
    "FLOAT8E5M2FNUZ": "float8",
    "FLOAT4E2M1": "float4",
    "FLOAT6E2M3": "float6",
    "FLOAT6E3M2": "float6",
}
"""Element types that hold trained values; int32 and int64 tensors are shapes and indices, except
the int32 biases of quantised layers."""

_ML_VALUES = frozenset(
    [
        "coefficients",
        "intercepts",
        "offset",
        "scale",
        "support_vectors",
        "rho",
        "prob_a",
        "prob_b",
        "imputed_value_floats",
        "cats_int64s",
    ]
)
# Inputs of quantisation operators that are scales and zero points, by operator.
_SCALES: dict[str, tuple[int, ...]] = {
    "QuantizeLinear": (1, 2),
    "DequantizeLinear": (1, 2),
    "QLinearConv": (1, 2, 4, 5, 6, 7),
    "QLinearMatMul": (1, 2, 4, 5, 6, 7),
    "MatMulInteger": (2, 3),
    "ConvInteger": (2, 3),
    "DynamicQuantizeMatMul": (2, 3),
    "MatMulNBits": (2, 3),
}
_DOMINANT = 0.9
"""A precision names the model when it holds this share of the trained values."""


@dataclass(frozen=True)
class Weights:
    """Trained values of a graph."""

    parameters: int
    bytes: int
    streamed_bytes: float
    """Bytes of weights read for one inference; of looked-up tables and trees only what is touched
    (counted with the operators)."""
    by_precision: dict[str, int]
    names: frozenset[str]


def read_weights(model: ModelProto) -> Weights:
    """Count the trained values of a model; external tensors count by their declared shape."""
    nodes = list(all_nodes(model.graph))
    scales, biases, tables = _roles(nodes)
    packed = {n.input[1]: n for n in nodes if n.op_type == "MatMulNBits"}
    by_precision: Counter[str] = Counter()
    size, streamed, names = 0, 0.0, set[str]()
    for tensor in all_tensors(model.graph):
        size += tensor_bytes(tensor)
        names.add(tensor.name)
        if tensor.name not in tables:
            streamed += tensor_bytes(tensor)
        precision = _PRECISIONS.get(TensorProto.DataType.Name(tensor.data_type))
        if tensor.name in packed:
            node = packed[tensor.name]
            by_precision[f"int{attribute(node, 'bits', 4)}"] += _packed_elements(node)
        elif tensor.name in biases and tensor.data_type == TensorProto.INT32:
            by_precision["int32"] += math.prod(tensor.dims)
        elif precision and tensor.name not in scales:
            by_precision[precision] += math.prod(tensor.dims)
    for node in nodes:
        if node.op_type in TREE_OPERATORS:
            by_precision["trees"] += read_ensemble(node).parameters
            size += stored_bytes(node)
        elif node.domain == "ai.onnx.ml":
            values = sum(len(a.floats) for a in node.attribute if a.name in _ML_VALUES)
            by_precision["float32"] += values
            size += 4 * values
            streamed += 4 * values
    return Weights(
        parameters=sum(by_precision.values()),
        bytes=size,
        streamed_bytes=streamed,
        by_precision={k: v for k, v in by_precision.items() if v},
        names=frozenset(names),
    )


def precision_of(weights: Weights) -> str:
    """The precision of at least 90 % of the trained values, else `mixed`; `none` without any."""
    total = sum(weights.by_precision.values())
    if not total:
        return "none"
    name, count = max(weights.by_precision.items(), key=lambda item: item[1])
    return name if count >= _DOMINANT * total else "mixed"


def _packed_elements(node: NodeProto) -> int:
    k, n = attribute(node, "K", 0), attribute(node, "N", 0)
    return k * n


def _roles(nodes: list[NodeProto]) -> tuple[set[str], set[str], set[str]]:
    """Names of scales and zero points, of possible int32 biases, of tables only looked up."""
    scales: set[str] = set()
    biases: set[str] = set()
    looked_up: set[str] = set()
    read: set[str] = set()
    for node in nodes:
        for position, name in enumerate(node.input):
            if position in _SCALES.get(node.op_type, ()):
                scales.add(name)
            if node.op_type in ("DequantizeLinear", "QLinearConv") and position in (0, 8):
                biases.add(name)
            (looked_up if node.op_type == "Gather" and position == 0 else read).add(name)
    return scales, biases, looked_up - read
