"""The summary of an inventory says what the portfolio says."""

from __future__ import annotations

from datetime import date

import pytest

from advisor.portfolio import (
    Budgets,
    footprint,
    inventory_frame,
    models_of,
    optimum,
    portfolio_options,
    sample_inventory,
    study,
    totals,
)
from advisor.report import summarise
from advisor.report.portfolio_figures import portfolio_figures
from advisor.report.sums import largest_by_model


@pytest.fixture(scope="module")
def models():
    sample = sample_inventory(80)
    known = sample[sample["energy_per_call_j"].notna()]  # what must be predicted is not our subject
    return models_of(known.reset_index(drop=True))


def test_totals_and_plan_are_the_portfolio_rooms_own(models) -> None:
    inventory = inventory_frame(models)
    found = footprint(inventory)
    expected = totals(found)
    plan = optimum(portfolio_options(inventory, found), inventory, Budgets())
    figures = portfolio_figures(study(inventory_frame(models)), date(2026, 11, 20))
    s = summarise(
        project="p",
        as_of=date(2026, 11, 20),
        footprint=figures.footprint,
        recommendations=figures.recommendations,
        risk=figures.risk,
    )
    assert s.footprint_total is not None
    assert s.footprint_total.value == pytest.approx(expected.carbon_location_kg.value)
    assert s.footprint_total.low == pytest.approx(expected.carbon_location_kg.low, rel=1e-3)
    assert s.footprint_total.high == pytest.approx(expected.carbon_location_kg.high, rel=1e-3)
    assert s.saved_most is not None
    assert s.saved_most.value == pytest.approx(plan.saved_kg)
    assert s.saved_most.low == pytest.approx(plan.saved_low_kg)
    assert {a.id for a in largest_by_model(s.actions)} == set(plan.chosen["option"])
    kept = s.saved_no_regret
    assert kept is not None
    assert kept.value <= plan.saved_kg


def test_a_planned_loss_of_accuracy_stands_beside_what_the_model_saves_without() -> None:
    """Else the saving without loss would leave the model out, and loss would look a bargain."""
    sample = sample_inventory()
    models = models_of(sample[sample["energy_per_call_j"].notna()].reset_index(drop=True))
    inventory = inventory_frame(models)
    options = portfolio_options(inventory, footprint(inventory))
    plan = optimum(options, inventory, Budgets()).chosen
    lossy = plan[plan["loss_low"] > 0]
    free = options[(options["loss_high"] <= 0) & (options["kind"] == "move")]
    both = lossy.merge(free, on="id", suffixes=("", "_free"))
    for column in ("saved_kg", "cost_eur", "engineer_days"):
        both = both[both[f"{column}_free"] <= both[column]]
    assert len(both)
    figures = portfolio_figures(study(inventory_frame(models)), date(2026, 11, 20))
    recommended = {r.option.id: r for r in figures.recommendations if r.place is not None}
    for row in both.to_dict("records"):
        rivals = [r for r in recommended.values() if r.option.model_id == row["id"]]
        assert {str(r.verdict) for r in rivals} == {"no regret", "on the frontier"}
        assert row["option"] in recommended


def test_no_saving_is_larger_than_what_is_there_to_be_saved(models) -> None:
    figures = portfolio_figures(study(inventory_frame(models)), date(2026, 11, 20))
    carbon = {r.id: r.carbon for r in figures.footprint}
    for r in figures.recommendations:
        before = carbon[r.option.model_id]
        if r.place is not None and before is not None:
            assert r.option.carbon_saved_kg.value <= before.value * (1 + 1e-9)


def test_risk_stands_before_and_after_with_its_limits(models) -> None:
    rows = portfolio_figures(study(inventory_frame(models)), date(2026, 11, 20)).risk
    assert rows
    assert all(r.amber is not None and r.red is not None for r in rows)
    assert {r.status_before for r in rows} <= {"green", "amber", "red", "unknown"}
