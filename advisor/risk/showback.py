"""Internal carbon price and showback: what each business line's AI costs, month by month.

Cost of a month = kWh × power price (the share that reaches the bank) + tCO2e × internal carbon
price. Where only a year is known it is spread by the days of each month, and the rows say so.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from advisor.risk.bank import BankFigures
from advisor.risk.errors import RiskError
from advisor.risk.exposures import checked_exposures
from advisor.sentences import sentence

APPORTIONED = "year spread by days"
METERED = "month as given"
_COSTS = ["energy_kwh", "carbon_kg", "energy_cost", "carbon_cost", "cost"]
_KEYS = ["business_line", "owner", "month"]


def monthly_exposures(exposures: pd.DataFrame, year: int) -> pd.DataFrame:
    """A year's exposures spread over its months by their days. A row per model and month.

    Columns: `model_id`, `business_line`, `owner`, `month` (period), `energy_kwh`, `carbon_kg`,
    `region`, `scope`, `power_price_per_kwh`, `basis`.
    """
    table = checked_exposures(exposures)
    days = np.array([monthrange(year, month)[1] for month in range(1, 13)], dtype=float)
    shares = days / days.sum()
    columns = ["model_id", "business_line", "owner", "region", "scope", "power_price_per_kwh"]
    spread = table[columns].loc[table.index.repeat(12)].reset_index(drop=True)
    spread["month"] = np.tile(pd.period_range(f"{year}-01", periods=12, freq="M"), len(table))
    for name in ("energy_kwh", "carbon_kg"):
        spread[name] = np.outer(table[name], shares).ravel()
    spread["basis"] = APPORTIONED
    return spread


def read_months(path: Path) -> pd.DataFrame:
    """Metered months from a CSV or Parquet file, for `with_metered`. Raises `RiskError`."""
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(path, comment="#")
    except (OSError, ValueError) as error:
        raise RiskError(
            sentence(
                "{file} cannot be read as a table: {reason}.", file=str(path), reason=str(error)
            )
        ) from error


@dataclass(frozen=True)
class ShowbackYear:
    """A year of showback from three sides."""

    year: int
    months: pd.DataFrame
    """Cost by business line and month."""
    teams: pd.DataFrame
    """The year by business line and owner, the dearest first."""
    saved: pd.DataFrame
    """What a plan saves, by business line and owner, beside what was saved since last year."""
    basis: tuple[str, ...]
    """Whether months are metered or a year spread over them."""


def showback_year(
    exposures: pd.DataFrame,
    after: pd.DataFrame,
    bank: BankFigures,
    year: int,
    metered: pd.DataFrame | None = None,
) -> ShowbackYear:
    """A year's cost by month and by team, and what the plan `after` saves. Raises `RiskError`."""
    planned = monthly_exposures(exposures, year)
    cost = showback(planned if metered is None else with_metered(planned, metered), bank)
    by = ["business_line", "owner"]
    teams = cost.groupby(by, as_index=False)
    per_team = teams[_COSTS].sum().merge(teams["models"].max(), on=by)
    before = against_last_year(exposures).drop(columns="models")
    before = before.rename(columns={"carbon_saved_kg": "since_last_year_kg"})
    saved = incentives(planned, monthly_exposures(after, year), bank)
    return ShowbackYear(
        year=year,
        months=cost.groupby(["business_line", "month"], as_index=False)[_COSTS].sum(),
        teams=per_team.sort_values("cost", ascending=False, ignore_index=True),
        saved=saved.merge(before, on=by, how="left"),
        basis=tuple(sorted(set(cost["basis"]))),
    )


def with_metered(months: pd.DataFrame, metered: pd.DataFrame) -> pd.DataFrame:
    """Months of `monthly_exposures` with metered ones in their place.

    `metered` has `model_id`, `month` (YYYY-MM), `energy_kwh`, and `carbon_kg` or none; without it
    the model's own kg per kWh is applied. Raises `RiskError` for unknown models or columns.
    """
    for name in ("model_id", "month", "energy_kwh"):
        if name not in metered.columns:
            raise RiskError(sentence("The table lacks the column {name}; add it.", name=name))
    given = metered.assign(model_id=metered["model_id"].astype(str))
    try:
        given["month"] = pd.PeriodIndex(given["month"].astype(str), freq="M")
    except ValueError as error:
        raise RiskError(
            sentence("A month of the table cannot be read; write it as 2026-11.")
        ) from error
    given["energy_kwh"] = pd.to_numeric(given["energy_kwh"], errors="coerce")
    if given["energy_kwh"].isna().any() or (given["energy_kwh"] < 0).any():
        raise RiskError(sentence("A metered month has no energy that is a number above zero."))
    unknown = sorted(set(given["model_id"]) - set(months["model_id"]))
    if unknown:
        raise RiskError(
            sentence("The meters name {model}, which is not in the inventory.", model=unknown[0])
        )
    keys = ["model_id", "month"]
    energy = given.groupby(keys)["energy_kwh"].sum()
    table = months.set_index(keys)
    per_kwh = (table["carbon_kg"] / table["energy_kwh"].where(table["energy_kwh"] > 0)).fillna(0.0)
    found = table.index.intersection(energy.index)
    carbon = energy[found] * per_kwh[found]
    if "carbon_kg" in given:
        stated = given.assign(carbon_kg=pd.to_numeric(given["carbon_kg"], errors="coerce"))
        carbon = stated.groupby(keys)["carbon_kg"].sum(min_count=1).reindex(found).fillna(carbon)
    table.loc[found, "energy_kwh"] = energy[found]
    table.loc[found, "carbon_kg"] = carbon
    table.loc[found, "basis"] = METERED
    return table.reset_index()[list(months.columns)]


