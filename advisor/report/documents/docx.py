"""The summary as DOCX, for those who edit: real headings, real tables, the chart as a picture."""

from __future__ import annotations

import base64
import io
from datetime import datetime, time
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from advisor.report.archive import redated
from advisor.report.document import Block, document_of
from advisor.report.documents.pdf import tile_note
from advisor.report.edition import Edition
from advisor.report.main_chart import main_chart
from advisor.report.summary import Summary
from advisor.report.table import Cell, Column, Table, cell_detail, cell_text
from advisor.report.typesetting import unbroken
from advisor.sentences import sentence

EXTENSION = "docx"
_ACCENT, _MUTED = RGBColor(0x0B, 0x64, 0x50), RGBColor(0x5B, 0x68, 0x72)
_ROWS, _NARROWEST = 25, 0.8


def render(summary: Summary, edition: Edition) -> bytes:
    """The document; its dates are the project's."""
    language = edition.language
    content = document_of(summary, edition)
    word: Any = docx.Document()
    _set_styles(word, edition)
    _head(word, summary, edition, content.title.text(language))
    word.add_heading(unbroken(content.headline.text(language)), level=1)
    if summary.fictitious:
        word.add_paragraph(sentence("Fictitious data").text(language)).runs[0].italic = True
    figures = word.add_table(rows=1, cols=len(content.tiles))
    for place, tile in zip(figures.rows[0].cells, content.tiles, strict=True):
        shown = tile.shown(language)
        _small(place.paragraphs[0], tile.label.text(language))
        large = place.add_paragraph().add_run(unbroken(shown.text))
        large.bold, large.font.size = True, Pt(15)
        _small(place.add_paragraph(), unbroken(tile_note(tile.figure, edition)))
    for block in content.blocks:
        _block(word, block, summary, edition)
    out = io.BytesIO()
    word.save(out)
    return redated(out.getvalue(), summary.as_of)


def _set_styles(word: Any, edition: Edition) -> None:
    latin, asian = "Calibri", "Yu Gothic"  # what Word has in every language; Noto where it is there
    for name, size in (("Normal", 10), ("Heading 1", 16), ("Heading 2", 12)):
        style = word.styles[name]
        style.font.name, style.font.size = latin, Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), asian)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme"):
            fonts.attrib.pop(qn(theme), None)
        if name != "Normal":
            style.font.color.rgb = _ACCENT if name == "Heading 2" else RGBColor(0x16, 0x22, 0x2C)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-GB")
    language.set(qn("w:eastAsia"), "ja-JP" if edition.language == "ja" else "en-GB")
    word.styles["Normal"].element.get_or_add_rPr().append(language)
    page = word.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2)
    page.top_margin, page.bottom_margin = Cm(2.2), Cm(1.8)


def _head(word: Any, summary: Summary, edition: Edition, title: str) -> None:
    properties = word.core_properties
    properties.title, properties.author = title, summary.organisation
    properties.created = properties.modified = datetime.combine(summary.as_of, time())
    properties.comments = properties.last_modified_by = ""
    properties.language = edition.language
    line = word.sections[0].header.paragraphs[0]
    if summary.logo is not None and summary.logo.media_type != "image/svg+xml":
        picture = io.BytesIO(base64.b64decode(summary.logo.base64))
        shape = line.add_run().add_picture(picture, height=Cm(0.8))
        if shape.width > Cm(4):
            shape.width, shape.height = Cm(4), int(shape.height * Cm(4) / shape.width)
        line.add_run("  ")
    line.add_run(summary.organisation or summary.project).bold = True
    _small(line, f"  ·  {title}  ·  {summary.as_of.isoformat()}")
    foot = f"{summary.program} · {sentence('Project').text(edition.language)} {summary.project}"
    _small(word.sections[0].footer.paragraphs[0], foot)


def _block(word: Any, block: Block, summary: Summary, edition: Edition) -> None:
    language = edition.language
    chart = main_chart(summary, language) if block.chart else None
    word.add_heading((chart.title if chart else block.title).text(language), level=2)
    if block.chart:
        if chart is not None:
            caption = unbroken(chart.caption.text(language))
            word.add_picture(io.BytesIO(chart.png), width=Cm(17))
            word.paragraphs[-1]._p.xpath(".//wp:docPr")[0].set("descr", caption)
            _small(word.add_paragraph(), caption)
    elif block.table is not None:
        _table(word, block.table.first(_ROWS), edition)
    else:
        for item in block.items:
            word.add_paragraph(unbroken(item.text(language)), style="List Bullet")


def _table(word: Any, table: Table, edition: Edition) -> None:
    language = edition.language
    lines = [*table.rows, *((table.total,) if table.total else ())]
    grid = word.add_table(rows=1 + len(lines), cols=len(table.columns))
    grid.autofit = False
    _rules(grid)
    weights = [max(c.weight, _NARROWEST) for c in table.columns]
    for number, column in enumerate(table.columns):
        width = Cm(17 * weights[number] / sum(weights))
        grid.columns[number].width = width  # other programs read the grid, Word the cells
        for cell in grid.columns[number].cells:
            cell.width = width
        _cell(
            grid.rows[0].cells[number].paragraphs[0], column.head(language), "", column, bold=True
        )
    for row in grid.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row, line in zip(grid.rows[1:], lines, strict=True):
        bold = line is table.total
        for place, value, column in zip(row.cells, line, table.columns, strict=True):
            _write(place.paragraphs[0], value, column, edition, bold=bold)
    if table.more:
        more = sentence("{count} more in the workbook.", count=table.more)
        _small(word.add_paragraph(), more.text(language))
    if table.note is not None:
        _small(word.add_paragraph(), table.note.text(language))


def _rules(grid: Any) -> None:
    """A rule beneath each row and nothing else, as in the PDF."""
    borders = OxmlElement("w:tblBorders")
    for edge in ("top", "bottom", "insideH"):
        rule = OxmlElement(f"w:{edge}")
        rule.set(qn("w:val"), "single")
        rule.set(qn("w:sz"), "4")
        rule.set(qn("w:color"), "D3DADE")
        borders.append(rule)
    grid._tbl.tblPr.append(borders)


def _write(paragraph: Any, value: Cell, column: Column, edition: Edition, *, bold: bool) -> None:
    text = cell_text(value, column, edition.language)
    _cell(paragraph, text, cell_detail(value, column, edition.language), column, bold=bold)


def _cell(paragraph: Any, text: str, detail: str, column: Column, *, bold: bool) -> None:
    paragraph.paragraph_format.space_after = Pt(1)
    if column.figures:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = paragraph.add_run(unbroken(text))
    run.font.size, run.bold = Pt(9), bold
    if detail:
        run.add_break()
        _small(paragraph, unbroken(detail))


def _small(paragraph: Any, text: str) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.color.rgb = Pt(7.5), _MUTED
