"""Static int8: weights and activations as int8, their ranges learnt from calibration data.

ONNX Runtime's `quantize_static` in QDQ form, after its own pre-processing (shape inference, fusing
of batch normalisation). This is the lever for convolutions. Products of two activations (attention
scores) stay in float: they hold no weights and lose the most.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import onnx
from onnx import ModelProto

from advisor.candidates.candidate import Candidate
from advisor.candidates.levers.file_lever import Change, FileLever, quantiser_gives_up
from advisor.candidates.levers.graph_edits import (
    fixed_batch,
    with_node_names,
    with_value_types,
)
from advisor.candidates.levers.lever import LeverError, LeverKind, Need, Settings
from advisor.candidates.levers.making import bytes_in_one_file, quiet, save_whole
from advisor.candidates.levers.quantisable import (
    BEFORE_QUANTISING,
    both_names,
    int8_ratio,
    quantisation_obstacle,
    weight_nodes,
)
from advisor.candidates.workload import Workload, spread_inputs
from advisor.quantities import Quantity
from advisor.sentences import Sentence, sentence

_PRODUCTS = ("Conv", "MatMul", "Gemm")
_PASSED_THROUGH = (
    "Relu", "Clip", "MaxPool", "AveragePool", "GlobalAveragePool", "Add", "Flatten", "Reshape",
    "Transpose", "Concat",
)  # fmt: skip
_CALIBRATION_SAMPLES = 200
_ENTROPY_BINS = {"num_bins": 512, "num_quantized_bins": 128}
"""ONNX Runtime's own 128 of 128 leave the search for the least divergence nothing to choose."""
METHODS = ("minmax", "entropy", "percentile")


class Int8Static(FileLever):
    """The lever `int8-static`."""

    name = "int8-static"
    kind = LeverKind.QUANTISE
    title = sentence("Static int8 quantisation")
    changes = sentence(
        "Weights and activations become 8-bit whole numbers; the ranges of the activations are "
        "fixed from calibration data."
    )
    needs = (Need.CALIBRATION_DATA,)
    risks = (
        sentence("Accuracy drops when later inputs leave the range of the calibration data."),
        sentence("On processors without 8-bit dot products it can saturate or be slower."),
    )
    defaults: ClassVar[Settings] = {
        "method": "minmax",
        "per_channel": True,
        "reduce_range": False,
        "preprocess": True,
        "keep": (),
    }
    """`keep` names nodes that stay in float; `reduce_range` helps processors without VNNI."""

    def obstacle(self, candidate: Candidate) -> Sentence | None:
        """Nothing to quantise, quantised already, or an opset the quantiser refuses."""
        return quantisation_obstacle(candidate, _PRODUCTS)

    def expected_energy_ratio(self, candidate: Candidate) -> Quantity | None:
        """By the size of the weights: see `int8_ratio`."""
        return int8_ratio(candidate)

    def variants(self, candidate: Candidate) -> tuple[dict[str, Any], ...]:
        """The three ways of calibrating; per channel in all of them."""
        return tuple({"method": method} for method in METHODS)

    def changed(
        self, model: ModelProto, candidate: Candidate, settings: Settings, data: Workload | None
    ) -> Change:
        """Int8 products with ranges from the calibration data."""
        assert data is not None  # it is needed, so the wrapper has it
        per_channel = bool(settings["per_channel"]) and scales_by_channel(model)
        made = statically_quantised(model, data, settings)
        return Change(made, {"per_channel": per_channel})


def scales_by_channel(model: ModelProto) -> bool:
    """Whether the opset has a scale for each channel (`DequantizeLinear` since opset 13)."""
    return all(o.version >= 13 for o in model.opset_import if o.domain in ("", "ai.onnx"))


