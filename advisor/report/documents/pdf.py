"""The management summary as PDF: two pages A4 by Typst, fonts embedded, then the annexes.

The date inside is the project's, so the same project gives the same bytes. Long tables are cut
until the summary stands on exactly two pages; what was cut is counted under the table and stands in
full in the workbook.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import typst

from advisor.figures import written
from advisor.report.chart import main_chart
from advisor.report.document import Block, Document, document_of
from advisor.report.edition import Edition, Section
from advisor.report.fonts import fonts_folder
from advisor.report.summary import Summary
from advisor.report.table import Table, cell_detail, cell_text
from advisor.report.typesetting import unbroken
from advisor.sentences import sentence

EXTENSION = "pdf"
_TEMPLATE = Path(__file__).parents[1] / "templates" / "summary.typ"
_FIRST = (Section.FOOTPRINT, Section.ACTIONS)
_SECOND = (
    Section.CHART,
    Section.RISK,
    Section.DECISIONS,
    Section.TAKEN,
    Section.UNKNOWNS,
)
_ANNEX = (Section.RESTATEMENTS, Section.MEASUREMENTS, Section.EVIDENCE)
_ROWS = {Section.FOOTPRINT: 8, Section.ACTIONS: 14, Section.RISK: 7, Section.TAKEN: 6}
_LEAST = {Section.FOOTPRINT: 3, Section.ACTIONS: 3, Section.RISK: 3, Section.TAKEN: 2}
_TALL_MM, _LOW_MM = 84.0, 62.0
"""Heights of the chart: as high as the page has room for, and where it has none."""


def render(summary: Summary, edition: Edition) -> bytes:
    """The PDF."""
    return _compile(_fitted(summary, edition), summary, "pdf")[0]


def preview(summary: Summary, edition: Edition, pixels_per_inch: float = 110) -> list[bytes]:
    """The pages as PNG, the way they will print."""
    return _compile(_fitted(summary, edition), summary, "png", pixels_per_inch)


def _fitted(summary: Summary, edition: Edition) -> dict[str, Any]:
    """The data of the template, cut until pages one and two hold what belongs on them."""
    document = document_of(summary, edition)
    rows = dict(_ROWS)
    data = _data(summary, document, edition, rows, _TALL_MM)
    height = _TALL_MM if _pages(data, summary, first=False) == 1 else _LOW_MM
    for first, sections in ((True, _FIRST), (False, _SECOND)):
        data = _data(summary, document, edition, rows, height)
        while _pages(data, summary, first=first) > 1:
            cut = _longest(document, rows, sections)
            if cut is None:
                break  # nothing left to cut: better a third page than a lost sentence
            rows[cut] -= 1
            data = _data(summary, document, edition, rows, height)
    return data


def _longest(
    document: Document, rows: dict[Section, int], sections: tuple[Section, ...]
) -> Section | None:
    candidates: list[tuple[int, Section]] = []
    for section in sections:
        block = document.block(section)
        if block is not None and block.table is not None and section in rows:
            rows[section] = min(rows[section], len(block.table.rows))
            if rows[section] > _LEAST[section]:
                candidates.append((rows[section], section))
    return max(candidates, key=lambda c: c[0])[1] if candidates else None


def _pages(data: dict[str, Any], summary: Summary, *, first: bool) -> int:
    """Pages taken by the first or the second page's content alone."""
    if first:
        part = data | {"annex": [], "second": []}
    else:
        part = data | {"annex": [], "first": [], "head": not data["first"]}
    return len(_compile(part, summary, "png", 10))


def _data(
    summary: Summary,
    document: Document,
    edition: Edition,
    rows: dict[Section, int],
    chart_mm: float,
) -> dict[str, Any]:
    return unbroken(_content(summary, document, edition, rows, chart_mm))


def _content(
    summary: Summary,
    document: Document,
    edition: Edition,
    rows: dict[Section, int],
    chart_mm: float,
) -> dict[str, Any]:
    language = edition.language

    def blocks(sections: tuple[Section, ...]) -> list[dict[str, Any]]:
        found = [document.block(s) for s in sections]
        return [_block(b, summary, edition, rows, chart_mm) for b in found if b is not None]

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
        "first": blocks(_FIRST),
        "second": blocks(_SECOND),
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


def _block(
    block: Block, summary: Summary, edition: Edition, rows: dict[Section, int], chart_mm: float
) -> dict[str, Any]:
    language = edition.language
    title = block.title.text(language)
    if block.chart:
        chart = main_chart(summary, language, height_mm=chart_mm)
        if chart is not None:
            return {
                "kind": "chart",
                "title": chart.title.text(language),
                "svg": chart.svg,
                "caption": chart.caption.text(language),
            }
    if block.table is not None:
        limit = rows.get(block.section)
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
