"""Numbers as people write them: decimal comma or point, thousands marks, %, million, 万, units.

Whether “12,500” is twelve and a half or twelve and a half thousand cannot be seen in the cell: it
is decided for a whole column by the cells that leave no choice (“1,5”, “1,000,000”), else by those
of the whole table. A cell that then fits neither way is wrong, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import numpy as np
import pandas as pd

SAMPLE = 5000
"""Cells of a column that are looked at for evidence."""
_GAP_MARKS = re.compile(r"[\s'’´`]")
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
    words = [None if v is None or v is pd.NA else str(v) for v in cells]
    whole = "".join(w for w in words if w is not None)
    if not whole.isascii():
        words = [
            None if w is None else unicodedata.normalize("NFKC", w).replace("−", "-") for w in words
        ]
    if _GAP_MARKS.search(whole):
        words = [None if w is None else _GAPS.sub("", w.strip()) for w in words]
    return pd.Series(words, index=cells.index, dtype=object)


def marks(cells: pd.Series) -> tuple[int, int]:
    """How many cells leave no choice but a decimal comma, and how many a decimal point."""
    commas = points = 0
    for cell in cells.head(SAMPLE):
        found = _SPLIT.match(cell) if "." in cell or "," in cell else None
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
    plain = cells if decimal == "." else cells.map(_unmarked, na_action="ignore")
    numbers = pd.to_numeric(plain, errors="coerce").astype(float)
    rest = cells[numbers.isna() & cells.notna()]
    if len(rest):
        numbers.loc[rest.index] = rest.map(lambda v: number_of(v, decimal))
    return numbers


def _unmarked(cell: str) -> str | None:
    """A cell without a point, which would be a thousands mark."""
    return None if "." in cell else cell


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
