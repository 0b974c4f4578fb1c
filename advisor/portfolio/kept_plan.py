"""A plan kept with the portfolio it was made for, so that months later the actuals stand beside it.

What counted when it was kept is frozen in it: each model's calls, energy and carbon, the changes
and when they come into force, growth and grid. The actuals are metered months. The difference is
split exactly by the logarithmic mean Divisia index (Ang 2005), model by model: carbon = calls ·
kWh per call · gCO2e per kWh; what cannot be split since nobody counted calls is a part of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.plan import Budgets, Plan
from advisor.portfolio.simulation import (
    SimulationSettings,
    model_growth,
    months_in_force,
    schedule_saving,
    simulate,
)
from advisor.sentences import sentence

Array = NDArray[np.float64]
METER_HALF_WIDTH = 0.02
"""Relative, 95 %: meters of class 1 to 2."""


class KeptModel(BaseModel):
    """A model as it stood when the plan was kept; what the plan makes of it, and from when."""

    model_config = ConfigDict(frozen=True)

    id: str
    calls_per_year: float | None
    energy_kwh: float
    carbon_kg: float
    growth_per_year: float
    saved_kg: float = 0.0
    energy_saved_kwh: float = 0.0
    from_month: int | None = None
    """Months after the plan's start; None: the plan leaves it alone."""
    scheduled_kg: float = 0.0
    """Saved a year by the operating schedule of reserved capacity."""


class KeptPlan(BaseModel):
    """A plan under a name; the noun that the project keeps."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=1)
    kept_on: date
    start: date
    """First day of the month in which month 0 begins."""
    budgets: Budgets
    settings: SimulationSettings
    options: tuple[str, ...]
    saved_kg: float
    saved_low_kg: float
    saved_high_kg: float
    loss: float
    cost_eur: float
    engineer_days: float
    months: tuple[tuple[float, float, float], ...]
    """kgCO2e of every month under the plan: value, low, high."""
    models: tuple[KeptModel, ...]


def keep_plan(
    name: str,
    plan: Plan,
    footprint: pd.DataFrame,
    on: date,
    settings: SimulationSettings | None = None,
) -> KeptPlan:
    """The plan with what it was made from. Raises `PortfolioError` for a plan that does not fit."""
    if not plan.feasible:
        raise PortfolioError(sentence("There is no plan within these limits; relax one first."))
    if not name.strip():
        raise PortfolioError(sentence("Give the plan a name."))
    settings = settings or SimulationSettings()
    known = footprint[footprint["carbon_kg_location"].notna()]
    lines = simulate(footprint, plan.chosen, settings)
    changes = plan.chosen.assign(begins=months_in_force(plan.chosen, settings)).set_index("id")
    saved = known["id"].map(changes["saved_kg"]).fillna(0.0)
    energy = known["id"].map(changes["energy_saved_kwh"]).fillna(0.0)
    begins = known["id"].map(changes["begins"])
    columns = zip(
        known["id"],
        known["calls_per_year"],
        known["energy_kwh"],
        known["carbon_kg_location"],
        model_growth(known, settings),
        saved,
        energy,
        begins,
        schedule_saving(known, plan.chosen, settings),
        strict=True,
    )
    return KeptPlan(
        name=name.strip(),
        kept_on=on,
        start=on.replace(day=1),
        budgets=plan.budgets,
        settings=settings,
        options=tuple(plan.chosen["option"]),
        saved_kg=plan.saved_kg,
        saved_low_kg=plan.saved_low_kg,
        saved_high_kg=plan.saved_high_kg,
        loss=plan.loss,
        cost_eur=plan.cost_eur,
        engineer_days=plan.engineer_days,
        months=tuple(
            lines[["carbon_kg", "carbon_kg_low", "carbon_kg_high"]].itertuples(
                index=False, name=None
            )
        ),
        models=tuple(
            KeptModel(
                id=str(i),
                calls_per_year=None if pd.isna(calls) else float(calls),
                energy_kwh=float(kwh),
                carbon_kg=float(kg),
                growth_per_year=float(growth),
                saved_kg=float(less),
                energy_saved_kwh=float(less_kwh),
                from_month=None if pd.isna(begin) else int(begin),
                scheduled_kg=float(scheduled),
            )
            for i, calls, kwh, kg, growth, less, less_kwh, begin, scheduled in columns
        ),
    )


def planned_month(kept: KeptPlan, month: int) -> pd.DataFrame:
    """The plan for one month, a row a model: id, calls, energy_kwh, carbon_kg."""
    models = pd.DataFrame([m.model_dump() for m in kept.models])
    years = (month + 0.5) / 12
    grown = (1 + models["growth_per_year"]) ** years / 12
    on = (models["from_month"].astype(float) <= month).to_numpy(float)
    begun = float(month >= kept.settings.start_month)
    grid = (1 + kept.settings.grid_change_per_year) ** years
    scheduled = models["scheduled_kg"] * begun
    per_kg = models["energy_kwh"] / models["carbon_kg"].where(models["carbon_kg"] > 0)
    return pd.DataFrame(
        {
            "id": models["id"],
            "calls": models["calls_per_year"].astype(float) * grown,
            "energy_kwh": (
                models["energy_kwh"]
                - on * models["energy_saved_kwh"]
                - (scheduled * per_kg).fillna(0.0)
            ).clip(lower=0.0)
            * grown,
            "carbon_kg": (models["carbon_kg"] - on * models["saved_kg"] - scheduled) * grown * grid,
        }
    )


class Beside(BaseModel):
    """A month's actual beside the plan, over the models that were metered; kgCO2e."""

    model_config = ConfigDict(frozen=True)

    month: date
    metered: int
    share: float
    """Of the plan's carbon of that month that the metered models make up."""
    planned_kg: float
    planned_low_kg: float
    planned_high_kg: float
    actual_kg: float
    difference: Difference

    @property
    def distinguishable(self) -> bool:
        """Whether the actual lies outside the plan's interval, the meter's own width given in."""
        reach = METER_HALF_WIDTH * self.actual_kg
        return not self.planned_low_kg - reach <= self.actual_kg <= self.planned_high_kg + reach


