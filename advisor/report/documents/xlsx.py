"""Every number behind the summary as XLSX: one sheet a table, units in the heads, live formulas.

Sheets hold unrounded values with the number format that the rounding rule of `advisor.figures`
gives, so what is displayed is what the documents say; the figures of the first sheet are rounded by
formula. Totals and derived columns are formulas, each with its value stored for readers that do not
recalculate.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Generic, TypeVar

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from advisor.figures import Language, decimals, reader_unit, rounded, unit_text
from advisor.quantities import Quantity
from advisor.report.archive import redated
from advisor.report.document import document_of
from advisor.report.edition import Edition
from advisor.report.summary import Action, FootprintRow, MeasuredRow, RiskRow, Summary
from advisor.report.tables import Table, cell_text, evidence_table, restatements_table
from advisor.sentences import Sentence, sentence

EXTENSION = "xlsx"
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


def render(summary: Summary, edition: Edition) -> bytes:
    """The workbook; its dates are the project's."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties(
        {
            "title": document_of(summary, edition).title.text(edition.language),
            "company": summary.organisation,
            "created": datetime.combine(summary.as_of, time()),
        }
    )
    writer = _Writer(book, edition)
    front = book.add_worksheet(sentence("Summary").text(edition.language))
    footprint = writer.sheet(sentence("Footprint"), _FOOTPRINT, summary.footprint)
    writer.sheet(sentence("Options"), _OPTIONS, summary.options)
    if summary.risk:
        writer.sheet(sentence("Risk position"), _RISK, summary.risk)
    if summary.measured:
        writer.sheet(sentence("Measurements"), _MEASURED, summary.measured)
    for table in (restatements_table(summary), evidence_table(summary)):
        if table.rows:
            writer.words(table)
    _front(front, writer, summary, footprint)
    book.close()
    return redated(out.getvalue(), summary.as_of)


_FOOTPRINT: tuple[Field[FootprintRow], ...] = (
    Field(sentence("Model id"), lambda r: r.id),
    Field(sentence("Model"), lambda r: r.name, width=28),
    Field(sentence("Business line"), lambda r: r.group, width=20),
    Field(sentence("Owner"), lambda r: r.owner),
    Field(sentence("Stage"), lambda r: r.stage),
    Field(sentence("Tier"), lambda r: r.tier, width=7),
    Field(sentence("Region"), lambda r: r.region, width=9),
    Field(sentence("Hardware"), lambda r: r.hardware, width=18),
    Field(sentence("Inferences per year"), lambda r: r.calls_per_year),
    Field(sentence("Energy per inference"), lambda r: r.energy_per_call),
    Field(sentence("Energy"), lambda r: r.energy, "kWh/year", summed=True),
    Field(sentence("Carbon, location-based"), lambda r: r.carbon, "kgCO2e/year", summed=True),
    Field(sentence("Carbon, market-based"), lambda r: r.carbon_market, "kgCO2e/year", summed=True),
)
_OPTIONS: tuple[Field[Action], ...] = (
    Field(sentence("Place"), lambda a: a.place, width=7),
    Field(sentence("Place, from"), lambda a: a.place_low, width=7),
    Field(sentence("Place, to"), lambda a: a.place_high, width=7),
    Field(sentence("Model id"), lambda a: a.model_id),
    Field(sentence("Model"), lambda a: a.model, width=28),
    Field(sentence("Action"), lambda a: sentence(a.name), width=32),
    Field(sentence("Verdict"), lambda a: sentence(str(a.verdict)), width=20),
    Field(sentence("Saves"), lambda a: a.saved, "kgCO2e/year"),
    Field(sentence("Accuracy given up"), lambda a: a.accuracy_loss, "point"),
    Field(sentence("Saved per point given up"), lambda a: a.incremental),
    Field(sentence("One-off cost"), lambda a: a.cost, interval=False),
    Field(sentence("Engineer days"), lambda a: a.engineer_days),
    Field(sentence("Probability of being the best choice"), lambda a: a.probability),
    Field(sentence("Decision"), lambda a: a.decision),
    Field(sentence("Why"), lambda a: a.reason, width=60),
)
_RISK: tuple[Field[RiskRow], ...] = (
    Field(sentence("Indicator"), lambda r: r.name, width=44),
    Field(sentence("Today"), lambda r: r.before),
    Field(sentence("After the actions"), lambda r: r.after),
    Field(sentence("Amber limit"), lambda r: r.amber, interval=False),
    Field(sentence("Red limit"), lambda r: r.red, interval=False),
    Field(sentence("Status today"), lambda r: sentence(r.status_before)),
    Field(sentence("Status after the actions"), lambda r: sentence(r.status_after)),
)
_MEASURED: tuple[Field[MeasuredRow], ...] = (
    Field(sentence("Run"), lambda m: m.run_id, width=20),
    Field(sentence("Candidate"), lambda m: m.name, width=28),
    Field(sentence("SHA-256"), lambda m: m.sha256, width=20),
    Field(sentence("Device"), lambda m: m.device, width=24),
    Field(sentence("Energy per inference"), lambda m: m.energy),
    Field(sentence("Median latency"), lambda m: m.latency_p50, "ms"),
    Field(sentence("Throughput"), lambda m: m.throughput),
    Field(sentence("Metric"), lambda m: m.metric),
    Field(sentence("Accuracy"), lambda m: m.accuracy),
    Field(sentence("Windows used"), lambda m: m.windows_used),
    Field(sentence("Windows left out"), lambda m: m.windows_excluded),
    Field(sentence("Coverage"), lambda m: m.coverage, width=40),
)


