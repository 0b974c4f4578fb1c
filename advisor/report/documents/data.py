"""The summary as JSON: every figure raw, and beside it exactly as the other documents write it."""

from __future__ import annotations

import json
from typing import Any

from advisor.figures import written
from advisor.quantities import Quantity
from advisor.report.document import Block, document_of
from advisor.report.edition import Edition
from advisor.report.summary import Summary
from advisor.report.table import Table, cell_detail, cell_text

EXTENSION = "json"
SCHEMA = "carbon-advisor/summary/1"


def render(summary: Summary, edition: Edition) -> bytes:
    """UTF-8 JSON: `document` as a reader sees it, `summary` as it was computed."""
    language = edition.language
    document = document_of(summary, edition)
    content = {
        "schema": SCHEMA,
        "language": language,
        "document": {
            "title": document.title.text(language),
            "headline": document.headline.text(language),
            "figures": [
                {"label": t.label.text(language), **shown(t.figure, edition)}
                for t in document.tiles
            ],
            "sections": [_section(block, edition) for block in document.blocks],
        },
        "summary": summary.model_dump(mode="json", exclude={"logo"}),
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def shown(figure: Quantity | None, edition: Edition) -> dict[str, Any]:
    """A figure as written, and its provenance; unknown is null."""
    if figure is None:
        return {"value": None, "low": None, "high": None, "unit": None, "provenance": None}
    return {
        **written(figure, edition.language).model_dump(),
        "provenance": str(figure.provenance),
    }


def _section(block: Block, edition: Edition) -> dict[str, Any]:
    language = edition.language
    content: dict[str, Any] = {"key": str(block.section), "title": block.title.text(language)}
    if block.table is not None:
        content["table"] = _table(block.table, edition)
    if block.items:
        content["items"] = [item.text(language) for item in block.items]
    return content


def _table(table: Table, edition: Edition) -> dict[str, Any]:
    language = edition.language
    lines = [*table.rows, *((table.total,) if table.total else ())]
    return {
        "columns": [column.head(language) for column in table.columns],
        "rows": [
            [
                {"text": cell_text(c, k, language), "detail": cell_detail(c, k, language)}
                for c, k in zip(line, table.columns, strict=True)
            ]
            for line in lines
        ],
        "last_row_is_total": table.total is not None,
    }
