from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from advisor.risk.bank import BankFigures
from advisor.risk.library import Library
from advisor.risk.pathways import Driver, Pathway

TODAY = date(2026, 11, 24)


def _pathway(driver: Driver, values: dict[int, float], **more: object) -> Pathway:
    form = (
        "multiplier"
        if driver
        in (Driver.ENERGY_PRICE, Driver.GRID_INTENSITY, Driver.VOLUME, Driver.EMISSION_CAP)
        else "level"
    )
    unit = {
        Driver.CARBON_PRICE: "EUR2024/t CO2",
        Driver.PENALTY: "EUR2024/t CO2",
        Driver.DISCLOSURE_COST: "EUR2024/model/year",
    }.get(driver, "1")
    return Pathway.model_validate(
        {
            "key": driver.value,
            "family": "test",
            "name": driver.value,
            "driver": driver,
            "form": form,
            "timing": "relative",
            "unit": unit,
            "values": values,
            "source": "test",
            **more,
        }
    )


@pytest.fixture
def shelf() -> Library:
    return Library({}, {})


@pytest.fixture
def bank() -> BankFigures:
    return BankFigures(
        name="test",
        currency="EUR",
        price_year=2024,
        power_price_per_kwh={"any": 0.20},
        wholesale_share=0.5,
        carbon_to_power_pass_through=0.8,
        provider_pass_through=0.5,
        internal_carbon_price_per_t=100.0,
        budget_carbon_price_per_t=50.0,
        risk_weighted_assets=1e9,
        cet1_capital=1.4e8,
    )


@pytest.fixture
def three_models() -> pd.DataFrame:
    """The portfolio of the example worked by hand in docs/method/risk.md."""
    return pd.DataFrame(
        {
            "model_id": ["A", "B", "C"],
            "business_line": ["Retail", "Retail", "Markets"],
            "energy_kwh": [100_000.0, 50_000.0, 200_000.0],
            "carbon_kg": [30_000.0, 20_000.0, 20_000.0],
            "scope": [2, 3, 2],
            "tier": [1, 2, 3],
            "outage_cost_per_hour": [1000.0, 200.0, 100.0],
            "feeds": ["", "", "A"],
        }
    )


def _portfolio(models: int, seed: int = 0) -> pd.DataFrame:
    """A portfolio of made-up models, for tests of size and shape."""
    rng = np.random.default_rng(seed)
    energy = rng.lognormal(8, 1.5, models)
    return pd.DataFrame(
        {
            "model_id": [f"m{i}" for i in range(models)],
            "business_line": rng.choice(["Retail", "Markets", "Payments"], models),
            "owner": rng.choice(["Ito", "Weber"], models),
            "energy_kwh": energy,
            "energy_low_kwh": energy * 0.7,
            "energy_high_kwh": energy / 0.7,
            "carbon_kg": energy * 0.3,
            "tier": rng.integers(1, 5, models),
            "scope": rng.choice([2, 3], models),
            "calls_per_year": rng.lognormal(13, 2, models),
            "region": rng.choice(["DE", "JP"], models),
            "next_review": rng.choice(pd.date_range("2026-06-01", "2028-01-01"), models),
            "outage_cost_per_hour": rng.lognormal(4, 1, models),
            "remediation_cost": 5000.0,
        }
    )


@pytest.fixture
def pathway_of() -> Callable[..., Pathway]:
    return _pathway


@pytest.fixture
def portfolio() -> Callable[..., pd.DataFrame]:
    return _portfolio


@pytest.fixture
def today() -> date:
    return TODAY
