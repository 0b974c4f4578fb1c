"""The summary as slides for the committee: real text, real tables, native charts, 16:9."""

from __future__ import annotations

import base64
import io
from datetime import datetime, time
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Cm, Pt

from advisor.figures import Language
from advisor.report.archive import redated
from advisor.report.document import Block, Document, document_of
from advisor.report.documents.pdf import tile_note
from advisor.report.documents.slide_charts import drawing_of
from advisor.report.edition import Edition, Section
from advisor.report.summary import Summary
from advisor.report.table import Table, cell_detail, cell_text
from advisor.report.typesetting import unbroken
from advisor.sentences import sentence

EXTENSION = "pptx"
_INK, _MUTED = RGBColor(0x16, 0x22, 0x2C), RGBColor(0x5B, 0x68, 0x72)
_ACCENT, _RULE = RGBColor(0x0B, 0x64, 0x50), RGBColor(0xD3, 0xDA, 0xDE)
_WIDTH, _HEIGHT, _MARGIN = Cm(33.867), Cm(19.05), Cm(1.8)
_ROWS, _ITEMS, _DETAIL = 7, 8, 60


def render(summary: Summary, edition: Edition) -> bytes:
    """The slides; their dates are the project's."""
    language = edition.language
    content = document_of(summary, edition)
    deck: Any = Presentation()
    deck.slide_width, deck.slide_height = _WIDTH, _HEIGHT
    properties = deck.core_properties
    properties.title, properties.author = content.title.text(language), summary.organisation
    properties.created = properties.modified = datetime.combine(summary.as_of, time())
    properties.last_modified_by = ""
    _Slides(deck, summary, edition, content).make()
    out = io.BytesIO()
    deck.save(out)
    return redated(out.getvalue(), summary.as_of)


