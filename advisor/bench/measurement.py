"""The nouns `Window` (raw) and `Measurement` (its figures): candidate × workload × device."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from advisor.meters.coverage import CoverageStatement
from advisor.quantities import Quantity
from advisor.sentences import Sentence


class Window(BaseModel):
    """One measured window of one candidate, raw, as kept in the project file.

    `energy_j` and `idle_energy_j` are by meter name. `idle_energy_j` is the idle power last
    measured before the window times this window's duration. `excluded` says why a window is left
    out (throttling, a foreign process), empty when it counts.
    """

    model_config = ConfigDict(frozen=True)

    candidate: str
    block: int
    position: int
    started_s: float
    duration_s: float
    inferences: float
    """Samples inferred within the edges; a call that straddles an edge counts by its share."""
    energy_j: dict[str, float]
    idle_energy_j: dict[str, float] = Field(default_factory=dict)
    quantisation_j: dict[str, float] = Field(default_factory=dict)
    """Bound of the error from the counter's ticks at both ends, by meter."""
    latency_s: tuple[float, ...] = ()
    """Latencies of single calls: at most 200 evenly spaced order statistics of the window."""
    condition: dict[str, float | str] = Field(default_factory=dict)
    excluded: str = ""
    said: Sentence | None = None
    """`excluded`, in any language."""
    readings: dict[str, tuple[float, float, float, float]] = Field(default_factory=dict)
    """Raw reads by meter: time (s) and joules at the opening edge, then at the closing edge."""


class Measurement(BaseModel):
    """The figures of one candidate on one workload and device."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    candidate: str
    """Key of the candidate."""
    workload_sha256: str
    device: str
    batch_size: int
    energy_j: Quantity
    """Total joules per inference (one sample)."""
    energy_above_idle_j: Quantity | None
    latency_ms: dict[str, Quantity]
    """Percentiles: `p50`, `p90`, `p99`."""
    throughput_per_s: Quantity
    metric: str | None
    accuracy: Quantity | None
    """The metric's value, in its own points (see `accuracy_points`); None is unknown."""
    group_accuracy: dict[str, Quantity] = Field(default_factory=dict)
    windows_used: int
    windows_excluded: int
    coverage: str
    """What the joules include and what not, in English; see `covered`."""
    covered: CoverageStatement | None = None
    """The same in any language; None in measurements kept before it was noted."""
    warnings: tuple[str, ...] = ()
    cautions: tuple[Sentence, ...] = ()
    """The warnings, in any language."""
    energy_draws_j: tuple[float, ...] = ()
    """Bootstrap draws of joules per inference, paired by index over the candidates of a run."""
    loss_draws: tuple[float, ...] = ()
    """Bootstrap draws of the metric's loss (worse is positive), paired likewise; empty unknown."""
    half_width_reached: float | None = None
    """Relative half-width of the 95 % interval from the windows alone (what more blocks shrink)."""
    smallest_difference: float | None = None
    """Relative difference from another candidate of the run that would have been found (80 %)."""
