"""The noun `Plan`: what a benchmark sets out to do, and how precisely."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, NamedTuple, Self

from advisor.bench.events import Event
from advisor.bench.measurement import Window
from advisor.candidates.candidate import Candidate
from advisor.candidates.workload import Workload
from advisor.meters.coverage import declared_factor
from advisor.meters.meter import Meter, MeterFacts
from advisor.sentences import SaidError, sentence


class PlanError(SaidError):
    """A plan that cannot be run. Its text is one sentence: what is wrong, what to do."""


class LoadPattern(StrEnum):
    """How requests come, in MLPerf Inference's terms."""

    SINGLE_STREAM = "single stream"
    """One request after the other, the next as soon as the last is answered."""
    OFFLINE = "offline"
    """Everything is there at once: full batches back to back."""
    SERVER = "server"
    """Requests arrive at random (Poisson) at a rate; idle time between them belongs to them."""


class Precision(StrEnum):
    """How much time to spend on precision."""

    GLANCE = "glance"
    """A first look: windows as short as the meter allows. Not for publication."""
    QUICK = "quick"
    STANDARD = "standard"
    AUDIT = "audit"


class Preset(NamedTuple):
    """What a `Precision` means: at least this many seconds and blocks."""

    window_s: float
    blocks_min: int
    blocks_max: int
    idle_s: float
    warm_up_max_s: float


# 32 blocks hold what the power analysis asks at the usual scatter (27 blocks of 3.3 % for ±2 %, see
# `stopping`), with room for the scatter being met only by chance; quiet machines end at the least.
PRESETS: Mapping[Precision, Preset] = {
    Precision.GLANCE: Preset(1.0, 5, 12, 2.0, 8.0),
    Precision.QUICK: Preset(10.0, 5, 32, 10.0, 60.0),
    Precision.STANDARD: Preset(30.0, 10, 32, 30.0, 180.0),
    Precision.AUDIT: Preset(600.0, 10, 32, 30.0, 600.0),
}


_NOUNS = ("candidates", "workload", "meters", "done", "done_s")


