"""The management summary as PDF: two pages A4 by Typst, fonts embedded, then the annexes.

The date inside is the project's, so the same project gives the same bytes. Long tables are cut
until the summary stands on exactly two pages; what was cut is counted under the table and stands in
full in the workbook.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import typst

from advisor.figures import written
from advisor.report.chart import Chart
from advisor.report.document import Block, Document, document_of
from advisor.report.edition import Edition, Section
from advisor.report.fonts import fonts_folder
from advisor.report.main_chart import main_chart
from advisor.report.summary import Summary
from advisor.report.table import Table, cell_detail, cell_text
from advisor.report.typesetting import unbroken
from advisor.sentences import sentence

EXTENSION = "pdf"
_TEMPLATE = Path(__file__).parents[1] / "templates" / "summary.typ"
_FIRST = (Section.FOOTPRINT, Section.KINDS, Section.ACTIONS)
_SECOND = (
    Section.CHART,
    Section.RISK,
    Section.DECISIONS,
    Section.TAKEN,
    Section.UNKNOWNS,
    Section.BASIS,
)
_ANNEX = (Section.RESTATEMENTS, Section.MEASUREMENTS, Section.EVIDENCE)
_ROWS = {
    Section.FOOTPRINT: 8,
    Section.KINDS: 8,
    Section.ACTIONS: 14,
    Section.RISK: 7,
    Section.TAKEN: 6,
}
_LEAST = {
    Section.ACTIONS: 4,
    Section.FOOTPRINT: 3,
    Section.KINDS: 3,
    Section.TAKEN: 2,
    Section.RISK: 3,
}
"""Rows that a table keeps however little room there is; the first of these is cut first."""
_TALL_MM, _LOW_MM, _LOWEST_MM = 84.0, 62.0, 44.0
"""Heights of the chart: as high as the page has room for, and where it has none."""


def render(summary: Summary, edition: Edition) -> bytes:
    """The PDF."""
    return _compile(_fitted(summary, edition), summary, "pdf")[0]


def preview(summary: Summary, edition: Edition, pixels_per_inch: float = 110) -> list[bytes]:
    """The pages as PNG, the way they will print."""
    return _compile(_fitted(summary, edition), summary, "png", pixels_per_inch)


def _fitted(summary: Summary, edition: Edition) -> dict[str, Any]:
    """The data of the template, cut until pages one and two hold what belongs on them.

    The chart moves to the first page where there is room for it beneath the tables.
    """
    setting = _Setting(summary, document_of(summary, edition), edition)
    if not setting.chart_fits_first():
        for lower in (_LOW_MM, _LOWEST_MM):
            if setting.pages(first=False) > 1:
                setting.chart_mm = lower
    for first in (True, False):
        while setting.pages(first=first) > 1 and setting.cut(first=first):
            pass  # nothing left to cut: better a third page than a lost sentence
    return setting.data()


@dataclass
class _Setting:
    """One way to set a document: how many rows of each table, where and how high the chart."""

    summary: Summary
    document: Document
    edition: Edition
    first: tuple[Section, ...] = _FIRST
    chart_mm: float = _TALL_MM
    rows: dict[Section, int] = field(default_factory=lambda: dict(_ROWS))
    drawn: dict[float, Chart | None] = field(default_factory=dict[float, Chart | None])

    def data(self) -> dict[str, Any]:
        """The data of the template."""
        return unbroken(_content(self))

    def chart(self) -> Chart | None:
        """The chart in its height, drawn once."""
        if self.chart_mm not in self.drawn:
            chart = main_chart(self.summary, self.edition.language, height_mm=self.chart_mm)
            self.drawn[self.chart_mm] = chart
        return self.drawn[self.chart_mm]

    def second(self) -> tuple[Section, ...]:
        """The sections of the second page."""
        return tuple(s for s in _SECOND if s not in self.first)

    def pages(self, *, first: bool) -> int:
        """Pages taken by the first or the second page's content alone."""
        data = self.data()
        if first:
            part = data | {"annex": [], "second": []}
        else:
            part = data | {"annex": [], "first": [], "head": not data["first"]}
        return len(_compile(part, self.summary, "png", 10))

    def chart_fits_first(self) -> bool:
        """Put the chart on the first page if it has room there, as high as it can be."""
        if self.pages(first=True) > 1:
            return False
        self.first = (*_FIRST, Section.CHART)
        for self.chart_mm in (_TALL_MM, _LOW_MM):
            if self.pages(first=True) == 1:
                return True
        self.first, self.chart_mm = _FIRST, _TALL_MM
        return False

    def cut(self, *, first: bool) -> bool:
        """Take a row from the table that can best spare it; False where none can."""
        for section, least in _LEAST.items():
            block = self.document.block(section)
            here = section in (self.first if first else self.second())
            if here and block is not None and block.table is not None:
                self.rows[section] = min(self.rows[section], len(block.table.rows))
                if self.rows[section] > least:
                    self.rows[section] -= 1
                    return True
        return False


