"""Exposures: the table of models that every calculation of this room starts from.

One row a model. Required columns:

====================  =====================================================================
`model_id`            identity, unique
`energy_kwh`          kWh per year at the meter of the site (PUE included), ≥ 0
`carbon_kg`           kgCO2e per year from that energy, location-based, ≥ 0
====================  =====================================================================

Optional columns, empty where unknown (never zero):

==========================  ===============================================================
`name` `owner` `business_line` `vendor` `region` `kind` `stage`    words
`tier`                      1 (most material) … 4
`energy_low_kwh` `energy_high_kwh`   95 % interval of `energy_kwh`
`carbon_market_kg`          market-based
`provenance`                `measured`, `imported`, `declared`, `estimated`, `predicted`
`scope`                     2 (own machines) or 3 (cloud, bought as a service)
`calls_per_year`            decisions per year
`carbon_kg_last_year`       the same figure a year ago, for growth
`planned_growth`            planned relative growth of volume per year (0.05 = 5 %)
`power_price_per_kwh`       money per kWh where it differs from the region's
`marginal_kg_per_kwh`       emissions of the price-setting plant; default is the average
`outage_cost_per_hour`      money lost in an hour in which the model stands still
`remediation_cost`          money to bring the model below an efficiency floor
`validated` `next_review`   dates
`fallback`                  id, `rule` or `human`
`feeds`                     tuple, list or `;`-separated ids of models that consume its output
==========================  ===============================================================

`checked_exposures` is the only door in: after it the columns exist, have their types, and ids are
unique.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.quantities import Z95, Provenance
from advisor.risk.errors import RiskError
from advisor.sentences import sentence

REQUIRED = ("model_id", "energy_kwh", "carbon_kg")
NUMBERS = (
    "energy_kwh",
    "carbon_kg",
    "tier",
    "energy_low_kwh",
    "energy_high_kwh",
    "carbon_market_kg",
    "scope",
    "calls_per_year",
    "carbon_kg_last_year",
    "planned_growth",
    "power_price_per_kwh",
    "marginal_kg_per_kwh",
    "outage_cost_per_hour",
    "remediation_cost",
)
DATES = ("validated", "next_review")
WORDS = ("name", "owner", "business_line", "vendor", "region", "kind", "stage", "fallback")
UNASSIGNED = "(no business line)"


def checked_exposures(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy with every column of this module, its type, and a fresh index. Raises `RiskError`."""
    lacking = [name for name in REQUIRED if name not in frame.columns]
    if lacking:
        raise RiskError(sentence("The table lacks the column {name}; add it.", name=lacking[0]))
    if frame.empty:
        raise RiskError(sentence("The table is empty; add at least one model."))
    table = frame.reset_index(drop=True).copy()
    ids = table["model_id"].astype(str)
    if ids.duplicated().any():
        raise RiskError(
            sentence("{key} stands there twice; keep one.", key=ids[ids.duplicated()].iloc[0])
        )
    table["model_id"] = ids
    for name in NUMBERS:
        table[name] = _numbers(table, name, ids)
    for name in ("energy_kwh", "carbon_kg", "calls_per_year", "outage_cost_per_hour"):
        if (table[name] < 0).any():
            raise RiskError(
                sentence(
                    "{name} of {model} is negative; correct it or leave it out.",
                    name=name,
                    model=ids[table[name] < 0].iloc[0],
                )
            )
    for name in ("energy_kwh", "carbon_kg"):
        if table[name].isna().any():
            missing = ids[table[name].isna()]
            raise RiskError(
                sentence(
                    "{name} of {model} is unknown ({count} in all); predict it, or take these "
                    "models out.",
                    name=name,
                    model=missing.iloc[0],
                    count=len(missing),
                )
            )
    if (~table["scope"].isin([2.0, 3.0]) & table["scope"].notna()).any():
        raise RiskError(sentence("scope is 2 (own machines) or 3 (cloud); correct the column."))
    for name in DATES:
        given = table[name] if name in table else pd.Series(pd.NaT, index=table.index)
        table[name] = pd.to_datetime(given, errors="coerce")
    for name in WORDS:
        given = table[name] if name in table else pd.Series(None, index=table.index, dtype=object)
        table[name] = given.astype(object).where(given.notna(), None)
    table["business_line"] = table["business_line"].fillna(UNASSIGNED)
    table["provenance"] = _provenances(table)
    feeds = table["feeds"] if "feeds" in table else pd.Series([()] * len(table), index=table.index)
    table["feeds"] = [_ids(value) for value in feeds]
    return table


def read_exposures(path: Path) -> pd.DataFrame:
    """Exposures from a CSV or Parquet file with the columns of this module. Raises `RiskError`."""
    try:
        if path.suffix == ".parquet":
            return checked_exposures(pd.read_parquet(path))
        return checked_exposures(pd.read_csv(path, comment="#"))
    except FileNotFoundError as error:
        raise RiskError(
            sentence("There is no file {file}; check the name.", file=str(path))
        ) from error
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise RiskError(
            sentence(
                "{file} cannot be read as a table: {reason}.", file=str(path), reason=str(error)
            )
        ) from error


def log_spread(table: pd.DataFrame) -> NDArray[np.float64]:
    """σ of ln(energy) per model from its 95 % interval; 0 where none is given. Shape (I,)."""
    low, high = table["energy_low_kwh"], table["energy_high_kwh"]
    given = low.notna() & high.notna() & (low > 0) & (high >= low)
    ratio = np.where(given, high / low.where(given, 1.0), 1.0)
    return np.log(ratio.astype(float)) / (2 * Z95)


def overdue(table: pd.DataFrame, as_of: date) -> pd.Series[bool]:
    """True where the next review lies before a day; unknown dates are not overdue but unknown."""
    return table["next_review"].notna() & (table["next_review"] < pd.Timestamp(as_of))


def _numbers(table: pd.DataFrame, name: str, ids: pd.Series[str]) -> pd.Series[float]:
    if name not in table:
        return pd.Series(np.nan, index=table.index, dtype=float)
    numbers = pd.to_numeric(table[name], errors="coerce").astype(float)
    wrong = numbers.isna() & table[name].notna() & (table[name].astype(str).str.strip() != "")
    if wrong.any():
        raise RiskError(
            sentence(
                "{where} is “{text}”, not a number; correct it.",
                where=f"{name}, {ids[wrong].iloc[0]}",
                text=str(table[name][wrong].iloc[0]),
            )
        )
    return numbers.replace([np.inf, -np.inf], np.nan)


def _provenances(table: pd.DataFrame) -> pd.Series[str]:
    if "provenance" not in table:
        return pd.Series(Provenance.ESTIMATED.value, index=table.index)
    words = table["provenance"].fillna(Provenance.ESTIMATED.value).astype(str).str.lower()
    unknown = ~words.isin([p.value for p in Provenance])
    if unknown.any():
        raise RiskError(
            sentence(
                "{where} is “{value}”; use one of {choices}.",
                where="provenance",
                value=words[unknown].iloc[0],
                choices=", ".join(p.value for p in Provenance),
            )
        )
    return words


def _ids(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(";") if part.strip())
    if isinstance(value, Iterable):
        return tuple(str(part) for part in value)
    return ()
