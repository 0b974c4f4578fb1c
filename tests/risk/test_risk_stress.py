from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from advisor.risk.bank import BankFigures, read_bank_figures
from advisor.risk.capital import icaap_table, pillar2_add_on, read_pillar2_rule
from advisor.risk.dependence import Correlation, Dependence, read_dependence
from advisor.risk.driver_paths import central_path
from advisor.risk.errors import RiskError
from advisor.risk.library import Library, library
from advisor.risk.measures import expected_loss
from advisor.risk.pathways import Driver, Pathway, scenario_of
from advisor.risk.reverse import reverse_stress_test, severity_scaled
from advisor.risk.stress import stress_along, stress_test
from advisor.risk.stress_result import StressResult, StressSettings

Made = Callable[..., pd.DataFrame]
SETTINGS = StressSettings(first_year=2027, years=4, paths=400, seed=9)


def run(frame: pd.DataFrame, settings: StressSettings = SETTINGS, **more: object) -> StressResult:
    shelf = library()
    bank = read_bank_figures(name="bank_figures_fictitious")
    return stress_test(
        frame, shelf.scenario("severe"), bank, read_dependence(), shelf, settings, **more
    )


def test_the_seed_alone_decides(portfolio: Made) -> None:
    frame = portfolio(30)
    one = run(frame, replace(SETTINGS, workers=1))
    two = run(frame, replace(SETTINGS, workers=3))
    other = run(frame, replace(SETTINGS, seed=10))
    assert np.array_equal(one.before.losses, two.before.losses)
    assert np.array_equal(one.before.tail, two.before.tail)
    assert not np.array_equal(one.before.losses, other.before.losses)


def test_models_drivers_and_years_add_up(portfolio: Made) -> None:
    got = run(portfolio(40)).before
    assert got.expected.sum() == pytest.approx(got.losses.mean(), rel=1e-5)
    assert got.tail.sum() == pytest.approx(got.shortfall().value, rel=1e-5)
    assert got.annual().sum(axis=1) == pytest.approx(got.losses, rel=1e-4)
    drivers = got.by_driver()
    assert drivers["expected_loss"].to_numpy() == pytest.approx(
        got.by_year.sum(axis=1).mean(axis=0), rel=1e-3, abs=30.0
    )
    lines = got.by_business_line()
    assert lines.to_numpy().sum() == pytest.approx(got.tail.sum())
    assert set(got.by_model()["model_id"]) == set(got.model_ids)


def test_one_year_alone_is_that_years_column(portfolio: Made) -> None:
    got = run(portfolio(20), replace(SETTINGS, only_year=2029)).before
    assert got.losses == pytest.approx(got.annual()[:, 2], rel=1e-4, abs=1.0)


def test_the_same_portfolio_as_plan_changes_nothing(portfolio: Made) -> None:
    frame = portfolio(25)
    result = run(frame, plan=frame.sample(frac=1.0, random_state=3))
    assert result.after is not None
    assert np.allclose(result.before.losses, result.after.losses, rtol=1e-5)
    saved = result.saved()
    assert saved is not None
    assert saved.standard_error < 1e-3 * result.before.expected_loss().standard_error


def test_common_draws_make_the_saving_sharper_than_either_loss(portfolio: Made) -> None:
    frame = portfolio(25)
    plan = frame.assign(**{c: frame[c] * 0.8 for c in frame if c.startswith(("energy", "carbon"))})
    result = run(frame, plan=plan)
    saved = result.saved()
    assert saved is not None
    assert saved.value > 0
    assert saved.standard_error < 0.5 * result.before.expected_loss().standard_error


def test_a_retired_portfolio_loses_nothing(portfolio: Made) -> None:
    frame = portfolio(10)
    gone = frame.assign(
        energy_kwh=0.0,
        energy_low_kwh=0.0,
        energy_high_kwh=0.0,
        carbon_kg=0.0,
        outage_cost_per_hour=0.0,
    )
    result = run(frame, plan=gone)
    assert result.after is not None
    assert np.allclose(result.after.losses, 0.0)


def test_a_plan_with_other_models_is_refused(portfolio: Made) -> None:
    with pytest.raises(RiskError, match="same models"):
        run(portfolio(5), plan=portfolio(6))


