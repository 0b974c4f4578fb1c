"""4-bit weights: matrix products with packed 4-bit weights (`MatMulNBits`).

Blocks of 32 (or 128) values share a scale. Activations enter and leave in float; inside a product
the kernel may round them to 8 bits block by block (`accuracy_level` 4), where the processor has
8-bit dot products. It helps where reading the weights is the cost: a token at a time through a
language model, or one row at a time through large matrices.
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
        "Weights of matrix products are packed into 4 bits; within a product activations may be "
        "rounded to 8 bits."
    )
    risks = (
        sentence("Accuracy drops more than with int8."),
        sentence("Unpacking costs time: only models bound by reading weights gain."),
    )
    defaults: ClassVar[Settings] = {"block_size": 32, "symmetric": True, "keep": ()}
    """`keep` names nodes that stay in float."""
    expected = Expected(
        0.6,
        0.15,
        2.0,
        "own measurement: MLP of 4.3 million parameters, ONNX Runtime on one thread of an x86-64 "
        "CPU with AVX512-VNNI (0.16 to 0.22 at batch 1); small or compute-bound models lose",
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
