"""Month by month: the portfolio under “do nothing” and under a plan.

    carbon(t) = [Σ_m base_m · G_m(t) − Σ_o saved_o · G_m(t)] / 12 · (1 + d)^(t/12)
    G_m(t)    = (1 + g_m)^(t/12)

with g_m the planned growth of a model's calls (or the common one), d the yearly change of the
grid's intensity, and o the options in force by then. Under a plan reserved capacity can be switched
off outside its hours: standing energy then counts for hours/168.

Intervals are drawn: one common deviation of growth, of the grid and of today's level per draw. They
hit all models alike, so that savings rise and fall with the level they are saved from; the other
half of the variance of savings is each option's own, as in the plan.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from advisor.portfolio.totals import column_total
from advisor.quantities import Z95
from advisor.rank.option import OptionKind

Array = NDArray[np.float64]
HOURS_PER_WEEK = 168.0


class SimulationSettings(BaseModel):
    """Growth, grid and operating schedule over the years."""

    model_config = ConfigDict(frozen=True)

    months: int = Field(default=36, ge=1, le=360)
    growth_per_year: float = Field(default=0.10, gt=-1)
    """Of calls, for models whose planned growth nobody stated."""
    growth_std: float = Field(default=0.05, ge=0)
    grid_change_per_year: float = Field(default=-0.02, gt=-1)
    grid_change_std: float = Field(default=0.01, ge=0)
    start_month: int = Field(default=0, ge=0)
    """Month in which the first change is made."""
    changes_per_month: float = Field(default=10.0, gt=0)
    """How many options of the plan can be put in force in a month, the largest saving first."""
    reserved_hours_per_week: float = Field(default=HOURS_PER_WEEK, ge=0, le=HOURS_PER_WEEK)
    """Operating schedule of reserved capacity under a plan; 168 is around the clock."""
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
    month = np.arange(settings.months)
    growth = model_growth(known, settings)
    base = _grown(known["carbon_kg_location"].to_numpy(float), growth, month)
    drift, grid, level = (np.append(0.0, rng.standard_normal(settings.draws)) for _ in range(3))
    saved, noise, in_force = _savings(known, growth, chosen, month, settings, rng)
    years = (month + 0.5) / 12
    common = np.maximum(1 + settings.growth_per_year, 0.01)
    factor = (
        np.maximum(1 + settings.growth_std * drift / common, 0.0)[:, None]
        * np.maximum(1 + settings.grid_change_per_year + settings.grid_change_std * grid, 0.0)[
            :, None
        ]
    ) ** years
    today = np.exp(_log_std(known) * level)[:, None]
    carbon = np.maximum((base - saved) * today + noise, 0.0) / 12 * factor
    return pd.DataFrame(
        {
            "month": month,
            "carbon_kg": carbon[0],
            "carbon_kg_low": np.minimum(np.quantile(carbon[1:], 0.025, axis=0), carbon[0]),
            "carbon_kg_high": np.maximum(np.quantile(carbon[1:], 0.975, axis=0), carbon[0]),
            "in_force": in_force,
        }
    )


def model_growth(footprint: pd.DataFrame, settings: SimulationSettings) -> Array:
    """Growth a year of each model's calls: as planned for it, else the common one."""
    stated = footprint["planned_growth"].to_numpy(float)
    return np.where(np.isfinite(stated), stated, settings.growth_per_year)


def months_in_force(chosen: pd.DataFrame, settings: SimulationSettings) -> Array:
    """Month from which each chosen option counts, in the order of `chosen`."""
    order = np.argsort(-chosen["saved_kg"].to_numpy(float), kind="stable")
    turn = np.empty(len(chosen))
    turn[order] = np.arange(1, len(chosen) + 1)
    return settings.start_month + np.ceil(turn / settings.changes_per_month - 1e-9)


def schedule_saving(
    footprint: pd.DataFrame, chosen: pd.DataFrame, settings: SimulationSettings
) -> Array:
    """kgCO2e a year saved at each model by switching reserved capacity off outside its hours.

    Of what the plan leaves: nothing of a retired model, the share of the cleaner grid of a moved
    one (counted so from the start, which is never too much).
    """
    off = 1 - settings.reserved_hours_per_week / HOURS_PER_WEEK
    standing = footprint["standing_kg"].fillna(0.0)
    whole_kinds = (OptionKind.RETIRE.value, OptionKind.MOVE.value)
    of_whole = chosen[chosen["kind"].isin(whole_kinds)]
    retired = set(of_whole.loc[of_whole["kind"] == OptionKind.RETIRE.value, "id"])
    gone = footprint["id"].map(of_whole.set_index("id")["saved_kg"]).fillna(0.0)
    left = (1 - gone / footprint["carbon_kg_location"]).clip(0.0, 1.0).fillna(1.0)
    left = left.mask(footprint["id"].isin(retired), 0.0)
    return (standing * off * left).to_numpy(float)


def _savings(
    known: pd.DataFrame,
    growth: Array,
    chosen: pd.DataFrame | None,
    month: NDArray[np.int_],
    settings: SimulationSettings,
    rng: np.random.Generator,
) -> tuple[Array, Array, NDArray[np.int_]]:
    """By month: yearly saving in force; its own noise by draw (first row 0); how many options."""
    noise = np.append(0.0, rng.standard_normal(settings.draws))[:, None]
    if chosen is None:
        return np.zeros(len(month)), noise * 0.0, np.zeros(len(month), int)
    scheduled = _grown(schedule_saving(known, chosen, settings), growth, month)
    scheduled = np.where(month >= settings.start_month, scheduled, 0.0)
    by_model = dict(zip(known["id"], growth, strict=True))
    rates = np.array([by_model.get(i, settings.growth_per_year) for i in chosen["id"]], float)
    begins = months_in_force(chosen, settings)
    mean = chosen["saved_kg"].to_numpy(float)
    sigma = (chosen["saved_high_kg"] - chosen["saved_low_kg"]).to_numpy(float) / (2 * Z95)
    expected, spread, in_force = np.zeros(len(month)), np.zeros(len(month)), np.zeros(len(month))
    for place, t in enumerate(month):
        on = begins <= t
        scale = (1 + rates[on]) ** ((t + 0.5) / 12)
        own = sigma[on] * scale
        expected[place] = (mean[on] * scale).sum()
        spread[place] = np.sqrt(0.5 * (own**2).sum())
        in_force[place] = on.sum()
    return expected + scheduled, noise * spread, in_force.astype(int)


def _grown(values: Array, growth: Array, month: NDArray[np.int_]) -> Array:
    """Σ value · (1 + growth)^(t/12) by month; models of one growth are added up first."""
    rates, code = np.unique(growth, return_inverse=True)
    sums = np.bincount(code, weights=values, minlength=len(rates)) if len(rates) else np.zeros(0)
    years = (month + 0.5) / 12
    return (sums[:, None] * (1 + rates)[:, None] ** years).sum(axis=0)


def _log_std(known: pd.DataFrame) -> float:
    """Of the logarithm of today's total, with what all models share."""
    if known.empty:
        return 0.0
    whole = column_total(known, "carbon_kg_location")
    return float(np.log(whole.high / whole.low) / (2 * Z95)) if whole.low > 0 else 0.0
