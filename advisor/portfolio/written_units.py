"""Units as headings and cells write them: “Energy per 1,000 calls (kWh)”, “_mwh”, “0.3 kW”, “2万”.

A unit in the heading holds for the column; one in a cell for that cell. Where m could be milli or
mega (`mwh`), energies of a call are milli and all others mega; the card of an import shows the
factor, and it can be changed there.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from advisor.portfolio.fields import FieldKind, FieldSpec
from advisor.quantities import UnitError, conversion_factor

_SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "thousands": 1e3,
    "千": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "mio": 1e6,
    "million": 1e6,
    "millions": 1e6,
    "百万": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
    "billions": 1e9,
    "億": 1e8,
    "万": 1e4,
    "gflops": 1e9,
    "gflop": 1e9,
    "tflops": 1e12,
    "mflops": 1e6,
}
_PERCENT = ("%", "percent", "pct", "パーセント")
_PERIODS = {
    "day": 365.25,
    "日": 365.25,
    "daily": 365.25,
    "日次": 365.25,
    "日間": 365.25,
    "week": 365.25 / 7,
    "weekly": 365.25 / 7,
    "週": 365.25 / 7,
    "month": 12.0,
    "monthly": 12.0,
    "月": 12.0,
    "月間": 12.0,
    "月次": 12.0,
    "hour": 8766.0,
    "時": 8766.0,
    "year": 1.0,
    "年": 1.0,
}
_CALLS = r"(?:calls?|inferences?|requests?|queries|query|predictions?|transactions?|回|件|推論)"
_AMOUNTS = {
    "1000": 1e3,
    "1k": 1e3,
    "k": 1e3,
    "thousand": 1e3,
    "千": 1e3,
    "10000": 1e4,
    "万": 1e4,
    "1000000": 1e6,
    "1m": 1e6,
    "million": 1e6,
    "百万": 1e6,
}
_PER_MANY = re.compile(
    rf"(?:\bper|/)\s*(1[\s,.']?000(?:[\s,.']?000)?|10[\s,.']?000|1k|k|1m|thousand|million|千|万|百万)"
    rf"\s*{_CALLS}|(1[,.]?000|千|万|百万)\s*{_CALLS}(?:あたり|当たり)",
    re.IGNORECASE,
)
_PER_CALL = re.compile(rf"\s*(?:\bper|/)\s*(?:1\s*)?{_CALLS}$", re.IGNORECASE)
_BRACKETS = re.compile(r"[\(\[]([^)\]]+)[\)\]]")
_IN_UNIT = re.compile(r"\s+in\s+(\S+)$")
_ENERGY = {"j": "J", "joule": "J", "joules": "J", "kj": "kJ", "wh": "Wh", "kwh": "kWh", "gj": "GJ"}
_POWER = {"w": "W", "watt": "W", "watts": "W", "kw": "kW"}
_PLAIN = {**_ENERGY, **_POWER, "gwh": "GWh", "twh": "TWh"}
_MILLI_OR_MEGA = {"mj": ("mJ", "MJ"), "mwh": ("mWh", "MWh"), "mw": ("mW", "MW")}
_TOKENS = {*_PLAIN, *_MILLI_OR_MEGA, "kg", "t", "tco2e", "kgco2e"}


@dataclass(frozen=True)
class Heading:
    """A heading taken apart: words to recognise the field by, the unit, and “per so many calls”."""

    words: tuple[str, ...]
    """The words with and without what could be a unit, folded."""
    units: tuple[str, ...]
    """What could be the unit, the likeliest first."""
    per: float
    """Number of calls that a figure is for; 1 where none is named."""


@lru_cache(maxsize=4096)
def heading(column: str) -> Heading:
    """The heading of a column taken apart."""
    text = unicodedata.normalize("NFKC", column).strip()
    per = 1.0
    if many := _PER_MANY.search(text):
        amount = re.sub(r"[\s,.']", "", (many.group(1) or many.group(2)).casefold())
        per = _AMOUNTS[amount]
        words = " per call" if many.group(1) else "推論あたり"
        text = f"{text[: many.start()]}{words}{text[many.end() :]}"
    units = [m.group(1).strip() for m in _BRACKETS.finditer(text)][::-1]
    text = _BRACKETS.sub(" ", text).strip()
    if named := _IN_UNIT.search(text):
        units.append(named.group(1))
        text = text[: named.start()]
    words = [folded(text)]
    tokens = re.split(r"[\s_]+", text)
    if len(tokens) > 1 and tokens[-1].casefold() in _TOKENS:
        units.append(tokens[-1])
        words.append(folded(" ".join(tokens[:-1])))
    if len(tokens) > 1 and tokens[0].casefold() in {*_PLAIN, *_MILLI_OR_MEGA}:
        units.append(tokens[0])
        words.append(folded("energy " + " ".join(tokens[1:])))
    words += [w.removeprefix(p) for w in words for p in ("model ", "ai ") if w.startswith(p)]
    return Heading(tuple(dict.fromkeys(words)), tuple(units), per)


def folded(text: str) -> str:
    """Words without marks, accents of width or case: what two headings are compared by."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[_\-./:#]+", " ", plain).split())