def statically_quantised(
    model: ModelProto, calibration: Workload, settings: Settings, only: list[str] | None = None
) -> ModelProto:
    """The model with int8 products; `only` restricts it to these nodes. Raises `LeverError`."""
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    methods = {
        "minmax": CalibrationMethod.MinMax,
        "entropy": CalibrationMethod.Entropy,
        "percentile": CalibrationMethod.Percentile,
    }
    if settings.get("method", "minmax") not in methods:
        raise LeverError(
            sentence(
                "“{method}” is not a way of calibrating; use one of {known}.",
                method=str(settings.get("method")),
                known=", ".join(METHODS),
            )
        )
    with tempfile.TemporaryDirectory(prefix="carbon-advisor-") as folder, quiet():
        model = with_node_names(model)
        if settings.get("preprocess", True):
            model = preprocessed(model, Path(folder))
        model = with_value_types(model)
        weighted = {node.name for node, _ in weight_nodes(model, _PRODUCTS)}
        unweighted = [n.name for n in model.graph.node if n.op_type == "MatMul"]
        exclude = [n for n in unweighted if n not in weighted] + both_names(
            settings.get("keep", ())
        )
        made = Path(folder) / "quantised.onnx"
        operators = [*_PRODUCTS, *_PASSED_THROUGH] if only is None else None
        ranges: Path | None = None
        with quantiser_gives_up():
            if settings.get("method") == "entropy":
                ranges = _entropy_ranges(model, Path(folder), operators, calibration)
            quantize_static(
                model,
                made,
                _reader(calibration, fixed_batch(model) or 1),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=operators,
                nodes_to_quantize=only,
                nodes_to_exclude=exclude,
                per_channel=bool(settings.get("per_channel", True)) and scales_by_channel(model),
                reduce_range=bool(settings.get("reduce_range", False)),
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                calibrate_method=methods[settings.get("method", "minmax")],
                extra_options={"CalibPercentile": 99.99},
                use_external_data_format=bytes_in_one_file(model) > BEFORE_QUANTISING,
                calibration_cache_path=ranges,
            )
        return onnx.load(str(made))


def preprocessed(model: ModelProto, folder: Path) -> ModelProto:
    """ONNX Runtime's pre-processing; the model itself where that fails (it is only an aid).

    Without the symbolic shape inference: where it stops it leaves its state in the current folder,
    and the types it finds are those of `with_value_types`.
    """
    from onnxruntime.quantization.shape_inference import quant_pre_process

    before, made = folder / "parent.onnx", folder / "preprocessed.onnx"
    save_whole(model, before)
    with contextlib.suppress(Exception):
        quant_pre_process(
            before,
            made,
            skip_symbolic_shape=True,
            save_as_external_data=bytes_in_one_file(model) > BEFORE_QUANTISING,
            all_tensors_to_one_file=True,
        )
        return with_node_names(onnx.load(str(made)))
    return model


def _entropy_ranges(
    model: ModelProto, folder: Path, operators: list[str] | None, calibration: Workload
) -> Path:
    """Ranges of least divergence, as a file that the quantiser reads instead of calibrating.

    Migacz, “8-bit inference with TensorRT” (GTC 2017).
    """
    from onnxruntime.quantization.calibrate import (
        CalibrationMethod,
        create_calibrator,
        save_tensors_data,
    )

    watched, kept = folder / "watched.onnx", folder / "ranges.json"
    save_whole(model, watched)
    calibrator = create_calibrator(
        watched,
        operators,
        augmented_model_path=str(folder / "augmented.onnx"),
        calibrate_method=CalibrationMethod.Entropy,
        use_external_data_format=bytes_in_one_file(model) > BEFORE_QUANTISING,
        extra_options=_ENTROPY_BINS,
    )
    calibrator.collect_data(_reader(calibration, fixed_batch(model) or 1))
    save_tensors_data(calibrator.compute_data(), kept)
    return kept


def _reader(calibration: Workload, batch: int) -> Any:
    """Calibration samples in the graph's own batches, in the form the library asks for."""
    from onnxruntime.quantization import CalibrationDataReader

    inputs = spread_inputs(calibration, _CALIBRATION_SAMPLES)
    count = len(next(iter(inputs.values())))
    starts = iter(range(0, max(count - batch + 1, 1), batch))

    class Reader(CalibrationDataReader):
        def get_next(self) -> Any:
            start = next(starts, None)
            if start is None:
                return None
            rows = np.arange(start, start + batch) % count
            return {name: array[rows] for name, array in inputs.items()}

    return Reader()


LEVER = Int8Static()
