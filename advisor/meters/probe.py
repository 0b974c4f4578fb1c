"""What a meter's counter really does: its step, its update period, its ticks; how long a window.

Nothing is assumed: the counter is read as fast as it can be until it has moved several times.

Error of a window of true energy P·T, update period τ and step r:
- edges anywhere: each end is up to τ old, so the bound is 2(τ·P + r);
- edges on ticks: the joules between two ticks are exact up to r, and what is lost is the time δ by
  which a tick is seen late: the bound is 2(δ·P + r).
Each end's error is uniform, so the standard uncertainty is bound/2 · √(2/12).
"""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from advisor.meters.meter import Meter, MeterFacts, Reading

TICKS = 6
"""Moves of the counter that a probe waits for."""
LATE_S = 0.002
"""How late a tick is seen by `read_at_tick` on an ordinary machine (scheduler and call)."""
_PAUSE_S = 0.0002


@runtime_checkable
class Refinable(Protocol):
    """A meter that takes over what a probe found."""

    def refine(self, resolution_j: float, update_period_s: float) -> None:
        """Take the probed step and period into the facts."""
        ...


@runtime_checkable
class SensorBacked(Protocol):
    """A meter that integrates a power sensor: what ticks is the sensor."""

    def sensor_w(self) -> float | None:
        """The sensor now; None when the meter does not integrate at present."""
        ...


def probe(
    meter: Meter,
    timeout_s: float = 2.0,
    ticks: int = TICKS,
    sleep: Callable[[float], None] = time.sleep,
) -> MeterFacts:
    """Read fast until the counter has moved `ticks` times; the facts with what was found.

    A meter that does not tick within the timeout keeps its declared figures, unprobed. Raises
    `MeterError`.
    """
    if meter.facts.name == "estimate":
        return meter.facts  # CPU time runs only when its process does; its step is the system's
    if isinstance(meter, SensorBacked) and meter.sensor_w() is not None:
        moves = _moves(lambda: _sensor_reading(meter), timeout_s, ticks, sleep)
        resolution = 0.0
    else:
        moves = _moves(meter.read, timeout_s, ticks, sleep)
        jumps = [b.energy_j - a.energy_j for a, b in _pairs(moves)]
        resolution = _step_j(jumps, meter.facts.resolution_j) if jumps else 0.0
    periods = [b.time_s - a.time_s for a, b in _pairs(moves)]
    if len(periods) < 2:
        return meter.facts
    period = statistics.median(periods)
    if integrates(meter.facts):
        # Equal samples hide updates, so the shortest interval seen is nearer to the period.
        period = min(periods)
    if isinstance(meter, Refinable):
        meter.refine(resolution, period)
        return meter.facts
    return meter.facts.model_copy(
        update={"resolution_j": resolution, "update_period_s": period, "probed": True}
    )


def read_at_tick(
    meter: Meter,
    timeout_s: float | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Reading:
    """The first reading after the counter's next move; after the timeout, whatever it reads.

    The default timeout is three update periods. Raises `MeterError`.
    """
    facts = meter.facts
    if timeout_s is None:
        timeout_s = 3 * facts.update_period_s
    first = meter.read()
    pause = min(_PAUSE_S, facts.update_period_s / 20)
    while True:
        sleep(pause)
        now = meter.read()
        if now.energy_j != first.energy_j or now.time_s - first.time_s >= timeout_s:
            return now


def quantisation_bound_j(facts: MeterFacts, power_w: float, aligned: bool = True) -> float:
    """Largest error of a window from the counter's step and period at both ends, in joules."""
    return 2 * (_late_s(facts, aligned) * power_w + facts.resolution_j)


def quantisation_std_j(facts: MeterFacts, power_w: float, aligned: bool = True) -> float:
    """Standard uncertainty of the same: two independent uniform errors, each of half the bound."""
    return quantisation_bound_j(facts, power_w, aligned) / 2 * math.sqrt(2 / 12)


def window_length_s(
    facts: MeterFacts, power_w: float, max_error: float = 0.01, aligned: bool = True
) -> float:
    """Shortest window whose quantisation bound is below `max_error` of its energy, in seconds.

    Infinite at no power. At least ten update periods, so that the window is made of the meter's
    own readings and not of its two edges.
    """
    if power_w <= 0:
        return math.inf
    needed = quantisation_bound_j(facts, power_w, aligned) / (max_error * power_w)
    return max(needed, 10 * facts.update_period_s)


def _late_s(facts: MeterFacts, aligned: bool) -> float:
    if integrates(facts):
        return 0.0  # a reading ends where its joules end; its resolution holds what samples hide
    return min(LATE_S, facts.update_period_s) if aligned else facts.update_period_s


def integrates(facts: MeterFacts) -> bool:
    """Whether the joules are integrated from a power sensor."""
    return facts.name.endswith(":power")


def _moves(
    read: Callable[[], Reading], timeout_s: float, ticks: int, sleep: Callable[[float], None]
) -> list[Reading]:
    first = last = read()
    moves: list[Reading] = []
    while len(moves) <= ticks and last.time_s - first.time_s < timeout_s:
        sleep(_PAUSE_S / 2)
        now = read()
        if now.energy_j != last.energy_j:
            moves.append(now)
        last = now
    return moves


def _sensor_reading(meter: SensorBacked) -> Reading:
    return Reading(time.monotonic(), meter.sensor_w() or 0.0)


def _pairs(readings: list[Reading]) -> list[tuple[Reading, Reading]]:
    return list(itertools.pairwise(readings))


def _step_j(jumps: list[float], unit_j: float) -> float:
    """Step of a counter: the greatest common divisor of its jumps, in its unit.

    Each jump is the energy of one update period, so the smallest jump is no step; jumps that are
    all alike (steady power) tell nothing of it.
    """
    if unit_j <= 0:
        return min(jumps)
    units = {round(jump / unit_j) for jump in jumps}
    return math.gcd(*units) * unit_j if len(units) > 1 else unit_j