def column_factor(column: str, spec: FieldSpec) -> tuple[float, str | None]:
    """What the column's cells are multiplied by, and the unit found (None: the field's own)."""
    if spec.kind not in (FieldKind.NUMBER, FieldKind.SHARE):
        return 1.0, None
    found = heading(column)
    for unit in found.units:
        factor = unit_factor(unit, spec)
        if factor is not None:
            rate = _period(column) if unit_is_scale(unit) and spec.unit == "1/year" else 1.0
            return factor * rate / found.per, unit
    rate = _period(column) if spec.unit == "1/year" else 1.0
    return rate / found.per, found.units[0] if found.units else None


def unit_is_scale(unit: str) -> bool:
    """Whether it is a multiple (thousand), not a unit."""
    return unit.casefold() in _SCALES


def unit_factor(unit: str, spec: FieldSpec) -> float | None:
    """What a figure in a unit is multiplied by; None where it is no unit of the field."""
    text = unicodedata.normalize("NFKC", unit).strip()
    per = 1.0
    if many := _PER_MANY.search(text):
        per = _AMOUNTS[re.sub(r"[\s,.']", "", (many.group(1) or many.group(2)).casefold())]
        text = f"{text[: many.start()]}{text[many.end() :]}".strip()
    text = _PER_CALL.sub("", text).strip()
    if text.casefold() in _PERCENT:
        return 0.01 / per
    scale = _SCALES.get(text.casefold())
    if scale is not None and not (spec.unit and spec.unit != "1/year" and text.casefold() == "m"):
        return scale / per
    if spec.unit == "1/year":
        return _rate(text, per)
    if spec.unit is None:
        return None
    for written in _spellings(text, spec):
        try:
            return conversion_factor(written, spec.unit) / per
        except UnitError:
            continue
    return None


def _rate(text: str, per: float) -> float | None:
    period = _PERIODS.get(re.sub(r"^(?:per\s+|/|1/|calls/)", "", text.casefold()))
    return None if period is None else period / per


def _spellings(text: str, spec: FieldSpec) -> list[str]:
    """The unit as pint may know it, the likeliest first."""
    plain = text.casefold()
    if plain in _PLAIN:
        return [_PLAIN[plain]]
    if plain in _MILLI_OR_MEGA:
        milli, mega = _MILLI_OR_MEGA[plain]
        if text in (milli, mega):
            return [text]
        return [milli if spec.name == "energy_per_call_j" else mega]
    if spec.unit == "kgCO2e":
        return [f"{text.removesuffix('CO2e').removesuffix('CO2')}CO2e"]
    return [text]


def _period(column: str) -> float:
    """How often a year the column's count happens, by its heading."""
    words = folded(column)
    for word, times in _PERIODS.items():
        if not word.isascii():
            found = len(word) > 1 and word in words
        elif word.endswith("ly"):
            found = word in words.split()
        else:
            found = f"per {word}" in words
        if found:
            return times
    return 1.0
