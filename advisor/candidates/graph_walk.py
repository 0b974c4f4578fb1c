"""Walking through a graph and the graphs inside it: its nodes, tensors, opsets."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto


def external_tensors(model: ModelProto) -> Iterator[tuple[TensorProto, str, int, int | None]]:
    """Each tensor kept outside the file: tensor, location, offset and length in bytes."""
    for tensor in all_tensors(model.graph):
        if tensor.data_location == TensorProto.EXTERNAL:
            facts = {entry.key: entry.value for entry in tensor.external_data}
            length = int(facts["length"]) if facts.get("length") else None
            yield tensor, facts.get("location", ""), int(facts.get("offset") or 0), length


def all_tensors(graph: GraphProto) -> Iterator[TensorProto]:
    """Initialisers and tensor attributes of a graph and of the graphs inside it."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield sparse.values
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for inner in _graphs(attribute):
                yield from all_tensors(inner)


def all_nodes(graph: GraphProto) -> Iterator[NodeProto]:
    """Nodes of a graph and of the graphs inside it (branches and loop bodies)."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in _graphs(attribute):
                yield from all_nodes(inner)


def domain_of(node: NodeProto) -> str:
    """The operator's domain, with the default one written as the empty string."""
    return "" if node.domain == "ai.onnx" else node.domain


def opsets(model: ModelProto) -> dict[str, int]:
    """Opset version by domain; the default domain is the empty string."""
    return {
        ("" if entry.domain == "ai.onnx" else entry.domain): entry.version
        for entry in model.opset_import
    }


def tensor_bytes(tensor: TensorProto) -> int:
    """Bytes of a tensor's values, from its shape and element type (4-bit types are packed)."""
    return math.ceil(math.prod(tensor.dims) * element_bits(tensor.data_type) / 8)


@cache
def element_bits(data_type: int) -> int:
    """Bits of one element of an ONNX element type; strings count as 0 (unknown)."""
    name = TensorProto.DataType.Name(data_type)
    if name == "STRING":
        return 0
    if name == "BOOL":
        return 8
    digits = "".join(c for c in name.split("E")[0] if c.isdigit()) or "32"
    return {"DOUBLE": 64, "COMPLEX64": 64, "COMPLEX128": 128}.get(name, int(digits))


def _graphs(attribute: onnx.AttributeProto) -> Iterator[GraphProto]:
    if attribute.HasField("g"):
        yield attribute.g
    yield from attribute.graphs
