"""Dynamic int8: weights stored as int8, activations quantised while running.

ONNX Runtime's `quantize_dynamic` on matrix products, LSTMs and embedding tables. Convolutions are
left alone: their dynamic integer form is slow on CPUs; static int8 is the lever for them.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from onnx import ModelProto

from advisor.candidates.candidate import Candidate
from advisor.candidates.levers.file_lever import Change, FileLever, quantiser_gives_up
from advisor.candidates.levers.lever import LeverKind, Settings
from advisor.candidates.levers.making import bytes_in_one_file, quiet
from advisor.candidates.levers.quantisable import (
    BEFORE_QUANTISING,
    both_names,
    int8_ratio,
    quantisation_obstacle,
)
from advisor.candidates.workload import Workload
from advisor.quantities import Quantity
from advisor.sentences import Sentence, sentence

_OPERATORS = ("MatMul", "Gemm", "LSTM", "Attention", "EmbedLayerNormalization", "Gather")


class Int8Dynamic(FileLever):
    """The lever `int8-dynamic`."""

    name = "int8-dynamic"
    kind = LeverKind.QUANTISE
    title = sentence("Dynamic int8 quantisation")
    changes = sentence(
        "Weights of matrix products become 8-bit whole numbers; activations are quantised while "
        "the model runs."
    )
    risks = (
        sentence("Accuracy can drop, most where a few values are much larger than the rest."),
        sentence("Small matrices get slower: quantising the activations costs more than it saves."),
    )
    defaults: ClassVar[Settings] = {"per_channel": True, "reduce_range": False, "keep": ()}
    """Per channel costs nothing at run time and is more accurate; `keep` names nodes in float."""

    def obstacle(self, candidate: Candidate) -> Sentence | None:
        """Nothing to quantise, quantised already, or an opset the quantiser refuses."""
        return quantisation_obstacle(candidate, ("MatMul", "Gemm", "LSTM", "Attention"))

    def expected_energy_ratio(self, candidate: Candidate) -> Quantity | None:
        """By the size of the weights: see `int8_ratio`."""
        return int8_ratio(candidate)

    def changed(
        self, model: ModelProto, candidate: Candidate, settings: Settings, data: Workload | None
    ) -> Change:
        """Dynamic int8 products."""
        return Change(quantised(model, settings))


def quantised(model: ModelProto, settings: Settings) -> ModelProto:
    """The model with dynamic int8 products. Raises `LeverError`."""
    import tempfile

    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory(prefix="carbon-advisor-") as folder, quiet():
        made = Path(folder) / "quantised.onnx"
        large = bytes_in_one_file(model) > BEFORE_QUANTISING
        with quantiser_gives_up():
            quantize_dynamic(
                model,
                made,
                op_types_to_quantize=list(_OPERATORS),
                per_channel=bool(settings.get("per_channel", True)),
                reduce_range=bool(settings.get("reduce_range", False)),
                weight_type=QuantType.QInt8,
                nodes_to_exclude=both_names(settings.get("keep", ())),
                use_external_data_format=large,
                extra_options={"MatMulConstBOnly": True},
            )
        return onnx.load(str(made))


LEVER = Int8Dynamic()
