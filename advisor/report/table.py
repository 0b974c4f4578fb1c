"""The noun `Table` that every format sets in its own way, and how its cells are written.

A column of figures has one unit for all its rows, stated in its head; `cell_text` writes a figure
in it by the one rounding rule of `advisor.figures`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from advisor.figures import Language, reader_unit, unit_text, written
from advisor.quantities import Quantity
from advisor.sentences import Sentence


@dataclass(frozen=True)
class Told:
    """A cell with a second, smaller line: the reason beneath an action, the range of a place."""

    text: Sentence | str
    detail: Sentence | str


@dataclass(frozen=True)
class InUnit:
    """A figure in the unit of the figure beside it, in a column whose rows have units of their own.

    A `limit` is written as it was set, not rounded like a figure.
    """

    figure: Quantity
    unit: str
    limit: bool = False

    def text(self, language: Language) -> str:
        """The figure with its unit."""
        if self.limit:
            return f"{self.figure.to(self.unit).value:,g} {unit_text(self.unit, language)}"
        return written(self.figure, language, unit=self.unit).text

    def interval(self, language: Language) -> str:
        """The 95 % interval; empty for an exact figure."""
        if self.figure.low == self.figure.high:
            return ""
        shown = written(self.figure, language, unit=self.unit)
        return f"{shown.low} – {shown.high}"


Cell = Quantity | InUnit | Sentence | Told | str | int | float | None


@dataclass(frozen=True)
class Column:
    """A column's head, the unit of its figures, and whether it holds figures at all."""

    heading: Sentence
    unit: str | None = None
    figures: bool = False
    weight: float = 1.0
    """Width relative to the other columns."""

    def head(self, language: Language) -> str:
        """The head with the unit in brackets."""
        words, unit = self.heading.text(language), self.unit_head(language)
        return f"{words} {unit}" if unit else words

    def unit_head(self, language: Language) -> str:
        """The unit in brackets; empty where there is none to state."""
        return f"[{unit_text(self.unit, language)}]" if self.unit and self.unit_shown else ""

    @property
    def unit_shown(self) -> bool:
        """True where the head has a unit to state."""
        return self.unit is not None and unit_text(self.unit) != ""


@dataclass(frozen=True)
class Table:
    """A table before any layout. `total` is its last line; `more` how many rows are elsewhere."""

    key: str
    title: Sentence
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    more: int = 0
    note: Sentence | None = field(default=None)

    def first(self, count: int) -> Table:
        """The first rows only; the others are counted in `more`."""
        left = max(0, len(self.rows) - count)
        return Table(
            self.key, self.title, self.columns, self.rows[:count], self.total, left, self.note
        )


def cell_text(cell: Cell, column: Column, language: Language) -> str:
    """A cell as a reader sees it; unknown is said, never left as zero."""
    if isinstance(cell, Quantity):
        figure = written(cell, language, unit=column.unit)
        return figure.value if column.unit_shown else figure.text
    if isinstance(cell, InUnit):
        return cell.text(language)
    if cell is None:
        return written(None, language).value
    if isinstance(cell, Sentence):
        return cell.text(language)
    if isinstance(cell, Told):
        return _words(cell.text, language)
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, float):
        return f"{cell:,.4g}"
    return cell


def whole_days(days: float | None) -> Cell:
    """Engineer days for a reader: whole ones, and tenths only below ten."""
    return days if days is None or days < 10 else round(days)


def _words(text: Sentence | str, language: Language) -> str:
    return text.text(language) if isinstance(text, Sentence) else text


def cell_detail(cell: Cell, column: Column, language: Language) -> str:
    """What stands small beneath a cell: the 95 % interval of a figure, the reason of an action."""
    if isinstance(cell, Told):
        return _words(cell.detail, language)
    if isinstance(cell, InUnit):
        return cell.interval(language)
    if not isinstance(cell, Quantity) or cell.low == cell.high:
        return ""
    figure = written(cell, language, unit=column.unit)
    return f"{figure.low} – {figure.high}"


def column_unit(figures: Iterable[Quantity | None], fallback: str) -> str:
    """The one unit of a column: what suits a tenth of its largest figure, so that the rows that
    matter most are neither fractions nor six digits long."""
    known = [q for q in figures if q is not None and q.value]
    if not known:
        return fallback
    largest = max(abs(q.to(known[0].unit).value) for q in known)
    return reader_unit(known[0].model_copy(update={"value": largest / 10}))
