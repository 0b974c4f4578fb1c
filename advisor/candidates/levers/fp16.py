"""Half precision: weights and arithmetic in float16 (`onnxruntime.transformers.float16`).

Inputs and outputs keep their types. It pays on GPUs; ONNX Runtime's CPU kernels mostly cast back to
float32, so there it saves memory and often costs time.
"""

from __future__ import annotations

import warnings
from typing import ClassVar

from onnx import ModelProto

from advisor.candidates.candidate import Candidate
from advisor.candidates.levers.file_lever import Change, Expected, FileLever
from advisor.candidates.levers.graph_edits import in_order, with_node_names
from advisor.candidates.levers.lever import LeverError, LeverKind, Need, Settings
from advisor.candidates.workload import Workload
from advisor.sentences import Sentence, sentence

_PRODUCTS = ("MatMul", "Gemm", "Conv", "LSTM", "GRU", "ConvTranspose")


class Fp16(FileLever):
    """The lever `fp16`."""

    name = "fp16"
    kind = LeverKind.QUANTISE
    title = sentence("Half precision (float16)")
    changes = sentence(
        "Weights and arithmetic become 16-bit floating point; inputs and outputs stay as they are."
    )
    needs = (Need.GPU,)
    risks = (
        sentence("On CPUs it is often slower, because most kernels cast back to 32 bits."),
        sentence("Values beyond 65,504 overflow; sums of many terms lose digits."),
    )
    defaults: ClassVar[Settings] = {"keep": ()}
    """Names of nodes that stay in float32."""
    expected = Expected(
        1.0,
        0.4,
        2.0,
        "below 1 on GPUs with float16 units only (ONNX Runtime documentation, “Float16 and mixed "
        "precision models”); own measurement on a CPU: 1.00 to 1.08; on an H100: 0.77 (33 million "
        "parameters, batch 256)",
    )

    def obstacle(self, candidate: Candidate) -> Sentence | None:
        """No float32 arithmetic to convert."""
        facts = candidate.facts
        if facts.precision not in ("float32", "mixed"):
            return sentence("The weights are {precision}, not float32.", precision=facts.precision)
        if not any(name in facts.operators for name in _PRODUCTS):
            return sentence(
                "Nothing in this model gains from float16: it has none of {wanted}.",
                wanted=", ".join(_PRODUCTS),
            )
        if any(name in facts.operators for name in ("QuantizeLinear", "DynamicQuantizeLinear")):
            return sentence("The model is quantised already, at least in part.")
        return None

    def changed(
        self, model: ModelProto, candidate: Candidate, settings: Settings, data: Workload | None
    ) -> Change:
        """Float16 inside, float32 at inputs and outputs."""
        return Change(in_half_precision(model, settings))


def in_half_precision(model: ModelProto, settings: Settings) -> ModelProto:
    """The model in float16 with float32 inputs and outputs. Raises `LeverError`."""
    from onnxruntime.transformers import float16

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # values cut to float16's range: the comparison shows it
        try:
            made = float16.convert_float_to_float16(
                with_node_names(model),
                keep_io_types=True,
                node_block_list=list(settings.get("keep", ())) or None,
            )
            return in_order(made)
        except Exception as error:  # the converter raises whatever its parts raise
            raise LeverError(
                sentence(
                    "This model cannot be converted to float16: {reason}",
                    reason=" ".join(str(error).split())[:160],
                )
            ) from error


LEVER = Fp16()
