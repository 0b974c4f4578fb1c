"""Kept plans, months ahead, actuals beside them, groups, and metered machines in the footprint."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest

from advisor.carbon import Allocation
from advisor.portfolio import (
    Budgets,
    KeptPlan,
    MachineMeter,
    MeteredMonth,
    Plan,
    PortfolioError,
    SimulationSettings,
    beside,
    footprint,
    grids_of,
    keep_plan,
    metered_frame,
    optimum,
    portfolio_options,
    read_metered,
    read_pasted,
    sample_inventory,
    simulate,
    take_in,
    totals,
)
from advisor.portfolio.groups import GROUPINGS, grouped
from advisor.portfolio.kept_plan import explain_difference, planned_month

DAY = date(2026, 11, 24)
STOCK = sample_inventory(200)
FOUND = footprint(STOCK)
PLAN = optimum(portfolio_options(STOCK, FOUND), STOCK, Budgets(engineer_days=200))
QUIET = SimulationSettings(growth_std=0, grid_change_std=0, changes_per_month=3, months=24)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_the_sample_has_any_size(count):
    assert len(sample_inventory(count)) == count


def test_planned_months_add_up_to_the_simulated_line():
    settings = QUIET.model_copy(update={"reserved_hours_per_week": 60.0})
    kept = keep_plan(" Autumn ", PLAN, FOUND, DAY, settings)
    line = simulate(FOUND, PLAN.chosen, settings)
    for month in (0, 1, 5, 23):
        whole = planned_month(kept, month)["carbon_kg"].sum()
        assert whole == pytest.approx(line["carbon_kg"].iloc[month])
    assert (kept.name, kept.start) == ("Autumn", date(2026, 11, 1))
    assert KeptPlan.model_validate_json(kept.model_dump_json()) == kept


def test_a_plan_is_kept_with_a_name_and_only_if_it_fits():
    with pytest.raises(PortfolioError, match="name"):
        keep_plan(" ", PLAN, FOUND, DAY)
    with pytest.raises(PortfolioError, match="relax"):
        keep_plan("a", Plan(Budgets(), PLAN.chosen, feasible=False), FOUND, DAY)


def test_intervals_never_reach_below_zero_and_the_schedule_counts_under_plans_only():
    wide = FOUND.assign(rv_prediction=0.5)
    line = simulate(wide, PLAN.chosen, SimulationSettings(months=12))
    assert (line["carbon_kg_low"] >= 0).all()
    part_time = SimulationSettings(months=12, reserved_hours_per_week=40)
    whole = SimulationSettings(months=12)
    same = simulate(FOUND, None, part_time)["carbon_kg"]
    pd.testing.assert_series_equal(same, simulate(FOUND, None, whole)["carbon_kg"])
    less = simulate(FOUND, PLAN.chosen, part_time)["carbon_kg"]
    assert (less < simulate(FOUND, PLAN.chosen, whole)["carbon_kg"]).all()


def test_a_models_planned_growth_replaces_the_common_one():
    still = QUIET.model_copy(update={"growth_per_year": 0.0, "grid_change_per_year": 0.0})
    growing = FOUND.assign(planned_growth=0.2)
    line = simulate(growing, None, still)["carbon_kg"]
    base = FOUND["carbon_kg_location"].sum() / 12
    np.testing.assert_allclose(line, base * 1.2 ** ((np.arange(24) + 0.5) / 12))


def test_actuals_are_compared_like_for_like_and_split_exactly():
    kept = keep_plan("A", PLAN, FOUND, DAY, QUIET)
    plan = planned_month(kept, 1).query("energy_kwh > 0 and calls > 0").head(20)
    grids = grids_of(FOUND)
    as_planned = [
        MeteredMonth(
            model_id=r.id,
            month=date(2026, 12, 1),
            energy_kwh=r.energy_kwh * 1.5,
            calls=r.calls * 1.5,
        )
        for r in plan.itertuples()
    ]
    outside = MeteredMonth(model_id="M00001", month=date(2020, 1, 1), energy_kwh=1.0)
    (line,) = beside(kept, metered_frame([*as_planned, outside]), grids)
    assert (line.month, line.metered) == (date(2026, 12, 1), 20)
    assert line.planned_kg == pytest.approx(plan["carbon_kg"].sum())
    d = line.difference
    assert d.efficiency_kg == pytest.approx(0.0, abs=1e-9)
    assert d.volume_kg > 0
    parts = d.volume_kg + d.efficiency_kg + d.intensity_kg + d.unsplit_kg
    assert parts == pytest.approx(d.total_kg) == pytest.approx(line.actual_kg - line.planned_kg)


def test_calls_that_nobody_counted_are_a_part_of_their_own():
    columns = ["id", "calls", "kwh_per_call", "g_per_kwh", "kg"]
    plan = pd.DataFrame([("a", 10.0, 1.0, 100.0, 1.0)], columns=columns)
    actual = pd.DataFrame([("a", np.nan, np.nan, 100.0, 3.0)], columns=columns)
    d = explain_difference(plan, actual)
    assert (d.volume_kg, d.efficiency_kg, d.intensity_kg) == (0.0, 0.0, 0.0)
    assert d.unsplit_kg == pytest.approx(2.0)
    negative = actual.assign(kg=[-3.0])
    with pytest.raises(PortfolioError, match="a has a negative"):
        explain_difference(plan, negative)


def test_readings_in_any_unit_and_wrong_rows_with_their_number():
    text = "Model ID,Month,Energy (MWh),Calls\na,2026-08,1.5,10\nb,2026/9,2,\nc,soon,1,1\n"
    text += ",2026-08,1,1\n"
    found = read_metered(read_pasted(text))
    assert [(m.key, m.energy_kwh, m.calls) for m in found.months] == [
        ("a/2026-08", 1500.0, 10.0),
        ("b/2026-09", 2000.0, None),
    ]
    assert [row for row, _ in found.wrong] == [4, 5]
    with pytest.raises(PortfolioError, match="month, energy"):
        read_metered(pd.DataFrame({"model": ["a"]}))


@pytest.mark.parametrize("by", GROUPINGS)
def test_groups_hold_every_model_once(by):
    table = grouped(FOUND, PLAN.chosen, by)
    whole = totals(FOUND).carbon_location_kg
    assert table["models"].sum() == len(FOUND)
    assert table["carbon_kg"].sum() == pytest.approx(whole.value)
    assert table["saved_kg"].sum() == pytest.approx(PLAN.saved_kg)
    known = table.dropna()
    assert (known["carbon_kg_low"] <= known["carbon_kg"]).all()


@pytest.mark.parametrize("method", list(Allocation))
def test_a_metered_machine_gives_the_footprint_exactly_what_it_counted(method):
    machine = STOCK.loc[STOCK["reserved_share"] > 0, "machine"].value_counts().index[0]
    meter = MachineMeter(machine=machine, dynamic_kwh=1000.3, idle_kwh=700.1)
    found = footprint(STOCK, meters=[meter], allocation=method)
    on = found["machine"] == machine
    stages = ["production_kwh", "standing_kwh", "retirement_kwh"]
    given = found.loc[on, stages].to_numpy()
    assert math.fsum(given.ravel()) == pytest.approx(1700.4, rel=1e-12)
    assert (given >= 0).all()
    assert found["metered"].sum() == on.sum()
    assert set(found.loc[on, "provenance"].dropna()) == {"imported"}
    assert (found.loc[on & found["energy_kwh"].notna(), "quality"] == 2).all()
    pd.testing.assert_series_equal(found.loc[~on, "energy_kwh"], FOUND.loc[~on, "energy_kwh"])


def test_the_spread_between_methods_widens_the_interval():
    stock = take_in(
        pd.DataFrame(
            {
                "id": ["a", "b"],
                "region": "DE",
                "pue": 1.0,
                "machine": "m",
                "calls_per_year": [3.6e6, 3.6e6],
                "energy_per_call_j": [9.0, 1.0],
                "reserved_share": [0.1, 0.9],
                "idle_power_w": 10.0,
            }
        )
    ).inventory
    agree = stock.assign(reserved_share=[0.9, 0.1])
    meter = MachineMeter(machine="m", dynamic_kwh=10.0, idle_kwh=0.001)

    def width(inventory):
        row = footprint(inventory, meters=[meter]).iloc[0]
        return row["energy_kwh_high"] / row["energy_kwh_low"]

    assert width(stock) > 1.5 > width(agree)