def beside(kept: KeptPlan, metered: pd.DataFrame, grids: dict[str, float]) -> list[Beside]:
    """Each metered month beside the plan; `grids` are gCO2e/kWh by model id.

    `metered` as `advisor.portfolio.metered.metered_frame`. Months outside the plan are left out.
    """
    found: list[Beside] = []
    for month, rows in metered.groupby("month", sort=True):
        day = pd.Timestamp(str(month)).date()
        number = (day.year - kept.start.year) * 12 + day.month - kept.start.month
        if not 0 <= number < len(kept.months):
            continue
        plan = planned_month(kept, number)
        both = set(rows["id"]) & set(plan["id"]) & set(grids)
        mine = plan[plan["id"].isin(both)]
        whole, low, high = kept.months[number]
        planned = float(mine["carbon_kg"].sum())
        actual = rows[rows["id"].isin(both)].assign(g_per_kwh=rows["id"].map(grids))
        carbon = actual["energy_kwh"] * actual["g_per_kwh"] / 1000
        found.append(
            Beside(
                month=day,
                metered=len(both),
                share=planned / whole if whole else 0.0,
                planned_kg=planned,
                planned_low_kg=planned * low / whole if whole else 0.0,
                planned_high_kg=planned * high / whole if whole else 0.0,
                actual_kg=float(carbon.sum()),
                difference=explain_difference(_per_call(mine), _per_call(actual)),
            )
        )
    return found


def grids_of(footprint: pd.DataFrame) -> dict[str, float]:
    """gCO2e/kWh by model id, where known."""
    known = footprint[footprint["grid_g_per_kwh"].notna()]
    return dict(zip(known["id"].astype(str), known["grid_g_per_kwh"].astype(float), strict=True))


def _per_call(table: pd.DataFrame) -> pd.DataFrame:
    carbon: Any = table.get("carbon_kg")
    g = table["g_per_kwh"] if carbon is None else carbon * 1000 / table["energy_kwh"]
    return pd.DataFrame(
        {
            "id": table["id"],
            "calls": table["calls"],
            "kwh_per_call": table["energy_kwh"] / table["calls"].where(table["calls"] > 0),
            "g_per_kwh": g,
            "kg": table["energy_kwh"] * g.fillna(0.0) / 1000,
        }
    )


class Difference(BaseModel):
    """Actual less plan in kgCO2e, and its parts; they add up."""

    model_config = ConfigDict(frozen=True)

    total_kg: float
    volume_kg: float
    """From the number of calls, and from models that only one side has running."""
    efficiency_kg: float
    """From kWh per call."""
    intensity_kg: float
    """From the grid."""
    unsplit_kg: float = 0.0
    """Of models whose calls nobody counted."""


def explain_difference(plan: pd.DataFrame, actual: pd.DataFrame) -> Difference:
    """Why the actual differs, model by model; tables: id, calls, kwh_per_call, g_per_kwh.

    A column `kg` gives the carbon where calls are unknown. Raises `PortfolioError` for negative
    figures.
    """
    both = _carbon(plan).merge(_carbon(actual), on="id", how="outer", suffixes=("_p", "_a"))
    p, a = (both[f"kg_{side}"].fillna(0.0).to_numpy(float) for side in "pa")
    negative = np.flatnonzero(np.minimum(p, a) < 0)
    if len(negative):
        model = str(both["id"].iloc[int(negative[0])])
        raise PortfolioError(sentence("{model} has a negative figure; correct it.", model=model))
    names = ("calls", "kwh_per_call", "g_per_kwh")
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = [
            np.log(both[f"{n}_a"].to_numpy(float) / both[f"{n}_p"].to_numpy(float)) for n in names
        ]
        mean = np.where(np.isclose(a, p, rtol=1e-12, atol=0), p, (a - p) / np.log(a / p))
    both_run = (p > 0) & (a > 0)
    split = both_run & np.isfinite(np.sum(logs, axis=0))
    parts = [float((mean * log)[split].sum()) for log in logs]
    return Difference(
        total_kg=float((a - p).sum()),
        volume_kg=parts[0] + float((a - p)[~both_run].sum()),
        efficiency_kg=parts[1],
        intensity_kg=parts[2],
        unsplit_kg=float((a - p)[both_run & ~split].sum()),
    )


def _carbon(table: pd.DataFrame) -> pd.DataFrame:
    kg = table["calls"] * table["kwh_per_call"] * table["g_per_kwh"] / 1000
    return table.assign(kg=kg.fillna(table["kg"]) if "kg" in table else kg)


def shared_changes(a: Sequence[str], b: Sequence[str]) -> tuple[int, int, int]:
    """How many options two plans share, and how many only the first, only the second has."""
    first, second = set(a), set(b)
    return len(first & second), len(first - second), len(second - first)
