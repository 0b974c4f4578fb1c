"""The edges of a window: read a meter at the moment its counter ticks, and bound what is left.

A counter that updates every τ seconds, read at any moment, is up to τ old: a window with two such
edges of a load of P watts errs by up to 2·P·τ. Read fast until it ticks, the tick lies between the
last read of the old value and the first of the new: the edge is dated in their middle, and wrong by
at most half the time between them. That is what `Edge.age_s` holds, and
`quantisation_j = resolution + P · (age at start + age at end)` bounds the energy's error. Where
the system let this process wait just then (a busy machine), the next tick is awaited instead. A
meter that integrates a power sensor dates its readings itself where their joules end.

One reading of a driver can cost milliseconds of processor time (3 ms on an H100 behind a virtual
machine), so once a tick is known the next is expected: nothing is read until shortly before it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from advisor.meters.meter import Meter
from advisor.meters.probe import integrates

FINE_PERIOD_S = 0.002
"""Counters that update faster than this need no waiting: the age is below 2 ms anyway."""
READS_PER_PERIOD = 200
"""How fast a counter is read while its tick is awaited."""
LATE = 0.02
"""Share of a period that a tick may be uncertain by; else the next is awaited …"""
MORE_TICKS = 3
"""… this many times, and the best of them taken."""
EARLY = 0.15
"""Share of a period before an expected tick from which on the counter is read fast."""
DRIFT = 1e-3
"""How far from its true length the known period may be: old ticks foretell nothing."""


class Edge(NamedTuple):
    """A reading at the edge of a window, on the clock of the bench (`time.perf_counter`)."""

    time_s: float
    energy_j: float
    age_s: float
    """How far from this moment the counter's tick can be at most."""


def bench_clock_offset() -> float:
    """What to add to a meter's `Reading.time_s` (`time.monotonic`) to get the bench's clock."""
    return time.perf_counter() - time.monotonic()


def read_on_tick(
    meter: Meter,
    offset_s: float = 0.0,
    sleep: Callable[[float], None] = time.sleep,
    after: Edge | None = None,
) -> Edge:
    """Read a meter as its counter ticks; after three periods without a tick, read it as it is.

    `after` is an earlier tick of the same counter, where one is known. A delay between a reading
    and its date shifts both edges of a window alike. Raises `MeterError` when the meter cannot be
    read.
    """
    period = meter.facts.update_period_s
    first = meter.read()
    if period <= FINE_PERIOD_S or meter.facts.resolution_j == 0.0:  # integrates a sensor: no tick
        return Edge(first.time_s + offset_s, first.energy_j, period)
    quiet_s = _quiet_s(first.time_s + offset_s, period, after)
    if quiet_s > 0 and not integrates(meter.facts):
        sleep(quiet_s)
        first = meter.read()
    pause = min(max(period / READS_PER_PERIOD, 2e-4), 1e-3)
    before, until, awaited = first, first.time_s + 3 * period, 0
    best = Edge(first.time_s + offset_s, first.energy_j, period)
    while before.time_s < until:
        sleep(pause)
        now = meter.read()
        if now.energy_j != before.energy_j:
            if integrates(meter.facts):
                return Edge(now.time_s + offset_s, now.energy_j, 0.0)
            half = (now.time_s - before.time_s) / 2
            if half < best.age_s:
                best = Edge(before.time_s + half + offset_s, now.energy_j, half)
            if best.age_s <= LATE * period or awaited == MORE_TICKS:
                return best
            awaited, until = awaited + 1, now.time_s + 3 * period
        before = now
    return best if awaited else Edge(before.time_s + offset_s, before.energy_j, period)


def _quiet_s(now_s: float, period_s: float, after: Edge | None) -> float:
    """How long no tick is due, counted from an earlier tick; nought where that says nothing."""
    if after is None or after.age_s >= period_s:
        return 0.0
    passed_s = now_s - after.time_s
    early_s = EARLY * period_s + after.age_s + DRIFT * passed_s
    if passed_s <= 0 or early_s > 0.5 * period_s:
        return 0.0
    return period_s - passed_s % period_s - early_s


def quantisation_j(opened: Edge, closed: Edge, resolution_j: float) -> float:
    """Bound of the error of the joules between two edges, from ticks and resolution."""
    power_w = (closed.energy_j - opened.energy_j) / max(closed.time_s - opened.time_s, 1e-9)
    return resolution_j + abs(power_w) * (opened.age_s + closed.age_s)
