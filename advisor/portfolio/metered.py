"""Metered months: what a meter says a model used in a month; the actuals beside every plan."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from advisor.portfolio.cells import converted
from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.fields import FieldKind, FieldSpec
from advisor.portfolio.reading import ROW
from advisor.portfolio.written_units import column_factor
from advisor.sentences import Sentence, sentence

_SPECS = (
    FieldSpec(name="id", aliases=("model", "model id", "モデルid", "モデル")),
    FieldSpec(name="month", kind=FieldKind.DATE, aliases=("period", "date", "月", "年月")),
    FieldSpec(
        name="energy_kwh",
        kind=FieldKind.NUMBER,
        unit="kWh",
        low=0,
        aliases=("energy", "kwh", "consumption", "electricity", "電力量", "消費電力量"),
    ),
    FieldSpec(
        name="calls",
        kind=FieldKind.NUMBER,
        low=0,
        aliases=("inferences", "requests", "volume", "推論回数", "件数"),
    ),
)
_COLUMNS = ["id", "month", "energy_kwh", "calls"]


class MeteredMonth(BaseModel):
    """A model's energy in a calendar month, at the site (PUE included); the noun that is kept."""

    model_config = ConfigDict(frozen=True)

    model_id: str = Field(min_length=1)
    month: date
    """The first day of the month."""
    energy_kwh: float = Field(ge=0)
    calls: float | None = Field(default=None, ge=0)
    """None: nobody counted."""

    @property
    def key(self) -> str:
        """Identity: one figure a model and month."""
        return f"{self.model_id}/{self.month:%Y-%m}"


class MeteredIntake(BaseModel):
    """Readings taken in, and rows that cannot be, with number and reason."""

    model_config = ConfigDict(frozen=True)

    months: tuple[MeteredMonth, ...]
    wrong: tuple[tuple[int, Sentence], ...]


def read_metered(raw: pd.DataFrame) -> MeteredIntake:
    """Readings from a table with columns id, month, energy (any unit) and calls, however named.

    Raises `PortfolioError` when a column is missing.
    """
    raw = raw.rename(columns=str).dropna(how="all")
    numbers = raw.index if raw.index.name == ROW else pd.RangeIndex(2, 2 + len(raw))
    raw = raw.reset_index(drop=True)
    columns = {spec.name: _column(raw, spec) for spec in _SPECS}
    lacking = [n for n in ("id", "month", "energy_kwh") if columns[n] is None]
    if lacking:
        raise PortfolioError(
            sentence(
                "Meter readings need the columns id, month and energy; {lacking} is missing "
                "(found: {columns}).",
                lacking=", ".join(lacking),
                columns=", ".join(raw.columns[:12]),
            )
        )
    cells: dict[str, list[object]] = {}
    wrong: dict[int, Sentence] = {}
    for spec in _SPECS:
        name = columns[spec.name]
        if name is None:
            cells[spec.name] = [None] * len(raw)
            continue
        values, mistakes = converted(raw[name], spec, column_factor(name, spec)[0])
        cells[spec.name] = [None if pd.isna(v) else v for v in values]
        for place, reason in mistakes.items():
            wrong.setdefault(place, reason)
    for place in range(len(raw)):
        if any(cells[n][place] is None for n in ("id", "month", "energy_kwh")):
            wrong.setdefault(place, sentence("The row lacks an id, a month or an energy."))
    return MeteredIntake(
        months=tuple(
            MeteredMonth.model_validate(
                {
                    "model_id": str(cells["id"][i]),
                    "month": pd.Timestamp(str(cells["month"][i])).date().replace(day=1),
                    "energy_kwh": cells["energy_kwh"][i],
                    "calls": cells["calls"][i],
                }
            )
            for i in range(len(raw))
            if i not in wrong
        ),
        wrong=tuple((int(numbers[place]), reason) for place, reason in sorted(wrong.items())),
    )


def metered_frame(months: Iterable[MeteredMonth]) -> pd.DataFrame:
    """Readings as a table: id, month (date), energy_kwh, calls (NaN: not counted)."""
    rows = [(m.model_id, m.month, m.energy_kwh, m.calls) for m in months]
    made = pd.DataFrame(rows, columns=_COLUMNS)
    return made.astype({"energy_kwh": float, "calls": float})


def _column(raw: pd.DataFrame, spec: FieldSpec) -> str | None:
    names = {spec.name, *spec.aliases}
    for column in raw.columns:
        heading = column.split("(")[0].split("（")[0].split("[")[0].strip().casefold()
        if heading in names or heading.replace(" ", "_") in names:
            return column
    return None
