"""The noun `Workload`: what a candidate is fed, and what the right answers are."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from advisor.sentences import Sentence, sentence


class UnusableDataError(ValueError):
    """Data that cannot be a workload. Its text is one sentence: what, where, what to do."""

    def __init__(self, said: Sentence | str) -> None:
        super().__init__(str(said))
        self.said = said if isinstance(said, Sentence) else sentence("{reason}", reason=said)
        """The same sentence, in any language."""


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
    notes: tuple[str, ...] = field(default=())

    @property
    def samples(self) -> int:
        """Number of samples (length of the first axis)."""
        return len(next(iter(self.inputs.values()))) if self.inputs else 0
