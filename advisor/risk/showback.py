"""Internal carbon price and showback: what each business line's AI costs, month by month.

Cost of a month = kWh × power price (the share that reaches the bank) + tCO2e × internal carbon
price. Where only a year is known it is spread by the days of each month, and the rows say so.
"""

from __future__ import annotations

from calendar import monthrange

import numpy as np
import pandas as pd

from advisor.risk.bank import BankFigures
from advisor.risk.errors import RiskError
from advisor.risk.exposures import checked_exposures

APPORTIONED = "year spread by days"
METERED = "month as given"
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


def showback(months: pd.DataFrame, bank: BankFigures) -> pd.DataFrame:
    """Cost by business line, owner and month.

    `months` has a row per model and month as `monthly_exposures` makes it, or metered months with
    the same columns (`basis` may be missing then). Columns of the result: `business_line`, `owner`,
    `month`, `models`, `energy_kwh`, `carbon_kg`, `energy_cost`, `carbon_cost`, `cost`, `basis`.
    Raises `RiskError`.
    """
    for name in ("model_id", "month", "energy_kwh", "carbon_kg", "business_line"):
        if name not in months.columns:
            raise RiskError(f"The table of months lacks the column {name}; add it.")
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
            f"The two tables do not cover the same months ({min(months)} is in one only)."
        )
    names = ["energy_kwh", "carbon_kg", "cost"]
    by = ["business_line", "owner"]
    saved = old.groupby(by)[names].sum().sub(new.groupby(by)[names].sum(), fill_value=0.0)
    saved.columns = ["energy_saved_kwh", "carbon_saved_kg", "money_saved"]
    gains = saved["carbon_saved_kg"].where(saved["carbon_saved_kg"] > 0)
    saved["share_of_saving"] = gains / gains.sum() if gains.sum() > 0 else np.nan
    return saved.sort_values("carbon_saved_kg", ascending=False).reset_index()
