"""The example of docs/method/risk.md: three models, one scenario, every figure worked by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from advisor.risk.bank import BankFigures
from advisor.risk.capital import cet1_basis_points
from advisor.risk.dependence import INDEPENDENT
from advisor.risk.library import Library
from advisor.risk.loss import LOSS_DRIVERS
from advisor.risk.pathways import Driver, Pathway, scenario_of
from advisor.risk.stress import stress_test
from advisor.risk.stress_result import StressSettings


@pytest.fixture
def pathways(pathway_of: Callable[..., Pathway]) -> list[Pathway]:
    return [
        pathway_of(Driver.ENERGY_PRICE, {1: 2.0, 2: 1.0}),
        pathway_of(Driver.CARBON_PRICE, {1: 100.0, 2: 150.0}),
        pathway_of(Driver.GRID_INTENSITY, {1: 1.0, 2: 0.9}),
        pathway_of(Driver.VOLUME, {1: 1.1, 2: 1.2}),
        pathway_of(Driver.SUPPLY_HOURS, {1: 10.0, 2: 0.0}, depth=0.5),
        pathway_of(Driver.DISCLOSURE_COST, {1: 0.0, 2: 100.0}),
        pathway_of(Driver.EMISSION_CAP, {1: 1.0, 2: 0.9}),
        pathway_of(Driver.PENALTY, {1: 100.0}),
    ]


# Worked by hand, EUR of 2024.
BY_HAND = {
    2027: {
        "volume": 6_500.0,
        "energy_price": 35_750.0,
        "carbon_price": 2_640.0,
        "supply": 875.0,
        "model_dependence": 8_750.0,
        "regulation": 700.0,
    },
    2028: {
        "volume": 13_000.0,
        "energy_price": 0.0,
        "carbon_price": 4_896.0,
        "supply": 0.0,
        "model_dependence": 0.0,
        "regulation": 1_560.0,
    },
}


def test_the_simulation_gives_what_was_worked_by_hand(
    three_models: pd.DataFrame, pathways: list[Pathway], bank: BankFigures, shelf: Library
) -> None:
    result = stress_test(
        three_models,
        scenario_of("hand", "hand", pathways),
        bank,
        INDEPENDENT,
        shelf,
        StressSettings(first_year=2027, years=2, paths=7),
    )
    for t, year in enumerate((2027, 2028)):
        for d, driver in enumerate(LOSS_DRIVERS):
            expected = BY_HAND[year].get(driver, 0.0)
            assert result.before.by_year[:, t, d] == pytest.approx(expected, abs=0.02), driver
    assert result.before.losses == pytest.approx(74_671.0, rel=1e-6)
    points = cet1_basis_points(result.before.expected_loss(), bank, result.source())
    assert points is not None
    assert points.value == pytest.approx(0.74671, rel=1e-6)


def test_the_loss_of_each_model(
    three_models: pd.DataFrame, pathways: list[Pathway], bank: BankFigures, shelf: Library
) -> None:
    result = stress_test(
        three_models,
        scenario_of("hand", "hand", pathways),
        bank,
        INDEPENDENT,
        shelf,
        StressSettings(first_year=2027, years=2, paths=7),
    )
    # Model A: volume 2000 + 4000, price 11000, carbon 1320 + 2448, standstill 8750,
    # disclosure 100, fine 30/70 of 700 + 1260.
    model_a = 2_000 + 4_000 + 11_000 + 1_320 + 2_448 + 8_750 + 100 + 30 / 70 * 1_960
    assert result.before.expected.sum(axis=1)[0] == pytest.approx(model_a, rel=1e-6)
    assert result.before.expected.sum() == pytest.approx(74_671.0, rel=1e-6)


def test_a_plan_does_not_move_its_own_cap(
    three_models: pd.DataFrame, pathways: list[Pathway], bank: BankFigures, shelf: Library
) -> None:
    plan = three_models.assign(
        energy_kwh=[50_000.0, 50_000.0, 200_000.0], carbon_kg=[15_000.0, 20_000.0, 20_000.0]
    )
    result = stress_test(
        three_models,
        scenario_of("hand", "hand", pathways),
        bank,
        INDEPENDENT,
        shelf,
        StressSettings(first_year=2027, years=2, paths=3),
        plan=plan,
    )
    assert result.after is not None
    # 55 000 kg × 1.1 and × 1.2 × 0.9 lie below 70 000 and 63 000: only disclosure is left.
    assert result.after.by_year[0, :, 6] == pytest.approx([0.0, 300.0], abs=1e-6)
    saved = result.saved()
    assert saved is not None
    assert saved.value == pytest.approx(
        float(np.mean(result.before.losses - result.after.losses)), rel=1e-12
    )
