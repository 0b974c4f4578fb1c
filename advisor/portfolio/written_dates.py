"""Dates as people write them: ISO, day or month first, in words, by era, as Excel's day numbers.

Whether 3/4/2026 is in March or April is decided for a whole column by its dates that leave no
choice (25/3/2026), else by those of the whole table, else day first, as most of the world writes.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

import pandas as pd

_ERAS = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925}
_ERA = re.compile(
    r"^(令和|平成|昭和|[rhs])\s*(\d{1,2}|元)[年./-]\s*(\d{1,2})[月./-]\s*(\d{1,2})日?$",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"^(\d{4})[年./-]\s*(\d{1,2})[月./-]\s*(\d{1,2})日?(.*)$")
_YEAR_LAST = r"^(\d{1,2})([./-])(\d{1,2})[./-](\d{4}|\d{2})$"
_EXCEL_DAY_0 = date(1899, 12, 30)
_SERIAL = re.compile(r"^[2-7]\d{4}(\.\d+)?$")
"""Excel's number of a day, 1954 to 2119."""


def order(cells: pd.Series) -> tuple[int, int]:
    """How many dates leave no choice but day first, and how many month first."""
    parts = cells.drop_duplicates().astype("string").str.extract(_YEAR_LAST).dropna()
    first, second = parts[0].astype(int), parts[2].astype(int)
    dotted = parts[1] == "."  # with points the day always stands first
    day = int(((first > 12) | dotted).sum())
    return day, int(((second > 12) & ~dotted).sum())


def read_dates(cells: pd.Series, day_first: bool) -> pd.Series:
    """Days (datetime64, NaT where a cell is none) of text cells; None stays NaT.

    A month without a day is its first day; a year alone is no date.
    """
    text = cells.map(lambda v: unicodedata.normalize("NFKC", str(v)).strip(), na_action="ignore")
    known = pd.Series(text.dropna().unique(), dtype="string")
    days_first, months_first = order(known)
    if days_first != months_first:
        day_first = days_first > months_first
    both = bool(days_first and months_first)
    iso = known.map(lambda v: _iso(v, day_first, both)).astype("string")
    days = pd.to_datetime(iso, errors="coerce", format="ISO8601")
    rest = iso.notna() & days.isna() & ~iso.str.match(r"\d{4}-", na=False)
    if rest.any():  # months in words
        days.loc[rest] = pd.to_datetime(iso[rest], errors="coerce", dayfirst=True, format="mixed")
    by_word = dict(zip(known, days.dt.normalize(), strict=True))
    return pd.to_datetime(text.map(by_word))


def either_way(text: str) -> bool:
    """Whether a date can be read with the day or the month first."""
    found = re.match(_YEAR_LAST, text.strip())
    if not found or found.group(2) == ".":
        return False
    first, second = int(found.group(1)), int(found.group(3))
    return first != second and max(first, second) <= 12


def _iso(text: str, day_first: bool, both: bool) -> str | None:
    """The date as ISO 8601; None where it is none; unchanged where it is in words."""
    if found := _YEAR_FIRST.match(text):
        year, month, day, rest = found.groups()
        return f"{year}-{int(month):02d}-{int(day):02d}{rest}"
    if found := _ERA.match(text):
        era, year, month, day = found.groups()
        number = _ERAS[era.casefold()] + (1 if year == "元" else int(year))
        return f"{number}-{int(month):02d}-{int(day):02d}"
    if found := re.match(_YEAR_LAST, text):
        first, mark, second, year = found.groups()
        if both and either_way(text):
            return None  # the column is written both ways
        number = int(year) + (2000 if len(year) == 2 else 0)
        day, month = (first, second) if day_first or mark == "." else (second, first)
        if both and int(month) > 12:
            day, month = month, day
        return f"{number}-{int(month):02d}-{int(day):02d}"
    if _SERIAL.match(text):
        return (_EXCEL_DAY_0 + timedelta(days=int(float(text)))).isoformat()
    if re.fullmatch(r"\d{4}", text):
        return None
    return re.sub(r"^(\d{4})[年/.](\d{1,2})月?$", r"\1-\2", text)
