"""Options without a file: their energy is a mix of measured ones, and never called measured."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from test_rank_measured import BIG, GRID, measured

from advisor.carbon import grid_intensity
from advisor.quantities import Provenance, Quantity
from advisor.rank import (
    Basis,
    OptionKind,
    Part,
    Verdict,
    answering_worse,
    options_from_measurements,
    rank,
    worked_out,
)

SMALL = measured("small", 0.01, 95.0)
SHARE = Quantity.from_interval(0.2, 0.15, 0.25, "1", Provenance.MEASURED, "share", "share")


def declared(value, unit="1"):
    return Quantity.exact(value, unit, Provenance.DECLARED, "as entered")


def cascade(loss=0.5):
    parts = [Part(SMALL, declared(1.0)), Part(BIG, SHARE)]
    made = worked_out("cascade-1", "both", OptionKind.CASCADE, parts, BIG)
    lost = Quantity.from_interval(
        loss, loss - 0.1, loss + 0.1, "point", Provenance.MEASURED, "", ""
    )
    draws = tuple(loss + 0.05 * np.random.default_rng(1).standard_normal(1000))
    return answering_worse(made, lost, draws, higher_is_better=True)


@given(
    shares=st.lists(st.floats(0, 1), min_size=1, max_size=2),
    extra=st.floats(0, 1),
)
def test_the_energy_is_the_mix_and_the_mix_is_estimated(shares, extra):
    parts = [Part(m, declared(s)) for m, s in zip((SMALL, BIG), shares, strict=False)]
    made = worked_out("k", "n", OptionKind.CACHE, parts, BIG, declared(extra, "J/inference"))
    mix = sum(p.measurement.energy_j.value * p.share.value for p in parts) + extra
    assert made.energy_j.value == pytest.approx(mix)
    assert made.energy_j.low <= made.energy_j.value <= made.energy_j.high
    assert made.energy_j.provenance is Provenance.ESTIMATED
    drawn = sum(np.asarray(p.measurement.energy_draws_j) * p.share.value for p in parts) + extra
    assert np.allclose(made.energy_draws_j, drawn)


def test_a_cascade_stands_beside_what_was_measured():
    options = options_from_measurements(
        [BIG, SMALL], "big", 1e9, 1.2, GRID, worked=[cascade()], floor=97.2
    )
    by_name = {o.name: o for o in options}
    both = by_name["both"]
    assert both.energy_j.value == pytest.approx(0.01 + 0.2 * 0.10)
    assert both.carbon_saved_kg.provenance is Provenance.ESTIMATED
    assert by_name["small"].carbon_saved_kg.provenance is not Provenance.ESTIMATED
    assert both.accuracy_loss.value == pytest.approx(0.5)
    # Against the large model the loss is the one judged on shared rows: its noise has cancelled.
    assert both.accuracy_loss.high - both.accuracy_loss.low < 0.3
    assert both.evidence[0] == "operational:cascade-1"
    assert "measurement:r/small" in both.evidence
    verdicts = {r.option.name: r.verdict for r in rank(options)}
    assert verdicts["both"] is Verdict.BELOW_FLOOR  # 97.5 − 0.5 < 97.2
    assert options_from_measurements(
        [BIG], "big", 1e9, 1.2, GRID, worked=[cascade()], basis=Basis.ABOVE_IDLE
    )[1].energy_j.value == pytest.approx(0.005 + 0.2 * 0.05)


def test_a_cache_saves_its_share_whatever_the_meter_gains():
    computed = Part(BIG, declared(0.7))
    made = worked_out("c", "cached", OptionKind.CACHE, [computed], BIG)
    saved = options_from_measurements([BIG], "big", 1e9, 1.2, GRID, worked=[made])[1]
    keep = options_from_measurements([BIG], "big", 1e9, 1.2, GRID)[0]
    share = saved.carbon_saved_kg / keep.carbon_kg
    assert share.value == pytest.approx(0.3)
    assert share.high - share.low < 0.02
    assert (saved.accuracy_loss.low, saved.accuracy_loss.high) == (0, 0)


def test_work_that_moves_is_counted_on_its_own_grid():
    away = grid_intensity("FRA", 2024)
    here = worked_out("m", "away", OptionKind.MOVE, [Part(BIG, declared(1.0))], BIG)
    moved = type(here)(**{**vars(here), "grid": away})
    saved = options_from_measurements([BIG], "big", 1e9, 1.2, GRID, worked=[moved])[1]
    kwh = 0.10 * 1e9 * 1.2 / 3.6e6
    assert saved.carbon_kg.value == pytest.approx(kwh * away.value / 1000)
    assert saved.carbon_saved_kg.value == pytest.approx(kwh * (GRID.value - away.value) / 1000)
    assert saved.carbon_saved_kg.low < saved.carbon_saved_kg.value < saved.carbon_saved_kg.high
    assert np.median(saved.carbon_saved_draws_kg) == pytest.approx(
        saved.carbon_saved_kg.value, rel=0.05
    )