def against_last_year(exposures: pd.DataFrame) -> pd.DataFrame:
    """Who saved what in a year, where last year's footprint is known: by business line and owner.

    Columns: `business_line`, `owner`, `models`, `carbon_saved_kg` (negative: more than last year).
    """
    table = checked_exposures(exposures)
    known = table[table["carbon_kg_last_year"].notna()].assign(owner=table["owner"].fillna(""))
    known = known.assign(carbon_saved_kg=known["carbon_kg_last_year"] - known["carbon_kg"])
    grouped = known.groupby(["business_line", "owner"])
    made = grouped["carbon_saved_kg"].sum().to_frame()
    made.insert(0, "models", grouped["model_id"].nunique())
    return made.sort_values("carbon_saved_kg", ascending=False).reset_index()


def showback(months: pd.DataFrame, bank: BankFigures) -> pd.DataFrame:
    """Cost by business line, owner and month.

    `months` has a row per model and month as `monthly_exposures` makes it, or metered months with
    the same columns (`basis` may be missing then). Columns of the result: `business_line`, `owner`,
    `month`, `models`, `energy_kwh`, `carbon_kg`, `energy_cost`, `carbon_cost`, `cost`, `basis`.
    Raises `RiskError`.
    """
    for name in ("model_id", "month", "energy_kwh", "carbon_kg", "business_line"):
        if name not in months.columns:
            raise RiskError(sentence("The table lacks the column {name}; add it.", name=name))
    table = months.copy()
    for name in ("owner", "region", "power_price_per_kwh", "scope"):
        if name not in table:
            table[name] = None
    table["power_price_per_kwh"] = table["power_price_per_kwh"].astype(float)
    table["owner"] = table["owner"].fillna("")
    table["basis"] = table.get("basis", METERED)
    cloud = table["scope"].astype(float) == 3.0
    share = np.where(cloud, bank.provider_pass_through, 1.0)
    table["energy_cost"] = table["energy_kwh"] * share * bank.power_prices(table)
    table["carbon_cost"] = table["carbon_kg"] / 1000.0 * bank.internal_carbon_price_per_t
    table["cost"] = table["energy_cost"] + table["carbon_cost"]
    grouped = table.groupby(_KEYS, sort=True)
    summed = grouped[["energy_kwh", "carbon_kg", "energy_cost", "carbon_cost", "cost"]].sum()
    summed.insert(0, "models", grouped["model_id"].nunique())
    summed["basis"] = grouped["basis"].agg(lambda values: ", ".join(sorted(set(values))))
    return summed.reset_index()


def incentives(before: pd.DataFrame, after: pd.DataFrame, bank: BankFigures) -> pd.DataFrame:
    """Who saved what: two showbacks of the same months compared, by business line and owner.

    `before` and `after` are tables of months. The largest saving comes first; a negative saving is
    an increase and stays in the table. Columns: `business_line`, `owner`, `energy_saved_kwh`,
    `carbon_saved_kg`, `money_saved`, `share_of_saving` (of all savings; empty for increases).
    """
    old, new = showback(before, bank), showback(after, bank)
    months = set(old["month"]) ^ set(new["month"])
    if months:
        raise RiskError(
            sentence(
                "The two tables do not cover the same months ({month} is in one only).",
                month=str(min(months)),
            )
        )
    names = ["energy_kwh", "carbon_kg", "cost"]
    by = ["business_line", "owner"]
    saved = old.groupby(by)[names].sum().sub(new.groupby(by)[names].sum(), fill_value=0.0)
    saved.columns = ["energy_saved_kwh", "carbon_saved_kg", "money_saved"]
    gains = saved["carbon_saved_kg"].where(saved["carbon_saved_kg"] > 0)
    saved["share_of_saving"] = gains / gains.sum() if gains.sum() > 0 else np.nan
    return saved.sort_values("carbon_saved_kg", ascending=False).reset_index()
