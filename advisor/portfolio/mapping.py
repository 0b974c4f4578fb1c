"""Which column of a table is which field, in what unit: guessed, shown, kept as plain data."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from advisor.portfolio.fields import FIELDS, FieldKind, FieldSpec
from advisor.quantities import UnitError, conversion_factor

_SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "thousands": 1e3,
    "千": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "million": 1e6,
    "millions": 1e6,
    "百万": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
    "billions": 1e9,
    "億": 1e8,
    "万": 1e4,
    "%": 1e-2,
    "percent": 1e-2,
    "gflops": 1e9,
    "gflop": 1e9,
    "tflops": 1e12,
    "mflops": 1e6,
}
_PER_YEAR = {"day": 365.25, "month": 12.0, "week": 365.25 / 7, "hour": 8766.0, "year": 1.0}
_UNIT = re.compile(r"[\(\[（]([^)\]）]+)[\)\]）]\s*$")
GOOD_MATCH = 0.84


class ColumnMapping(BaseModel):
    """One column of the table: the field it fills (None: left out) and how its numbers convert."""

    model_config = ConfigDict(frozen=True)

    column: str
    field: str | None
    factor: float = 1.0
    """Cell × factor = field, in the field's own unit."""
    unit: str | None = None
    """The unit as found in the heading."""


class Mapping(BaseModel):
    """The mapping of a whole table; remembered in the project's settings as JSON."""

    model_config = ConfigDict(frozen=True)

    columns: tuple[ColumnMapping, ...]

    def with_column(self, column: str, field: str | None, factor: float | None = None) -> Mapping:
        """The mapping with one column changed by hand; no other column keeps that field."""
        changed: list[ColumnMapping] = []
        for known in self.columns:
            if known.column == column:
                kept = known.factor if factor is None else factor
                changed.append(known.model_copy(update={"field": field, "factor": kept}))
            elif field is not None and known.field == field:
                changed.append(known.model_copy(update={"field": None}))
            else:
                changed.append(known)
        return Mapping(columns=tuple(changed))

    def fits(self, columns: Sequence[str]) -> bool:
        """Whether a remembered mapping is for a table with these columns."""
        return {c.column for c in self.columns} == set(columns)


def guess_mapping(columns: Sequence[str], remembered: Mapping | None = None) -> Mapping:
    """The most plausible mapping of a table's columns; a remembered one that fits is taken."""
    if remembered is not None and remembered.fits(columns):
        return remembered
    wishes = sorted(
        (
            (score, -place, column, name)
            for place, column in enumerate(columns)
            for name, score in _scores(column).items()
            if score >= GOOD_MATCH
        ),
        reverse=True,
    )
    chosen: dict[str, str] = {}
    for _, _, column, name in wishes:
        if column not in chosen and name not in chosen.values():
            chosen[column] = name
    return Mapping(columns=tuple(_mapped(c, chosen.get(c)) for c in columns))


def _mapped(column: str, name: str | None) -> ColumnMapping:
    if name is None:
        return ColumnMapping(column=column, field=None)
    unit = unit_of(column)
    return ColumnMapping(
        column=column, field=name, unit=unit, factor=factor_of(unit, FIELDS[name], column)
    )


def unit_of(column: str) -> str | None:
    """The unit in brackets at the end of a heading: “Training energy (MWh)” → MWh."""
    found = _UNIT.search(column.strip())
    return found.group(1).strip() if found else None


def factor_of(unit: str | None, spec: FieldSpec, column: str = "") -> float:
    """What a cell is multiplied by; 1 where the heading names no unit or one that is not known."""
    if spec.kind not in (FieldKind.NUMBER, FieldKind.SHARE):
        return 1.0
    heading = column.casefold()
    period = next((f for word, f in _PER_YEAR.items() if f"per {word}" in heading), 1.0)
    rate = period if spec.unit == "1/year" else 1.0
    if unit is None:
        ends_in_unit = heading.rsplit("_", 1)[-1]
        known = spec.unit and not heading.replace(" ", "_").endswith(spec.name)
        unit = ends_in_unit if known and "_" in heading else None
        if unit is None:
            return rate
    scale = _SCALES.get(unit.casefold())
    if scale is not None and not (spec.unit == "W" or (unit.casefold() == "m" and spec.unit)):
        return scale * rate
    if spec.unit:
        whole = f"{unit.removesuffix('CO2')}CO2e" if spec.unit == "kgCO2e" else unit
        for written in (
            unit,
            unit.replace("Joules", "J").replace("joules", "J"),
            unit.upper(),
            whole,
        ):
            try:
                return conversion_factor(written, spec.unit)
            except UnitError:
                continue
        per = _PER_YEAR.get(unit.casefold().removeprefix("per ").removeprefix("/"))
        if per and spec.unit == "1/year":
            return per
    return rate


def _scores(column: str) -> dict[str, float]:
    heading = _folded(_UNIT.sub("", column))
    return {
        name: max(_score(heading, _folded(a)) for a in (name, *spec.aliases))
        for name, spec in FIELDS.items()
    }


def _score(heading: str, alias: str) -> float:
    if heading == alias:
        return 1.0
    if heading in (f"{alias} j", f"{alias} kwh", f"{alias} w"):
        return 0.99
    return 0.98 * difflib.SequenceMatcher(None, heading, alias).ratio()


def _folded(text: str) -> str:
    return " ".join(re.sub(r"[_\-./:#]+", " ", text.casefold()).split())