class _Writer:
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
        parts = ["", *(["2.5 %", "97.5 %"] if field.interval else [])]
        if unit is None:
            parts.append(self.text(sentence("Unit")))
        parts.append(self.text(sentence("Evidence")))
        for offset, part in enumerate(parts):
            page.write_string(0, column + offset, f"{head} {part}".strip(), self.head)
        page.set_column(column, column + len(parts) - 1, 12)
        for number, value in enumerate(values, start=1):
            if not isinstance(value, Quantity):
                continue  # unknown stays empty: never zero
            q = value.to(unit) if unit else value
            shape = self.number(decimals(q.value, q.low, q.high))
            cells: list[float | str] = [q.value, *((q.low, q.high) if field.interval else ())]
            cells += [unit_text(q.unit, self.language)] if unit is None else []
            cells.append(self.text(sentence(str(q.provenance))))
            for offset, cell in enumerate(cells):
                if isinstance(cell, str):
                    page.write_string(number, column + offset, cell, self.plain)
                else:
                    page.write_number(number, column + offset, cell, shape)
        if field.summed and values and unit is not None:
            self._total(page, column, len(values), [v.to(unit).value for v in known])
        return column + len(parts)

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


def _front(page: Any, writer: _Writer, s: Summary, footprint: Placed) -> None:
    document = document_of(s, Edition(language=writer.language))
    page.set_column(0, 0, 52)
    page.set_column(1, 4, 18)
    page.hide_gridlines(2)
    page.merge_range(0, 0, 0, 4, writer.text(document.headline), writer.title)
    page.set_row(0, 64)
    page.write_string(1, 0, f"{s.organisation or s.project} · {s.as_of.isoformat()}", writer.plain)
    line = 3
    heads = (sentence("Figure"), sentence("Value"), "2.5 %", "97.5 %", sentence("Unit"))
    for column, head in enumerate(heads):
        page.write_string(line, column, writer.text(head), writer.head)
    for tile in document.tiles:
        line += 1
        page.write_string(line, 0, writer.text(tile.label), writer.plain)
        _figure(page, writer, line, tile.figure)
    line = _by_line(page, writer, s, footprint, line + 2)
    for title, items in (
        (sentence("Decisions asked for"), s.decisions_asked),
        (sentence("What we do not know"), s.unknowns),
    ):
        line = _listed(page, writer, line + 1, title, items)


def _figure(page: Any, writer: _Writer, line: int, figure: Quantity | None) -> None:
    """Value and interval rounded by formula, in the unit in which every document shows them."""
    if figure is None:
        page.write_string(line, 1, writer.text(sentence("unknown")), writer.plain)
        return
    q = figure.to(reader_unit(figure))
    places = decimals(q.value, q.low, q.high)
    for column, number in enumerate((q.value, q.low, q.high), start=1):
        page.write_formula(
            line,
            column,
            f"=ROUND({number!r},{places})",
            writer.number(places, bold=column == 1),
            rounded(q) if column == 1 else round(number, places),
        )
    page.write_string(line, 4, unit_text(q.unit, writer.language), writer.plain)


def _by_line(page: Any, writer: _Writer, s: Summary, placed: Placed, line: int) -> int:
    """Carbon by business line, summed by formula over the sheet of the footprint."""
    groups = sorted({r.group for r in s.footprint if r.group})
    if len(groups) < 2 or "Carbon, location-based" not in placed.letters:
        return line
    unit = unit_text("kgCO2e/year", writer.language)
    head = f"{writer.text(sentence('Carbon, location-based'))} [{unit}]"
    for column, words in enumerate((sentence("Business line"), sentence("Models"), head)):
        page.write_string(line, column, writer.text(words), writer.head)
    names = placed.span("Business line")
    for group in groups:
        line += 1
        members = [r for r in s.footprint if r.group == group]
        carbon = sum(r.carbon.to("kgCO2e/year").value for r in members if r.carbon)
        page.write_string(line, 0, group, writer.plain)
        span = placed.span("Carbon, location-based")
        count = f"=COUNTIF({names},A{line + 1})"
        whole = f"=SUMIFS({span},{names},A{line + 1})"
        page.write_formula(line, 1, count, writer.number(0), len(members))
        page.write_formula(line, 2, whole, writer.number(0), carbon)
    return line + 1


def _listed(
    page: Any, writer: _Writer, line: int, title: Sentence, items: Iterable[Sentence]
) -> int:
    page.write_string(line, 0, writer.text(title), writer.bold)
    for item in items:
        line += 1
        page.merge_range(line, 0, line, 4, writer.text(item), writer.wrap)
        page.set_row(line, 32)
    return line + 1
