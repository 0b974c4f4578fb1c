"""Which column of a table is which field, in what unit: guessed, shown, kept as plain data."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from advisor.portfolio.fields import FIELDS
from advisor.portfolio.written_units import column_factor, folded, heading

GOOD_MATCH = 0.84
_ALIASES = {folded(a): name for name, spec in FIELDS.items() for a in (name, *spec.aliases)}


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
    decimal: Literal[".", ","] | None = None
    """Decimal mark of numbers that can be read both ways; None: as the table's other cells say."""
    day_first: bool | None = None
    """Whether 3/4/2026 is in April; None: as the table's other dates say."""

    def with_column(self, column: str, field: str | None, factor: float | None = None) -> Mapping:
        """The mapping with one column changed by hand; no other column keeps that field."""
        changed: list[ColumnMapping] = []
        for known in self.columns:
            if known.column == column:
                made = known if known.field == field else column_mapping(column, field)
                kept = made.factor if factor is None else factor
                changed.append(made.model_copy(update={"factor": kept}))
            elif field is not None and known.field == field:
                changed.append(known.model_copy(update={"field": None}))
            else:
                changed.append(known)
        return self.model_copy(update={"columns": tuple(changed)})

    def remembering(self, earlier: Mapping | None) -> Mapping:
        """The mapping with the columns that an earlier one knew of other tables."""
        mine = {c.column for c in self.columns}
        others = [c for c in (earlier.columns if earlier else ()) if c.column not in mine]
        return self.model_copy(update={"columns": (*self.columns, *others)})


def guess_mapping(columns: Sequence[str], remembered: Mapping | None = None) -> Mapping:
    """The most plausible mapping of a table's columns; what was remembered of a column holds."""
    known = _remembered(columns, remembered)
    taken = {c.field for c in known.values()}
    wishes = sorted(
        (
            (score, -place, column, name)
            for place, column in enumerate(columns)
            if column not in known
            for name, score in scores(column).items()
            if score >= GOOD_MATCH and name not in taken
        ),
        reverse=True,
    )
    chosen: dict[str, str] = {}
    for _, _, column, name in wishes:
        if column not in chosen and name not in chosen.values():
            chosen[column] = name
    return Mapping(
        columns=tuple(known.get(c) or column_mapping(c, chosen.get(c)) for c in columns),
        decimal=None if remembered is None else remembered.decimal,
        day_first=None if remembered is None else remembered.day_first,
    )


def _remembered(columns: Sequence[str], earlier: Mapping | None) -> dict[str, ColumnMapping]:
    """What an earlier mapping says of these columns, each field once.

    That a column was left out holds for a table of the same columns only: in another it may be the
    one that is needed.
    """
    before = {c.column: c for c in (earlier.columns if earlier is not None else ())}
    same = set(columns) <= set(before)
    known: dict[str, ColumnMapping] = {}
    fields: set[str] = set()
    for column in columns:
        found = before.get(column)
        if found is None or found.field in fields or (found.field is None and not same):
            continue
        known[column] = found
        if found.field is not None:
            fields.add(found.field)
    return known


def column_mapping(column: str, name: str | None) -> ColumnMapping:
    """A column as a field, with the unit and factor that its heading says."""
    if name is None:
        return ColumnMapping(column=column, field=None)
    factor, unit = column_factor(column, FIELDS[name])
    return ColumnMapping(column=column, field=name, unit=unit, factor=factor)


@lru_cache(maxsize=4096)
def scores(column: str) -> dict[str, float]:
    """How well a heading says each field, 0 to 1; fields that it hardly says are left out."""
    words = heading(column).words
    found = {_ALIASES[w]: 1.0 for w in words if w in _ALIASES}
    compared = difflib.SequenceMatcher()
    for word in words:
        compared.set_seq2(word)  # what is compared with many is prepared once
        for alias, name in _ALIASES.items():
            compared.set_seq1(alias)
            if compared.real_quick_ratio() >= GOOD_MATCH and compared.quick_ratio() >= GOOD_MATCH:
                found[name] = max(found.get(name, 0.0), 0.98 * compared.ratio())
    return found


def names_field(cell: str) -> str | None:
    """The field whose name or alias a cell is; None where it is none."""
    return next((_ALIASES[w] for w in heading(cell).words if w in _ALIASES), None)
