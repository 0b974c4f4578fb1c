"""Small edits of a graph that several levers need: order, names, types of intermediate values."""

from __future__ import annotations

import contextlib

import onnx
from onnx import ModelProto, NodeProto

from advisor.candidates.contrib_shapes import with_inferable_operators


def in_order(model: ModelProto) -> ModelProto:
    """The model with its nodes in topological order, otherwise in the order they had."""
    made = {info.name for info in model.graph.input} | {t.name for t in model.graph.initializer}
    made |= {t.values.name for t in model.graph.sparse_initializer} | {""}
    waiting, ordered = list(model.graph.node), list[NodeProto]()
    while waiting:
        ready = [n for n in waiting if set(n.input) | captured(n) <= made | _inner(n)]
        if not ready:
            return model  # a cycle or a dangling input: the checker will say so
        for node in ready:
            made.update(node.output)
        ordered.extend(ready)
        taken = {id(n) for n in ready}
        waiting = [n for n in waiting if id(n) not in taken]
    del model.graph.node[:]
    model.graph.node.extend(ordered)
    return model


def captured(node: NodeProto) -> set[str]:
    """Names that the graphs inside a node (branches, loop bodies) read."""
    return {
        name
        for entry in node.attribute
        for graph in ([entry.g] if entry.HasField("g") else [*entry.graphs])
        for inner in graph.node
        for name in (*inner.input, *captured(inner))
    }


def _inner(node: NodeProto) -> set[str]:
    """Names that the graphs inside a node define themselves."""
    return {
        name
        for entry in node.attribute
        for graph in ([entry.g] if entry.HasField("g") else [*entry.graphs])
        for name in (
            *(i.name for i in graph.input),
            *(t.name for t in graph.initializer),
            *(o for n in graph.node for o in (*n.output, *_inner(n))),
        )
    }


def with_node_names(model: ModelProto) -> ModelProto:
    """The model with a unique name on every node: the quantiser tells nodes apart by name."""
    seen: set[str] = set()
    for number, node in enumerate(model.graph.node):
        if not node.name or node.name in seen:
            node.name = f"{node.op_type}_{number}"
        seen.add(node.name)
    return model


def with_value_types(model: ModelProto) -> ModelProto:
    """The model with types and shapes of intermediate values, also behind classical operators.

    The quantiser leaves values of unknown type in float, and everything behind a scaler of
    `ai.onnx.ml` is unknown to plain shape inference.
    """
    known = {info.name for info in (*model.graph.value_info, *model.graph.output)}
    with contextlib.suppress(Exception):  # an aid only: without it less is quantised
        inferred = onnx.shape_inference.infer_shapes(with_inferable_operators(model))
        model.graph.value_info.extend(
            info for info in inferred.graph.value_info if info.name not in known
        )
    return model


def consumers(model: ModelProto) -> dict[str, list[NodeProto]]:
    """Nodes that read each value; graph outputs are not counted."""
    readers: dict[str, list[NodeProto]] = {}
    for node in model.graph.node:
        for name in (*node.input, *captured(node)):
            readers.setdefault(name, []).append(node)
    return readers


def fixed_batch(model: ModelProto) -> int | None:
    """Samples a call where the graph fixes them; None where any number will do."""
    stored = {t.name for t in model.graph.initializer}
    for info in model.graph.input:
        axes = info.type.tensor_type.shape.dim
        if info.name not in stored and axes and axes[0].dim_value:
            return axes[0].dim_value
    return None
