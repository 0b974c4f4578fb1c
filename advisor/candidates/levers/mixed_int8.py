"""Mixed precision: int8 everywhere but in the nodes that suffer most from it.

The per-layer sensitivity on calibration data finds the nodes that cause most of the damage; they
stay in float, the rest is quantised: statically where the model has convolutions, else dynamically.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from onnx import ModelProto

from advisor.candidates.candidate import Candidate
from advisor.candidates.levers.file_lever import Change, FileLever, share_of
from advisor.candidates.levers.graph_edits import with_node_names
from advisor.candidates.levers.int8_dynamic import quantised
from advisor.candidates.levers.int8_static import statically_quantised
from advisor.candidates.levers.lever import LeverError, LeverKind, Need, Settings
from advisor.candidates.levers.quantisable import int8_ratio, quantisation_obstacle
from advisor.candidates.levers.sensitivity import (
    PRODUCTS,
    LayerSensitivity,
    layer_sensitivity,
    nodes_to_keep,
)
from advisor.candidates.workload import Workload
from advisor.quantities import Quantity
from advisor.sentences import Sentence, sentence


class MixedInt8(FileLever):
    """The lever `mixed-int8`."""

    name = "mixed-int8"
    kind = LeverKind.QUANTISE
    title = sentence("Mixed precision: int8 with sensitive nodes in float")
    changes = sentence("Weights become 8-bit, except in the nodes that lose the most by it.")
    needs = (Need.CALIBRATION_DATA,)
    risks = (sentence("Each change between int8 and float costs time of its own."),)
    defaults: ClassVar[Settings] = {"damage_share": 0.8, "base": None, "keep": None}
    """`base`: static or dynamic, by the model where left out; `keep`: the nodes that stay in float,
    found by their sensitivity where left out."""

    def obstacle(self, candidate: Candidate) -> Sentence | None:
        """As for int8; and at least two products, or there is nothing to choose between."""
        found = quantisation_obstacle(candidate, PRODUCTS)
        count = sum(candidate.facts.operators.get(name, 0) for name in PRODUCTS)
        if found is None and count < 2:
            return sentence("There is one product only: nothing to keep apart.")
        return found

    def expected_energy_ratio(self, candidate: Candidate) -> Quantity | None:
        """Between int8 and none."""
        return int8_ratio(candidate)

    def changed(
        self, model: ModelProto, candidate: Candidate, settings: Settings, data: Workload | None
    ) -> Change:
        """Int8 in all nodes but those to keep."""
        assert data is not None  # it is needed, so the wrapper has it
        base = settings["base"] or base_of(candidate)
        quantise = quantiser(base, data)
        keep = settings["keep"]
        if keep is None:
            layers = sensitivity_of(candidate, data, base)
            keep = nodes_to_keep(layers, share_of(settings, "damage_share"))
        made = quantise(with_node_names(model), list(keep))
        if not any("Quantize" in n.op_type or "Integer" in n.op_type for n in made.graph.node):
            raise LeverError(
                sentence("Every node that can be quantised is sensitive: nothing would be left.")
            )
        return Change(made, {"base": base, "keep": list(keep)})


def base_of(candidate: Candidate) -> str:
    """`static` for convolutions, whose dynamic form is slow; else `dynamic`."""
    return "static" if "Conv" in candidate.facts.operators else "dynamic"


def quantiser(base: str, calibration: Workload) -> Callable[[ModelProto, list[str]], ModelProto]:
    """`quantise(model, keep)` of that base. Raises `LeverError` for an unknown base."""
    if base == "static":
        return lambda model, keep: statically_quantised(
            model, calibration, {"keep": keep, "preprocess": False}
        )
    if base == "dynamic":
        return lambda model, keep: quantised(model, {"keep": keep})
    raise LeverError(sentence("“{base}” is not a base; use static or dynamic.", base=base))


def sensitivity_of(
    candidate: Candidate, calibration: Workload, base: str | None = None
) -> list[LayerSensitivity]:
    """The sensitivity of every product of a candidate to int8, in the order of the graph."""
    quantise = quantiser(base or base_of(candidate), calibration)
    return list(layer_sensitivity(candidate, calibration, quantise))


LEVER = MixedInt8()
