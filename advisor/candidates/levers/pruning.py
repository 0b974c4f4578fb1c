"""Magnitude pruning without retraining: the weakest hidden units and channels are cut out.

Structured where the shape allows it: a product whose result reaches only further products through
element-wise operators loses whole output units, and the following products the matching inputs, so
the matrices really get smaller. A unit's strength is ‖its incoming weights‖ · ‖its outgoing
weights‖ (criterion `magnitude`). With calibration data three ways are tried and the one whose
answers agree most with the parent's is kept: `magnitude` as it is; `magnitude-compensated`, where
the mean activation of what is cut moves into the next bias; and `activation`, also compensated,
where the strength is the spread of the unit's activation · ‖outgoing weights‖.

Single weights set to zero would save nothing: ONNX Runtime's dense kernels multiply zeros too. So
only what makes a matrix smaller is offered.

Reference: Li et al., “Pruning filters for efficient ConvNets” (ICLR 2017) for structured magnitude
pruning; the bias compensation follows from keeping the layer's mean output.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, helper, numpy_helper

from advisor.candidates.candidate import Candidate, GraphFacts
from advisor.candidates.levers.file_lever import Change, Expected, FileLever, share_of
from advisor.candidates.levers.lever import LeverError, LeverKind, Settings
from advisor.candidates.levers.making import run_whole
from advisor.candidates.levers.prunable import Span, prunable_spans
from advisor.candidates.workload import Workload, spread_inputs
from advisor.sentences import Sentence, sentence

_SAMPLES = 256
_FEWEST_UNITS = 4


class Pruning(FileLever):
    """The lever `pruning`."""

    name = "pruning"
    kind = LeverKind.SHRINK
    title = sentence("Magnitude pruning")
    changes = sentence("The weakest hidden units and channels are removed; matrices get smaller.")
    risks = (
        sentence("Without retraining, accuracy falls quickly once strong units are cut."),
        sentence("Calibration data makes the choice of units much better."),
    )
    defaults: ClassVar[Settings] = {"share": 0.5}
    """Of the units cut in every layer."""
    expected = Expected(
        0.6,
        0.04,
        1.05,
        "operations left after cutting a quarter to three quarters of the units, the square of the "
        "share where both sides of a matrix lose some; own measurement: 0.04 to 0.88",
    )

    def obstacle(self, candidate: Candidate) -> Sentence | None:
        """Trees and linear models, quantised weights, or no two products in a row."""
        facts = candidate.facts
        if facts.precision not in ("float32", "mixed"):
            return sentence(
                "Only float32 weights can be pruned; these are {precision}.",
                precision=facts.precision,
            )
        if _products(facts) < 2:
            return sentence("There is no hidden layer between two products that could be pruned.")
        return None

    def variants(self, candidate: Candidate) -> tuple[dict[str, Any], ...]:
        """A quarter, half and three quarters of the units cut."""
        return ({"share": 0.5}, {"share": 0.25}, {"share": 0.75})

    def changed(
        self, model: ModelProto, candidate: Candidate, settings: Settings, data: Workload | None
    ) -> Change:
        """Smaller matrices, by the criterion whose answers agree most with the parent's."""
        made, criterion = _nearest(model, share_of(settings, "share"), data)
        return Change(made, {"criterion": criterion})


def _nearest(
    model: ModelProto, share: float, calibration: Workload | None
) -> tuple[ModelProto, str]:
    """The pruned model whose answers on the calibration data agree most with the parent's."""
    if calibration is None:
        return pruned(model, share, None, "magnitude"), "magnitude"
    inputs = spread_inputs(calibration, _SAMPLES)
    wanted = run_whole(model, inputs, "the parent")
    made: list[tuple[float, float, str, ModelProto]] = []
    for criterion in ("activation", "magnitude-compensated", "magnitude"):
        copy = ModelProto()
        copy.CopyFrom(model)
        copy = pruned(copy, share, calibration, criterion)
        given = run_whole(copy, inputs, "the variant")
        scores = [k for k, v in wanted.items() if getattr(v, "dtype", np.dtype("O")).kind == "f"]
        disagree = sum(_disagreement(wanted[k], given[k]) for k in scores)
        gap = sum(float(np.mean((wanted[k] - given[k]) ** 2)) for k in scores)
        made.append((disagree, gap, criterion, copy))
    _, _, criterion, best = min(made, key=lambda entry: entry[:2])
    return best, criterion


