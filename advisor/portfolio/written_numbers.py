"""Numbers as people write them: decimal comma or point, thousands marks, %, million, 万, units.

Whether “12,500” is twelve and a half or twelve and a half thousand cannot be seen in the cell: it
is decided for a whole column by the cells that leave no choice (“1,5”, “1,000,000”), else by those
of the whole table. A cell that then fits neither way is wrong, never guessed.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import pandas as pd

_SAMPLE = 5000
"""Cells of a column that are looked at for evidence."""
_GAPS = re.compile(r"(?<=\d)[\s'’´`](?=\d{3}(?!\d))")
_SPLIT = re.compile(r"^([-+]?(?:\d[\d.,]*|[.,]\d+)(?:e[-+]?\d+)?)\s*(.*)$", re.IGNORECASE)
_POINT = re.compile(
    r"^[-+]?(?:\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d*)?|\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$", re.IGNORECASE
)
_COMMA = re.compile(
    r"^[-+]?(?:\d{1,3}(?:\.\d{3})+(?:,\d*)?|\d+,?\d*|,\d+)(?:e[-+]?\d+)?$", re.IGNORECASE
)
_EITHER = re.compile(r"^[-+]?[1-9]\d{0,2}[.,]\d{3}$")
"""Can be read both ways."""


def tidied(cells: pd.Series) -> pd.Series:
    """Full-width digits made plain, a typographic minus a hyphen, gaps between thousands closed."""
    text = cells.str.normalize("NFKC").str.strip().str.replace("−", "-", regex=False)
    return text.str.replace(_GAPS, "", regex=True)


def marks(cells: pd.Series) -> tuple[int, int]:
    """How many cells leave no choice but a decimal comma, and how many a decimal point."""
    text = cells.head(_SAMPLE)
    numbers = text[text.str.contains(r"\d[.,]|[.,]\d", regex=True, na=False)]
    commas = points = 0
    for cell in numbers:
        found = _SPLIT.match(str(cell))
        number = found.group(1) if found else ""
        if not number or _EITHER.match(number):
            continue
        as_comma, as_point = bool(_COMMA.match(number)), bool(_POINT.match(number))
        commas += as_comma and not as_point
        points += as_point and not as_comma
    return commas, points


def decimal_mark(cells: pd.Series, otherwise: str) -> str:
    """The column's decimal mark by its cells; `otherwise` where they do not say."""
    commas, points = marks(cells)
    return otherwise if commas == points else ("," if commas > points else ".")


def plain_numbers(cells: pd.Series, decimal: str) -> pd.Series[float]:
    """Cells that are a number and nothing else; NaN for the others. Cells are `tidied`."""
    if decimal == ".":
        numbers = pd.to_numeric(cells, errors="coerce").astype(float)
        rest = cells[numbers.isna() & cells.notna()]
    else:  # a point would be a thousands mark
        marked = cells.str.contains(".", regex=False, na=False)
        numbers = pd.to_numeric(cells.mask(marked), errors="coerce").astype(float)
        rest = cells[numbers.isna() & cells.notna()]
    if len(rest):
        numbers.loc[rest.index] = [number_of(str(v), decimal) for v in rest]
    return numbers


@lru_cache(maxsize=65536)
def number_of(text: str, decimal: str) -> float:
    """One number by its decimal mark; NaN where it is none."""
    if decimal == "." and _POINT.match(text):
        return float(text.replace(",", ""))
    if decimal == "," and _COMMA.match(text):
        return float(text.replace(".", "").replace(",", "."))
    return float("nan")


def split_tail(text: str) -> tuple[str, str]:
    """A cell as its number and what follows it (a unit, %, “million”); empty where it has none."""
    found = _SPLIT.match(text)
    return (found.group(1), found.group(2).strip()) if found else ("", text)


def is_ambiguous_for(text: str, decimal: str) -> bool:
    """Whether a cell is a number only with the other decimal mark."""
    other = "." if decimal == "," else ","
    number, _ = split_tail(text)
    return bool(np.isnan(number_of(number, decimal)) and np.isfinite(number_of(number, other)))
