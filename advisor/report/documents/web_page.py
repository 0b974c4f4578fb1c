"""The summary as HTML in one file: styles, chart and the needed glyphs of the font inside."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from advisor.figures import Language
from advisor.report.chart import Chart
from advisor.report.document import document_of
from advisor.report.edition import Edition
from advisor.report.fonts import embedded_faces
from advisor.report.main_chart import main_chart
from advisor.report.summary import Summary
from advisor.report.table import Cell, Column, cell_detail, cell_text
from advisor.sentences import Sentence, translate

EXTENSION = "html"
_TEMPLATES = Path(__file__).parents[1] / "templates"


def render(summary: Summary, edition: Edition) -> bytes:
    """The page as UTF-8."""
    language = edition.language
    document = document_of(summary, edition)
    chart: Chart | None = None
    if any(block.chart for block in document.blocks):
        chart = main_chart(summary, language)
    page = (
        _environment(language)
        .get_template("summary.html.j2")
        .render(
            s=summary,
            document=document,
            chart=chart,
            chart_svg=Markup(chart.svg) if chart else "",
            logo=f"data:{summary.logo.media_type};base64,{summary.logo.base64}"
            if summary.logo
            else "",
            faces="",
        )
    )
    faces = embedded_faces("".join(sorted(set(_text_of(page)))))
    return page.replace("/*faces*/", faces).encode("utf-8")


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def words(value: Sentence | str) -> str:
        return value.text(language) if isinstance(value, Sentence) else translate(value, language)

    def cell(value: Cell, column: Column) -> str:
        return cell_text(value, column, language)

    def interval(value: Cell, column: Column) -> str:
        return cell_detail(value, column, language)

    def head(column: Column) -> str:
        return column.head(language)

    filters: Any = environment.filters
    filters.update(t=words, cell=cell, interval=interval, head=head)
    variables: Any = environment.globals
    variables["language"] = language
    return environment


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _text_of(page: str) -> str:
    parser = _Text()
    parser.feed(page)
    return "".join(parser.parts)
