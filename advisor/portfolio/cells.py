"""Cells of a table to fields: whole columns at once, and which rows are wrong and why."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

from advisor.portfolio.fields import STAGES, FieldKind, FieldSpec
from advisor.portfolio.model import Stage
from advisor.portfolio.written_dates import either_way, read_dates
from advisor.portfolio.written_numbers import (
    decimal_mark,
    is_ambiguous_for,
    number_of,
    plain_numbers,
    split_tail,
    tidied,
)
from advisor.portfolio.written_units import unit_factor, unit_is_scale
from advisor.quantities import Provenance
from advisor.sentences import Sentence, sentence

_YES = {"yes", "y", "true", "1", "x", "✓", "はい", "有"}
_NO = {"no", "n", "false", "0", "", "-", "いいえ", "無"}
_EMPTY = {"", "-", "–", "n/a", "na", "nan", "none", "null", "unknown", "tbd", "不明", "?"}
_TIERS = {"high": "1", "medium": "2", "low": "3", "高": "1", "中": "2", "低": "3"}
Wrong = dict[int, Sentence]
"""Position in the table → what is wrong with the cell."""


@dataclass(frozen=True)
class Conventions:
    """How numbers and dates that can be read both ways are read."""

    decimal: str = "."
    day_first: bool = True


def filled(cells: pd.Series) -> pd.Series:
    """Cells with text stripped; `None` where a cell says nothing."""
    if cells.dtype.kind in "ifM":
        return cells.astype(object).where(cells.notna(), None)
    said = [_said(v) if isinstance(v, str) else (None if pd.isna(v) else v) for v in cells]
    return pd.Series(said, index=cells.index, dtype=object)


def _said(text: str) -> str | None:
    words = text.strip()
    return None if words.casefold() in _EMPTY else words


def converted(
    cells: pd.Series, spec: FieldSpec, factor: float, how: Conventions | None = None
) -> tuple[pd.Series, Wrong]:
    """The cells as the field's values, and the wrong ones (whose value is unknown meanwhile)."""
    how = how or Conventions()
    match spec.kind:
        case FieldKind.NUMBER | FieldKind.WHOLE | FieldKind.SHARE:
            return _numbers(cells, spec, factor, how.decimal)
        case FieldKind.DATE:
            return _dates(cells, spec, how.day_first)
        case FieldKind.STAGE:
            return _stages(cells)
        case FieldKind.YES_NO:
            return _yes_no(cells, spec)
        case FieldKind.IDS:
            return _ids(cells), {}
        case FieldKind.WORDS:
            if spec.name == "energy_provenance":
                return _provenances(cells)
            return _words(cells), {}


def _words(cells: pd.Series) -> pd.Series:
    known = filled(cells)
    if cells.dtype.kind == "f" and np.all(np.mod(cells.dropna().to_numpy(), 1) == 0):
        known = cells.astype("Int64").astype("string").astype(object).where(cells.notna(), None)
    words = [v if v is None or isinstance(v, str) else str(v) for v in known]
    return pd.Series(words, index=cells.index, dtype=object)


def _numbers(
    cells: pd.Series, spec: FieldSpec, factor: float, decimal: str
) -> tuple[pd.Series, Wrong]:
    if cells.dtype.kind in "if":
        numbers, given = cells.astype(float) * factor, cells.notna()
    else:
        known = filled(cells)
        given = known.notna()
        text = tidied(known)
        decimal = decimal_mark(text.dropna(), decimal)
        if spec.kind is FieldKind.WHOLE:
            text = text.map(_rank, na_action="ignore")
        numbers = plain_numbers(text, decimal) * factor
        real = given & ~known.map(lambda v: isinstance(v, str)).astype(bool)
        if real.any():  # numbers of a workbook have no mark to be read
            numbers.loc[real] = pd.to_numeric(known[real], errors="coerce") * factor
        odd = given & numbers.isna()
        if odd.any():
            words = {v: _with_tail(str(v), spec, factor, decimal) for v in text[odd].unique()}
            numbers.loc[odd] = text[odd].map(words).astype(float)
    bad = given & ~np.isfinite(numbers.astype(float))
    low = numbers < spec.low if spec.low is not None else np.zeros(len(numbers), bool)
    high = numbers > spec.high if spec.high is not None else np.zeros(len(numbers), bool)
    whole = (spec.kind is FieldKind.WHOLE) & numbers.notna() & (numbers % 1 != 0)
    wrong: Wrong = {}
    for place in np.flatnonzero(bad | low | high | whole):
        wrong[int(place)] = _number_reason(spec, cells.iloc[place], bool(bad.iloc[place]), decimal)
    numbers = numbers.mask(pd.Series(bad | low | high | whole, index=numbers.index))
    return numbers, wrong


def _rank(text: str) -> str:
    """A tier without the word before it, and high, medium and low as numbers."""
    word = re.sub(r"^(tier|t)", "", text.casefold()).strip()
    return _TIERS.get(word, word)


