"""Operations and bytes of one inference, counted by ONNX shape inference: nothing is run.

The batch axis is set to 1, other dynamic axes to the sizes given (`axes`) or, where none is given,
to an assumed size whose range becomes the figure's interval. See docs/method/candidates.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import onnx
from onnx import GraphProto, ModelProto, ValueInfoProto

from advisor.candidates.contrib_shapes import with_inferable_operators
from advisor.candidates.graph_walk import element_bits
from advisor.candidates.operations import Shape, Shapes, UnknownShape, operations
from advisor.candidates.trees import TREE_OPERATORS, read_ensemble
from advisor.candidates.weights import Weights
from advisor.quantities import Provenance, Quantity

_ASSUMED_SIZES = {3: (128, 32, 512), 4: (224, 112, 448)}
"""Size, low and high assumed for a free axis, by rank of the input: tokens, pixels."""
_ASSUMED_OTHER = (128, 32, 512)


def assumed_size(rank: int) -> int:
    """Size assumed for a free axis of an input with `rank` axes, where nobody gave one."""
    return _ASSUMED_SIZES.get(rank, _ASSUMED_OTHER)[0]


def free_inputs(graph: GraphProto) -> list[ValueInfoProto]:
    """Inputs that the user feeds: those that are not also initialisers (opsets before 13)."""
    fixed = {tensor.name for tensor in graph.initializer}
    return [info for info in graph.input if info.name not in fixed]


def count_work(
    model: ModelProto, weights: Weights, axes: Mapping[str, int]
) -> tuple[Quantity | None, Quantity | None]:
    """Operations and bytes moved for one sample; None where the shapes do not tell."""
    free = _free_axes(model, axes)
    points = [
        _work_at(model, weights, {**axes, **{n: s[k] for n, s in free.items()}})
        for k in ((0, 1, 2) if free else (0,))
    ]
    if points[0] is None:
        return None, None
    found = [p for p in points if p is not None]
    assumed = ", ".join(f"{name} = {size[0]}" for name, size in sorted(free.items()))
    source = "operations counted in the graph" + (f", assuming {assumed}" if assumed else "")
    flops = _figure(
        found[0].flops,
        min(p.flops - p.flops_below for p in found),
        max(p.flops + p.flops_above for p in found),
        "flop/inference",
        source,
        "path or axis assumed",
    )
    moved = _figure(
        found[0].moved,
        min(p.moved for p in found),
        max(p.moved for p in found),
        "byte/inference",
        source.replace("operations", "bytes"),
        "axis assumed",
    )
    return flops, moved


class _Work(NamedTuple):
    flops: float
    flops_below: float
    flops_above: float
    moved: float


def _figure(
    value: float, low: float, high: float, unit: str, source: str, uncertainty: str
) -> Quantity:
    if low == high:
        return Quantity.exact(value, _unit(unit), Provenance.DECLARED, source)
    return Quantity.from_interval(
        value, low, high, _unit(unit), Provenance.ESTIMATED, source, uncertainty
    )


def _unit(unit: str) -> str:
    """Counts of operations have no unit of their own in the unit registry: `1/inference`."""
    return unit.replace("flop", "1")


def _free_axes(model: ModelProto, axes: Mapping[str, int]) -> dict[str, tuple[int, int, int]]:
    free: dict[str, tuple[int, int, int]] = {}
    for info in free_inputs(model.graph):
        dims = info.type.tensor_type.shape.dim
        for position, dim in enumerate(dims):
            if position and not dim.HasField("dim_value"):
                name = dim.dim_param or f"{info.name}[{position}]"
                if name not in axes:
                    free[name] = _ASSUMED_SIZES.get(len(dims), _ASSUMED_OTHER)
    return free


def _work_at(model: ModelProto, weights: Weights, axes: Mapping[str, int]) -> _Work | None:
    shapes, batch = _inferred_shapes(model, axes)
    constants = set(weights.names)
    total = _Work(0.0, 0.0, 0.0, 0.0)
    try:
        for node in model.graph.node:
            work = _node_work(node, shapes, constants)
            total = _Work(*(a + b for a, b in zip(total, work, strict=True)))
    except UnknownShape:
        return None
    moved = total.moved / batch + weights.streamed_bytes
    return _Work(total.flops / batch, total.flops_below / batch, total.flops_above / batch, moved)


def _node_work(node: onnx.NodeProto, shapes: Mapping[str, _Known], constants: set[str]) -> _Work:
    inputs = tuple(shapes[name].shape if name in shapes else None for name in node.input)
    outputs = tuple(shapes[name].shape if name in shapes else None for name in node.output)
    moved = sum(
        shapes[name].bytes
        for name in (*node.input, *node.output)
        if name in shapes and name not in constants
    )
    if node.op_type in TREE_OPERATORS:
        ensemble = read_ensemble(node)
        rows = inputs[0][0] if inputs and inputs[0] else 1
        return _Work(
            rows * (ensemble.mean_path + ensemble.additions),
            rows * (ensemble.mean_path - ensemble.shortest_path),
            rows * (ensemble.longest_path - ensemble.mean_path),
            moved + rows * ensemble.touched_bytes,
        )
    if node.op_type == "DequantizeLinear" and node.input[0] in constants:
        return _Work(0.0, 0.0, 0.0, 0.0)  # part of the 8-bit kernel, not an operation of its own
    if node.op_type in ("Loop", "Scan"):
        raise UnknownShape  # the number of rounds depends on the data
    if node.op_type == "If":
        bodies = [a.g for a in node.attribute if a.HasField("g")]
        each = [[_node_work(n, shapes, constants) for n in body.node] for body in bodies]
        flops = max((sum(w.flops for w in works) for works in each), default=0.0)
        return _Work(flops, 0.0, 0.0, moved)
    return _Work(operations(node, Shapes(inputs, outputs)), 0.0, 0.0, moved)


class _Known(NamedTuple):
    shape: Shape
    bytes: float


def _inferred_shapes(model: ModelProto, axes: Mapping[str, int]) -> tuple[dict[str, _Known], int]:
    """Shapes by value name with the batch axis at 1 (or as fixed in the graph), and the batch."""
    if not model.graph.node:
        return {}, 1
    copy = with_inferable_operators(model)
    batch = _fix_axes(copy, axes)
    try:
        inferred = onnx.shape_inference.infer_shapes(copy, data_prop=True)
    except Exception:
        inferred = copy
    known: dict[str, _Known] = {}
    _collect(inferred.graph, known)
    return known, batch


def _collect(graph: GraphProto, known: dict[str, _Known]) -> None:
    for info in (*graph.input, *graph.value_info, *graph.output):
        shape = _fixed_shape(info)
        if shape is not None:
            bits = _bits(info.type.tensor_type.elem_type)
            known.setdefault(info.name, _Known(shape, math.prod(shape) * bits / 8))
    for tensor in graph.initializer:
        known[tensor.name] = _Known(tuple(tensor.dims), 0.0)
    for node in graph.node:
        for entry in node.attribute:
            if node.op_type == "Constant" and entry.HasField("t"):
                known[node.output[0]] = _Known(tuple(entry.t.dims), 0.0)
            if entry.HasField("g"):
                _collect(entry.g, known)


def _bits(element_type: int) -> int:
    return element_bits(element_type) if element_type else 32


def _fixed_shape(info: ValueInfoProto) -> Shape | None:
    if not info.type.HasField("tensor_type") or not info.type.tensor_type.HasField("shape"):
        return None
    dims = info.type.tensor_type.shape.dim
    if all(dim.HasField("dim_value") for dim in dims):
        return tuple(dim.dim_value for dim in dims)
    return None


def _fix_axes(model: ModelProto, axes: Mapping[str, int]) -> int:
    """Set every free axis of the inputs; returns the batch that the graph fixes, else 1."""
    batches: set[int] = set()
    batch_names: set[str] = set()
    for info in free_inputs(model.graph):
        dims = info.type.tensor_type.shape.dim
        for position, dim in enumerate(dims):
            if position == 0 and len(dims) > 1:
                batches.add(dim.dim_value if dim.HasField("dim_value") else 1)
            if not dim.HasField("dim_value"):
                name = dim.dim_param or f"{info.name}[{position}]"
                if position == 0:
                    batch_names.add(name)
                dim.dim_value = 1 if name in batch_names else axes.get(name, 1)
    del model.graph.output[:]  # inferred afresh: declared shapes may say another batch
    del model.graph.value_info[:]
    return max(batches.pop(), 1) if len(batches) == 1 else 1
