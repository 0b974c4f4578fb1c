"""Inputs that fit a model's signature when there is no data: energy can be measured, accuracy not.

Floats are standard normal, whole numbers are drawn below the size of the table they look up (or 2),
masks are ones, text is a word. Free axes other than the batch get the size given or the assumed
one. The values matter little to dense operators; for trees they decide the paths, so a note says
that the energy of trees on synthetic inputs is an approximation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.candidates.candidate import GraphFacts, TensorSpec
from advisor.candidates.data_inputs import numpy_dtype
from advisor.candidates.graph_work import assumed_size
from advisor.candidates.workload import UnusableDataError, Workload, workload_digest
from advisor.sentences import sentence

_SMALL_VOCABULARY = 100


def synthetic_workload(
    facts: GraphFacts,
    samples: int = 256,
    seed: int = 0,
    *,
    batch_size: int = 1,
    axes: Mapping[str, int] | None = None,
) -> Workload:
    """A workload without labels that fits the inputs. Raises `UnusableDataError`."""
    rng = np.random.default_rng(seed)
    inputs = {spec.name: _values(spec, samples, rng, axes or {}) for spec in facts.inputs}
    if not inputs:
        raise UnusableDataError(sentence("The model takes no inputs, so nothing can be fed to it."))
    notes = [sentence("synthetic inputs: accuracy is unknown")]
    if any("TreeEnsemble" in name for name in facts.operators):
        notes.append(
            sentence("paths through trees depend on the data: energy on real data may differ")
        )
    return Workload(
        name="synthetic",
        inputs=inputs,
        batch_size=batch_size,
        source=f"synthetic, seed {seed}",
        sha256=workload_digest(inputs, None),
        synthetic=True,
        notes=tuple(notes),
    )


def _values(
    spec: TensorSpec, samples: int, rng: np.random.Generator, axes: Mapping[str, int]
) -> NDArray[Any]:
    shape = (samples, *(_size(spec, n, axes) for n in range(1, len(spec.shape))))
    lowered = spec.name.lower()
    if spec.dtype == "str":
        return np.full(shape, "a", dtype=object)
    kind = numpy_dtype(spec.dtype)
    if "mask" in lowered:
        return np.ones(shape, kind)
    if kind.kind == "b":
        return rng.random(shape) < 0.5
    if kind.kind in "iu":
        high = 1 if "type" in lowered or "segment" in lowered else _SMALL_VOCABULARY
        return rng.integers(0, high, shape).astype(kind)
    return rng.standard_normal(shape).astype(kind)


def _size(spec: TensorSpec, axis: int, axes: Mapping[str, int]) -> int:
    size = spec.shape[axis]
    if isinstance(size, int):
        return size
    return axes.get(size or f"{spec.name}[{axis}]", assumed_size(len(spec.shape)))
