"""Month by month: the portfolio under “do nothing”, a plan, and later the actuals beside them.

Carbon of month t is Σ_m base_m/12 · (1 + g_m)^(t/12) · (1 + d)^(t/12) − savings in force, scaled
alike, with g_m the growth of a model's calls, d the yearly change of the grid's intensity, and
savings in force after the lead time of the change. Growth, grid and savings are drawn: one common
growth and grid per draw (they hit all models alike), and each option's saving from its interval.

The difference of actual and plan is split exactly (logarithmic mean Divisia index, Ang 2005):
carbon = volume · energy per call · intensity, and the three parts add up to the difference.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from advisor.portfolio.errors import PortfolioError
from advisor.quantities import Z95
from advisor.sentences import sentence


class SimulationSettings(BaseModel):
    """Operating schedule and growth over the years."""

    model_config = ConfigDict(frozen=True)

    months: int = Field(default=36, ge=1, le=360)
    growth_per_year: float = Field(default=0.10, gt=-1)
    growth_std: float = Field(default=0.05, ge=0)
    grid_change_per_year: float = Field(default=-0.02, gt=-1)
    grid_change_std: float = Field(default=0.01, ge=0)
    start_month: int = Field(default=0, ge=0)
    """Month in which the first change is made."""
    changes_per_month: float = Field(default=10.0, gt=0)
    """How many options of the plan can be put in force in a month, the largest saving first."""
    draws: int = Field(default=400, ge=50)
    seed: int = 20261124


def simulate(
    footprint: pd.DataFrame,
    chosen: pd.DataFrame | None = None,
    settings: SimulationSettings | None = None,
) -> pd.DataFrame:
    """kgCO2e by month; `chosen` are the options of a plan (None: do nothing).

    Columns: month (0 …), carbon_kg, carbon_kg_low, carbon_kg_high, in_force (options by then).
    """
    settings = settings or SimulationSettings()
    rng = np.random.default_rng(settings.seed)
    known = footprint[footprint["carbon_kg_location"].notna()]
    base = float(known["carbon_kg_location"].sum())
    month = np.arange(settings.months)
    growth = settings.growth_per_year + settings.growth_std * np.append(
        0.0, rng.standard_normal(settings.draws)
    )
    change = settings.grid_change_per_year + settings.grid_change_std * np.append(
        0.0, rng.standard_normal(settings.draws)
    )
    years = (month + 0.5) / 12
    factor = (np.maximum(1 + growth, 0.0)[:, None] * np.maximum(1 + change, 0.0)[:, None]) ** years
    values = known["carbon_kg_location"].to_numpy(float)
    own = values * np.sqrt(known[["rv_energy", "rv_volume"]].sum(axis=1).to_numpy(float))
    level = 1 + np.append(0.0, rng.standard_normal(settings.draws)) * (
        float(np.sqrt((own**2).sum())) / base if base else 0.0
    )
    saved, in_force = _savings(chosen, month, settings, rng)
    carbon = (base * level[:, None] - saved) / 12 * factor
    return pd.DataFrame(
        {
            "month": month,
            "carbon_kg": carbon[0],
            "carbon_kg_low": np.minimum(np.quantile(carbon[1:], 0.025, axis=0), carbon[0]),
            "carbon_kg_high": np.maximum(np.quantile(carbon[1:], 0.975, axis=0), carbon[0]),
            "in_force": in_force,
        }
    )


def _savings(
    chosen: pd.DataFrame | None,
    month: np.ndarray,
    settings: SimulationSettings,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Yearly saving in force by draw (first row: the expectation) and month; how many options."""
    shape = (settings.draws + 1, len(month))
    if chosen is None or chosen.empty:
        return np.zeros(shape), np.zeros(len(month), int)
    order = chosen.sort_values("saved_kg", ascending=False)
    done = np.floor((month - settings.start_month) * settings.changes_per_month)
    in_force = np.clip(done, 0, len(order)).astype(int)
    mean = order["saved_kg"].to_numpy(float)
    sigma = (order["saved_high_kg"] - order["saved_low_kg"]).to_numpy(float) / (2 * Z95)
    expected = np.append(0.0, np.cumsum(mean))[in_force]
    variance = np.append(0.0, np.cumsum(sigma**2))[in_force]
    noise = np.append(0.0, rng.standard_normal(settings.draws))
    return expected + noise[:, None] * np.sqrt(variance), in_force


class Difference(BaseModel):
    """Actual less plan in kgCO2e, and its parts; they add up."""

    model_config = ConfigDict(frozen=True)

    total_kg: float
    volume_kg: float
    efficiency_kg: float
    """From joules per call."""
    intensity_kg: float
    """From the grid."""


def explain_difference(plan: pd.DataFrame, actual: pd.DataFrame) -> Difference:
    """Why the actual differs, model by model; both tables: id, calls, kwh_per_call, g_per_kwh.

    Models in one table only count as volume. Raises `PortfolioError` for figures that are not
    positive where the other table has the model.
    """
    both = plan.merge(actual, on="id", how="outer", suffixes=("_p", "_a"))
    before = (both["calls_p"] * both["kwh_per_call_p"] * both["g_per_kwh_p"] / 1000).fillna(0.0)
    after = (both["calls_a"] * both["kwh_per_call_a"] * both["g_per_kwh_a"] / 1000).fillna(0.0)
    parts = {"calls": 0.0, "kwh_per_call": 0.0, "g_per_kwh": 0.0}
    for i in range(len(both)):
        p, a = float(before.iloc[i]), float(after.iloc[i])
        if p <= 0 or a <= 0:
            if min(p, a) < 0:
                raise PortfolioError(
                    sentence("{model} has a negative figure; correct it.", model=both["id"].iloc[i])
                )
            parts["calls"] += a - p
            continue
        mean = p if math.isclose(a, p, rel_tol=1e-12) else (a - p) / math.log(a / p)
        for name in parts:
            parts[name] += mean * math.log(both[f"{name}_a"].iloc[i] / both[f"{name}_p"].iloc[i])
    return Difference(
        total_kg=float((after - before).sum()),
        volume_kg=parts["calls"],
        efficiency_kg=parts["kwh_per_call"],
        intensity_kg=parts["g_per_kwh"],
    )
