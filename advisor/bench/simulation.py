"""A machine whose true joules per inference are known, to check what the statistics promise.

Time is virtual. A machine runs one candidate at a time; its meter integrates the true power, ticks,
rounds, wraps and is read late, as real ones do. `simulate` measures candidates on it in randomised
blocks through the bench's own edges (`read_on_tick`), stopping rule and figures (`measure`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from advisor.bench.collected import Record, tables
from advisor.bench.edges import Edge, quantisation_j, read_on_tick
from advisor.bench.events import IdleMeasured, Started
from advisor.bench.measurement import Window
from advisor.bench.plan import PRESETS, Precision
from advisor.bench.stopping import narrow_enough
from advisor.meters.meter import Coverage, MeterFacts, Reading
from advisor.quantities import Provenance


@dataclass(frozen=True)
class Truth:
    """A simulated machine: one candidate's truth, and everything that disturbs its measurement."""

    power_w: float = 120.0
    calls_per_s: float = 800.0
    idle_w: float = 40.0
    window_noise: float = 0.015
    """Relative scatter of joules per inference from window to window, each candidate by itself."""
    skewed: bool = False
    """The window noise is exponential (rare bad windows) instead of normal."""
    block_noise: float = 0.01
    """Scatter that a block's candidates share."""
    drift: float = 0.0
    """Change of power over the planned time, shared by all: the room or the chip warms up."""
    throttled: float = 0.0
    """Share of windows that the device throttles (a fifth slower); the device tells so."""
    tick_s: float = 0.1
    step_j: float = 0.001
    wrap_j: float = 0.0
    """Where the counter starts again at zero; the meter undoes it. 0: never."""
    read_jitter_s: float = 0.0005
    """Delay between a read and its time stamp, exponential."""
    gain: float = 0.0
    """Standard deviation of the meter's gain, one draw a machine."""


@dataclass
class VirtualMeter:
    """A counter over the machine's true joules, on its clock; implements `Meter`."""

    truth: Truth
    rng: np.random.Generator
    now_s: float = 0.0
    power_w: float = 0.0
    joules: float = 0.0
    gain: float = 1.0
    _raw_seen: float = 0.0
    _wraps: int = 0
    _ticked_j: float = 0.0
    next_tick_s: float = 0.0

    @property
    def facts(self) -> MeterFacts:
        """What a probe would have found."""
        return MeterFacts(
            name="virtual",
            device="virtual device",
            provenance=Provenance.MEASURED,
            coverage=Coverage(domains=("gpu:0",)),
            resolution_j=self.truth.step_j,
            update_period_s=self.truth.tick_s,
            gain_relative_std=self.truth.gain,
            probed=True,
        )

    def spend(self, seconds: float) -> None:
        """Let virtual time pass; the counter ticks on its own period."""
        until = self.now_s + seconds
        if self.next_tick_s <= until:
            ticks = math.floor((until - self.next_tick_s) / self.truth.tick_s)
            last = self.next_tick_s + ticks * self.truth.tick_s
            self._ticked_j = self.joules + self.power_w * (last - self.now_s)
            self.next_tick_s = last + self.truth.tick_s
        self.joules += self.power_w * seconds
        self.now_s = until

    def read(self) -> Reading:
        """The counter as a driver gives it: ticked, rounded, wrapped (and undone), stamped late."""
        steps = math.floor(self.gain * self._ticked_j / self.truth.step_j)
        raw = steps * self.truth.step_j
        if self.truth.wrap_j:
            raw %= self.truth.wrap_j
            if raw < self._raw_seen:
                self._wraps += 1
            self._raw_seen = raw
            raw += self._wraps * self.truth.wrap_j
        self.spend(float(self.rng.exponential(self.truth.read_jitter_s)))
        return Reading(self.now_s, raw)

    def watch(self, process_ids: tuple[int, ...]) -> None:
        """Nothing to watch."""

    def condition(self) -> dict[str, float | str]:
        """Nothing to tell."""
        return {}

    def close(self) -> None:
        """Nothing to close."""