def test_unknown_outage_costs_are_counted_not_filled(portfolio: Made) -> None:
    frame = portfolio(8).drop(columns=["outage_cost_per_hour"])
    shelf = library()
    result = stress_test(
        frame,
        shelf.scenario("rationing_gb_2022"),
        read_bank_figures(),
        read_dependence(),
        shelf,
        SETTINGS,
    )
    assert result.before.not_covered == {"outage_cost_per_hour": 8}
    assert result.before.by_driver().loc["supply", "expected_loss"] == 0.0


def test_every_figure_names_scenario_model_price_year_and_deflator(portfolio: Made) -> None:
    result = run(portfolio(5))
    source = result.figure(result.before.var(0.99)).source
    for word in ("Severe", "REMIND-MAgPIE 3.3-4.8", "2024", "USD price index 2010 to 2024", "seed"):
        assert word in source


def test_the_icaap_table_and_the_add_on(portfolio: Made) -> None:
    frame = portfolio(15)
    result = run(frame, plan=frame)
    rule = read_pillar2_rule()
    table = icaap_table(result, rule)
    assert len(table) == 2 * SETTINGS.years
    assert (table["var_99_9"] >= table["var_99"]).all()
    assert (table["shortfall_99"] >= table["var_99"]).all()
    assert {"scenario", "model", "price_year", "deflator", "rule"} <= set(table.attrs)
    before = table[table["portfolio"] == "without the plan"].head(rule.planning_years)
    assert pillar2_add_on(result.before, rule).value == pytest.approx(
        before["unexpected_loss"].max()
    )


def test_capital_is_unknown_without_the_banks_figures(portfolio: Made) -> None:
    shelf = library()
    result = stress_test(
        portfolio(3),
        shelf.scenario("orderly"),
        read_bank_figures(),
        read_dependence(),
        shelf,
        SETTINGS,
    )
    assert icaap_table(result, read_pillar2_rule())["cet1_bp"].isna().all()


def test_a_region_without_a_price_is_named(portfolio: Made, bank: BankFigures) -> None:
    poor = bank.model_copy(update={"power_price_per_kwh": {"DE": 0.2}})
    shelf = library()
    with pytest.raises(RiskError, match="JP"):
        stress_test(
            portfolio(10), shelf.scenario("orderly"), poor, read_dependence(), shelf, SETTINGS
        )


def test_progress_can_cancel(portfolio: Made) -> None:
    class StopError(Exception):
        pass

    def stop(done: float) -> None:
        if done > 0.3:
            raise StopError

    with pytest.raises(StopError):
        run(portfolio(20), progress=stop)


def test_contradictory_correlations_are_refused() -> None:
    pairs = (
        ("energy_price", "carbon_price", 0.9),
        ("carbon_price", "volume", 0.9),
        ("energy_price", "volume", -0.9),
    )
    wrong = Dependence(
        correlations=tuple(Correlation(between=(a, b), value=v) for a, b, v in pairs)
    )
    with pytest.raises(RiskError, match="contradict"):
        wrong.matrix()


def test_reverse_stress_test_finds_the_severity(
    three_models: pd.DataFrame, bank: BankFigures, pathway_of: Callable[..., Pathway]
) -> None:
    """Without chance the loss is linear in the severity, so the root is known."""
    scenario = scenario_of("s", "s", [pathway_of(Driver.ENERGY_PRICE, {1: 2.0})])
    settings = StressSettings(first_year=2027, years=1, paths=5)
    # 65 000 EUR budget × 0.5 wholesale × (M − 1): 32 500 at severity 1.
    got = reverse_stress_test(
        three_models,
        scenario,
        bank,
        Dependence(),
        Library({}, {}),
        settings,
        limit=81_250.0,
        measure=lambda d: expected_loss(d.losses),
        measure_name="expected loss",
    )
    assert got.loss_at_one == pytest.approx(32_500.0, rel=1e-4)
    assert got.severity == pytest.approx(2.5, abs=2e-3)
    assert got.drivers["energy_price"][2027] == pytest.approx(3.5, abs=2e-3)
    assert "2.5 times" in got.sentence.text()