class _Slides:
    """Puts the slides of one deck together."""

    def __init__(self, deck: Any, summary: Summary, edition: Edition, content: Document) -> None:
        self.deck, self.summary, self.edition, self.content = deck, summary, edition, content
        self.language: Language = edition.language

    def make(self) -> None:
        """The headline first, then a slide for each section."""
        self._opening()
        for block in self.content.blocks:
            if block.section is Section.CHART:
                self._chart()
            elif block.table is not None:
                self._table(block.title.text(self.language), block.table)
            else:
                self._items(block)

    def _slide(self, title: str) -> Any:
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])  # title only
        place = slide.shapes.title
        place.left, place.top = _MARGIN, Cm(1.1)
        place.width, place.height = _WIDTH - 2 * _MARGIN, Cm(1.6)
        self._text(place.text_frame, title, 24, bold=True)
        place.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        rule = slide.shapes.add_connector(1, _MARGIN, Cm(2.85), _WIDTH - _MARGIN, Cm(2.85))
        rule.line.color.rgb, rule.line.width = _ACCENT, Pt(1.5)
        foot = slide.shapes.add_textbox(_MARGIN, Cm(18.0), _WIDTH - 2 * _MARGIN, Cm(0.7))
        s = self.summary
        marks = [s.organisation or s.project, s.as_of.isoformat(), s.program]
        if s.fictitious:
            marks.append(sentence("Fictitious data").text(self.language))
        number = len(self.deck.slides)
        self._text(foot.text_frame, " · ".join((*marks, str(number))), 10, colour=_MUTED)
        return slide

    def _opening(self) -> None:
        slide = self._slide(self.content.title.text(self.language))
        logo = self.summary.logo
        if logo is not None and logo.media_type != "image/svg+xml":
            picture = io.BytesIO(base64.b64decode(logo.base64))
            shape = slide.shapes.add_picture(picture, 0, Cm(1.2), height=Cm(1.3))
            if shape.width > Cm(6):
                shape.width, shape.height = Cm(6), int(shape.height * Cm(6) / shape.width)
            shape.left = _WIDTH - _MARGIN - shape.width
        box = slide.shapes.add_textbox(_MARGIN, Cm(3.6), _WIDTH - 2 * _MARGIN, Cm(5.4))
        headline = unbroken(self.content.headline.text(self.language))
        self._text(box.text_frame, headline, 26, bold=True)
        width = (_WIDTH - 2 * _MARGIN - 2 * Cm(0.6)) // 3
        for number, tile in enumerate(self.content.tiles):
            left = _MARGIN + number * (width + Cm(0.6))
            place = slide.shapes.add_textbox(left, Cm(10.2), width, Cm(5.2))
            place.line.color.rgb = _RULE
            shown = tile.shown(self.language)
            self._text(place.text_frame, tile.label.text(self.language), 14, colour=_MUTED)
            self._more(place.text_frame, shown.value, 32, bold=True)
            unit = unbroken(f" {shown.unit}")
            self._run(place.text_frame.paragraphs[-1], unit, 15, False, _INK)
            note = unbroken(tile_note(tile.figure, self.edition))
            self._more(place.text_frame, note, 12, colour=_MUTED)

    def _table(self, title: str, table: Table) -> None:
        shown = table.first(_ROWS)
        lines = [*shown.rows, *((shown.total,) if shown.total else ())]
        slide = self._slide(title)
        width = _WIDTH - 2 * _MARGIN
        row_height = Cm(1.42)
        frame = slide.shapes.add_table(
            len(lines) + 1,
            len(shown.columns),
            _MARGIN,
            Cm(3.3),
            width,
            row_height * (len(lines) + 1),
        )
        grid = frame.table
        _plain_style(frame)
        whole = sum(c.weight for c in shown.columns)
        for number, column in enumerate(shown.columns):
            grid.columns[number].width = int(width * column.weight / whole)
            head, unit = column.heading.text(self.language), column.unit_head(self.language)
            self._cell(grid.cell(0, number), head, unit, column.figures, 11)
        for row, line in enumerate(lines, start=1):
            for number, (value, column) in enumerate(zip(line, shown.columns, strict=True)):
                text = cell_text(value, column, self.language)
                detail = cell_detail(value, column, self.language)
                bold = line is shown.total
                self._cell(grid.cell(row, number), text, detail, column.figures, 13, bold=bold)
        if shown.more:
            more = sentence("{count} more in the workbook.", count=shown.more)
            box = slide.shapes.add_textbox(_MARGIN, Cm(17.2), width, Cm(0.7))
            self._text(box.text_frame, more.text(self.language), 11, colour=_MUTED)

    def _cell(
        self, cell: Any, text: str, detail: str, figures: bool, size: float, *, bold: bool = False
    ) -> None:
        cell.margin_left, cell.margin_right = Cm(0.35), Cm(0.1)
        cell.margin_top = cell.margin_bottom = Cm(0.08)
        cell.vertical_anchor = MSO_ANCHOR.MIDDLE
        self._text(cell.text_frame, unbroken(text), size, bold=bold)
        if 0 < len(detail) <= _DETAIL:  # a long reason has no room on a slide
            self._more(cell.text_frame, unbroken(detail), 10, colour=_MUTED)
        if figures:
            for paragraph in cell.text_frame.paragraphs:
                paragraph.alignment = PP_ALIGN.RIGHT

    def _items(self, block: Block) -> None:
        slide = self._slide(block.title.text(self.language))
        box = slide.shapes.add_textbox(_MARGIN, Cm(3.5), _WIDTH - 2 * _MARGIN, Cm(13.6))
        mark = "□" if block.section is Section.DECISIONS else "–"
        for number, item in enumerate(block.items[:_ITEMS]):
            text = unbroken(item.text(self.language))
            if number == 0:
                self._text(box.text_frame, text, 20)
            else:
                self._more(box.text_frame, text, 20)
            paragraph = box.text_frame.paragraphs[-1]
            paragraph.space_after = Pt(12)
            _bullet(paragraph, mark)

    def _chart(self) -> None:
        """The native chart of the summary, with the sentence that says what it shows."""
        drawn = drawing_of(self.summary)
        if drawn is None:
            return
        slide = self._slide(drawn.title.text(self.language))
        place = (_MARGIN, Cm(3.3), _WIDTH - 2 * _MARGIN, Cm(13.2))
        drawn.put(slide.shapes, place, self.language)
        box = slide.shapes.add_textbox(_MARGIN, Cm(16.55), _WIDTH - 2 * _MARGIN, Cm(1.35))
        caption = unbroken(drawn.caption.text(self.language))
        self._text(box.text_frame, caption, 12, colour=_MUTED)

    def _text(
        self, frame: Any, text: str, size: float, *, bold: bool = False, colour: Any = _INK
    ) -> None:
        frame.word_wrap = True
        frame.text = ""
        self._run(frame.paragraphs[0], text, size, bold, colour)

    def _more(
        self, frame: Any, text: str, size: float, *, bold: bool = False, colour: Any = _INK
    ) -> None:
        self._run(frame.add_paragraph(), text, size, bold, colour)

    def _run(self, paragraph: Any, text: str, size: float, bold: bool, colour: Any) -> None:
        paragraph.alignment = PP_ALIGN.LEFT
        run = paragraph.add_run()
        run.text = text
        run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, colour
        run.font.name = "Calibri"
        properties = run._r.get_or_add_rPr()
        properties.set("lang", "ja-JP" if self.language == "ja" else "en-GB")
        asian = properties.makeelement(qn("a:ea"), {"typeface": "Yu Gothic"})
        properties.append(asian)


def _bullet(paragraph: Any, mark: str) -> None:
    """A mark before the paragraph, its lines hanging beside it."""
    properties = paragraph._p.get_or_add_pPr()
    indent = str(Cm(0.9))
    properties.set("marL", indent)
    properties.set("indent", f"-{indent}")
    properties.append(properties.makeelement(qn("a:buChar"), {"char": mark}))


def _plain_style(frame: Any) -> None:
    """No bands and no colour: a rule beneath each row is enough, and prints well."""
    table = frame._element.graphic.graphicData.tbl
    table.tblPr.set("bandRow", "0")
    identity = table.tblPr.find(qn("a:tableStyleId"))
    if identity is not None:
        identity.text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # “No Style, No Grid”
    for number, row in enumerate(frame.table.rows):
        for cell in row.cells:
            properties = cell._tc.get_or_add_tcPr()
            edge = properties.makeelement(qn("a:lnB"), {"w": "12700" if number == 0 else "6350"})
            fill = edge.makeelement(qn("a:solidFill"), {})
            fill.append(fill.makeelement(qn("a:srgbClr"), {"val": _rule_colour(number)}))
            edge.append(fill)
            properties.insert(0, edge)


def _rule_colour(row: int) -> str:
    return str(_INK if row == 0 else _RULE)
