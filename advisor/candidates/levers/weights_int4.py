"""4-bit weights: matrix products with packed 4-bit weights (`MatMulNBits`), activations in float.

Blocks of 32 values share a scale. It helps where reading the weights is the cost (one token at a
time through a language model), not small encoders.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from onnx import ModelProto

from advisor.candidates.candidate import Candidate
from advisor.candidates.levers.graph_edits import with_node_names
from advisor.candidates.levers.lever import LeverError, LeverKind, Need, Settings
from advisor.candidates.levers.making import finish, load_whole, quiet, variant_name
from advisor.candidates.levers.quantisable import quantisation_obstacle
from advisor.candidates.workload import Workload
from advisor.quantities import Provenance, Quantity
from advisor.sentences import Sentence, sentence


class WeightsInt4:
    """The lever `int4-weights`."""

    name = "int4-weights"
    kind = LeverKind.QUANTISE
    title = sentence("4-bit weights")
    changes = sentence(
        "Weights of matrix products are packed into 4 bits; activations stay in float."
    )
    needs: tuple[Need, ...] = ()
    risks = (
        sentence("Accuracy drops more than with int8."),
        sentence("Unpacking costs time: only models bound by reading weights gain."),
    )

    def obstacle(self, candidate: Candidate) -> Sentence | None:
        """No matrix product with fixed weights, or quantised already."""
        return quantisation_obstacle(candidate, ("MatMul",))

    def expected_energy_ratio(self, candidate: Candidate) -> Quantity | None:
        """From a third to twice the energy, by what bounds the model."""
        return Quantity.from_interval(
            0.9, 0.35, 2.0, "1", Provenance.PREDICTED,
            "ONNX Runtime documentation, “Quantize to Int4/UInt4”: weight-only quantisation",
            "expected effect of 4-bit weights",
        )  # fmt: skip

    def variants(self, candidate: Candidate) -> tuple[dict[str, Any], ...]:
        """Blocks of 32."""
        return ({},)

    def make(
        self,
        candidate: Candidate,
        folder: Path,
        *,
        settings: Settings | None = None,
        calibration: Workload | None = None,
    ) -> Candidate:
        """The packed file. `settings`: block_size, symmetric, keep (node names)."""
        obstacle = self.obstacle(candidate)
        if obstacle:
            raise LeverError(obstacle)
        chosen = {"block_size": 32, "symmetric": True, **(settings or {})}
        model = _packed(load_whole(candidate), chosen)
        label = variant_name(self.name, settings)
        return finish(candidate, model, folder, self.name, chosen, calibration, label)


def _packed(model: ModelProto, settings: Settings) -> ModelProto:
    try:
        from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

        with quiet():
            quantizer = MatMulNBitsQuantizer(
                with_node_names(model),
                bits=4,
                block_size=int(settings["block_size"]),
                is_symmetric=bool(settings["symmetric"]),
                accuracy_level=4,
                nodes_to_exclude=list(settings.get("keep", ())),
            )
            quantizer.process()
    except Exception as error:  # the quantiser raises whatever its parts raise
        raise LeverError(
            sentence(
                "ONNX Runtime's quantiser gave up on this model: {reason}",
                reason=" ".join(str(error).split())[:160],
            )
        ) from error
    wrapped: Any = quantizer.model
    made: ModelProto = wrapped.model
    if not any(node.op_type == "MatMulNBits" for node in made.graph.node):
        raise LeverError(
            sentence("No matrix product of this model has fixed weights that 4 bits could hold.")
        )
    return made


LEVER = WeightsInt4()
