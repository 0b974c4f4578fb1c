"""What the figures of a run are made of: its events, collected, and laid out by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from advisor.bench.accuracy import metric_of
from advisor.bench.events import (
    Event,
    IdleMeasured,
    NotScored,
    Scored,
    Started,
    WarmedUp,
    WindowMeasured,
)
from advisor.bench.measurement import Window
from advisor.bench.plan import Plan
from advisor.bench.statistics import Blocks
from advisor.meters.coverage import declared_factor
from advisor.meters.meter import MeterFacts
from advisor.quantities import Quantity

PERCENTILES = (50, 90, 99)


@dataclass
class Record:
    """What the figures are made of, collected from the events."""

    run_id: str = ""
    names: dict[str, str] = field(default_factory=dict)
    meters: tuple[MeterFacts, ...] = ()
    workload_sha256: str = ""
    metric: str | None = None
    batch_sizes: dict[str, int] = field(default_factory=dict)
    seed: int = 0
    target: float = 0.02
    precision: str = ""
    wall: Quantity | None = None
    """The declared wall-meter factor."""
    latency_bound_ms: float | None = None
    arrival_rate_per_s: float | None = None
    windows: dict[tuple[str, int], Window] = field(default_factory=dict)
    idles: list[IdleMeasured] = field(default_factory=list)
    warm_ups: dict[str, WarmedUp] = field(default_factory=dict)
    scores: dict[str, Scored] = field(default_factory=dict)
    not_scored: dict[str, NotScored] = field(default_factory=dict)

    def take(self, event: Event | Window) -> None:
        """Add what an event says."""
        match event:
            case Started():
                self._start(event)
            case Window():
                self.windows[event.candidate, event.block] = event
            case WindowMeasured():
                self.windows[event.window.candidate, event.window.block] = event.window
            case IdleMeasured():
                self.idles.append(event)
                self.meters = event.meters or self.meters
            case WarmedUp():
                self.warm_ups[event.candidate] = event
            case Scored():
                self.scores[event.candidate] = event
            case NotScored():
                self.not_scored[event.candidate] = event
            case _:
                pass

    def _start(self, event: Started) -> None:
        settings = event.settings
        self.run_id, self.names, self.meters = event.run_id, event.names, event.meters
        self.workload_sha256, self.metric = event.workload_sha256, event.metric
        self.batch_sizes = event.batch_sizes
        self.seed = int(settings.get("seed", 0))
        self.target = float(settings.get("target_half_width", 0.02))
        self.precision = str(settings.get("precision", ""))
        factor = settings.get("wall_factor")
        self.wall = declared_factor(factor, settings.get("wall_factor_range")) if factor else None
        self.latency_bound_ms = settings.get("latency_bound_ms")
        self.arrival_rate_per_s = settings.get("arrival_rate_per_s")

    @property
    def candidates(self) -> list[str]:
        """Candidates with at least one window that counts, in the order of the run."""
        order = [*self.names, *(w.candidate for w in self.windows.values())]
        meters = counted_meters(self.meters)
        counted = {
            w.candidate for w in self.windows.values() if not w.excluded and _complete(w, meters)
        }
        return [c for c in dict.fromkeys(order) if c in counted]

    def of(self, candidate: str) -> list[Window]:
        """The windows of a candidate that count, by block."""
        meters = counted_meters(self.meters)
        mine = [
            w
            for (c, _), w in self.windows.items()
            if c == candidate and not w.excluded and _complete(w, meters)
        ]
        return sorted(mine, key=lambda w: w.block)


def _complete(window: Window, meters: Sequence[MeterFacts]) -> bool:
    """Every counted meter was read; a missing reading is not zero joules."""
    return window.inferences > 0 and all(m.name in window.energy_j for m in meters)


def started_from(plan: Plan, meters: Sequence[MeterFacts] | None = None) -> Started:
    """The opening event of a plan's run."""
    facts = meters if meters is not None else [m.facts for m in plan.meters or ()]
    return Started(
        run_id=plan.run_id,
        at_s=plan.done_s,
        candidates=tuple(c.key for c in plan.candidates),
        names={c.key: c.name for c in plan.candidates},
        meters=tuple(facts),
        expected_s=0.0,
        workload_sha256=plan.workload.sha256,
        metric=metric_of(plan.workload),
        batch_sizes={c.key: plan.batch_size_of(c) for c in plan.candidates},
        settings=plan.settings(),
    )


def counted_meters(meters: Sequence[MeterFacts]) -> list[MeterFacts]:
    """The meters whose joules are added up: the strongest first, none that overlaps another.

    `psys` holds every package and DRAM; `process` is a share of the packages.
    """
    chosen: list[MeterFacts] = []
    for meter in sorted(meters, key=lambda m: m.provenance.rank):
        taken = {d for m in chosen for d in m.coverage.domains}
        if not any(_overlap(a, b) for a in taken for b in meter.coverage.domains):
            chosen.append(meter)
    return chosen


def _overlap(a: str, b: str) -> bool:
    cpu = ("psys", "package", "dram", "process")
    kinds = {a.partition(":")[0], b.partition(":")[0]}
    if a == b:
        return True
    if "psys" in kinds:
        return kinds <= set(cpu)
    return kinds == {"process", "package"}


def energy_of(window: Window, meters: Sequence[MeterFacts]) -> float:
    """Joules of a complete window over the counted meters."""
    return sum(window.energy_j[m.name] for m in meters)


def tables(record: Record) -> dict[str, Blocks]:
    """`energy`, `above_idle`, `throughput` and latency percentiles by candidate and block."""
    candidates, meters = record.candidates, counted_meters(record.meters)
    numbers = sorted({block for _, block in record.windows})
    column = {block: n for n, block in enumerate(numbers)}
    shape = (len(candidates), len(numbers))
    names = ("energy", "above_idle", "inferences", "seconds", "ones")
    filled = {n: np.full(shape, np.nan) for n in (*names, *(f"p{p}" for p in PERCENTILES))}
    for row, candidate in enumerate(candidates):
        for w in record.of(candidate):
            at = (row, column[w.block])
            energy = energy_of(w, meters)
            filled["energy"][at] = energy
            filled["above_idle"][at] = energy - idle_j(record, w, meters)
            filled["inferences"][at], filled["seconds"][at] = w.inferences, w.duration_s
            filled["ones"][at] = 1.0
            if w.latency_s:
                for p, value in zip(
                    PERCENTILES, np.percentile(w.latency_s, PERCENTILES), strict=True
                ):
                    filled[f"p{p}"][at] = 1e3 * value
    made = {
        "energy": Blocks(filled["energy"], filled["inferences"]),
        "above_idle": Blocks(filled["above_idle"], filled["inferences"]),
        "throughput": Blocks(filled["inferences"], filled["seconds"]),
    }
    for p in PERCENTILES:
        made[f"p{p}"] = Blocks(filled[f"p{p}"], filled["ones"])
    return made


def idle_j(record: Record, window: Window, meters: Sequence[MeterFacts]) -> float:
    """Idle joules of a window: idle power interpolated to its middle, times its duration."""
    joules = 0.0
    middle = window.started_s + window.duration_s / 2
    for meter in meters:
        known = [
            (i.at_s - i.duration_s / 2, i.power_w[meter.name])
            for i in record.idles
            if meter.name in i.power_w
        ]
        if known:
            times, powers = zip(*sorted(known), strict=True)
            joules += float(np.interp(middle, times, powers)) * window.duration_s
        else:
            joules += window.idle_energy_j.get(meter.name, 0.0)
    return joules
