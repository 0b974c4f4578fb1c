"""Properties of the measures, of standstill, and of the money that is spread over months."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.risk.bank import BankFigures
from advisor.risk.errors import RiskError
from advisor.risk.exposures import checked_exposures, read_exposures
from advisor.risk.measures import expected_loss, expected_shortfall, value_at_risk
from advisor.risk.portfolio_exposures import exposures_after
from advisor.risk.showback import incentives, monthly_exposures, showback
from advisor.risk.standstill import shed_shares, standstill_shares

losses = st.lists(st.floats(-1e9, 1e9), min_size=20, max_size=200).map(np.array)


@given(losses, st.floats(0.5, 0.999))
def test_measures_are_ordered_and_inside_their_intervals(sample: np.ndarray, level: float) -> None:
    var, shortfall = value_at_risk(sample, level), expected_shortfall(sample, level)
    assert sample.min() <= var.low <= var.value <= var.high <= sample.max()
    assert shortfall.value >= var.value - 1e-6 * abs(var.value)
    assert shortfall.value >= expected_loss(sample).value - 1e-6 * np.abs(sample).max()


@given(losses, st.floats(0.1, 10.0), st.floats(-1e6, 1e6))
def test_measures_follow_scale_and_shift(sample: np.ndarray, scale: float, shift: float) -> None:
    for measure in (lambda x: value_at_risk(x, 0.9), lambda x: expected_shortfall(x, 0.9)):
        moved, plain = measure(sample * scale + shift), measure(sample)
        reach = np.abs(sample).max() * scale + abs(shift) + 1.0
        assert moved.value == pytest.approx(plain.value * scale + shift, abs=1e-9 * reach)


@settings(max_examples=50)
@given(st.integers(1, 30), st.floats(0.01, 1.0), st.integers(0, 10_000))
def test_load_is_shed_from_the_bottom_and_exactly(models: int, depth: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = checked_exposures(
        pd.DataFrame(
            {
                "model_id": range(models),
                "energy_kwh": rng.lognormal(3, 1, models),
                "carbon_kg": 1.0,
                "tier": rng.integers(1, 5, models),
            }
        )
    )
    shed = shed_shares(table, depth)
    load = table["energy_kwh"].to_numpy()
    assert (shed * load).sum() == pytest.approx(depth * load.sum())
    for upper in (1, 2, 3):
        above, below = table["tier"] == upper, table["tier"] > upper
        if shed[above.to_numpy()].any():
            assert shed[below.to_numpy()] == pytest.approx(1.0)


def test_consumers_stop_with_their_feeders_even_in_a_ring() -> None:
    table = checked_exposures(
        pd.DataFrame(
            {
                "model_id": list("abcd"),
                "energy_kwh": 1.0,
                "carbon_kg": 1.0,
                "feeds": ["b", "c;nobody", "a", ""],
            }
        )
    )
    still = standstill_shares(table, np.array([0.0, 0.4, 0.0, 0.1]))
    assert still.tolist() == [0.4, 0.4, 0.4, 0.1]


def test_showback_sums_to_the_year(
    portfolio: Callable[..., pd.DataFrame], bank: BankFigures
) -> None:
    frame = portfolio(20)
    table = showback(monthly_exposures(frame, 2026), bank)
    assert len(table["month"].unique()) == 12
    assert table["carbon_kg"].sum() == pytest.approx(frame["carbon_kg"].sum())
    cloud = frame["scope"].eq(3)
    money = 0.2 * (frame["energy_kwh"] * np.where(cloud, 0.5, 1.0)).sum()
    money += frame["carbon_kg"].sum() / 1000 * 100.0
    assert table["cost"].sum() == pytest.approx(money)
    assert set(table["basis"]) == {"year spread by days"}


def test_incentives_name_who_saved_what(
    portfolio: Callable[..., pd.DataFrame], bank: BankFigures
) -> None:
    before = monthly_exposures(portfolio(20), 2026)
    after = before.copy()
    ito = after["owner"] == "Ito"
    after.loc[ito, ["energy_kwh", "carbon_kg"]] *= 0.5
    after.loc[~ito, ["energy_kwh", "carbon_kg"]] *= 1.1
    table = incentives(before, after, bank)
    assert table["owner"].iloc[0] == "Ito"
    assert (table.loc[table["owner"] == "Weber", "carbon_saved_kg"] < 0).all()
    assert table["share_of_saving"].sum() == pytest.approx(1.0)
    with pytest.raises(RiskError, match="same months"):
        incentives(before, after[after["month"] != after["month"].max()], bank)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"energy_kwh": [1.0, -1.0]}, "negative"),
        ({"energy_kwh": [1.0, None]}, "unknown"),
        ({"energy_kwh": [1.0, "many"]}, "not a number"),
        ({"model_id": ["a", "a"]}, "twice"),
        ({"scope": [2, 1]}, "scope"),
        ({"provenance": ["measured", "guessed"]}, "guessed"),
    ],
)
def test_bad_exposures_are_said_in_one_sentence(change: dict[str, list], words: str) -> None:
    frame = pd.DataFrame({"model_id": ["a", "b"], "energy_kwh": [1.0, 2.0], "carbon_kg": 1.0})
    with pytest.raises(RiskError, match=words):
        checked_exposures(frame.assign(**change))


def test_a_missing_column_or_file_is_named(tmp_path) -> None:
    with pytest.raises(RiskError, match="carbon_kg"):
        checked_exposures(pd.DataFrame({"model_id": ["a"], "energy_kwh": [1.0]}))
    with pytest.raises(RiskError, match="nowhere"):
        read_exposures(tmp_path / "nowhere.csv")


def test_a_plan_leaves_what_it_does_not_save() -> None:
    table = checked_exposures(
        pd.DataFrame({"model_id": list("abc"), "energy_kwh": 100.0, "carbon_kg": 40.0})
    )
    chosen = pd.DataFrame(
        {"id": ["a", "b"], "saved_kg": [10.0, 20.0], "energy_saved_kwh": [25.0, 0.0]}
    )
    after = exposures_after(table, chosen)
    assert after["carbon_kg"].tolist() == [30.0, 20.0, 40.0]
    assert after["energy_kwh"].tolist() == [75.0, 100.0, 100.0]
    with pytest.raises(RiskError, match="nobody"):
        exposures_after(table, chosen.assign(id=["nobody", "b"]))