def _disagreement(wanted: NDArray[Any], given: NDArray[Any]) -> float:
    """Share of samples whose highest score is another one; 0 for single values."""
    if wanted.ndim < 2 or wanted.shape[-1] < 2:
        return 0.0
    return float(np.mean(wanted.argmax(axis=-1) != given.argmax(axis=-1)))


def pruned(
    model: ModelProto, share: float, calibration: Workload | None, criterion: str
) -> ModelProto:
    """The model with a share of the units of every prunable layer cut. Raises `LeverError`."""
    spans = prunable_spans(model)
    if not spans:
        raise LeverError(
            sentence("There is no hidden layer between two products that could be pruned.")
        )
    activations = {} if criterion == "magnitude" else _activations(model, spans, calibration)
    for span in spans:
        weights = {t.name: t for t in model.graph.initializer}
        keep = min(max(round(span.units * (1 - share)), _FEWEST_UNITS), span.units)
        seen = activations.get(span.before_last)
        strengths = _strengths(span, weights, seen if criterion == "activation" else None)
        kept = np.sort(np.argsort(-strengths, kind="stable")[:keep])
        cut = np.setdiff1d(np.arange(span.units), kept)
        if seen is not None:
            _compensate(span, weights, seen.mean(axis=0), cut)
        for name, axis, block in span.slices:
            values = numpy_helper.to_array(weights[name])
            rows = (kept[:, None] * block + np.arange(block)).ravel()
            weights[name].CopyFrom(numpy_helper.from_array(values.take(rows, axis), name))
    del model.graph.value_info[:]
    return model


def _strengths(
    span: Span, weights: dict[str, Any], seen: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    outgoing = np.zeros(span.units)
    for name, axis, block in span.outgoing:
        values = np.moveaxis(numpy_helper.to_array(weights[name]).astype(np.float64), axis, 0)
        outgoing += (values.reshape(span.units, block, -1) ** 2).sum(axis=(1, 2))
    if seen is not None:
        return np.sqrt(outgoing) * seen.std(axis=0)
    name, axis, _ = span.incoming
    values = np.moveaxis(numpy_helper.to_array(weights[name]).astype(np.float64), axis, 0)
    return np.sqrt(outgoing) * np.sqrt((values.reshape(span.units, -1) ** 2).sum(axis=1))


def _compensate(
    span: Span, weights: dict[str, Any], means: NDArray[np.float64], cut: NDArray[np.int64]
) -> None:
    """Move the mean contribution of the cut units into the bias of the following product."""
    for name, axis, block, bias in span.biased:
        values = np.moveaxis(numpy_helper.to_array(weights[name]).astype(np.float64), axis, 0)
        values = values.reshape(span.units, block, *values.shape[1:]).sum(axis=1)
        lost = np.tensordot(means[cut], values[cut], axes=1)
        lost = lost.reshape(lost.shape[0], -1).sum(axis=1)
        old = numpy_helper.to_array(weights[bias])
        if old.size == lost.size:
            new = (old.astype(np.float64).ravel() + lost).reshape(old.shape).astype(old.dtype)
            weights[bias].CopyFrom(numpy_helper.from_array(new, bias))


def _activations(
    model: ModelProto, spans: list[Span], calibration: Workload | None
) -> dict[str, NDArray[np.float64]]:
    """Values that reach the following products, [samples, units]; {} without calibration data."""
    if calibration is None:
        return {}
    watched = ModelProto()
    watched.CopyFrom(model)
    present = {info.name for info in watched.graph.output}
    for span in spans:
        if span.before_last not in present:
            watched.graph.output.append(helper.make_empty_tensor_value_info(span.before_last))
    inputs = spread_inputs(calibration, _SAMPLES)
    outputs = run_whole(watched, inputs, "the parent")
    found: dict[str, NDArray[np.float64]] = {}
    for span in spans:
        values = np.asarray(outputs[span.before_last], np.float64)
        values = np.moveaxis(values, span.unit_axis, -1)
        if span.block > 1:
            values = values.reshape(*values.shape[:-1], span.units, span.block).mean(axis=-1)
        found[span.before_last] = values.reshape(-1, span.units)
    return found


def _products(facts: GraphFacts) -> int:
    return sum(facts.operators.get(name, 0) for name in ("MatMul", "Gemm", "Conv"))


LEVER = Pruning()
