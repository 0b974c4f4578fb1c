"""Sheets of a workbook: a table's columns with units in their heads, numbers unrounded beneath.

A figure takes its value, the ends of its 95 % interval and its evidence; a number format shows it
rounded, the cell keeps it whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from xlsxwriter.utility import xl_col_to_name

from advisor.figures import Language, decimals, unit_text
from advisor.quantities import Quantity
from advisor.report.edition import Edition
from advisor.report.table import Table, cell_text
from advisor.sentences import Sentence, sentence

Row = TypeVar("Row")
Value = Quantity | Sentence | str | int | float | None


@dataclass(frozen=True)
class Field(Generic[Row]):
    """One column of a sheet: head, how to read it off a row, and its unit if it holds figures."""

    head: Sentence
    read: Callable[[Row], Value]
    unit: str | None = None
    width: float = 14
    summed: bool = False
    interval: bool = True


@dataclass(frozen=True)
class Placed:
    """Where a sheet's columns stand: head template → letter, and the first and last row."""

    sheet: str
    letters: dict[str, str]
    first: int
    last: int

    def span(self, head: str) -> str:
        """The cells of a column as an absolute range."""
        letter = self.letters[head]
        return f"'{self.sheet}'!${letter}${self.first}:${letter}${self.last}"


class Writer:
    """Writes tables into sheets with the few formats of the workbook."""

    def __init__(self, book: Any, edition: Edition) -> None:
        self.book = book
        self.language: Language = edition.language
        family = {"font_name": "Yu Gothic" if edition.language == "ja" else "Calibri"}
        self.plain = book.add_format(family | {"valign": "top"})
        self.bold = book.add_format(family | {"bold": True})
        self.title = book.add_format(family | {"bold": True, "font_size": 14, "text_wrap": True})
        self.head = book.add_format(
            family
            | {"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#E6EEEB"}
            | {"bottom": 1, "align": "center"}
        )
        self.wrap = book.add_format(family | {"text_wrap": True, "valign": "top"})
        self._family = family
        self._numbers: dict[tuple[int, bool], Any] = {}

    def number(self, places: int, *, bold: bool = False) -> Any:
        """The cell format that shows a value with so many decimal places."""
        key = (max(places, 0), bold)
        if key not in self._numbers:
            shape = "#,##0" + ("." + "0" * key[0] if key[0] else "")
            self._numbers[key] = self.book.add_format(
                self._family | {"num_format": shape, "bold": bold}
            )
        return self._numbers[key]

    def text(self, words: Sentence | str) -> str:
        """Words in the workbook's language."""
        return words.text(self.language) if isinstance(words, Sentence) else words

    def sheet(self, title: Sentence, fields: Sequence[Field[Row]], rows: Sequence[Row]) -> Placed:
        """One table on its own sheet; a total line of formulas where columns can be summed."""
        name = self.text(title)
        page = self.book.add_worksheet(name)
        used = [f for f in fields if any(f.read(r) is not None for r in rows)] or list(fields)
        letters, column = {}, 0
        for field in used:
            letters[field.head.template] = xl_col_to_name(column)
            column = self._column(page, column, field, rows)
        page.freeze_panes(1, min(2, column))
        page.set_row(0, 48)
        if rows and column:
            page.autofilter(0, 0, len(rows), column - 1)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        return Placed(name, letters, 2, len(rows) + 1)

    def _column(self, page: Any, column: int, field: Field[Row], rows: Sequence[Row]) -> int:
        values = [field.read(r) for r in rows]
        if not any(isinstance(v, Quantity) for v in values):
            page.set_column(column, column, field.width)
            page.write_string(0, column, self.text(field.head), self.head)
            for number, value in enumerate(values, start=1):
                self._cell(page, number, column, value)
            return column + 1
        return self._figures(page, column, field, values)

    def _figures(self, page: Any, column: int, field: Field[Row], values: Sequence[Value]) -> int:
        known = [v for v in values if isinstance(v, Quantity)]
        units = {v.unit for v in known}
        unit = field.unit or (units.pop() if len(units) == 1 else None)
        head = self.text(field.head) + (f" [{unit_text(unit, self.language)}]" if unit else "")
        parts = ["", *(["2.5 %", "97.5 %", sentence("rounded")] if field.interval else [])]
        if unit is None:
            parts.append(sentence("Unit"))
        parts.append(sentence("Evidence"))
        for offset, part in enumerate(parts):
            words = f"{head} {self.text(part)}".strip()
            page.write_string(0, column + offset, words, self.head)
        page.set_column(column, column + len(parts) - 1, 12)
        for number, value in enumerate(values, start=1):
            if isinstance(value, Quantity):  # unknown stays empty: never zero
                self._figure(page, number, column, field, value.to(unit) if unit else value, unit)
        if field.summed and values and unit is not None:
            self._total(page, column, len(values), [v.to(unit).value for v in known])
        return column + len(parts)

    def _figure(
        self, page: Any, row: int, column: int, field: Field[Any], q: Quantity, unit: str | None
    ) -> None:
        """Value, ends of the interval, the value as the documents write it, unit, evidence."""
        places = decimals(q.value, q.low, q.high)
        shape = self.number(places)
        page.write_number(row, column, q.value, shape)
        at = column + 1
        if field.interval:
            page.write_number(row, at, q.low, shape)
            page.write_number(row, at + 1, q.high, shape)
            cell = f"{xl_col_to_name(column)}{row + 1}"
            formula = f"=ROUND({cell},{places})"
            page.write_formula(row, at + 2, formula, shape, round(q.value, places))
            at += 3
        if unit is None:
            page.write_string(row, at, unit_text(q.unit, self.language), self.plain)
            at += 1
        page.write_string(row, at, self.text(sentence(str(q.provenance))), self.plain)

    def _total(self, page: Any, column: int, count: int, values: list[float]) -> None:
        letter = xl_col_to_name(column)
        formula = f"=SUM({letter}2:{letter}{count + 1})"
        page.write_formula(count + 2, column, formula, self.number(1, bold=True), sum(values))
        page.write_string(count + 2, 0, self.text(sentence("Total of what is known")), self.bold)

    def _cell(self, page: Any, row: int, column: int, value: Value) -> None:
        if value is None:
            return
        if isinstance(value, int | float):
            page.write_number(row, column, value, self.plain)
        elif isinstance(value, str | Sentence):
            page.write_string(row, column, self.text(value), self.wrap)

    def words(self, table: Table) -> None:
        """A table whose cells are words, on its own sheet."""
        page = self.book.add_worksheet(self.text(table.title))
        for number, column in enumerate(table.columns):
            page.set_column(number, number, 18 * column.weight)
            page.write_string(0, number, column.head(self.language), self.head)
            for line, row in enumerate(table.rows, start=1):
                text = cell_text(row[number], column, self.language)
                page.write_string(line, number, text, self.wrap)
        page.freeze_panes(1, 0)
