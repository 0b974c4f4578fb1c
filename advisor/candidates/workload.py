"""The noun `Workload`: what a candidate is fed, and what the right answers are; its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.sentences import SaidError, Sentence


class UnusableDataError(SaidError):
    """Data that cannot be a workload. Its text is one sentence: what, where, what to do."""


class Task(StrEnum):
    """What the model does; it decides which metrics make sense."""

    CLASSIFICATION = "classification"
    BINARY = "binary"
    REGRESSION = "regression"


@dataclass(frozen=True)
class Workload:
    """Inputs by model input name (first axis: samples), labels, and how they are scored.

    `labels` is None for synthetic inputs: then accuracy is unknown, and said so. `groups` holds a
    protected attribute per sample for fairness. `sha256` is the digest of the arrays.
    """

    name: str
    inputs: dict[str, NDArray[np.generic]]
    labels: NDArray[np.generic] | None = None
    groups: NDArray[np.generic] | None = None
    task: Task | None = None
    metric: str | None = None
    batch_size: int = 1
    source: str = ""
    sha256: str = ""
    synthetic: bool = False
    notes: tuple[Sentence, ...] = field(default=())

    @property
    def samples(self) -> int:
        """Number of samples (length of the first axis)."""
        return len(next(iter(self.inputs.values()))) if self.inputs else 0


def workload_digest(inputs: Mapping[str, NDArray[Any]], labels: NDArray[Any] | None) -> str:
    """SHA-256 over names, types, shapes and values of the inputs and labels."""
    whole = hashlib.sha256()
    named = [*sorted(inputs.items()), *([("", labels)] if labels is not None else [])]
    for name, array in named:
        whole.update(f"{name}|{array.dtype.str}|{array.shape}|".encode())
        if array.dtype.kind == "O":
            whole.update("\x1f".join(map(str, array.ravel())).encode())
        else:
            whole.update(np.ascontiguousarray(array).tobytes())
    return whole.hexdigest()


def spread_inputs(workload: Workload, most: int) -> dict[str, NDArray[Any]]:
    """At most so many samples, from all over the data: files are often sorted by class or date."""
    count = min(most, workload.samples)
    rows = np.linspace(0, workload.samples - 1, count).round().astype(np.int64)
    return {name: array[rows] for name, array in workload.inputs.items()}


def rows_of(workload: Workload, rows: NDArray[np.integer]) -> Workload:
    """The workload restricted to some rows, with its own digest."""
    inputs = {name: array[rows] for name, array in workload.inputs.items()}
    labels = None if workload.labels is None else workload.labels[rows]
    groups = None if workload.groups is None else workload.groups[rows]
    return Workload(
        name=workload.name,
        inputs=inputs,
        labels=labels,
        groups=groups,
        task=workload.task,
        metric=workload.metric,
        batch_size=workload.batch_size,
        source=workload.source,
        sha256=workload_digest(inputs, labels),
        synthetic=workload.synthetic,
        notes=workload.notes,
    )
