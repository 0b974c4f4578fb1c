"""Money of one year and currency into another: openly, or not at all.

A published price such as `US$2010/t CO2` is inflated *in its own currency* to the bank's price year
with a price index, then exchanged at the price year's rate. Where the year or the currency is not
in `profiles/scenarios/deflators.csv` (or the user's own), nothing is converted and the label says
so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from advisor.profiles import layered_rows
from advisor.risk.errors import RiskError
from advisor.sentences import Sentence, sentence

_UNIT = re.compile(r"^(?P<currency>US\$|USD|EUR|€|JPY|¥)(?P<year>\d{4})?/")
_CODES = {"US$": "USD", "€": "EUR", "¥": "JPY"}


class DeflatorRow(BaseModel):
    """A price index or an exchange rate (units per USD) of one year."""

    kind: str
    currency: str
    year: int
    value: float


@dataclass(frozen=True)
class Conversion:
    """A factor, and the words that go with every figure it touched."""

    factor: float
    label: Sentence


def conversion(
    unit: str, currency: str, price_year: int, exchange: dict[str, float] | None = None
) -> Conversion:
    """Factor from a published money unit into the bank's currency and price year.

    `exchange` holds the bank's own rates (units per USD of the price year), over the shipped ones.
    Raises `RiskError` for a unit that is no money, or a currency without a rate.
    """
    found = _UNIT.match(unit)
    if not found:
        raise RiskError(
            sentence(
                "“{unit}” is no money unit such as US$2010/t CO2; correct the pathway.", unit=unit
            )
        )
    source = _CODES.get(found["currency"], found["currency"])
    year = int(found["year"]) if found["year"] else None
    rows = layered_rows(
        "scenarios", "deflators.csv", DeflatorRow, lambda r: f"{r.kind} {r.currency} {r.year}"
    )
    inflation, template, deflator = _inflation(rows, source, year, price_year)
    rates = {**_rates(rows, price_year), **(exchange or {})}
    if source != currency and (source not in rates or currency not in rates):
        lacking = source if source not in rates else currency
        raise RiskError(
            sentence(
                "There is no exchange rate of {currency} in {year}; add it to the bank's figures.",
                currency=lacking,
                year=str(price_year),
            )
        )
    rate = rates[currency] / rates[source] if source != currency else 1.0
    values = {"unit": unit, "currency": currency, "year": str(price_year), "rate": f"{rate:.4g}"}
    return Conversion(inflation * rate, sentence(template, **values, **deflator))


def _inflation(
    rows: Mapping[str, tuple[DeflatorRow, object]], currency: str, year: int | None, into: int
) -> tuple[float, str, dict[str, str]]:
    """The factor, and the words for it: a template and its values."""
    if year is None or year == into:
        return 1.0, "{unit} to {currency}{year}: no deflator needed, exchange {rate}", {}
    start, end = rows.get(f"index {currency} {year}"), rows.get(f"index {currency} {into}")
    if start is None or end is None:
        template = (
            "{unit} to {currency}{year}: not deflated (no {index} price index {start} to {year}), "
            "exchange {rate}"
        )
        return 1.0, template, {"index": currency, "start": str(year)}
    factor = end[0].value / start[0].value
    template = (
        "{unit} to {currency}{year}: {index} price index {start} to {year} ×{factor}, "
        "exchange {rate}"
    )
    return factor, template, {"index": currency, "start": str(year), "factor": f"{factor:.4f}"}


def _rates(rows: Mapping[str, tuple[DeflatorRow, object]], year: int) -> dict[str, float]:
    return {
        row.currency: row.value
        for row, _ in rows.values()
        if row.kind == "exchange" and row.year == year
    }