def test_reverse_stress_test_says_when_nothing_breaches(
    three_models: pd.DataFrame, bank: BankFigures, pathway_of: Callable[..., Pathway]
) -> None:
    got = reverse_stress_test(
        three_models,
        scenario_of("s", "s", [pathway_of(Driver.ENERGY_PRICE, {1: 1.01})]),
        bank,
        Dependence(),
        Library({}, {}),
        StressSettings(first_year=2027, years=1, paths=5),
        1e12,
        measure=lambda d: expected_loss(d.losses),
        measure_name="expected loss",
    )
    assert got.severity is None


def test_the_answer_breaches_and_a_hair_less_does_not(
    portfolio: Callable[..., pd.DataFrame], bank: BankFigures
) -> None:
    """With all chance: the loss at the severity found reaches the limit, just below it does not."""
    shelf, frame = library(), portfolio(12)
    settings = StressSettings(first_year=2027, years=5, paths=300)
    scenario, dependence = shelf.scenario("orderly"), read_dependence()
    central = central_path(scenario, settings.horizon, bank, shelf)

    def loss(severity: float) -> float:
        tried = severity_scaled(central, severity)
        return stress_along(frame, tried, bank, dependence, settings).before.var(0.99).value

    limit = 2.0 * loss(1.0)
    got = reverse_stress_test(
        frame,
        scenario,
        bank,
        dependence,
        shelf,
        settings,
        limit,
        measure=lambda d: d.var(0.99),
        measure_name="VaR 99 %",
    )
    assert got.severity is not None
    assert got.severity_low is not None
    assert got.severity_high is not None
    assert loss(got.severity) == got.loss_at_severity >= limit
    assert loss(got.severity * (1 - 2e-4)) < limit
    assert got.severity_low <= got.severity <= got.severity_high


def test_severity_one_is_the_scenario_and_zero_the_budget(bank: BankFigures) -> None:
    shelf = library()
    central = central_path(shelf.scenario("severe"), range(2027, 2037), bank, shelf)
    same, rest = severity_scaled(central, 1.0), severity_scaled(central, 0.0)
    for name in ("energy", "volume", "hours", "carbon", "grid", "cap", "penalty", "floor_quantile"):
        assert getattr(same, name) == pytest.approx(getattr(central, name))
    for name, value in {
        "energy": 1.0,
        "volume": 1.0,
        "grid": 1.0,
        "hours": 0.0,
        "cap": 1.0,
    }.items():
        assert getattr(rest, name) == pytest.approx(value)
    assert rest.carbon == pytest.approx(central.carbon_budget)
    assert rest.carbon_budget == pytest.approx(central.carbon_budget)


def test_what_moves_in_favour_is_not_scaled_beyond_what_was_published(bank: BankFigures) -> None:
    shelf = library()
    central = central_path(shelf.scenario("orderly"), range(2027, 2037), bank, shelf)
    worse = severity_scaled(central, 8.0)
    assert worse.grid == pytest.approx(central.grid)
    assert (worse.carbon > central.carbon).all()


def test_what_stands_in_for_empty_cells_is_said(portfolio: Made) -> None:
    frame = portfolio(6).assign(planned_growth=0.1)
    frame.loc[[0, 1], "scope"] = np.nan
    frame.loc[2, "energy_low_kwh"] = np.nan
    said = [s.text() for s in run(frame).before.assumptions()]
    assert len(said) == 2
    assert "scope of 2 models" in said[0]
    assert "energy of 1 models" in said[1]
    assert [s.text("ja") for s in run(frame).before.assumptions()] != said


def test_drivers_carry_their_standard_errors(portfolio: Made) -> None:
    got = run(portfolio(20), replace(SETTINGS, paths=1000)).before
    table = got.by_driver()
    assert (table[["expected_loss_error", "shortfall_share_error"]] >= 0).all().all()
    assert table["expected_loss"].sum() == pytest.approx(got.expected_loss().value, rel=1e-5)
    assert table["shortfall_share"].sum() == pytest.approx(got.shortfall().value, rel=1e-5)
    many = [run(portfolio(20), replace(SETTINGS, seed=s)).before.by_driver() for s in range(12)]
    means = np.array([m["expected_loss"] for m in many])
    errors = np.array([m["expected_loss_error"] for m in many])
    moving = errors.mean(axis=0) > 0
    ratio = means.std(axis=0, ddof=1)[moving] / errors.mean(axis=0)[moving]
    assert ((ratio > 0.4) & (ratio < 2.0)).all()