def _content(setting: _Setting) -> dict[str, Any]:
    summary, document, edition = setting.summary, setting.document, setting.edition
    language = edition.language

    def blocks(sections: tuple[Section, ...]) -> list[dict[str, Any]]:
        found = [document.block(s) for s in sections]
        return [_block(b, setting) for b in found if b is not None]

    return {
        "head": True,
        "language": language,
        "title": document.title.text(language),
        "organisation": summary.organisation or summary.project,
        "logo": _logo(summary),
        "date": [summary.as_of.year, summary.as_of.month, summary.as_of.day],
        "running": f"{document.title.text(language)} · {summary.as_of.isoformat()}",
        "footer": _footer(summary, edition),
        "fictitious": sentence("Fictitious data").text(language) if summary.fictitious else "",
        "headline": document.headline.text(language),
        "tiles": [
            {
                "label": tile.label.text(language),
                "value": tile.shown(language).value,
                "unit": tile.shown(language).unit,
                "interval": tile_note(tile.figure, edition),
            }
            for tile in document.tiles
        ],
        "first": blocks(setting.first),
        "second": blocks(setting.second()),
        "annex": blocks(_ANNEX),
        "sign": [
            sentence(words).text(language)
            for words in ("Decided by", "Date", "Signature")
            if edition.shows(Section.DECISIONS)
        ],
    }


def tile_note(figure: Any, edition: Edition) -> str:
    """Interval and provenance beneath a large figure; empty where it is unknown."""
    if figure is None:
        return ""
    shown = written(figure, edition.language)
    parts = [sentence(str(figure.provenance)).text(edition.language)]
    if shown.interval:
        words = sentence("95 % interval").text(edition.language)
        parts.insert(0, f"{words} {shown.low} – {shown.high}")
    return " · ".join(parts)


def _block(block: Block, setting: _Setting) -> dict[str, Any]:
    edition, language = setting.edition, setting.edition.language
    title = block.title.text(language)
    if block.chart:
        chart = setting.chart()
        if chart is not None:
            return {
                "kind": "chart",
                "title": chart.title.text(language),
                "svg": chart.svg,
                "caption": chart.caption.text(language),
            }
    if block.table is not None:
        limit = setting.rows.get(block.section)
        table = block.table if limit is None else block.table.first(limit)
        return {"kind": "table", "title": title, "table": _table(table, edition)}
    kind = "decisions" if block.section is Section.DECISIONS else "list"
    return {"kind": kind, "title": title, "items": [i.text(language) for i in block.items]}


def _table(table: Table, edition: Edition) -> dict[str, Any]:
    language = edition.language

    def line(cells: tuple[Any, ...]) -> list[dict[str, str]]:
        return [
            {
                "text": cell_text(cell, column, language),
                "detail": cell_detail(cell, column, language),
            }
            for cell, column in zip(cells, table.columns, strict=True)
        ]

    more = sentence("{count} more in the workbook.", count=table.more)
    return {
        "columns": [
            {
                "head": c.heading.text(language),
                "unit": c.unit_head(language),
                "figures": c.figures,
                "weight": c.weight,
            }
            for c in table.columns
        ],
        "rows": [line(row) for row in table.rows],
        "total": line(table.total) if table.total else None,
        "more": more.text(language) if table.more else "",
        "note": table.note.text(language) if table.note else "",
    }


def _logo(summary: Summary) -> dict[str, Any] | None:
    if summary.logo is None:
        return None
    kind = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}
    return {
        "bytes": list(base64.b64decode(summary.logo.base64)),
        "format": kind[summary.logo.media_type],
    }


def _footer(summary: Summary, edition: Edition) -> str:
    parts = [summary.program, f"{sentence('Project').text(edition.language)} {summary.project}"]
    if summary.log_head:
        parts.append(f"{sentence('Event log').text(edition.language)} {summary.log_head[:16]}")
    return " · ".join(p for p in parts if p)


def _compile(
    data: dict[str, Any], summary: Summary, kind: Any, pixels_per_inch: float | None = None
) -> list[bytes]:
    return _typeset(_TEMPLATE, data, summary.as_of, kind, pixels_per_inch)


def compile_page(template: Path, data: dict[str, Any], as_of: date) -> bytes:
    """Another template of ours as PDF, with the same fonts and the project's date."""
    return _typeset(template, data, as_of, "pdf", None)[0]


def _typeset(
    template: Path, data: dict[str, Any], as_of: date, kind: Any, pixels_per_inch: float | None
) -> list[bytes]:
    standards: list[typst.PDFStandard] = ["a-2b"] if kind == "pdf" else []
    made: Any = typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format=kind,
        ppi=pixels_per_inch,
        pdf_standards=standards,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=datetime.combine(as_of, time(), UTC),
    )
    return list(made) if isinstance(made, list) else [bytes(made)]


@cache
def _fonts() -> typst.Fonts:
    """The shipped fonts; the system's too where they are missing, rather than no text at all."""
    folder = fonts_folder()
    return typst.Fonts(
        include_system_fonts=not folder.is_dir(),
        include_embedded_fonts=not folder.is_dir(),
        font_paths=[folder],
    )