@dataclass(frozen=True)
class Plan:
    """What to measure and how. `Plan.of(precision, …)` fills in a preset.

    To continue a run that broke off, give the same `run_id` and `seed` and its windows as `done`
    (see `with_done`).
    """

    candidates: tuple[Candidate, ...]
    workload: Workload
    meters: tuple[Meter, ...] | None = None
    """None: everything `advisor.meters.discover()` finds. Given ones are not closed by the run."""
    load: LoadPattern = LoadPattern.SINGLE_STREAM
    batch_size: int | None = None
    """Samples in one call; None: the workload's. A candidate's own `run_options` win."""
    threads: int | None = None
    providers: tuple[str, ...] | None = None
    """ONNX Runtime's execution providers; None: CUDA where it is there, else CPU."""
    arrival_rate_per_s: float | None = None
    """Requests per second of the server pattern."""
    latency_bound_ms: float | None = None
    """99th percentile that the server pattern must keep."""
    precision: Precision = Precision.QUICK
    target_half_width: float = 0.02
    """Relative half-width of the 95 % interval (windows only) at which the run may end."""
    window_s: float = PRESETS[Precision.QUICK].window_s
    """Shortest window; the meter may ask for longer ones."""
    blocks_min: int = PRESETS[Precision.QUICK].blocks_min
    blocks_max: int = PRESETS[Precision.QUICK].blocks_max
    idle_s: float = PRESETS[Precision.QUICK].idle_s
    idle_every: int = 5
    """Blocks between two measurements of idle power."""
    warm_up_max_s: float = PRESETS[Precision.QUICK].warm_up_max_s
    time_budget_s: float | None = None
    """No block is begun that would end later; at least one block is measured."""
    seed: int = 0
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    done: tuple[Window | Event, ...] = ()
    """Windows (or all kept events) of an earlier part of this run."""
    done_s: float = 0.0
    """Where the clock of the run stood when the earlier part broke off."""
    wall_factor: float | None = None
    """Declared correction from what the meters cover to the wall plug (supply losses, fans)."""
    wall_factor_range: tuple[float, float] | None = None
    """Its 95 % interval; None: taken as exact."""

    def __post_init__(self) -> None:
        if not self.candidates:
            raise PlanError(sentence("There is no candidate to measure; add at least one model."))
        if len({c.key for c in self.candidates}) < len(self.candidates):
            raise PlanError(
                sentence("Two candidates are the same file with the same options; leave one out.")
            )
        if not self.workload.samples:
            raise PlanError(
                sentence(
                    "The workload {name} holds no samples; choose other data.",
                    name=self.workload.name,
                )
            )
        self._check_load()
        if not 0 < self.target_half_width < 1:
            raise PlanError(
                sentence("The target half-width is a share between 0 and 1, for example 0.02.")
            )
        if not 1 <= self.blocks_min <= self.blocks_max:
            raise PlanError(
                sentence("The least number of blocks must be between 1 and the greatest number.")
            )
        if self.wall_factor is not None:
            try:
                declared_factor(self.wall_factor, self.wall_factor_range)
            except SaidError as error:
                raise PlanError(error.said) from error
        if self.window_s <= 0 or self.idle_s < 0:
            raise PlanError(
                sentence("Windows must last longer than 0 s, and idle is measured for 0 s or more.")
            )

    def _check_load(self) -> None:
        server = self.load is LoadPattern.SERVER
        if server and not (self.arrival_rate_per_s or 0) > 0:
            raise PlanError(
                sentence("The server pattern needs an arrival rate above 0 requests per second.")
            )
        if self.arrival_rate_per_s is not None and not server:
            raise PlanError(
                sentence(
                    "An arrival rate belongs to the server pattern; choose that pattern, or leave "
                    "the rate out."
                )
            )
        for name, number in (
            ("batch size", self.batch_size),
            ("number of threads", self.threads),
            ("time budget", self.time_budget_s),
            ("latency bound", self.latency_bound_ms),
        ):
            if number is not None and number <= 0:
                raise PlanError(
                    sentence(
                        "The {name} must be above 0; {number} is not.",
                        name=name,
                        number=f"{number:g}",
                    )
                )

    @classmethod
    def of(
        cls,
        precision: Precision,
        candidates: tuple[Candidate, ...],
        workload: Workload,
        **changes: Any,
    ) -> Self:
        """A plan with a preset; `changes` are further fields. Raises `PlanError`."""
        settings: dict[str, Any] = {
            **PRESETS[precision]._asdict(),
            "precision": precision,
            **changes,
        }
        return cls(candidates, workload, **settings)

    def with_done(self, done: tuple[Window | Event, ...], done_s: float = 0.0) -> Plan:
        """The same plan with windows or events of its earlier part, to continue it."""
        return replace(self, done=done, done_s=done_s)

    def batch_size_of(self, candidate: Candidate) -> int:
        """Samples in one call: fixed by the graph, else the candidate's, the plan's, the data's."""
        fixed = {i.shape[0] for i in candidate.facts.inputs if i.shape}
        sizes = [d for d in fixed if isinstance(d, int) and d > 0]
        if sizes:
            return sizes[0]
        own = candidate.run_options.get("batch_size")
        return int(own or self.batch_size or self.workload.batch_size)

    def window_length_s(self, meters: Sequence[MeterFacts]) -> float:
        """Length of a window: the plan's, or as many update periods as the slowest meter needs.

        100 periods keep an edge that missed its tick below 2 %; a first look takes 10, for its
        edges lie on ticks all the same.
        """
        periods = 10 if self.precision is Precision.GLANCE else 100
        return max(self.window_s, periods * max((m.update_period_s for m in meters), default=0.0))

    def settings(self) -> dict[str, Any]:
        """Everything but candidates, data and meters, as plain data; `Plan(**…)` takes it back."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _NOUNS}
        return {k: str(v) if isinstance(v, StrEnum) else v for k, v in values.items()}

    @classmethod
    def from_settings(
        cls, settings: Mapping[str, Any], candidates: tuple[Candidate, ...], workload: Workload
    ) -> Self:
        """The plan that `settings()` was read from. Raises `PlanError` for unknown settings."""
        values = dict(settings)
        try:
            values["load"] = LoadPattern(values.get("load", LoadPattern.SINGLE_STREAM))
            values["precision"] = Precision(values.get("precision", Precision.QUICK))
            if values.get("providers") is not None:
                values["providers"] = tuple(values["providers"])
            if values.get("wall_factor_range") is not None:
                values["wall_factor_range"] = tuple(values["wall_factor_range"])
            return cls(candidates, workload, **values)
        except (TypeError, ValueError) as error:
            if isinstance(error, PlanError):
                raise
            raise PlanError(
                sentence("These settings are not those of a plan: {reason}.", reason=str(error))
            ) from error
