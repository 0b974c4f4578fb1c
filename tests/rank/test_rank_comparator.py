"""Several runs on one scale, through a model measured in both."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.bench.measurement import Measurement
from advisor.carbon import grid_intensity
from advisor.quantities import Provenance, Quantity
from advisor.rank import RankError, on_one_scale, options_from_measurements

GRID = grid_intensity("JP", 2024)


def measured(run, key, joules, accuracy=90.0, device="cpu", data="d", metric="accuracy", drift=0.0):
    """Windows scatter by 1 %, the run drifts by `drift`, the meter's gain is 5 % for all."""
    rng = np.random.default_rng(zlib.crc32(f"{run}/{key}".encode()))
    sources = {"meter gain cpu": 0.05 * joules, f"windows {run}/{key}": 0.01 * joules}
    unit = "J/inference"
    return Measurement(
        run_id=run,
        candidate=key,
        workload_sha256=data,
        device=device,
        batch_size=1,
        energy_j=Quantity.from_spread(
            joules * (1 + drift), unit, Provenance.MEASURED, key, sources
        ),
        energy_above_idle_j=None,
        latency_ms={},
        throughput_per_s=Quantity.exact(1, "inference/s", Provenance.MEASURED, key),
        metric=metric,
        accuracy=Quantity.from_spread(
            accuracy, "point", Provenance.MEASURED, key, {f"samples {data}/{key}": 0.5}, log=False
        ),
        windows_used=9,
        windows_excluded=0,
        coverage="package",
        energy_draws_j=tuple(joules * (1 + drift) * np.exp(0.01 * rng.standard_normal(1000))),
        loss_draws=tuple(100 - accuracy + 0.3 * rng.standard_normal(1000)),
    )


@given(
    base=st.floats(1e-6, 1e3),
    share=st.floats(0.01, 2.0),
    drift=st.floats(-0.3, 0.3),
    moved=st.floats(-5.0, 5.0),
)
def test_what_moved_between_runs_alike_for_all_does_not_reach_the_comparison(
    base, share, drift, moved
):
    before = [
        measured("1", "in use", base, 90.0 + moved, data="all", drift=drift),
        measured("1", "small", base * share, 89.0 + moved, data="all", drift=drift),
    ]
    now = [measured("2", "in use", base), measured("2", "quantised", base / 2, 90.0)]
    placed = {m.candidate: m for m in on_one_scale([*before, *now], "in use")}
    assert placed["small"].energy_j.value == pytest.approx(base * share)
    assert placed["small"].accuracy.value == pytest.approx(89.0)
    assert placed["quantised"] == now[1]
    small = next(
        o
        for o in options_from_measurements(list(placed.values()), "in use", 1e6, 1, GRID)
        if o.name == "small"
    )
    hand = base * (1 - share) * 1e6 / 3.6e9 * GRID.value
    assert small.carbon_saved_kg.value == pytest.approx(hand, rel=1e-6, abs=1e-12)
    assert small.accuracy_loss.value == pytest.approx(1.0)
    assert small.id == "1/small"  # leads back to where it was measured


def test_the_meters_gain_cancels_and_the_comparators_scatter_is_carried():
    runs = [measured(r, k, j) for r, k, j in (("1", "in use", 2.0), ("1", "small", 1.0),
                                              ("2", "in use", 2.0))]  # fmt: skip
    small = next(m for m in on_one_scale(runs, "in use") if m.candidate == "small")
    ratio = small.energy_j / runs[-1].energy_j
    assert abs(ratio.spread["windows 1/in use"]) == pytest.approx(0.005)
    assert ratio.spread.get("meter gain cpu", 0.0) == pytest.approx(0.0, abs=1e-12)
    assert "measured in both runs" in small.energy_j.source


def test_runs_are_joined_through_any_shared_candidate_and_the_newest_measurement_counts():
    runs = [
        measured("1", "in use", 4.0),
        measured("1", "parent", 2.0),
        measured("2", "parent", 3.0),
        measured("2", "variant", 1.5),
        measured("3", "variant", 5.0),
        measured("3", "of the variant", 2.5),
    ]
    placed = {m.candidate: m for m in on_one_scale(runs, "in use")}
    assert next(iter(placed)) == "in use"
    assert placed["variant"].energy_j.value == pytest.approx(1.0)
    assert placed["of the variant"].energy_j.value == pytest.approx(0.5)


def test_what_nothing_ties_counts_on_the_same_data_and_device_only():
    runs = [
        measured("1", "alone", 1.0),
        measured("2", "elsewhere", 1.0, device="gpu"),
        measured("3", "other data", 1.0, data="e"),
        measured("4", "in use", 2.0),
    ]
    assert [m.candidate for m in on_one_scale(runs, "in use")] == ["in use", "alone"]
    with pytest.raises(RankError, match="in use"):
        on_one_scale(runs, "never")
