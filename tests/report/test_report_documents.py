"""Every format says the same figures, in both languages, with the same bytes each time."""

from __future__ import annotations

import ast
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pypdfium2
import pytest

from advisor import report
from advisor.figures import Language, rounded, written
from advisor.rank.option import OptionKind
from advisor.report import Audience, Edition, Section, Summary
from advisor.report.documents import UnknownFormatError, formats, render
from advisor.report.documents.pdf import preview
from advisor.report.fonts import font_paths
from advisor.report.summary import DecisionRow
from advisor.sentences import catalogue

Make = Callable[..., Any]
LANGUAGES: tuple[Language, ...] = ("en", "ja")
NO_BREAK = "\u00a0"


def plain(text: str) -> str:
    """Text with every kind of space alike and no line ends, as a reader perceives it."""
    return re.sub(r"\s+", "", text.replace(NO_BREAK, " "))


def pdf_text(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    return "".join(page.get_textpage().get_text_range() for page in document)


def docx_text(data: bytes) -> str:
    document = docx.Document(io.BytesIO(data))
    cells = (c.text for t in document.tables for row in t.rows for c in row.cells)
    return "\n".join((*(p.text for p in document.paragraphs), *cells))


def pptx_text(data: bytes) -> str:
    words: list[str] = []
    for slide in pptx.Presentation(io.BytesIO(data)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                words.append(shape.text_frame.text)
            if shape.has_table:
                words += [cell.text for row in shape.table.rows for cell in row.cells]
    return "\n".join(words)


READ = {
    "pdf": pdf_text,
    "docx": docx_text,
    "pptx": pptx_text,
    "html": lambda data: re.sub(r"<[^>]+>", "", data.decode()),
    "json": lambda data: data.decode(),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("extension", sorted(READ))
def test_the_headline_and_the_large_figures_are_the_same_in_every_document(
    summary: Summary, language: Language, extension: str
) -> None:
    text = plain(READ[extension](render(summary, Edition(language=language), extension)))
    assert plain(summary.headline.text(language)) in text
    for figure in (summary.footprint_total, summary.saved_no_regret, summary.saved_most):
        shown = written(figure, language)
        assert plain(shown.value) in text
        interval = f"{shown.low} – {shown.high}"
        if extension == "json":
            interval = f'"low": "{shown.low}", "high": "{shown.high}"'
        assert plain(interval) in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_shows_the_figures_that_the_other_documents_show(
    summary: Summary, language: Language
) -> None:
    data = render(summary, Edition(language=language), "xlsx")
    values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    front = values.worksheets[0]
    shown = [front.cell(row=row, column=2).value for row in (5, 6, 7)]
    figures = (summary.footprint_total, summary.saved_no_regret, summary.saved_most)
    for value, figure in zip(shown, figures, strict=True):
        assert f"{value:,}".rstrip("0").rstrip(".") == written(figure).value.rstrip("0").rstrip(".")
    formulas = openpyxl.load_workbook(io.BytesIO(data))
    assert str(formulas.worksheets[0]["B5"].value).startswith("=ROUND(")
    footprint = formulas.worksheets[1]
    sums = [
        c.value for row in footprint.iter_rows() for c in row if str(c.value).startswith("=SUM")
    ]
    assert len(sums) == 2  # energy and location-based carbon; market-based is unknown
    heads = [str(cell.value) for cell in footprint[1]]
    assert any("kWh" in head for head in heads)
    assert any("kg CO₂e" in head for head in heads)


def test_unknown_footprints_are_empty_cells_and_not_zero(summary: Summary) -> None:
    book = openpyxl.load_workbook(io.BytesIO(render(summary, Edition(), "xlsx")), data_only=True)
    page = book["Footprint"]
    column = next(c.column for c in page[1] if str(c.value).startswith("Carbon, location-based"))
    unknown = [n for n, row in enumerate(summary.footprint, start=2) if row.carbon is None]
    assert unknown
    assert all(page.cell(row=n, column=column).value is None for n in unknown)
    known = [(n, r.carbon) for n, r in enumerate(summary.footprint, start=2) if r.carbon]
    for number, carbon in known:
        assert page.cell(row=number, column=column).value == pytest.approx(carbon.value)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("extension", sorted(formats()))
def test_the_same_project_gives_the_same_bytes(
    bank: Make, language: Language, extension: str
) -> None:
    edition = Edition(language=language)
    assert render(bank(), edition, extension) == render(bank(), edition, extension)


@pytest.mark.parametrize("extension", ["docx", "pptx", "xlsx"])
def test_no_clock_is_left_inside_a_document(summary: Summary, extension: str) -> None:
    def moments(data: bytes) -> set[tuple[int, ...]]:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = {entry.date_time for entry in archive.infolist()}
            for name in archive.namelist():
                if name.endswith(".xlsx"):
                    found |= moments(archive.read(name))
            core = archive.read("docProps/core.xml").decode()
        assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core)) == {"2026-11-20T00:00:00Z"}
        return found

    assert moments(render(summary, Edition(), extension)) == {(2026, 11, 20, 0, 0, 0)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("models", [1, 3, 40, 600])
def test_the_management_summary_is_two_pages_a4(
    bank: Make, models: int, language: Language
) -> None:
    data = render(bank(models), Edition(language=language), "pdf")
    document = pypdfium2.PdfDocument(data)
    assert len(document) == 2
    for page in document:
        assert page.get_size() == pytest.approx((595.28, 841.89), abs=0.5)


def test_two_pages_hold_what_was_decided_as_well(bank: Make) -> None:
    s = bank(600)
    taken = DecisionRow(
        id="x",
        model="churn scorecard 256",
        name="retire",
        kind=OptionKind.RETIRE,
        state="agreed",
        by="Bo Ek",
        on=date(2026, 11, 20),
        reason="The replacement was validated for the inherited population and is monitored.",
        saved=s.saved_no_regret,
        until=date(2027, 2, 26),
    )
    decided = s.model_copy(update={"decisions": (taken,) * 8, "risk": s.risk * 3})
    assert len(pypdfium2.PdfDocument(render(decided, Edition(), "pdf"))) == 2


def test_what_was_cut_to_fit_is_counted(bank: Make, summary: Summary) -> None:
    text = pdf_text(render(bank(600), Edition(), "pdf"))
    assert re.search(r"\d+ more in the workbook", text.replace("\r\n", " "))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_reader_meets_a_missing_glyph(summary: Summary, language: Language) -> None:
    from fontTools.ttLib import TTFont

    known = set(TTFont(font_paths()[400]).getBestCmap())
    text = READ["html"](render(summary, Edition(language=language), "html"))
    body = re.sub(r"<style.*?</style>", "", text, flags=re.S)
    missing = {c for c in body if c.isprintable() and ord(c) not in known}
    assert not missing


def test_sections_can_be_switched_off_and_audiences_see_their_annexes(summary: Summary) -> None:
    only = Edition(sections=frozenset({Section.ACTIONS}))
    text = render(summary, only, "html").decode()
    assert 'id="actions"' in text
    assert 'id="footprint"' not in text
    board = render(summary, Edition(), "html").decode()
    engineer = render(summary, Edition(audience=Audience.ENGINEER), "html").decode()
    assert 'id="measurements"' not in board
    assert 'id="measurements"' in engineer
    assert (
        len(pypdfium2.PdfDocument(render(summary, Edition(audience=Audience.ENGINEER), "pdf"))) == 3
    )


def test_names_from_outside_are_never_read_as_markup(bank: Make) -> None:
    nasty = bank(lines=("#pagebreak() *x* <script>alert(1)</script> =1+1 \\u{0}", "B"))
    for extension in formats():
        data = render(nasty, Edition(), extension)
        if extension == "pdf":
            assert len(pypdfium2.PdfDocument(data)) == 2
            assert "<script>" in pdf_text(data).replace("\r\n", "")
        if extension == "html":
            assert b"<script>" not in data


def test_a_slide_deck_stays_on_its_slides_and_its_charts_are_native(summary: Summary) -> None:
    for language in LANGUAGES:
        deck = pptx.Presentation(io.BytesIO(render(summary, Edition(language=language), "pptx")))
        charts = 0
        for slide in deck.slides:
            for shape in slide.shapes:
                assert shape.left >= 0
                assert shape.top >= 0
                assert shape.left + shape.width <= deck.slide_width
                assert shape.top + shape.height <= deck.slide_height
                charts += shape.has_chart
                assert shape.shape_type != 13  # no picture stands in for a table or a chart
        assert charts == 1


def test_the_preview_is_the_pages_of_the_document(summary: Summary) -> None:
    pages = preview(summary, Edition())
    assert len(pages) == 2
    assert all(page.startswith(b"\x89PNG") for page in pages)


def test_an_unknown_format_is_one_sentence(summary: Summary) -> None:
    with pytest.raises(UnknownFormatError, match=r"“odt” is not a format .* choose from"):
        render(summary, Edition(), "odt")


def test_json_holds_the_raw_figure_beside_the_written_one(summary: Summary) -> None:
    data = json.loads(render(summary, Edition(), "json"))
    raw = data["summary"]["footprint_total"]["value"]
    assert summary.footprint_total is not None
    assert raw == summary.footprint_total.value
    assert data["document"]["figures"][0]["value"] == written(summary.footprint_total).value
    assert rounded(summary.footprint_total) != raw


def test_every_sentence_of_the_documents_has_its_japanese() -> None:
    known = catalogue("ja")
    missing = sorted(set(_templates(Path(report.__file__).parent)) - set(known))
    assert not missing


def _templates(folder: Path) -> list[str]:
    found: list[str] = []
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "sentence":
                words = node.args[0] if node.args else None
                choices = [words.body, words.orelse] if isinstance(words, ast.IfExp) else [words]
                found += [str(c.value) for c in choices if isinstance(c, ast.Constant)]
    for path in folder.rglob("*.j2"):
        found += re.findall(r'\{\{ "([^"]+)"\|t', path.read_text("utf-8"))
    return found
