"""The events of a benchmark: plain data that survives JSON, one class a kind.

`bench.run(plan)` yields them; window, command line, tests and recorded runs consume one stream.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from advisor.bench.measurement import Measurement, Window
from advisor.meters.meter import MeterFacts


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)
    run_id: str
    at_s: float
    """Seconds since the run started (monotonic)."""


class Started(_Event):
    """The run began: what will be measured, with which meters, and how long it should take."""

    kind: Literal["started"] = "started"
    candidates: tuple[str, ...]
    names: dict[str, str]
    meters: tuple[MeterFacts, ...]
    expected_s: float
    environment: dict[str, str] = Field(default_factory=dict)


class WarmedUp(_Event):
    """A candidate's latency became stationary (or did not, within the limit)."""

    kind: Literal["warmed_up"] = "warmed_up"
    candidate: str
    duration_s: float
    inferences: int
    stationary: bool
    reason: str


class IdleMeasured(_Event):
    """Power of the idle machine with the sessions loaded."""

    kind: Literal["idle_measured"] = "idle_measured"
    duration_s: float
    power_w: dict[str, float]
    """By meter name."""


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


class CandidateMeasured(_Event):
    """The figures of one candidate from all its windows so far."""

    kind: Literal["candidate_measured"] = "candidate_measured"
    measurement: Measurement


class Failed(_Event):
    """A candidate (or, with none named, the run) cannot go on; the others do."""

    kind: Literal["failed"] = "failed"
    candidate: str | None
    reason: str


class Finished(_Event):
    """The run ended; why (target reached, time budget, cancelled)."""

    kind: Literal["finished"] = "finished"
    reason: str


Event = Annotated[
    Started
    | WarmedUp
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
