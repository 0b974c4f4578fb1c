"""Joules to kilograms a year: by hand, by properties, with shared sources that cancel."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.carbon import (
    CarbonError,
    annual_footprint,
    embodied_footprint,
    grid_intensity,
    pue_quantity,
    sci,
    standing_footprint,
    training_footprint,
)
from advisor.quantities import Provenance, Quantity

GRID = Quantity.from_spread(
    400.0, "gCO2e/kWh", Provenance.IMPORTED, "grid", {"grid intensity X": 40.0}
)


def energy(value=0.01, sigma=0.001, name="windows"):
    return Quantity.from_spread(
        value, "J/inference", Provenance.MEASURED, "meter", {name: sigma} if sigma else {}
    )


def test_a_year_by_hand():
    q = annual_footprint(energy(3.6, 0), 1e6, 1.5, GRID)  # 3.6 MJ = 1 kWh, · 1.5 · 400 g
    assert math.isclose(q.value, 0.6)
    assert q.unit == "kgCO2e/year"
    assert q.provenance is Provenance.DECLARED


@given(st.floats(1e-6, 1e3), st.floats(1, 1e12), st.floats(1, 3))
def test_it_is_linear_in_energy_and_volume(joules, calls, pue):
    one = annual_footprint(energy(joules, 0), calls, pue, GRID).value
    two = annual_footprint(energy(2 * joules, 0), 3 * calls, pue, GRID).value
    assert math.isclose(two, 6 * one, rel_tol=1e-9)


def test_a_shared_grid_cancels_in_the_ratio_of_two_models():
    a = annual_footprint(energy(0.01, 0), 1e9, 1.2, GRID)
    b = annual_footprint(energy(0.02, 0), 1e9, 1.2, GRID)
    assert math.isclose((a / b).std, 0.0, abs_tol=1e-12)


def test_impossible_pue_and_volume_are_refused_in_a_sentence():
    with pytest.raises(CarbonError, match="PUE below 1"):
        pue_quantity(0.9)
    with pytest.raises(CarbonError, match="negative"):
        annual_footprint(energy(), -1, 1.2, GRID)


def test_sci_adds_standing_and_embodied_and_divides_by_inferences():
    idle = Quantity.exact(100.0, "W", Provenance.MEASURED, "idle")
    standing = standing_footprint(idle, 0.5, 1.2, GRID)
    assert math.isclose(standing.value, 0.05 * 8766 * 1.2 * 0.4)
    production = annual_footprint(energy(3.6, 0), 1e6, 1.2, GRID)
    embodied = embodied_footprint("server", 0.5)
    assert embodied.value == 1000 / 4 * 0.5
    per_call = sci([production, standing, embodied], 1e6)
    assert math.isclose(
        per_call.value, (production.value + standing.value + embodied.value) * 1000 / 1e6
    )
    with pytest.raises(CarbonError, match="needs inferences"):
        sci([production], 0)


def test_training_counts_every_run():
    run = Quantity.exact(50.0, "kWh", Provenance.DECLARED, "tracker")
    assert math.isclose(training_footprint(run, 12, 1.0, GRID).value, 50 * 12 * 0.4)


def test_unknown_hardware_names_what_is_known():
    with pytest.raises(CarbonError, match="h100"):
        embodied_footprint("abacus", 1.0)


def test_a_real_grid_figure_goes_through():
    assert annual_footprint(energy(), 1e9, 1.4, grid_intensity("JP", 2024)).low > 0
