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

from advisor.portfolio.cells import converted
from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.fields import FIELDS, FieldKind
from advisor.portfolio.mapping import Mapping, guess_mapping
from advisor.portfolio.model import Model, Stage
from advisor.portfolio.reading import read_table
from advisor.sentences import Sentence, sentence

NUMBERS = [
    n for n, s in FIELDS.items() if s.kind in (FieldKind.NUMBER, FieldKind.WHOLE, FieldKind.SHARE)
]


@dataclass(frozen=True)
class WrongRow:
    """A row that cannot be taken: its number as a spreadsheet shows it, field, cell and reason."""

    number: int
    model_id: str
    field: str
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
    first_row: int = 2
    """Number of the first data row in the file, for messages."""

    def mended(self, number: int, column: str, cell: object) -> Intake:
        """The intake with one cell of the raw table changed. Raises `PortfolioError`."""
        at = number - self.first_row
        if column not in self.raw.columns or not 0 <= at < len(self.raw):
            raise PortfolioError(
                sentence(
                    "There is no row {number} with a column “{column}” to mend.",
                    number=number,
                    column=column,
                )
            )
        cells: list[Any] = list(self.raw[column])
        cells[at] = cell
        mended = self.raw.assign(**{column: pd.Series(cells, dtype=object)})
        return take_in(mended, self.mapping)

    def column_of(self, field_name: str) -> str | None:
        """The table's column that fills a field."""
        return next((c.column for c in self.mapping.columns if c.field == field_name), None)


def take_in(raw: pd.DataFrame, mapping: Mapping | None = None) -> Intake:
    """Map, convert and check a table. Raises `PortfolioError` when nothing says the model's id."""
    raw = raw.rename(columns=str)
    mapping = guess_mapping(list(raw.columns), mapping)
    fields = {c.field: c for c in mapping.columns if c.field is not None}
    if "id" not in fields:
        raise PortfolioError(
            sentence(
                "No column of the table is the model's id (found: {columns}); map one to “id”.",
                columns=", ".join(map(str, raw.columns[:12])),
            )
        )
    raw = raw.dropna(how="all").reset_index(drop=True)
    columns: dict[str, Any] = {}
    wrong: dict[int, tuple[str, Sentence]] = {}
    for name, spec in FIELDS.items():
        chosen = fields.get(name)
        if chosen is None:
            columns[name] = _absent(name, len(raw))
            continue
        columns[name], mistakes = converted(raw[chosen.column], spec, chosen.factor)
        for place, reason in mistakes.items():
            wrong.setdefault(place, (name, reason))
    inventory = pd.DataFrame(columns, index=raw.index)
    _check_ids(inventory, wrong)
    unnamed = inventory["name"].isna()
    inventory.loc[unnamed, "name"] = inventory.loc[unnamed, "id"]
    rows = [
        WrongRow(
            place + 2,
            str(inventory["id"].iloc[place] or ""),
            name,
            str(raw[fields[name].column].iloc[place]) if name in fields else "",
            reason,
        )
        for place, (name, reason) in sorted(wrong.items())
    ]
    good = inventory.drop(index=[inventory.index[p] for p in wrong]).reset_index(drop=True)
    return Intake(good, rows, mapping, raw)


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


def models_of(inventory: pd.DataFrame) -> list[Model]:
    """The rows of an inventory table as `Model`s (checked before, so built without checking)."""
    records = inventory.astype(object).where(inventory.notna(), None).to_dict("records")
    return [_model({str(k): v for k, v in record.items()}) for record in records]


# -- inside ------------------------------------------------------------------------------------


def _model(record: dict[str, Any]) -> Model:
    record["stage"] = Stage(record.get("stage") or Stage.PRODUCTION)
    record["feeds"] = tuple(record.get("feeds") or ())
    tier = record.get("tier")
    record["tier"] = None if tier is None else int(tier)
    for name in ("never_touch", "fictitious"):
        record[name] = bool(record.get(name))
    for name in ("first_used", "validated", "next_review", "retired_on"):
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


def _check_ids(inventory: pd.DataFrame, wrong: dict[int, tuple[str, Sentence]]) -> None:
    ids = inventory["id"]
    for place in np.flatnonzero(ids.isna()):
        wrong.setdefault(int(place), ("id", sentence("The row has no model id.")))
    twice = ids.notna() & ids.duplicated(keep="first")
    first = {}
    if twice.any():
        first = {v: i for i, v in reversed(list(enumerate(ids)))}
    for place in np.flatnonzero(twice):
        wrong.setdefault(
            int(place),
            (
                "id",
                sentence(
                    "The model id “{id}” stands in row {row} already.",
                    id=str(ids.iloc[place]),
                    row=first[ids.iloc[place]] + 2,
                ),
            ),
        )
