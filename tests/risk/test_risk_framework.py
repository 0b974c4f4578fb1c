"""Taxonomy, scores, indicators, trends, breaches and the regulation map."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from advisor.profiles import shipped_profiles_folder
from advisor.quantities import Provenance, Quantity
from advisor.risk.appetite import Level, Limit, read_appetite
from advisor.risk.bank import BankFigures
from advisor.risk.breaches import open_breaches, updated_breaches
from advisor.risk.errors import RiskError
from advisor.risk.exposures import checked_exposures, log_spread
from advisor.risk.indicators import Reading, Target, readings
from advisor.risk.portfolio_exposures import exposures_after, without_retired
from advisor.risk.regulation import KEPT, Coverage, by_regime, coverage, read_obligations
from advisor.risk.scores import BANK, score
from advisor.risk.showback import against_last_year, monthly_exposures, showback, with_metered
from advisor.risk.taxonomy import RISK_CATEGORIES, read_taxonomy
from advisor.risk.trends import fit_trend, forecast_crossing

Made = Callable[..., pd.DataFrame]


def test_every_driver_transmits_and_every_category_is_reached() -> None:
    taxonomy = read_taxonomy()
    assert {t.driver for t in taxonomy.transmissions} == {d.key for d in taxonomy.drivers}
    assert {t.to for t in taxonomy.transmissions} == set(RISK_CATEGORIES)
    assert taxonomy.version
    assert len(taxonomy.drivers) == 7


def test_scores_by_hand(today: date) -> None:
    """One model, all known: the rules of the profile followed on paper."""
    frame = pd.DataFrame(
        {
            "model_id": ["a", "b"],
            "energy_kwh": [9_000.0, 1_000.0],
            "carbon_kg": [900.0, 100.0],
            "feeds": [("b",), ()],
            "tier": [1, 4],
            "fallback": ["rule", None],
            "next_review": ["2027-01-01", "2026-01-01"],
        }
    )
    got = score(checked_exposures(frame), read_taxonomy(), today)
    # a: one consumer scores 2, nothing is without fallback (1): inherent 2.
    # Controls: reviewed 0.25 and fallback 0.5, so 1 - 0.75 × 0.5 = 0.625.
    assert got.inherent.loc["a", "model_dependence"] == 2.0
    assert got.effectiveness.loc["a", "model_dependence"] == pytest.approx(0.625)
    assert got.residual.loc["a", "model_dependence"] == pytest.approx(1.375)
    # b: no consumer, tier 4 without fallback is a materiality of 1, score 2; review past.
    assert got.inherent.loc["b", "model_dependence"] == 2.0
    assert got.effectiveness.loc["b", "model_dependence"] == 0.0
    # the bank: weighted by carbon, 0.9 and 0.1.
    assert got.heat_map().loc[BANK, "model_dependence"] == pytest.approx(0.9 * 1.375 + 0.1 * 2)
    # vendors are unknown, and that is said.
    assert got.unknown["concentration"].all()


def test_scores_stay_in_range_and_controls_only_help(portfolio: Made, today: date) -> None:
    got = score(checked_exposures(portfolio(200)), read_taxonomy(), today)
    for table in (got.inherent, got.residual):
        assert table.to_numpy().min() >= 1
        assert table.to_numpy().max() <= 5
    assert (got.residual.to_numpy() <= got.inherent.to_numpy() + 1e-12).all()
    heat = got.heat_map()
    assert heat.index[-1] == BANK
    behind = got.behind("Retail", "supply")
    weights = behind["weight"] / behind["weight"].sum()
    assert (weights * behind["residual"]).sum() == pytest.approx(heat.loc["Retail", "supply"])


def test_a_broken_taxonomy_says_what_is_wrong(tmp_path: Path) -> None:
    whole = (shipped_profiles_folder() / "frameworks/ai_carbon_risk.toml").read_text("utf-8")
    for old, new, words in (
        ('metric = "growth"', 'metric = "glow"', "glow"),
        ("breaks = [0.0, 0.1, 0.25, 0.5]", "breaks = [0.5, 0.1, 0.25, 0.5]", "rise"),
        ('when = "owner known"', 'when = "owner maybe"', "not understood"),
        ('to = "liquidity"', 'to = "weather"', "weather"),
    ):
        assert old in whole
        file = tmp_path / "ai_carbon_risk.toml"
        file.write_text(whole.replace(old, new), "utf-8")
        with pytest.raises(RiskError, match=words):
            read_taxonomy(file)


def test_indicators_by_hand(today: date) -> None:
    frame = pd.DataFrame(
        {
            "model_id": [f"m{i}" for i in range(20)],
            "energy_kwh": 100.0,
            "carbon_kg": 50.0,
            "carbon_kg_last_year": 40.0,
            "calls_per_year": 1e6,
            "provenance": ["measured"] * 5 + ["estimated"] * 15,
            "next_review": ["2026-01-01"] * 2 + ["2028-01-01"] * 18,
        }
    )
    scores = score(checked_exposures(frame), read_taxonomy(), today)
    target = Target(base_year=2025, base_kg=1000.0, target_year=2035, reduction=0.5)
    got = {r.key: r for r in readings(scores, read_appetite(), today, target)}
    assert got["kg_per_1000_decisions"].figure == pytest.approx(0.05)
    assert got["kg_per_1000_decisions"].level is Level.GREEN
    assert got["share_measured"].figure == pytest.approx(25.0)
    assert got["share_measured"].level is Level.RED
    assert got["growth"].figure == pytest.approx(25.0)
    assert got["top10_share"].figure == pytest.approx(50.0)
    few = score(checked_exposures(frame.head(10)), read_taxonomy(), today)
    alone = {r.key: r for r in readings(few, read_appetite(), today, target)}["top10_share"]
    assert alone.value is None
    assert alone.level is Level.UNKNOWN
    assert got["overdue_share"].figure == pytest.approx(10.0)
    assert got["overdue_share"].models == ("m0", "m1")
    allowed = 1000 * (1 - 0.5 * (1 + 327 / 365.25) / 10)
    assert got["target_gap"].figure == pytest.approx((1000 / allowed - 1) * 100)


def test_what_cannot_be_said_is_unknown_not_zero(today: date) -> None:
    frame = pd.DataFrame({"model_id": ["a"], "energy_kwh": [1.0], "carbon_kg": [1.0]})
    scores = score(checked_exposures(frame), read_taxonomy(), today)
    got = {r.key: r for r in readings(scores, read_appetite(), today)}
    for key in ("kg_per_1000_decisions", "growth", "overdue_share", "target_gap"):
        assert got[key].value is None
        assert got[key].level is Level.UNKNOWN
        assert got[key].why_unknown is not None


@pytest.mark.parametrize(("better", "amber", "red"), [("low", 10.0, 5.0), ("high", 5.0, 10.0)])
def test_limits_the_wrong_way_round_are_refused(better: str, amber: float, red: float) -> None:
    with pytest.raises(ValueError, match="beyond"):
        Limit(
            key="k",
            name="k",
            unit="%",
            better=better,
            amber=amber,
            red=red,
            owner="o",
            escalation={},
        )


DAYS = [date(2026, 1, 1) + timedelta(days=30 * k) for k in range(12)]


def test_an_exact_line_crosses_on_its_day() -> None:
    values = [10 + (day - DAYS[0]).days / 365.25 * 6 for day in DAYS]
    got = forecast_crossing(DAYS, values, 19.0)
    assert got is not None
    assert got.expected is not None
    expected = DAYS[0] + timedelta(days=1.5 * 365.25)
    assert abs((got.expected - expected).days) <= 3
    assert got.earliest is not None
    assert got.latest is not None
    assert got.earliest <= got.expected <= got.latest


def test_the_crossing_interval_covers() -> None:
    rng, inside = np.random.default_rng(4), 0
    for _ in range(200):
        values = [10 + (d - DAYS[0]).days / 365.25 * 6 + rng.normal(0, 0.4) for d in DAYS]
        got = forecast_crossing(DAYS, values, 19.0)
        assert got is not None
        truth = DAYS[0] + timedelta(days=1.5 * 365.25)
        early = got.earliest is None or got.earliest <= truth + timedelta(days=3)
        late = got.latest is None or got.latest >= truth - timedelta(days=3)
        inside += early and late
    assert 180 <= inside <= 199


def test_noise_or_the_wrong_direction_forecasts_nothing() -> None:
    rng = np.random.default_rng(1)
    flat = list(10 + rng.normal(0, 1, len(DAYS)))
    assert forecast_crossing(DAYS, flat, 15.0) is None
    falling = [20 - k for k in range(len(DAYS))]
    assert forecast_crossing(DAYS, falling, 25.0) is None
    assert fit_trend(DAYS[:3], [1, 2, 3]) is None


def reading(value: float, day: date, level: Level) -> Reading:
    figure = Quantity.exact(value, "%", Provenance.MEASURED, "test")
    return Reading(key="growth", day=day, value=figure, level=level, models=("m",))


def test_the_breach_log_opens_rises_and_closes() -> None:
    appetite = read_appetite()
    log = updated_breaches([], [reading(15, DAYS[0], Level.AMBER)], appetite)
    assert [b.level for b in log] == [Level.AMBER]
    assert log[0].owner == "Chief operating officer"
    log = updated_breaches(log, [reading(30, DAYS[1], Level.RED)], appetite)
    assert len(log) == 1
    assert log[0].escalated_to == "Board risk committee"
    log = updated_breaches(log, [reading(12, DAYS[2], Level.AMBER)], appetite)
    assert log[0].level is Level.RED
    unknown = Reading(key="growth", day=DAYS[3], value=None, level=Level.UNKNOWN)
    assert updated_breaches(log, [unknown], appetite) == log
    log = updated_breaches(log, [reading(5, DAYS[4], Level.GREEN)], appetite)
    assert log[0].closed == DAYS[4]
    assert open_breaches(log) == []
    log = updated_breaches(log, [reading(15, DAYS[5], Level.AMBER)], appetite)
    assert [b.id for b in open_breaches(log)] == [f"growth/{DAYS[5]}"]


def test_regulation_map_is_dated_and_asks_for_things_that_exist() -> None:
    known = set(
        checked_exposures(
            pd.DataFrame({"model_id": ["a"], "energy_kwh": [1.0], "carbon_kg": [1.0]})
        ).columns
    )
    rows = read_obligations()
    assert len({o.key for o in rows}) == len(rows)
    for row in rows:
        assert row.status
        assert row.checked_in
        for field in row.fields:
            assert (field[1:] in KEPT) if field.startswith("@") else (field in known), field
    assert all(o.obligation == "" for o in rows if o.regime.startswith("IFRS"))


def test_coverage_counts_by_footprint(today: date) -> None:
    frame = pd.DataFrame(
        {
            "model_id": ["a", "b"],
            "energy_kwh": 1.0,
            "carbon_kg": [75.0, 25.0],
            "scope": [2, None],
            "carbon_market_kg": [None, None],
            "tier": [1, 2],
        }
    )
    got = {r.obligation.key: r for r in coverage(checked_exposures(frame), {"stress_test"}, today)}
    assert got["esrs-e1-6-49a"].coverage is Coverage.PARTIAL
    assert got["esrs-e1-6-49a"].by_field["scope"] == pytest.approx(0.75)
    assert got["esrs-e1-6-49a"].lacking == ("b",)
    assert got["ss1-23-1-3"].coverage is Coverage.COMPLETE
    assert got["esrs-e1-4-34"].coverage is Coverage.MISSING
    assert got["esrs-e1-9-69"].coverage is Coverage.COMPLETE
    assert got["esrs-e1-5-40"].coverage is Coverage.OUTSIDE
    assert not got["eba-2025-04"].in_force


def test_metered_months_take_the_place_of_apportioned_ones(
    three_models: pd.DataFrame, bank: BankFigures
) -> None:
    months = monthly_exposures(three_models, 2026)
    metered = pd.DataFrame(
        {"model_id": ["A", "A"], "month": ["2026-01", "2026-02"], "energy_kwh": [20_000.0, 0.0]}
    )
    got = with_metered(months, metered)
    january = got[(got["model_id"] == "A") & (got["month"] == pd.Period("2026-01"))].iloc[0]
    assert january["energy_kwh"] == 20_000.0
    assert january["carbon_kg"] == pytest.approx(20_000.0 * 0.3)
    assert january["basis"] == "month as given"
    assert (got["basis"] == "month as given").sum() == 2
    cost = showback(got, bank)
    first = cost[(cost["month"] == pd.Period("2026-01")) & (cost["business_line"] == "Retail")]
    assert first["basis"].iloc[0] == "month as given, year spread by days"
    stated = with_metered(months, metered.assign(carbon_kg=[1.0, np.nan]))
    assert stated["carbon_kg"].min() == 0.0
    with pytest.raises(RiskError, match="not in the inventory"):
        with_metered(months, metered.assign(model_id="Z"))
    with pytest.raises(RiskError, match="2026-11"):
        with_metered(months, metered.assign(month="spring"))


def test_who_saved_what_against_last_year(three_models: pd.DataFrame) -> None:
    table = three_models.assign(
        owner=["Ito", "Weber", "Ito"], carbon_kg_last_year=[40_000.0, None, 15_000.0]
    )
    got = against_last_year(table)
    assert got["carbon_saved_kg"].tolist() == [10_000.0, -5_000.0]
    assert got["models"].tolist() == [1, 1]


def test_coverage_is_counted_by_regime(three_models: pd.DataFrame, today: date) -> None:
    rows = coverage(checked_exposures(three_models), {"appetite"}, today)
    got = by_regime(rows).set_index("regime")
    counts = got[["complete", "partial", "missing", "outside"]]
    assert counts.to_numpy().sum() == len(rows)
    assert got.loc["ESRS E1", "outside"] == 3
    assert got.loc["PRA SS1/23", "filled"] == pytest.approx(
        np.mean([r.share for r in rows if r.obligation.regime == "PRA SS1/23"])
    )


def test_shares_carry_the_interval_of_the_footprint(
    portfolio: Callable[..., pd.DataFrame], today: date
) -> None:
    """First order beside draws: the share of the measured models with independent errors."""
    frame = portfolio(8)
    frame["provenance"] = ["measured"] * 4 + ["predicted"] * 4
    table = checked_exposures(frame)
    found = readings(score(table, read_taxonomy(), today), read_appetite(), today)
    value = next(r for r in found if r.key == "share_measured").value
    assert value is not None
    rng = np.random.default_rng(1)
    sigma = 0.05 * log_spread(table) / log_spread(table)
    small = table.assign(
        energy_low_kwh=table["energy_kwh"] * np.exp(-1.96 * sigma),
        energy_high_kwh=table["energy_kwh"] * np.exp(1.96 * sigma),
    )
    found = readings(score(small, read_taxonomy(), today), read_appetite(), today)
    narrow = next(r for r in found if r.key == "share_measured").value
    assert narrow is not None
    carbon = table["carbon_kg"].to_numpy() * np.exp(0.05 * rng.standard_normal((20_000, 8)))
    shares = 100 * carbon[:, :4].sum(axis=1) / carbon.sum(axis=1)
    assert (narrow.high - narrow.low) / (2 * 1.96) == pytest.approx(shares.std(), rel=0.05)
    assert value.high - value.low > narrow.high - narrow.low


def test_an_interval_that_reaches_over_a_limit_is_seen() -> None:
    limit = next(each for each in read_appetite().limits if each.key == "top10_share")
    value = Quantity.from_spread(48.0, "%", Provenance.PREDICTED, "test", {"footprint": 3.0})
    assert limit.level(value.value) is Level.GREEN
    assert limit.worst_level(value) is Level.AMBER
    measured = next(each for each in read_appetite().limits if each.key == "share_measured")
    assert measured.worst_level(value) is Level.AMBER
    assert measured.worst_level(value - Quantity.exact(14.0, "%", Provenance.DECLARED, "x")) is (
        Level.RED
    )


def test_the_interval_of_a_share_stays_within_the_whole() -> None:
    frame = pd.DataFrame(
        {
            "model_id": ["measured", "predicted"],
            "energy_kwh": [10.0, 1000.0],
            "energy_low_kwh": [9.9, 20.0],
            "energy_high_kwh": [10.1, 50000.0],
            "carbon_kg": [10.0, 1000.0],
            "provenance": ["measured", "predicted"],
        }
    )
    scores = score(checked_exposures(frame), read_taxonomy(), DAYS[0])
    share = {r.key: r for r in readings(scores, read_appetite(), DAYS[0])}["share_measured"].value
    assert share is not None
    assert 0.0 < share.low < share.value < share.high < 100.0
    assert share.high > 30.0


def test_what_a_retired_model_still_uses_goes_to_its_fallback() -> None:
    frame = pd.DataFrame(
        {
            "model_id": ["gone", "heir", "unused"],
            "energy_kwh": [10.0, 20.0, 5.0],
            "carbon_kg": [4.0, 8.0, 2.0],
            "calls_per_year": [100.0, 200.0, 1.0],
        }
    )
    chosen = pd.DataFrame(
        {
            "id": ["gone", "unused"],
            "kind": "retire",
            "fallback": ["heir", None],
            "saved_kg": [3.0, 2.0],
            "energy_saved_kwh": [7.5, 5.0],
        }
    )
    left = without_retired(exposures_after(frame, chosen), chosen)
    assert list(left["model_id"]) == ["heir"]
    assert left["carbon_kg"].sum() == pytest.approx(9.0)
    assert left["calls_per_year"].sum() == pytest.approx(300.0)
