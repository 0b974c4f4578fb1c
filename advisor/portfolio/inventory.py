"""The inventory as a table: one row a model, columns as the fields of `Model`.

`read_table` reads a file or pasted text as it stands; `take_in` maps, converts and checks it in
whole columns (100,000 rows in seconds) and keeps wrong rows apart with number and reason, to be
mended in place; `difference` says what importing it again would change, keyed by model id.
"""

from __future__ import annotations

import io
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


@dataclass(frozen=True)
class Difference:
    """What an import would change: ids added, ids changed with their cells, ids unchanged."""

    added: list[str]
    changed: pd.DataFrame
    """Columns: id, field, before, after."""
    unchanged: int
    absent: list[str]
    """In the project, not in the table: kept as they are, and named."""


def read_table(path: Path) -> pd.DataFrame:
    """A CSV, TSV, XLSX or Parquet file as it stands. Raises `PortfolioError`."""
    try:
        suffix = path.suffix.lower()
        if suffix == ".parquet":
            return pd.read_parquet(path)
        if suffix in (".xlsx", ".xlsm"):
            return pd.read_excel(path, dtype=object)
        if suffix in (".csv", ".tsv", ".txt"):
            return _separated(_decoded(path.read_bytes(), path.name))
    except FileNotFoundError as error:
        raise PortfolioError(
            sentence("There is no file {path}; check the name.", path=str(path))
        ) from error
    except PortfolioError:
        raise
    except Exception as error:  # openpyxl, pyarrow and pandas each raise their own
        raise PortfolioError(
            sentence(
                "{path} cannot be read as a table: {reason}.",
                path=path.name,
                reason=str(error).splitlines()[0] if str(error) else type(error).__name__,
            )
        ) from error
    raise PortfolioError(
        sentence(
            "{path} is none of the tables this program reads; give CSV, XLSX or Parquet.",
            path=path.name,
        )
    )


def read_pasted(text: str) -> pd.DataFrame:
    """A table pasted from a spreadsheet (tabs) or as CSV. Raises `PortfolioError`."""
    if not text.strip():
        raise PortfolioError(sentence("The clipboard holds no table; copy the cells first."))
    return _separated(text)


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


def difference(before: pd.DataFrame, incoming: pd.DataFrame) -> Difference:
    """What taking the incoming rows over the present ones would change, by id and field.

    A field the incoming table does not know (empty) leaves the present value as it is.
    """
    old, new = before.set_index("id"), incoming.set_index("id")
    both = new.index.intersection(old.index)
    changes: list[pd.DataFrame] = []
    touched: set[str] = set()
    for name in [c for c in new.columns if c in old.columns]:
        was, now = old.loc[both, name], new.loc[both, name]
        differs = _differs(was, now)
        if differs.any():
            ids = both[differs]
            touched.update(ids)
            changes.append(
                pd.DataFrame(
                    {
                        "id": ids,
                        "field": name,
                        "before": was[differs].astype(object).to_numpy(),
                        "after": now[differs].astype(object).to_numpy(),
                    }
                )
            )
    changed = (
        pd.concat(changes, ignore_index=True)
        if changes
        else pd.DataFrame(columns=["id", "field", "before", "after"])
    )
    return Difference(
        added=list(new.index.difference(old.index, sort=False)),
        changed=changed,
        unchanged=len(both) - len(touched),
        absent=list(old.index.difference(new.index, sort=False)),
    )


def updated(before: pd.DataFrame, incoming: pd.DataFrame) -> pd.DataFrame:
    """The inventory after taking the incoming rows over the present ones; nothing is doubled."""
    old, new = before.set_index("id"), incoming.set_index("id")
    both = new.index.intersection(old.index)
    merged = old.copy()
    for name in [c for c in new.columns if c in merged.columns]:
        was, now = old.loc[both, name], new.loc[both, name]
        differs = _differs(was, now)
        if differs.any():
            column = merged[name].astype(object) if merged[name].dtype == object else merged[name]
            column.loc[both[differs]] = now[differs]
            merged[name] = column
    added = new.loc[new.index.difference(old.index, sort=False)]
    whole = pd.concat([merged, added]) if len(added) else merged
    return whole.reset_index()[list(FIELDS)]


# -- inside ------------------------------------------------------------------------------------


def _differs(was: pd.Series, now: pd.Series) -> pd.Series:
    known = now.notna() & (now.map(lambda v: v != ()) if now.dtype == object else True)
    if was.dtype.kind == "f" and now.dtype.kind == "f":
        same = np.isclose(was, now, rtol=1e-12, atol=0.0, equal_nan=True)
    else:
        same = (was.astype(object) == now.astype(object)).to_numpy(bool)
    return known & ~pd.Series(same, index=now.index)


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


def _decoded(data: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PortfolioError(
        sentence("{path} is not text in UTF-8 or Shift JIS; save it as UTF-8.", path=name)
    )


def _separated(text: str) -> pd.DataFrame:
    head = text.lstrip("\n").splitlines()[0] if text.strip() else ""
    if not head:
        raise PortfolioError(sentence("The table is empty; give a heading and at least one row."))
    separator = max(("\t", ";", ","), key=head.count)
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    try:
        return pd.read_csv(io.StringIO(lines), sep=separator, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise PortfolioError(
            sentence("The text cannot be read as a table: {reason}.", reason=str(error))
        ) from error