def _with_tail(text: str, spec: FieldSpec, factor: float, decimal: str) -> float:
    """A number followed by %, “million” or a unit; NaN where it is none of them."""
    number, tail = split_tail(text)
    value = number_of(number, decimal)
    if not tail:
        return value
    own = unit_factor(tail, spec)
    if own is None:
        return float("nan")
    return value * own * (factor if unit_is_scale(tail) else 1.0)


def _number_reason(spec: FieldSpec, cell: object, not_a_number: bool, decimal: str) -> Sentence:
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    if not_a_number and text.startswith("="):
        return sentence(
            "“{cell}” in {field} is a formula whose result the file does not hold; open the file "
            "in a spreadsheet and save it, or write the number.",
            cell=text,
            field=spec.name,
        )
    if not_a_number and is_ambiguous_for(text, decimal):
        return sentence(
            "“{cell}” in {field} does not fit the column's decimal mark “{mark}”; write it with "
            "that mark.",
            cell=text,
            field=spec.name,
            mark=decimal,
        )
    if not_a_number:
        return sentence("“{cell}” in {field} is not a number.", cell=str(cell), field=spec.name)
    if spec.kind is FieldKind.WHOLE:
        return sentence(
            "“{cell}” in {field} is not a whole number from {low} to {high}.",
            cell=str(cell),
            field=spec.name,
            low=float(spec.low or 0),
            high=float(spec.high or 0),
        )
    if spec.kind is FieldKind.SHARE:
        return sentence(
            "“{cell}” in {field} is no share; write a fraction as 0.45, or 45 %.",
            cell=str(cell),
            field=spec.name,
        )
    if spec.high is not None:
        return sentence(
            "“{cell}” in {field} lies outside {low} to {high}.",
            cell=str(cell),
            field=spec.name,
            low=float(spec.low or 0),
            high=float(spec.high),
        )
    return sentence(
        "“{cell}” in {field} is below {low}.",
        cell=str(cell),
        field=spec.name,
        low=float(spec.low or 0),
    )


def _dates(cells: pd.Series, spec: FieldSpec, day_first: bool) -> tuple[pd.Series, Wrong]:
    if cells.dtype.kind == "M":
        return cells.dt.date.astype(object).where(cells.notna(), None), {}
    known = filled(cells)
    days = read_dates(known, day_first)
    wrong: Wrong = {}
    for place in np.flatnonzero(known.notna() & days.isna()):
        cell = str(cells.iloc[place])
        wrong[int(place)] = sentence(
            "“{cell}” in {field} can be read with the day or the month first, since the column "
            "has both; write it as 2026-11-24."
            if either_way(cell)
            else "“{cell}” in {field} is not a date; write it as 2026-11-24.",
            cell=cell,
            field=spec.name,
        )
    return days.dt.date.astype(object).where(days.notna(), None), wrong


def _stages(cells: pd.Series) -> tuple[pd.Series, Wrong]:
    known = filled(cells)
    words = {word: stage.value for word, stage in STAGES.items()}
    found = known.astype("string").str.casefold().astype(object).map(words)
    wrong: Wrong = {
        int(place): sentence(
            "“{cell}” is no stage of the life cycle; use one of {known}.",
            cell=str(cells.iloc[place]),
            known=", ".join(s.value for s in Stage),
        )
        for place in np.flatnonzero(known.notna() & found.isna())
    }
    return found.astype(object).where(found.notna(), Stage.PRODUCTION.value), wrong


def _yes_no(cells: pd.Series, spec: FieldSpec) -> tuple[pd.Series, Wrong]:
    text = cells.astype("string").str.strip().str.casefold().fillna("")
    yes, no = text.isin(_YES), text.isin(_NO)
    wrong: Wrong = {
        int(place): sentence(
            "“{cell}” in {field} is neither yes nor no.",
            cell=str(cells.iloc[place]),
            field=spec.name,
        )
        for place in np.flatnonzero(~yes & ~no)
    }
    return yes.astype(bool), wrong


def _provenances(cells: pd.Series) -> tuple[pd.Series, Wrong]:
    known = filled(cells)
    text = known.astype("string").str.casefold()
    right = text.isin([p.value for p in Provenance])
    wrong: Wrong = {
        int(place): sentence(
            "“{cell}” is no provenance; use one of {known}.",
            cell=str(cells.iloc[place]),
            known=", ".join(p.value for p in Provenance),
        )
        for place in np.flatnonzero(known.notna() & ~right)
    }
    return text.astype(object).where(right, None), wrong


def _ids(cells: pd.Series) -> pd.Series:
    def split(value: object) -> tuple[str, ...]:
        if isinstance(value, str):
            return tuple(p.strip() for p in re.split(r"[;,|\n、]", value) if p.strip())
        if isinstance(value, list | tuple | np.ndarray):
            return tuple(str(v) for v in value)
        return ()

    return cells.map(split).astype(object)
