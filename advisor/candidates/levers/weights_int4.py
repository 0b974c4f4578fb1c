"""4-bit weights: matrix products with packed 4-bit weights (`MatMulNBits`), activations in float.

Blocks of 32 values share a scale. It helps where reading the weights is the cost (one token at a
time through a language model), not small encoders.
"""

from __future__ import annotations

from typing import Any, ClassVar

from onnx import ModelProto

from advisor.candidates.candidate import Candidate
from advisor.candidates.levers.file_lever import (
    Change,
    Expected,
    FileLever,
    quantiser_gives_up,
)
from advisor.candidates.levers.graph_edits import with_node_names
from advisor.candidates.levers.lever import LeverError, LeverKind, Settings
from advisor.candidates.levers.making import quiet
from advisor.candidates.levers.quantisable import quantisation_obstacle
from advisor.candidates.workload import Workload
from advisor.sentences import Sentence, sentence


class WeightsInt4(FileLever):
    """The lever `int4-weights`."""

    name = "int4-weights"
    kind = LeverKind.QUANTISE
    title = sentence("4-bit weights")
    changes = sentence(
        "Weights of matrix products are packed into 4 bits; activations stay in float."
    )
    risks = (
        sentence("Accuracy drops more than with int8."),
        sentence("Unpacking costs time: only models bound by reading weights gain."),
    )
    defaults: ClassVar[Settings] = {"block_size": 32, "symmetric": True, "keep": ()}
    """`keep` names nodes that stay in float."""
    expected = Expected(
        0.9,
        0.35,
        2.0,
        "ONNX Runtime documentation, “Quantize to Int4/UInt4”: weight-only quantisation",
    )

    def obstacle(self, candidate: Candidate) -> Sentence | None:
        """No matrix product with fixed weights, or quantised already."""
        return quantisation_obstacle(candidate, ("MatMul",))

    def variants(self, candidate: Candidate) -> tuple[dict[str, Any], ...]:
        """Small blocks keep accuracy, large ones have fewer scales to read."""
        return ({"block_size": 32}, {"block_size": 128})

    def changed(
        self, model: ModelProto, candidate: Candidate, settings: Settings, data: Workload | None
    ) -> Change:
        """Packed weights."""
        return Change(_packed(model, settings))


def _packed(model: ModelProto, settings: Settings) -> ModelProto:
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    with quiet(), quantiser_gives_up():
        quantizer = MatMulNBitsQuantizer(
            with_node_names(model),
            bits=4,
            block_size=int(settings["block_size"]),
            is_symmetric=bool(settings["symmetric"]),
            accuracy_level=4,
            nodes_to_exclude=list(settings["keep"]),
        )
        quantizer.process()
    wrapped: Any = quantizer.model
    made: ModelProto = wrapped.model
    if not any(node.op_type == "MatMulNBits" for node in made.graph.node):
        raise LeverError(
            sentence("No matrix product of this model has fixed weights that 4 bits could hold.")
        )
    return made


LEVER = WeightsInt4()
