"""What quantisation has to work on: the products with fixed weights, and how large they are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from onnx import ModelProto, NodeProto, TensorProto

from advisor.candidates.candidate import Candidate, GraphFacts
from advisor.quantities import Provenance, Quantity
from advisor.sentences import Sentence, sentence

BEFORE_QUANTISING = 1_900_000_000
"""Above this many bytes the quantiser must write its weights beside the model."""

OLDEST_OPSET = 11
SMALL_MODEL = 100_000
"""Weights below which quantising the activations outweighs the cheaper products."""

_OWN = (
    "own measurement: MLPs of 5 thousand and 4.3 million parameters, CNN of 29 thousand, "
    "transformer of 2.4 million; ONNX Runtime on one thread of an x86-64 CPU with AVX512-VNNI"
)


def quantisation_obstacle(candidate: Candidate, operators: Sequence[str]) -> Sentence | None:
    """Why the quantiser of ONNX Runtime has nothing to do here; None when it has."""
    facts = candidate.facts
    if facts.precision in ("int8", "int4", "int2"):
        return sentence("The weights are {precision} already.", precision=facts.precision)
    if any(name in facts.operators for name in ("QuantizeLinear", "DynamicQuantizeLinear")):
        return sentence("The model is quantised already, at least in part.")
    if not any(name in facts.operators for name in operators):
        return sentence(
            "Nothing in this model can be quantised: it has none of {wanted}, only {found}.",
            wanted=", ".join(operators),
            found=_found(facts),
        )
    if facts.opset < OLDEST_OPSET:
        return sentence(
            "Opset {opset} is too old for the quantiser; export the model with opset {oldest} or "
            "later.",
            opset=facts.opset,
            oldest=OLDEST_OPSET,
        )
    if facts.precision not in ("float32", "float16", "mixed"):
        return sentence(
            "Weights of type {precision} cannot be quantised.", precision=facts.precision
        )
    return None


def int8_ratio(candidate: Candidate) -> Quantity:
    """Energy after ÷ before to expect of int8 products: by size, from our own measurements."""
    small = candidate.facts.parameters < SMALL_MODEL
    value, low, high = (1.1, 0.75, 1.4) if small else (0.5, 0.25, 1.1)
    return Quantity.from_interval(
        value, low, high, "1", Provenance.PREDICTED, _OWN, "expected effect of int8"
    )


def weight_nodes(
    model: ModelProto, operators: Sequence[str]
) -> list[tuple[NodeProto, TensorProto]]:
    """Nodes of these kinds whose second input is a fixed float tensor, with that tensor."""
    fixed = {t.name: t for t in model.graph.initializer}
    floats = (TensorProto.FLOAT, TensorProto.FLOAT16)
    return [
        (node, fixed[node.input[1]])
        for node in model.graph.node
        if node.op_type in operators
        and len(node.input) > 1
        and node.input[1] in fixed
        and fixed[node.input[1]].data_type in floats
    ]


def elements(tensor: TensorProto) -> int:
    """Number of values of a tensor."""
    return math.prod(tensor.dims)


def _found(facts: GraphFacts) -> str:
    names = [name.removeprefix("ai.onnx.ml::") for name in facts.operators]
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")


def both_names(nodes: Iterable[str]) -> list[str]:
    """Names of nodes to leave in float, also as the quantiser renames them (Gemm → MatMul, Add)."""
    return [name for node in nodes for name in (node, f"{node}_MatMul")]
