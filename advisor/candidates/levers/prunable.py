"""Where a graph can lose hidden units: from one product, through element-wise operators, to the
next products, with every constant on the way that has to be cut along.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from onnx import ModelProto, NodeProto, TensorProto

from advisor.candidates.levers.graph_edits import consumers, with_node_names
from advisor.candidates.operations import attribute

_UNARY = frozenset(
    [
        "Relu",
        "LeakyRelu",
        "Sigmoid",
        "Tanh",
        "Elu",
        "Selu",
        "Erf",
        "Clip",
        "HardSigmoid",
        "HardSwish",
        "Softplus",
        "Identity",
        "Dropout",
        "Gelu",
        "FastGelu",
        "QuickGelu",
        "Cast",
        "Neg",
        "Abs",
        "Sqrt",
    ]
)
_BINARY = frozenset(("Add", "Mul", "Sub", "Div"))
_POOLS = frozenset(("MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"))
_FLATTENS = frozenset(("Flatten",))


@dataclass(frozen=True)
class Span:
    """One prunable layer. A slice is (initialiser, axis, values per unit along that axis)."""

    units: int
    incoming: tuple[str, int, int]
    outgoing: tuple[tuple[str, int, int], ...]
    biased: tuple[tuple[str, int, int, str], ...]
    """Following products with the bias that takes over the mean of what is cut."""
    slices: tuple[tuple[str, int, int], ...]
    before_last: str
    """The value that enters the following products."""
    unit_axis: int
    block: int = 1


@dataclass
class _Walk:
    """State of the walk from one product: what has to be cut, and where it ends."""

    slices: list[tuple[str, int, int]] = field(default_factory=list)
    outgoing: list[tuple[str, int, int]] = field(default_factory=list)
    biased: list[tuple[str, int, int, str]] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    block: int = 1
    possible: bool = True


def prunable_spans(model: ModelProto) -> list[Span]:
    """Every layer of the graph whose units can be cut; they do not overlap."""
    with_node_names(model)
    weights = {t.name: t for t in model.graph.initializer}
    readers = consumers(model)
    outputs = {info.name for info in model.graph.output}
    spans: list[Span] = []
    for node in model.graph.node:
        start = _start(node, weights, readers)
        if start is None:
            continue
        units, incoming, bias = start
        walk = _walk(model, node, units, weights, readers, outputs)
        used_twice = len({n for n, _, _ in walk.slices}) < len(walk.slices)
        if not walk.possible or not walk.outgoing or used_twice:
            continue
        spans.append(
            Span(
                units,
                incoming,
                tuple(walk.outgoing),
                tuple(walk.biased),
                (incoming, *((bias,) if bias else ()), *walk.slices, *walk.outgoing),
                walk.ends[0],
                1 if node.op_type == "Conv" and walk.block == 1 else -1,
                walk.block,
            )
        )
    return spans


def _start(
    node: NodeProto, weights: dict[str, TensorProto], readers: dict[str, list[NodeProto]]
) -> tuple[int, tuple[str, int, int], tuple[str, int, int] | None] | None:
    """Units, the weights' slice and the bias' slice of a product that can lose outputs."""
    if node.op_type not in ("MatMul", "Gemm", "Conv") or len(node.input) < 2:
        return None
    tensor = weights.get(node.input[1])
    if tensor is None or tensor.data_type != TensorProto.FLOAT or len(readers[tensor.name]) > 1:
        return None
    if node.op_type == "Conv":
        axis = 0
        if attribute(node, "group", 1) != 1:
            return None
    else:
        axis = 0 if node.op_type == "Gemm" and attribute(node, "transB", 0) else 1
        if len(tensor.dims) != 2:
            return None
    units, bias = tensor.dims[axis], None
    if len(node.input) > 2 and node.input[2]:
        if node.input[2] not in weights or list(weights[node.input[2]].dims)[-1:] != [units]:
            return None
        bias = (node.input[2], len(weights[node.input[2]].dims) - 1, 1)
    return units, (tensor.name, axis, 1), bias


def _walk(
    model: ModelProto,
    start: NodeProto,
    units: int,
    weights: dict[str, TensorProto],
    readers: dict[str, list[NodeProto]],
    outputs: set[str],
) -> _Walk:
    walk = _Walk()
    convolution = start.op_type == "Conv"
    inside, waiting = {start.output[0]}, [start.output[0]]
    while waiting and walk.possible:
        value = waiting.pop()
        walk.possible = value not in outputs and bool(readers.get(value))
        for node in readers.get(value, []):
            step = _passes(node, value, units, weights, inside, convolution)
            if step == "flattened":
                convolution = False
                size = _following_rows(readers.get(node.output[0], []), weights)
                walk.block = size // units if size and size % units == 0 else 0
                walk.possible &= walk.block > 0
            if step in ("passes", "flattened"):
                walk.slices.extend(_constants(node, units, weights, start.op_type == "Conv"))
                if node.output[0] not in inside:
                    inside.add(node.output[0])
                    waiting.append(node.output[0])
            elif step != "waits" and not _ends(node, value, units, weights, readers, walk):
                walk.possible = False
    walk.slices = list(dict.fromkeys(walk.slices))
    walk.possible &= len(set(walk.ends)) == 1
    return walk


def _passes(
    node: NodeProto,
    value: str,
    units: int,
    weights: dict[str, TensorProto],
    inside: set[str],
    convolution: bool,
) -> str:
    """`passes` when a node works unit by unit; `flattened`, `waits`, or empty when it does not."""
    if node.op_type in _UNARY or (convolution and node.op_type in _POOLS):
        return "passes"
    if node.op_type == "BatchNormalization" and value == node.input[0]:
        return "passes" if all(n in weights for n in node.input[1:]) else ""
    if convolution and node.op_type in _FLATTENS and attribute(node, "axis", 1) == 1:
        return "flattened"
    if node.op_type in _BINARY:
        other = node.input[1] if node.input[0] == value else node.input[0]
        if other in weights:
            size = _size(weights[other])
            return "passes" if size in (1, units) else ""
        return "passes" if other in inside else "waits"
    return ""


def _constants(
    node: NodeProto, units: int, weights: dict[str, TensorProto], convolution: bool
) -> list[tuple[str, int, int]]:
    """Constants of a node with one value for each unit, and the axis of the units in them."""
    found: list[tuple[str, int, int]] = []
    for name in node.input:
        tensor = weights.get(name)
        if tensor is None or _size(tensor) == 1 or units not in tensor.dims:
            continue
        axis = list(tensor.dims).index(units) if convolution else len(tensor.dims) - 1
        found.append((name, axis, 1))
    return found


def _ends(
    node: NodeProto,
    value: str,
    units: int,
    weights: dict[str, TensorProto],
    readers: dict[str, list[NodeProto]],
    walk: _Walk,
) -> bool:
    """Whether a node is a following product, whose inputs are cut along; then it is noted."""
    if node.op_type not in ("MatMul", "Gemm", "Conv") or node.input[0] != value:
        return False
    tensor = weights.get(node.input[1])
    if tensor is None or len(readers[tensor.name]) > 1 or tensor.data_type != TensorProto.FLOAT:
        return False
    if node.op_type == "Conv":
        axis = 1
        if attribute(node, "group", 1) != 1:
            return False
    else:
        if node.op_type == "Gemm" and attribute(node, "transA", 0):
            return False
        axis = 1 if node.op_type == "Gemm" and attribute(node, "transB", 0) else 0
    if len(tensor.dims) < 2 or tensor.dims[axis] != units * walk.block:
        return False
    walk.outgoing.append((tensor.name, axis, walk.block))
    walk.ends.append(value)
    bias = _bias_of(node, weights, readers)
    if bias:
        walk.biased.append((tensor.name, axis, walk.block, bias))
    return True


def _bias_of(
    node: NodeProto, weights: dict[str, TensorProto], readers: dict[str, list[NodeProto]]
) -> str | None:
    """The constant added to a product's result, where exactly this product uses it."""
    if node.op_type in ("Gemm", "Conv"):
        name = node.input[2] if len(node.input) > 2 else ""
    else:
        after = readers.get(node.output[0], [])
        adds = len(after) == 1 and after[0].op_type == "Add"
        name = next((n for n in after[0].input if n in weights), "") if adds else ""
    return name if name in weights and len(readers[name]) == 1 else None


def _following_rows(nodes: list[NodeProto], weights: dict[str, TensorProto]) -> int:
    for node in nodes:
        if node.op_type in ("MatMul", "Gemm") and node.input[1] in weights:
            dims = weights[node.input[1]].dims
            return dims[1] if attribute(node, "transB", 0) else dims[0]
    return 0


def _size(tensor: TensorProto) -> int:
    size = 1
    for dim in tensor.dims:
        size *= dim
    return size
