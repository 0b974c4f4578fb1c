"""The inventory as a table: one row a model, columns as the fields of `Model`.

`take_in` maps, converts and checks a table in whole columns (100,000 rows in seconds) and keeps
wrong rows apart with number and reason, to be mended in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from advisor.portfolio.cells import Conventions, converted, filled
from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.fields import FIELDS, FieldKind
from advisor.portfolio.mapping import Mapping, guess_mapping
from advisor.portfolio.model import Model, Stage
from advisor.portfolio.reading import BEYOND, ROW, read_table
from advisor.portfolio.written_dates import order
from advisor.portfolio.written_numbers import SAMPLE, marks, tidied
from advisor.sentences import Sentence, sentence

_NUMERIC = (FieldKind.NUMBER, FieldKind.WHOLE, FieldKind.SHARE)
_LISTS = [n for n, s in FIELDS.items() if s.kind is FieldKind.IDS]
_DAYS = [n for n, s in FIELDS.items() if s.kind is FieldKind.DATE]
NUMBERS = [n for n, s in FIELDS.items() if s.kind in _NUMERIC]


@dataclass(frozen=True)
class WrongRow:
    """A cell for which its row cannot be taken: the row as a spreadsheet numbers it, and why."""

    number: int
    model_id: str
    field: str
    column: str
    """The table's column to mend; empty where none is mapped."""
    cell: str
    reason: Sentence


@dataclass(frozen=True)
class Intake:
    """What came of reading a table: good rows, wrong rows, and the mapping used."""

    inventory: pd.DataFrame
    """Good rows, columns as the fields of `Model`; NaN or None is unknown."""
    wrong: list[WrongRow]
    mapping: Mapping
    raw: pd.DataFrame = field(repr=False)
    """The table as read, to be mended and taken in again."""
    how: Conventions = field(default_factory=Conventions)
    """How numbers and dates were read that can be read both ways."""

    @property
    def wrong_rows(self) -> int:
        """How many rows cannot be taken."""
        return len({w.number for w in self.wrong})

    def mended(self, number: int, column: str, cell: object) -> Intake:
        """The intake with one cell of the raw table changed. Raises `PortfolioError`."""
        if column not in self.raw.columns or number not in self.raw.index:
            raise PortfolioError(
                sentence(
                    "There is no row {number} with a column “{column}” to mend.",
                    number=number,
                    column=column,
                )
            )
        mended = [cell if n == number else v for n, v in self.raw[column].items()]
        cells = pd.Series(mended, index=self.raw.index, dtype=object)
        return take_in(self.raw.assign(**{column: cells}), self.mapping)

    def column_of(self, field_name: str) -> str | None:
        """The table's column that fills a field."""
        return next((c.column for c in self.mapping.columns if c.field == field_name), None)


def take_in(raw: pd.DataFrame, mapping: Mapping | None = None) -> Intake:
    """Map, convert and check a table. Raises `PortfolioError` when nothing says the model's id.

    Rows are numbered by the index where it is named `row` (as `read_table` makes it), else from 2.
    """
    raw = _numbered(raw.rename(columns=str))
    mapping = guess_mapping(list(raw.columns), mapping)
    fields = {c.field: c for c in mapping.columns if c.field is not None}
    if "id" not in fields:
        raise PortfolioError(
            sentence(
                "No column of the table is the model's id (found: {columns}); map one to “id”.",
                columns=", ".join(map(str, raw.columns[:12])),
            )
        )
    how = conventions(raw, mapping)
    columns: dict[str, Any] = {}
    wrong: list[tuple[int, str, Sentence]] = []
    for name, spec in FIELDS.items():
        chosen = fields.get(name)
        if chosen is None:
            columns[name] = _absent(name, len(raw))
            continue
        cells = raw[chosen.column].reset_index(drop=True)
        columns[name], mistakes = converted(cells, spec, chosen.factor, how)
        wrong += [(place, name, reason) for place, reason in mistakes.items()]
    inventory = pd.DataFrame(columns)
    wrong += _wrong_ids(inventory["id"], raw.index) + _beyond(raw)
    unnamed = inventory["name"].isna()
    inventory.loc[unnamed, "name"] = inventory.loc[unnamed, "id"]
    ids = inventory["id"]
    rows = [
        WrongRow(
            int(raw.index[place]),
            str(ids.iloc[place] or ""),
            name,
            column := fields[name].column if name in fields else name,
            str(raw[column].iloc[place]) if column in raw else "",
            reason,
        )
        for place, name, reason in sorted(wrong, key=lambda w: w[0])
    ]
    good = inventory.drop(index=[*{place for place, _, _ in wrong}]).reset_index(drop=True)
    return Intake(good, rows, mapping, raw, how)


