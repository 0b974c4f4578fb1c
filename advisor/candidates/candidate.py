"""The noun `Candidate`: a model file on disk, with the facts read from its graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from advisor.quantities import Quantity
from advisor.sentences import SaidError


class UnusableModelError(SaidError):
    """A file that cannot be a candidate. Its text is one sentence: what, where, what to do."""


class TensorSpec(BaseModel):
    """An input or output of a graph: a dimension is a number, a name (dynamic axis) or None."""

    model_config = ConfigDict(frozen=True)

    name: str
    dtype: str
    """ONNX element type in NumPy's words: float32, int64, str …"""
    shape: tuple[int | str | None, ...]


class GraphFacts(BaseModel):
    """What the graph says of itself, without running it."""

    model_config = ConfigDict(frozen=True)

    parameters: int
    """Number of trained values: elements of weights, and thresholds and leaves of trees."""
    flops_per_inference: Quantity | None
    """Floating point operations for one sample; None where the graph does not tell."""
    bytes_moved_per_inference: Quantity | None
    weight_bytes: int
    operators: dict[str, int]
    precision: str
    """Precision of most weights: float32, float16, int8, int4, mixed, trees …"""
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    opset: int
    opsets: dict[str, int]
    producer: str = ""
    metadata: dict[str, str] = Field(default_factory=dict)


class Candidate(BaseModel):
    """A model file with its hash and facts and, if a lever made it, its parent and settings.

    A run-time lever (batch, threads, execution mode) makes a candidate of the same file with other
    `run_options`; `key` tells them apart.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    path: Path
    sha256: str
    facts: GraphFacts
    family: str = ""
    parent_key: str | None = None
    lever: str | None = None
    lever_settings: dict[str, Any] = Field(default_factory=dict)
    run_options: dict[str, Any] = Field(default_factory=dict)
    """Keys understood by the bench: batch_size, intra_op_threads, execution_mode, providers."""

    @property
    def key(self) -> str:
        """Identity of the candidate: file hash and run options."""
        if not self.run_options:
            return self.sha256
        options = ",".join(f"{k}={v}" for k, v in sorted(self.run_options.items()))
        return f"{self.sha256}?{options}"
