"""Probing, ticks and window lengths over a synthetic counter with known ticks, without waiting."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.meters.meter import Coverage, MeterFacts, Reading
from advisor.meters.probe import (
    probe,
    quantisation_bound_j,
    quantisation_std_j,
    read_at_tick,
    window_length_s,
)
from advisor.quantities import Provenance


class Counter:
    """A counter of constant power, ticking each `period_s`, in steps of `step_j`, on its own clock.

    Each read costs 50 µs of that clock, and `sleep` moves it on.
    """

    def __init__(self, power_w, period_s, step_j, phase_s=0.0):
        self.now_s, self.power_w, self.period_s = 0.0, power_w, period_s
        self.step_j, self.phase_s = step_j, phase_s
        self.facts = MeterFacts(
            name="synthetic",
            device="synthetic",
            provenance=Provenance.MEASURED,
            coverage=Coverage(domains=("gpu:0",)),
            resolution_j=0.001,
            update_period_s=0.1,
            gain_relative_std=0.0,
        )

    def read(self):
        self.now_s += 50e-6
        ticked = math.floor((self.now_s + self.phase_s) / self.period_s) * self.period_s
        joules = math.floor(ticked * self.power_w / self.step_j + 1e-6) * self.step_j
        return Reading(self.now_s, joules)

    def sleep(self, seconds):
        self.now_s += seconds

    def watch(self, process_ids): ...
    def condition(self):
        return {}

    def close(self): ...


@given(
    power_w=st.floats(5, 700),
    period_s=st.sampled_from([0.001, 0.01, 0.02, 0.1]),
    phase_s=st.floats(0, 0.1),
)
def test_probe_finds_the_period(power_w, period_s, phase_s):
    counter = Counter(power_w, period_s, 0.001, phase_s)
    facts = probe(counter, sleep=counter.sleep)
    assert facts.probed
    assert facts.update_period_s == pytest.approx(period_s, rel=0.3)
    assert 0.001 <= facts.resolution_j <= power_w * period_s + 0.001


def test_probe_finds_a_coarse_step():
    counter = Counter(97.3, 0.02, 0.5)
    facts = probe(counter, ticks=20, sleep=counter.sleep)
    assert facts.resolution_j == pytest.approx(0.5)


def test_jumps_that_are_all_alike_leave_the_declared_unit():
    counter = Counter(300.0, 0.02, 0.001)
    assert probe(counter, sleep=counter.sleep).resolution_j == pytest.approx(0.001)


def test_a_counter_that_never_ticks_keeps_its_declared_facts_unprobed():
    counter = Counter(0.0, 0.1, 0.001)
    facts = probe(counter, timeout_s=0.5, sleep=counter.sleep)
    assert not facts.probed
    assert counter.now_s < 1.0


@given(
    power_w=st.floats(5, 700),
    period_s=st.sampled_from([0.01, 0.1]),
    phase_s=st.floats(0, 0.1),
    length_s=st.floats(0.3, 5),
)
def test_windows_on_ticks_keep_their_bound(power_w, period_s, phase_s, length_s):
    counter = Counter(power_w, period_s, 0.001, phase_s)
    facts = probe(counter, sleep=counter.sleep)
    first = read_at_tick(counter, sleep=counter.sleep)
    counter.sleep(length_s)
    last = read_at_tick(counter, sleep=counter.sleep)
    true = power_w * (last.time_s - first.time_s)
    error = abs(last.energy_j - first.energy_j - true)
    assert error <= quantisation_bound_j(facts, power_w) + 1e-9
    # Two uniform errors of half the bound each: at most √6 standard deviations.
    assert error <= math.sqrt(6) * quantisation_std_j(facts, power_w) * 1.001 + 1e-9


@given(
    power_w=st.floats(5, 700),
    phase_s=st.floats(0, 0.1),
    length_s=st.floats(0.3, 5),
)
def test_windows_anywhere_keep_the_wider_bound(power_w, phase_s, length_s):
    counter = Counter(power_w, 0.1, 0.001, phase_s)
    facts = probe(counter, sleep=counter.sleep)
    first = counter.read()
    counter.sleep(length_s)
    last = counter.read()
    true = power_w * (last.time_s - first.time_s)
    bound = quantisation_bound_j(facts, power_w, aligned=False)
    assert abs(last.energy_j - first.energy_j - true) <= bound * 1.01 + 0.002


@given(power_w=st.floats(1, 1000), period_s=st.floats(1e-3, 0.5), error=st.floats(0.002, 0.1))
def test_window_length_is_long_enough_and_no_constant(power_w, period_s, error):
    facts = Counter(power_w, 0.1, 0.001).facts.model_copy(update={"update_period_s": period_s})
    for aligned in (True, False):
        length = window_length_s(facts, power_w, error, aligned)
        bound = quantisation_bound_j(facts, power_w, aligned)
        assert bound <= error * power_w * length * (1 + 1e-9)
        assert length >= 10 * period_s
    assert window_length_s(facts, power_w, error, True) <= window_length_s(
        facts, power_w, error, False
    )


def test_no_power_no_window():
    assert window_length_s(Counter(1, 0.1, 0.001).facts, 0.0) == math.inf


def test_read_at_tick_gives_up_at_its_timeout():
    counter = Counter(0.0, 0.1, 0.001)
    reading = read_at_tick(counter, timeout_s=0.2, sleep=counter.sleep)
    assert 0.2 <= reading.time_s < 0.3
