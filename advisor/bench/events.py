"""The events of a benchmark: plain data that survives JSON, one class a kind.

`bench.run(plan)` yields them; window, command line, tests and recorded runs consume one stream.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from advisor.bench.measurement import Measurement, Window
from advisor.meters.meter import MeterFacts
from advisor.sentences import Sentence


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)
    run_id: str
    at_s: float
    """Seconds since the run started (monotonic; a continued run goes on where it broke off)."""


class Started(_Event):
    """The run began: what will be measured, with which meters, and how long it should take."""

    kind: Literal["started"] = "started"
    candidates: tuple[str, ...]
    names: dict[str, str]
    meters: tuple[MeterFacts, ...]
    expected_s: float
    forecast: Sentence | None = None
    """The power analysis: how long the wished precision takes, or that it will not be reached."""
    environment: dict[str, str] = Field(default_factory=dict)
    workload_sha256: str = ""
    metric: str | None = None
    batch_sizes: dict[str, int] = Field(default_factory=dict)
    """By candidate: samples in one call."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """`Plan.settings()`: everything of the plan that a replay needs."""


class WarmedUp(_Event):
    """A candidate's latency became stationary (or did not, within the limit)."""

    kind: Literal["warmed_up"] = "warmed_up"
    candidate: str
    duration_s: float
    inferences: int
    stationary: bool
    reason: str
    said: Sentence | None = None
    """`reason`, in any language."""
    providers: tuple[str, ...] = ()
    """ONNX Runtime's execution providers that the session really uses."""


class Scored(_Event):
    """A candidate's outputs over the labelled workload, compared with the labels.

    Draws are a bootstrap over samples with the same resampled samples for every candidate of the
    run: paired by index. Values are in the metric's own points (see `advisor.candidates.metrics`).
    """

    kind: Literal["scored"] = "scored"
    candidate: str
    metric: str
    value: float
    std: float
    """Standard error of `value` over resampled samples."""
    samples: int
    loss_draws: tuple[float, ...] = ()
    """Worse is positive."""
    groups: dict[str, tuple[float, float]] = Field(default_factory=dict)
    """Value and standard error by protected group."""
    unit: str = "point"


class NotScored(_Event):
    """A candidate's answers could not be scored: its energy is measured, its accuracy unknown."""

    kind: Literal["not scored"] = "not scored"
    candidate: str
    said: Sentence


class IdleMeasured(_Event):
    """Power of the idle machine with the sessions loaded."""

    kind: Literal["idle_measured"] = "idle_measured"
    duration_s: float
    power_w: dict[str, float]
    """By meter name."""
    meters: tuple[MeterFacts, ...] = ()
    """What the meters say of themselves by now (two ways to one joule may have disagreed)."""


class WindowMeasured(_Event):
    """One window of one candidate, raw."""

    kind: Literal["window_measured"] = "window_measured"
    window: Window


class PowerSampled(_Event):
    """Power while it runs, for the live chart (never the measurement itself)."""

    kind: Literal["power_sampled"] = "power_sampled"
    candidate: str | None
    power_w: float


class Progress(_Event):
    """How far the run is, and how long it still takes."""

    kind: Literal["progress"] = "progress"
    fraction: float
    remaining_s: float
    doing: str
    said: Sentence | None = None
    """`doing`, in any language."""


class CandidateMeasured(_Event):
    """The figures of one candidate from all its windows so far."""

    kind: Literal["candidate_measured"] = "candidate_measured"
    measurement: Measurement


class Failed(_Event):
    """A candidate (or, with none named, the run) cannot go on; the others do."""

    kind: Literal["failed"] = "failed"
    candidate: str | None
    reason: str
    said: Sentence | None = None
    """`reason`, in any language."""


class Finished(_Event):
    """The run ended; why (target reached, time budget, most blocks measured)."""

    kind: Literal["finished"] = "finished"
    reason: str
    said: Sentence | None = None
    """`reason`, in any language."""


Event = Annotated[
    Started
    | WarmedUp
    | Scored
    | NotScored
    | IdleMeasured
    | WindowMeasured
    | PowerSampled
    | Progress
    | CandidateMeasured
    | Failed
    | Finished,
    Field(discriminator="kind"),
]
"""Any event of a run."""

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads an event back from JSON: `EVENT.validate_json(line)`."""
