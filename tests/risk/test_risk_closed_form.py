"""Cases with a closed-form answer that the simulation must meet within its own standard error."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from advisor.risk.bank import BankFigures
from advisor.risk.dependence import Correlation, Dependence
from advisor.risk.library import Library
from advisor.risk.losses import LossDistribution
from advisor.risk.pathways import Driver, Pathway, scenario_of
from advisor.risk.stress import stress_test
from advisor.risk.stress_result import StressSettings

SIGMA, PRICE, SHARE, MULTIPLE = 0.4, 0.20, 0.5, 1.3
PATHS = 40_000


def one(driver: Driver, value: float) -> Pathway:
    level = driver is Driver.CARBON_PRICE
    return Pathway(
        key=driver.value,
        family="test",
        name=driver.value,
        driver=driver,
        form="level" if level else "multiplier",
        timing="relative",
        unit="EUR2024/t CO2" if level else "1",
        values={1: value},
        source="test",
    )


@pytest.fixture
def price_only(bank: BankFigures, shelf: Library) -> LossDistribution:
    """One model, one year, only the power price uncertain: a shifted lognormal loss."""
    frame = pd.DataFrame({"model_id": ["A"], "energy_kwh": [1e6], "carbon_kg": [3e5]})
    return stress_test(
        frame,
        scenario_of("s", "s", [one(Driver.ENERGY_PRICE, MULTIPLE)]),
        bank,
        Dependence(spread={"energy_price": SIGMA}),
        shelf,
        StressSettings(first_year=2027, years=1, paths=PATHS, seed=11),
    ).before


def exact_var(level: float) -> float:
    z = stats.norm.ppf(level)
    return 1e6 * PRICE * SHARE * (MULTIPLE * math.exp(SIGMA * z - SIGMA**2 / 2) - 1)


def exact_shortfall(level: float) -> float:
    z = stats.norm.ppf(level)
    mean = MULTIPLE * stats.norm.cdf(SIGMA - z) / (1 - level)
    return 1e6 * PRICE * SHARE * (mean - 1)


def test_expected_loss(price_only: LossDistribution) -> None:
    got = price_only.expected_loss()
    assert abs(got.value - 1e6 * PRICE * SHARE * (MULTIPLE - 1)) < 3.5 * got.standard_error


@pytest.mark.parametrize("level", [0.95, 0.99, 0.999])
def test_value_at_risk_and_shortfall(price_only: LossDistribution, level: float) -> None:
    var, shortfall = price_only.var(level), price_only.shortfall(level)
    assert abs(var.value - exact_var(level)) < 3.5 * var.standard_error
    assert abs(shortfall.value - exact_shortfall(level)) < 3.5 * shortfall.standard_error
    assert var.standard_error < 0.1 * var.value


def test_the_stated_error_is_the_error(bank: BankFigures, shelf: Library) -> None:
    """Over many seeds the figures scatter as their standard errors say."""
    frame = pd.DataFrame({"model_id": ["A"], "energy_kwh": [1e6], "carbon_kg": [3e5]})
    scenario = scenario_of("s", "s", [one(Driver.ENERGY_PRICE, MULTIPLE)])
    standardised = []
    for seed in range(60):
        got = stress_test(
            frame,
            scenario,
            bank,
            Dependence(spread={"energy_price": SIGMA}),
            shelf,
            StressSettings(first_year=2027, years=1, paths=2000, seed=seed, workers=1),
        ).before
        for estimate, exact in (
            (got.var(0.99), exact_var(0.99)),
            (got.shortfall(0.99), exact_shortfall(0.99)),
        ):
            standardised.append((estimate.value - exact) / estimate.standard_error)
    assert 0.75 < float(np.std(standardised)) < 1.3
    assert abs(float(np.mean(standardised))) < 0.35


def test_correlated_products_have_the_mean_of_the_copula(bank: BankFigures, shelf: Library) -> None:
    """E[grid × carbon price] = exp(ρ σ₁ σ₂) under the Gaussian copula of two lognormals."""
    frame = pd.DataFrame({"model_id": ["A"], "energy_kwh": [1e6], "carbon_kg": [3e5]})
    rho, s1, s2 = -0.6, 0.3, 0.5
    got = stress_test(
        frame,
        scenario_of("s", "s", [one(Driver.CARBON_PRICE, 200.0)]),
        bank,
        Dependence(
            spread={"grid_intensity": s1, "carbon_price": s2},
            correlations=(Correlation(between=("grid_intensity", "carbon_price"), value=rho),),
        ),
        shelf,
        StressSettings(first_year=2027, years=1, paths=PATHS, seed=3),
    ).before.expected_loss()
    exact = 3e5 * 0.8 * (200.0 * math.exp(rho * s1 * s2) - 50.0) / 1000.0
    assert abs(got.value - exact) < 3.5 * got.standard_error


def test_own_volume_and_measurement_keep_their_mean(bank: BankFigures, shelf: Library) -> None:
    frame = pd.DataFrame(
        {
            "model_id": [f"m{i}" for i in range(40)],
            "energy_kwh": 1e5,
            "carbon_kg": 3e4,
            "energy_low_kwh": 6e4,
            "energy_high_kwh": 1e5 / 0.6,
        }
    )
    got = stress_test(
        frame,
        scenario_of("s", "s", [one(Driver.VOLUME, 1.0)]),
        bank,
        Dependence(own_volume=0.3, common_measurement=0.3),
        shelf,
        StressSettings(first_year=2027, years=4, paths=8000, seed=5),
    ).before.expected_loss()
    assert abs(got.value) < 3.5 * got.standard_error


def test_euler_shares_of_a_proportional_portfolio(bank: BankFigures, shelf: Library) -> None:
    """With one common price the shares of the shortfall are the shares of energy, exactly."""
    energy = np.array([1e5, 3e5, 6e5])
    frame = pd.DataFrame({"model_id": list("abc"), "energy_kwh": energy, "carbon_kg": energy * 0.3})
    got = stress_test(
        frame,
        scenario_of("s", "s", [one(Driver.ENERGY_PRICE, MULTIPLE)]),
        bank,
        Dependence(spread={"energy_price": SIGMA}),
        shelf,
        StressSettings(first_year=2027, years=1, paths=4000, seed=2),
    ).before
    shares = got.tail.sum(axis=1)
    assert shares / shares.sum() == pytest.approx(energy / energy.sum(), rel=1e-4)
    assert shares.sum() == pytest.approx(got.shortfall().value, rel=1e-5)