def conventions(raw: pd.DataFrame, mapping: Mapping) -> Conventions:
    """Decimal mark and order of dates: as the mapping says, else as most cells of the table do.

    Where no cell says, a table separated by semicolons has decimal commas, as spreadsheets write
    it, any other has points; and the day stands first.
    """
    commas = points = day = month = 0
    for known in mapping.columns:
        kind = FIELDS[known.field].kind if known.field else None
        if kind not in (*_NUMERIC, FieldKind.DATE) or raw[known.column].dtype.kind in "ifM":
            continue
        cells = filled(raw[known.column].head(SAMPLE)).dropna()
        text = tidied(cells[[isinstance(c, str) for c in cells]])
        if kind is FieldKind.DATE:
            found = order(text)
            day, month = day + found[0], month + found[1]
        elif mapping.decimal is None:
            found = marks(text)
            commas, points = commas + found[0], points + found[1]
    usual = "," if raw.attrs.get("separator") == ";" else "."
    decimal = usual if commas == points else ("," if commas > points else ".")
    first = mapping.day_first if mapping.day_first is not None else day >= month
    return Conventions(mapping.decimal or decimal, first)


def read_inventory(path: Path, mapping: Mapping | None = None) -> Intake:
    """Read and take in a file; see `read_table` and `take_in`. Raises `PortfolioError`."""
    return take_in(read_table(path), mapping)


def inventory_frame(models: Iterable[Model]) -> pd.DataFrame:
    """Models as an inventory table, in the same columns as an intake's."""
    frame = pd.DataFrame.from_records([dict(m) for m in models], columns=list(FIELDS))
    frame["stage"] = [getattr(s, "value", s) for s in frame["stage"]]
    for name in NUMBERS:
        frame[name] = pd.to_numeric(frame[name]).astype(float)
    return frame


def with_consumers(inventory: pd.DataFrame) -> pd.DataFrame:
    """The inventory with `feeds` completed by what other rows say in `depends_on`."""
    if "depends_on" not in inventory or not inventory["depends_on"].map(len).any():
        return inventory
    consumers: dict[str, set[str]] = {}
    for model, sources in zip(inventory["id"], inventory["depends_on"], strict=True):
        for source in sources:
            consumers.setdefault(str(source), set()).add(str(model))
    feeds = [
        tuple(dict.fromkeys((*known, *sorted(consumers.get(str(model), ())))))
        for model, known in zip(inventory["id"], inventory["feeds"], strict=True)
    ]
    return inventory.assign(feeds=pd.Series(feeds, index=inventory.index, dtype=object))


def models_of(inventory: pd.DataFrame) -> list[Model]:
    """The rows of an inventory table as `Model`s (checked before, so built without checking)."""
    records = inventory.astype(object).where(inventory.notna(), None).to_dict("records")
    return [_model({str(k): v for k, v in record.items()}) for record in records]


# -- inside ------------------------------------------------------------------------------------


def _model(record: dict[str, Any]) -> Model:
    record["stage"] = Stage(record.get("stage") or Stage.PRODUCTION)
    for name in _LISTS:
        record[name] = tuple(record.get(name) or ())
    tier = record.get("tier")
    record["tier"] = None if tier is None else int(tier)
    for name in ("never_touch", "fictitious"):
        record[name] = bool(record.get(name))
    for name in _DAYS:
        day = record.get(name)
        record[name] = day if day is None or type(day) is date else pd.Timestamp(day).date()
    return Model.model_construct(**record)


def _absent(name: str, count: int) -> Any:
    spec = FIELDS[name]
    if name in NUMBERS:
        return np.full(count, np.nan)
    match spec.kind:
        case FieldKind.STAGE:
            return [Stage.PRODUCTION.value] * count
        case FieldKind.YES_NO:
            return np.zeros(count, dtype=bool)
        case FieldKind.IDS:
            return pd.Series([()] * count, dtype=object)
        case _:
            return pd.Series([None] * count, dtype=object)


def _numbered(raw: pd.DataFrame) -> pd.DataFrame:
    """The table with the rows' numbers as its index, without rows that say nothing."""
    if raw.index.name != ROW:
        raw = raw.set_axis(pd.RangeIndex(2, 2 + len(raw), name=ROW), axis=0)
    known = np.zeros(len(raw), dtype=bool)
    for place in range(raw.shape[1]):  # a whole frame at once would hold the interpreter
        known |= raw.iloc[:, place].notna().to_numpy()
    return raw[known]


def _wrong_ids(ids: pd.Series, numbers: pd.Index) -> list[tuple[int, str, Sentence]]:
    """Rows without an id, and those whose id stands further up already."""
    said = sentence("The row has no model id.")
    wrong = [(int(place), "id", said) for place in np.flatnonzero(ids.isna())]
    twice = np.flatnonzero(ids.notna() & ids.duplicated(keep="first"))
    first = {v: i for i, v in reversed(list(enumerate(ids)))} if len(twice) else {}
    for place in twice:
        said = sentence(
            "The model id “{id}” stands in row {row} already.",
            id=str(ids.iloc[place]),
            row=int(numbers[first[ids.iloc[place]]]),
        )
        wrong.append((int(place), "id", said))
    return wrong


def _beyond(raw: pd.DataFrame) -> list[tuple[int, str, Sentence]]:
    """Rows with more cells than headings: what stands where cannot be known."""
    if BEYOND not in raw:
        return []
    said = sentence(
        "The row has more cells than the heading; is a separator inside a cell? Clear what is too "
        "much if the others stand right."
    )
    return [(int(p), BEYOND, said) for p in np.flatnonzero(filled(raw[BEYOND]).notna())]