@dataclass
class Simulation:
    """Candidates of known truth on one machine. `true_j` is exact joules per inference."""

    truths: Sequence[Truth]
    seed: int
    window_s: float = PRESETS[Precision.QUICK].window_s
    blocks_min: int = PRESETS[Precision.QUICK].blocks_min
    blocks_max: int = PRESETS[Precision.QUICK].blocks_max
    target: float = 0.02
    record: Record = field(default_factory=Record)
    _drifts: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.meter = VirtualMeter(self.truths[0], self.rng)
        self.meter.gain = math.exp(self.truths[0].gain * self.rng.standard_normal())
        self.meter.spend(float(self.rng.uniform(0, 1)))
        self.names = [f"candidate {n}" for n in range(len(self.truths))]
        self.planned_s = self.window_s * self.blocks_max * len(self.truths)
        self.record.take(self._started())

    @property
    def true_j(self) -> list[float]:
        """Joules per inference of each candidate, averaged over the run's own drift."""
        drift = float(np.mean(self._drifts)) if self._drifts else 0.0
        return [(1 + drift) * t.power_w / t.calls_per_s for t in self.truths]

    def run(self) -> Record:
        """Measure until the intervals are narrow enough or the blocks are spent."""
        self._idle()
        for block in range(self.blocks_max):
            shared = self.truths[0].block_noise * self.rng.standard_normal()
            for position, row in enumerate(self._order(block)):
                self.record.take(self._window(row, block, position, shared))
            energy = tables(self.record)["energy"]
            if len(energy.numerator) == len(self.truths) and narrow_enough(
                energy, self.blocks_min, self.target, self.seed
            ):
                break
        self._idle()
        return self.record

    def _order(self, block: int) -> list[int]:
        order = np.random.default_rng([self.seed, block // 2]).permutation(len(self.truths))
        return (order if block % 2 == 0 else order[::-1]).tolist()

    def _window(self, row: int, block: int, position: int, shared: float) -> Window:
        truth, meter = self.truths[row], self.meter
        own = self.rng.exponential() - 1 if truth.skewed else self.rng.standard_normal()
        throttled = self.rng.random() < truth.throttled
        drift = truth.drift * (meter.now_s / self.planned_s - 0.5)
        self._drifts.append(drift)
        efficiency = (1 + truth.window_noise * own) * (1 + shared) * (1 + drift)
        rate = truth.calls_per_s * (0.8 if throttled else 1.0)
        meter.power_w = truth.power_w * efficiency * (0.9 if throttled else 1.0)
        meter.spend(0.2)
        opened = self._edge()
        at_s = meter.now_s
        meter.spend(self.window_s)
        closed = self._edge()
        seconds = closed.time_s - opened.time_s
        return Window(
            candidate=self.names[row],
            block=block,
            position=position,
            started_s=at_s,
            duration_s=seconds,
            inferences=rate * seconds,
            energy_j={"virtual": closed.energy_j - opened.energy_j},
            quantisation_j={"virtual": quantisation_j(opened, closed, truth.step_j)},
            excluded="the device was throttled" if throttled else "",
        )

    def _idle(self) -> None:
        self.meter.power_w = self.truths[0].idle_w
        opened = self._edge()
        self.meter.spend(self.window_s)
        closed = self._edge()
        seconds = closed.time_s - opened.time_s
        power = {"virtual": (closed.energy_j - opened.energy_j) / seconds}
        self.record.take(
            IdleMeasured(run_id="sim", at_s=self.meter.now_s, duration_s=seconds, power_w=power)
        )

    def _edge(self) -> Edge:
        return read_on_tick(self.meter, sleep=self.meter.spend)

    def _started(self) -> Started:
        return Started(
            run_id=f"simulation {self.seed}",
            at_s=0.0,
            candidates=tuple(self.names),
            names={n: n for n in self.names},
            meters=(self.meter.facts,),
            expected_s=self.planned_s,
            settings={"seed": self.seed, "target_half_width": self.target},
        )
