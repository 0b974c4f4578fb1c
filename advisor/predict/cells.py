"""The numbers in a column of cells: decimal commas, thousands, and units beside numbers."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.quantities import UnitError, conversion_factor

Floats = NDArray[np.float64]
_THOUSANDS = r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?"
_DECIMAL_COMMA = r"[-+]?(\d{1,3}(\.\d{3})+|\d*),\d+([eE][-+]?\d+)?"
_WITH_UNIT = r"^(?P<number>[-+]?[\d.,]*\d(?:[eE][-+]?\d+)?)\s*(?P<unit>[^\W\d][^\d]*)$"
_PER_CALL = r"\s*(/|per)\s*(call|inference|sample|request|query)s?$"


def numbers(column: pd.Series, unit: str | None = None) -> tuple[Floats, int]:
    """Numbers of a column, and in how many cells a unit of their own was read.

    Text that is no number (“n/a”, “-”) becomes NaN. A comma parts thousands where every comma of
    the column does (1,234), else it is the decimal comma (3,14 or 1.234,5); a column that mixes
    both has no numbers where a comma stands. Where the column's `unit` is given, a cell with
    another of the same kind (“12 mJ” in a column of J) is converted; any other unit makes NaN.
    """
    if column.dtype.kind in "ifub":
        return column.to_numpy(dtype=float), 0
    text = column.astype("string").str.strip().fillna("")
    text, factor = _without_units(text, unit)
    comma = text.str.contains(",", regex=False).to_numpy(dtype=bool)
    if comma.any():
        with_comma = text[comma]
        if with_comma.str.fullmatch(_THOUSANDS).all():
            text = text.str.replace(",", "", regex=False)
        elif with_comma.str.fullmatch(_DECIMAL_COMMA).all():
            text = text.where(
                ~comma,
                text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False),
            )
    found = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    if factor is None:
        return found, 0
    own = np.isfinite(factor) & np.isfinite(found)
    return np.where(own, found * factor, found), int(own.sum())


def _without_units(text: pd.Series, unit: str | None) -> tuple[pd.Series, Floats | None]:
    """Cells without their units, and each one's factor into the column's unit (NaN: none stood)."""
    if unit is None:
        return text, None
    parts = text.str.extract(_WITH_UNIT)
    stands = parts["unit"].notna().to_numpy(dtype=bool)
    if not stands.any():
        return text, None
    factors: dict[str, float] = {}
    for word in parts["unit"].dropna().unique():
        factors[str(word)] = _factor(str(word), unit)
    factor = parts["unit"].map(factors).to_numpy(dtype=float, na_value=np.nan)
    readable = stands & np.isfinite(factor)
    return text.where(~readable, parts["number"]), np.where(readable, factor, np.nan)


def _factor(word: str, unit: str) -> float:
    bare = re.sub(_PER_CALL, "", word).strip()
    try:
        return conversion_factor(bare, unit)
    except UnitError:
        return np.nan
