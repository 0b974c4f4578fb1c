"""Which nodes suffer when they alone are quantised: the per-layer sensitivity.

Every product with fixed weights is quantised by itself and the outputs are compared with the
parent's on calibration samples. The figure is the root mean square difference of the scores over
their root mean square in the parent, and the share of samples answered differently. The nodes that
do most of the damage are the ones a mixed-precision variant keeps in float.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from onnx import ModelProto
from pydantic import BaseModel, ConfigDict

from advisor.candidates.candidate import Candidate, UnusableModelError
from advisor.candidates.levers.graph_edits import with_node_names
from advisor.candidates.levers.lever import LeverError
from advisor.candidates.levers.making import load_whole, run_whole
from advisor.candidates.levers.quantisable import elements, weight_nodes
from advisor.candidates.workload import Workload, spread_inputs

_SAMPLES = 128
_MOST_GROUPS = 24
"""Deep models are probed in this many groups of neighbouring nodes, so that the search ends."""

PRODUCTS = ("Conv", "MatMul", "Gemm")


class LayerSensitivity(BaseModel):
    """What quantising these nodes alone does to the model's answers."""

    model_config = ConfigDict(frozen=True)

    nodes: tuple[str, ...]
    parameters: int
    relative_difference: float
    changed_answers: float | None
    """Share of samples answered differently; None where the model gives single values."""


def layer_sensitivity(
    candidate: Candidate,
    calibration: Workload,
    quantise: Callable[[ModelProto, list[str]], ModelProto],
) -> Iterator[LayerSensitivity]:
    """Sensitivities in the order of the graph, one at a time (it can take a while).

    `quantise(model, keep)` quantises all but the named nodes. Nodes that cannot be quantised alone
    are left out. Raises `LeverError` when the parent cannot be run.
    """
    model = with_node_names(load_whole(candidate))
    weighted = weight_nodes(model, PRODUCTS)
    names = [node.name for node, _ in weighted]
    sizes = {node.name: elements(tensor) for node, tensor in weighted}
    inputs = spread_inputs(calibration, _SAMPLES)
    try:
        wanted = run_whole(model, inputs, candidate.name)
    except UnusableModelError as error:
        raise LeverError(error.said) from error
    for group in _groups(names):
        copy = ModelProto()
        copy.CopyFrom(model)
        try:
            made = quantise(copy, [n for n in names if n not in group])
            given = run_whole(made, inputs, candidate.name)
        except (LeverError, UnusableModelError):
            continue
        difference, changed = outputs_apart(wanted, given)
        yield LayerSensitivity(
            nodes=tuple(group),
            parameters=sum(sizes[n] for n in group),
            relative_difference=difference,
            changed_answers=changed,
        )


def nodes_to_keep(layers: Sequence[LayerSensitivity], share: float) -> list[str]:
    """The fewest nodes that together cause at least this share of the summed squared damage."""
    total = sum(layer.relative_difference**2 for layer in layers)
    kept: list[str] = []
    done = 0.0
    for layer in sorted(layers, key=lambda s: -s.relative_difference):
        if total == 0 or done >= share * total:
            break
        done += layer.relative_difference**2
        kept.extend(layer.nodes)
    return kept


def outputs_apart(wanted: dict[str, Any], given: dict[str, Any]) -> tuple[float, float | None]:
    """Relative root mean square difference of the float outputs; share of changed answers."""
    squares = reference = 0.0
    changed: float | None = None
    for name, before in wanted.items():
        if not isinstance(before, np.ndarray) or name not in given:
            continue
        after = np.asarray(given[name])
        if before.dtype.kind == "f" and after.shape == before.shape:
            squares += float(np.mean((before.astype(float) - after.astype(float)) ** 2))
            reference += float(np.mean(before.astype(float) ** 2))
            if before.ndim == 2 and before.shape[1] > 1:
                changed = float(np.mean(before.argmax(axis=1) != after.argmax(axis=1)))
        elif before.ndim == 1 and before.dtype.kind in "iuOUS" and changed is None:
            changed = float(np.mean(before != after))
    return float(np.sqrt(squares / max(reference, 1e-30))), changed


def _groups(names: Sequence[str]) -> list[list[str]]:
    count = min(len(names), _MOST_GROUPS)
    return [part.tolist() for part in np.array_split(np.asarray(names), count)] if count else []
