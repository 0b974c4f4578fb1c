"""Every number behind the summary as XLSX: one sheet a table, units in the heads, live formulas.

Sheets hold unrounded values; beside each figure stands what the documents say, rounded by formula
with the places that the rule of `advisor.figures` gives. Totals are formulas too, each with its
value stored for readers that do not recalculate.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

import xlsxwriter

from advisor.figures import decimals, reader_unit, rounded, unit_text
from advisor.quantities import Quantity
from advisor.report.archive import redated
from advisor.report.document import document_of
from advisor.report.documents.sheets import Field, Placed, Writer
from advisor.report.edition import Edition
from advisor.report.summary import (
    Action,
    DecisionRow,
    FootprintRow,
    MeasuredRow,
    Restatement,
    RiskRow,
    Summary,
)
from advisor.report.tables import evidence_table
from advisor.sentences import Sentence, sentence

EXTENSION = "xlsx"


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
    writer = Writer(book, edition)
    front = book.add_worksheet(sentence("Summary").text(edition.language))
    footprint = writer.sheet(sentence("Footprint"), _FOOTPRINT, summary.footprint)
    writer.sheet(sentence("Options"), _OPTIONS, summary.options)
    if summary.risk:
        writer.sheet(sentence("Risk position"), _RISK, summary.risk)
    if summary.measured:
        writer.sheet(sentence("Measurements"), _MEASURED, summary.measured)
    if summary.decisions:
        writer.sheet(sentence("Decisions"), _DECISIONS, summary.decisions)
    if summary.restatements:
        writer.sheet(sentence("Restated figures"), _RESTATED, summary.restatements)
    if summary.evidence:
        writer.words(evidence_table(summary))
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
    Field(sentence("Embodied carbon"), lambda r: r.embodied, "kgCO2e/year", summed=True),
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
    Field(sentence("Accuracy given up"), lambda a: a.accuracy_loss),
    Field(sentence("Saved per point given up"), lambda a: a.incremental),
    Field(sentence("One-off cost"), lambda a: a.cost, interval=False),
    Field(sentence("Engineer days"), lambda a: a.engineer_days),
    Field(sentence("Probability of being the best choice"), lambda a: a.probability),
    Field(sentence("Decision"), lambda a: sentence(a.decision) if a.decision else None),
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
_DECISIONS: tuple[Field[DecisionRow], ...] = (
    Field(sentence("Model"), lambda d: d.model, width=28),
    Field(sentence("Action"), lambda d: sentence(d.name), width=32),
    Field(sentence("Decision"), lambda d: sentence(d.state)),
    Field(sentence("Day"), lambda d: d.on.isoformat()),
    Field(sentence("By"), lambda d: d.by, width=18),
    Field(sentence("Why"), lambda d: d.reason, width=50),
    Field(sentence("Until, or from"), lambda d: d.until.isoformat() if d.until else None),
    Field(sentence("Saves"), lambda d: d.saved, "kgCO2e/year"),
)
_RESTATED: tuple[Field[Restatement], ...] = (
    Field(sentence("Figure"), lambda r: r.figure, width=40),
    Field(sentence("Stated before"), lambda r: r.before),
    Field(sentence("Stated now"), lambda r: r.after),
    Field(sentence("Difference"), lambda r: r.difference),
    Field(sentence("Why"), lambda r: r.reason, width=60),
    Field(sentence("Day"), lambda r: r.at[:10]),
    Field(sentence("By"), lambda r: r.who, width=18),
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


def _front(page: Any, writer: Writer, s: Summary, footprint: Placed) -> None:
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
        if tile.figure is None:
            page.write_string(line, 1, tile.shown(writer.language).value, writer.plain)
        else:
            _figure(page, writer, line, tile.figure)
    line = _by_line(page, writer, s, footprint, line + 2)
    for title, items in (
        (sentence("Decisions asked for"), s.decisions_asked),
        (sentence("What we do not know"), s.unknowns),
    ):
        line = _listed(page, writer, line + 1, title, items)


def _figure(page: Any, writer: Writer, line: int, figure: Quantity) -> None:
    """Value and interval rounded by formula, in the unit in which every document shows them."""
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


def _by_line(page: Any, writer: Writer, s: Summary, placed: Placed, line: int) -> int:
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
    page: Any, writer: Writer, line: int, title: Sentence, items: Iterable[Sentence]
) -> int:
    page.write_string(line, 0, writer.text(title), writer.bold)
    for item in items:
        line += 1
        page.merge_range(line, 0, line, 4, writer.text(item), writer.wrap)
        page.set_row(line, 32)
    return line + 1
