"""The statistics: properties, and a small seeded calibration (the full table: tests/benchmarks)."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.bench import statistics
from advisor.bench.collected import Record, tables
from advisor.bench.measure import measure_record
from advisor.bench.simulation import Simulation, Truth
from advisor.bench.statistics import Blocks
from advisor.bench.stopping import blocks_needed, narrow_enough, reach
from advisor.bench.uncertainty import shared_loadings
from advisor.bench.warm_up import CHUNKS, stationary


def blocks(seed: int, n: int, cv: float = 0.02, shared: float = 0.0, rows: int = 2) -> Blocks:
    rng = np.random.default_rng(seed)
    common = 1 + shared * rng.standard_normal(n)
    inferences = 1000 * (1 + 0.01 * rng.standard_normal((rows, n)))
    return Blocks(inferences * common * (1 + cv * rng.standard_normal((rows, n))), inferences)


@given(st.integers(0, 10_000), st.integers(2, 30), st.floats(1e-6, 1e6))
@settings(max_examples=40, deadline=None)
def test_an_interval_scales_with_its_unit_and_holds_its_value(
    seed: int, n: int, scale: float
) -> None:
    one = blocks(seed, n, rows=1)
    a = statistics.interval(one, 1)
    b = statistics.interval(Blocks(one.numerator * scale, one.denominator), 1)
    assert a.low <= a.log_value <= a.high
    assert b.log_value - a.log_value == pytest.approx(math.log(scale), abs=1e-9)
    assert b.half_width == pytest.approx(a.half_width, rel=1e-6, abs=1e-12)


@given(st.integers(0, 10_000), st.integers(3, 25))
@settings(max_examples=40, deadline=None)
def test_what_blocks_share_cancels_in_the_ratio(seed: int, n: int) -> None:
    both = blocks(seed, n, cv=0.002, shared=0.1)
    alone = statistics.interval(both.of([0]), 1)
    ratio = statistics.paired_interval(both, 1)
    assert ratio.se < alone.se
    draws = statistics.paired_draws(both, 1)
    assert np.std(draws[1] - draws[0]) < np.std(draws[0])


@given(st.integers(0, 10_000), st.integers(2, statistics.BOOTSTRAP_BLOCKS - 1))
@settings(max_examples=20, deadline=None)
def test_few_blocks_get_students_t(seed: int, n: int) -> None:
    one = blocks(seed, n, rows=1)
    assert statistics.interval(one, 1) == statistics.interval(one, 1, bootstrap=False)


def test_the_bootstrap_follows_skewed_noise() -> None:
    rare_bad = 1 + 0.05 * np.random.default_rng(4).exponential(size=(1, 20))
    found = statistics.interval(Blocks(rare_bad, np.ones_like(rare_bad)), 1)
    assert found.high - found.log_value > 1.2 * (found.log_value - found.low)


@given(st.integers(0, 10_000), st.integers(2, 20))
@settings(max_examples=30, deadline=None)
def test_named_sources_give_a_ratio_the_paired_interval(seed: int, n: int) -> None:
    pair = blocks(seed, n, shared=0.02)
    loadings = shared_loadings(pair, 1)
    sigmas = [statistics.interval(pair.of([row]), 1).half_width for row in (0, 1)]
    shared, own = loadings * sigmas, np.sqrt(1 - loadings**2) * sigmas
    by_source = math.hypot(shared[1] - shared[0], *own)
    paired = statistics.paired_interval(pair, 1).half_width
    if loadings[0] < 1:
        assert by_source == pytest.approx(paired, rel=1e-6)
    else:  # two figures so unlike in width that even full correlation leaves more than the pair's
        assert by_source == pytest.approx(abs(sigmas[1] - loadings[1] * sigmas[0]), rel=1e-6)


def test_three_candidates_share_what_they_have_in_common_only() -> None:
    assert shared_loadings(blocks(1, 20, shared=0.1, rows=3), 1) == pytest.approx(1.0, abs=0.2)
    assert (shared_loadings(blocks(2, 20, rows=3), 1) < 0.5).all()


def test_a_missing_window_leaves_the_others() -> None:
    both = blocks(3, 9)
    both.numerator[0, 4] = both.denominator[0, 4] = np.nan
    rest = np.delete(np.arange(9), 4)
    expected = Blocks(both.numerator[:1, rest], both.denominator[:1, rest])
    assert statistics.interval(both.of([0]), 1) == statistics.interval(expected, 1)
    assert np.isfinite(statistics.paired_draws(both, 1)).all()


def test_draws_have_the_spread_of_the_interval() -> None:
    one = blocks(1, 20, rows=1)
    found = statistics.interval(one, 1, bootstrap=False)
    draws = statistics.paired_draws(one, 2, draws=20_000)[0]
    low, high = np.quantile(draws, [0.025, 0.975])
    assert high - low == pytest.approx(found.high - found.low, rel=0.08)


@given(st.integers(0, 10_000), st.integers(2, 6), st.floats(0.001, 1.0))
@settings(max_examples=30, deadline=None)
def test_draws_stay_figures_however_few_and_wild_the_windows(seed: int, n: int, cv: float) -> None:
    wild = blocks(seed, n)
    wild.numerator[:] *= np.exp(3 * cv * np.random.default_rng(seed).standard_normal((2, n)))
    draws = np.exp(statistics.paired_draws(wild, seed))
    assert np.isfinite(draws).all()
    assert (draws > 0).all()


def test_a_candidate_with_few_windows_has_draws_as_wide_as_those_windows_allow() -> None:
    both = blocks(3, 20, cv=0.02)
    both.numerator[1, 3:] = both.denominator[1, 3:] = np.nan
    draws = statistics.paired_draws(both, 1, draws=20_000)
    reach = np.quantile(np.abs(draws - np.median(draws, axis=1, keepdims=True)), 0.95, axis=1)
    assert reach[1] > 2.5 * reach[0]


def test_one_window_has_no_interval() -> None:
    with pytest.raises(ValueError, match="two windows"):
        statistics.interval(blocks(1, 1, rows=1), 1)


def test_more_scatter_needs_more_blocks() -> None:
    needed = [blocks_needed(cv, 0.02) for cv in (0.005, 0.01, 0.02, 0.04)]
    assert needed == sorted(needed)
    assert needed[0] < needed[-1]
    for cv, blocks_ in zip((0.005, 0.01, 0.02, 0.04), needed, strict=True):
        assert reach(cv, blocks_) <= 0.02 < reach(cv, blocks_ - 1)


def test_the_run_stops_only_when_every_ratio_is_narrow() -> None:
    quiet = blocks(1, 12, cv=0.002)
    assert narrow_enough(quiet, 5, 0.02, 0)
    assert not narrow_enough(quiet, 13, 0.02, 0)
    noisy = Blocks(quiet.numerator.copy(), quiet.denominator)
    noisy.numerator[1] *= np.exp(0.1 * np.random.default_rng(0).standard_normal(12))
    assert not narrow_enough(noisy, 5, 0.02, 0)


@pytest.mark.parametrize(
    ("latencies", "reached"),
    [
        ([1.0] * CHUNKS, True),
        ([1.0] * (CHUNKS - 1), False),
        ([1.0, 1.2, 0.8, 1.1, 0.9, 1.0], False),
        ([1.05, 1.04, 1.03, 1.02, 1.01, 1.0], False),
        ([9.0, 5.0, 1.0, 1.001, 1.0, 0.999, 1.0, 1.001], True),
    ],
)
def test_warm_means_no_scatter_and_no_trend(latencies: list[float], reached: bool) -> None:
    assert stationary(latencies).reached is reached


def test_warm_means_no_trend_of_power_either() -> None:
    assert not stationary([1.0] * 6, [100, 102, 104, 106, 108, 110]).reached
    assert stationary([1.0] * 6, [0.0] * 6).reached  # a meter that reads no power says nothing


def simulated(truth: Truth, seed: int) -> tuple[Simulation, Record]:
    better = replace(truth, power_w=0.97 * truth.power_w)
    simulation = Simulation((truth, better), seed)
    return simulation, simulation.run()


RUNS = 120
SHRUNK = 0.7
"""Intervals of this share of their width must fail, or the test would prove nothing."""


@pytest.mark.parametrize(
    "truth",
    [
        Truth(gain=0.02),
        Truth(window_noise=0.012, skewed=True, throttled=0.1, power_w=45.0, wrap_j=1000.0),
    ],
    ids=["counter with a gain", "wrapping, skewed and throttled"],
)
def test_intervals_keep_their_promise_on_simulated_machines(truth: Truth) -> None:
    covered = ratio_covered = shrunk_covered = found = called = 0
    for seed in range(RUNS):
        simulation, record = simulated(truth, seed)
        pair = statistics.paired_interval(tables(record)["energy"], seed)
        miss = math.log(simulation.true_j[1] / simulation.true_j[0]) - pair.log_value
        low, high = pair.low - pair.log_value, pair.high - pair.log_value
        ratio_covered += low <= miss <= high
        shrunk_covered += SHRUNK * low <= miss <= SHRUNK * high
        found += not pair.low <= 0 <= pair.high
        first = measure_record(record)[0].energy_j
        covered += first.low <= simulation.true_j[0] <= first.high
        equal = Simulation((truth, truth), seed + 50_000).run()
        same = statistics.paired_interval(tables(equal)["energy"], seed)
        called += not same.low <= 0 <= same.high
    # Seeded, so nothing is left to chance but what the seeds drew: one run is 0.8 points.
    assert covered >= 0.92 * RUNS
    assert ratio_covered >= 0.92 * RUNS
    assert shrunk_covered < 0.92 * RUNS
    assert found >= 0.8 * RUNS
    assert called <= 0.07 * RUNS


def test_a_simulated_run_is_the_same_again() -> None:
    first, second = (measure_record(simulated(Truth(), 7)[1]) for _ in range(2))
    assert first == second


def test_a_wrong_gain_cancels_in_the_ratio_but_not_in_the_figure() -> None:
    truth = Truth(gain=0.1, window_noise=0.003, block_noise=0.001)
    _, record = simulated(truth, 3)
    a, b = (m.energy_j for m in measure_record(record))
    assert a.relative_half_width > 0.15
    assert (b / a).relative_half_width < 0.02
    above = measure_record(record)[0].energy_above_idle_j
    assert above is not None
    assert above.value < a.value
