"""Edges of windows: on the counter's tick, dated as well as the machine allows, and bounded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.bench.edges import LATE, READS_PER_PERIOD, quantisation_j, read_on_tick
from advisor.bench.simulation import Truth, VirtualMeter


def virtual(seed: int = 0) -> VirtualMeter:
    meter = VirtualMeter(Truth(read_jitter_s=1e-5), np.random.default_rng(seed))
    meter.power_w = 200.0
    meter.spend(float(meter.rng.uniform(0.5, 1.0)))
    return meter


def stalling(meter: VirtualMeter, stalls: int, seconds: float) -> Callable[[float], None]:
    """A sleep that the system prolongs around this many of the counter's next ticks."""
    left = [stalls]

    def sleep(pause: float) -> None:
        due = meter.next_tick_s - meter.now_s
        if left[0] and due <= pause:
            left[0] -= 1
            pause = due + seconds
        meter.spend(pause)

    return sleep


@pytest.mark.parametrize("stalls", [0, 1, 3])
def test_a_tick_seen_late_is_left_for_the_next(stalls: int) -> None:
    meter = virtual()
    edge = read_on_tick(meter, sleep=stalling(meter, stalls, 0.03))
    assert edge.age_s <= LATE * meter.facts.update_period_s


def test_where_every_tick_is_late_the_best_is_taken_and_bounded() -> None:
    meter = virtual()
    edge = read_on_tick(meter, sleep=stalling(meter, 10, 0.03))
    assert 0.01 < edge.age_s < 0.03


@pytest.mark.parametrize("stalls", [0, 2, 10])
def test_the_bound_holds_the_error_of_a_window(stalls: int) -> None:
    for seed in range(20):
        meter = virtual(seed)
        opened = read_on_tick(meter, sleep=stalling(meter, stalls, 0.02))
        meter.spend(0.4)
        closed = read_on_tick(meter, sleep=stalling(meter, stalls, 0.02))
        true_j = 200.0 * (closed.time_s - opened.time_s)
        error_j = abs(closed.energy_j - opened.energy_j - true_j)
        assert error_j <= quantisation_j(opened, closed, meter.facts.resolution_j) + 200 * 1e-4


def test_a_counter_that_stands_still_is_read_as_it_is() -> None:
    meter = virtual()
    meter.power_w = 0.0
    meter.spend(0.2)  # the last joules have ticked through
    edge = read_on_tick(meter, sleep=meter.spend)
    assert edge.age_s == meter.facts.update_period_s
    assert edge.energy_j == meter.read().energy_j


@given(st.integers(0, 10_000), st.floats(0.3, 20.0))
def test_an_expected_tick_is_the_same_tick_with_fewer_readings(seed: int, between_s: float) -> None:
    """Readings of a driver cost processor time: most of a period passes without one."""
    edges, readings = [], []
    for hinted in (False, True):
        meter = virtual(seed)
        before = read_on_tick(meter, sleep=meter.spend)
        meter.spend(between_s)
        waits: list[float] = []

        def sleep(pause: float, meter: VirtualMeter = meter, waits: list[float] = waits) -> None:
            waits.append(pause)
            meter.spend(pause)

        edges.append(read_on_tick(meter, sleep=sleep, after=before if hinted else None))
        readings.append(len(waits))
    period = meter.facts.update_period_s
    assert edges[1].age_s <= LATE * period
    # Now and then the expected tick has passed already: then it is the one after it.
    assert (edges[1].time_s - edges[0].time_s) / period == pytest.approx(0, abs=0.02) or (
        edges[1].time_s - edges[0].time_s
    ) / period == pytest.approx(1, abs=0.02)
    assert readings[1] <= max(readings[0], 0.45 * READS_PER_PERIOD)


def test_an_old_tick_or_one_never_seen_foretells_nothing() -> None:
    meter = virtual()
    seen = read_on_tick(meter, sleep=meter.spend)
    meter.spend(3600)
    for after in (seen, seen._replace(age_s=meter.facts.update_period_s)):
        edge = read_on_tick(meter, sleep=meter.spend, after=after)
        assert edge.age_s <= LATE * meter.facts.update_period_s
