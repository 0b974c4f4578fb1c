"""One figure, one number: window, command line, PDF, workbook and JSON, by one rounding rule."""

from __future__ import annotations

import io
import json
import os
import re

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pathlib import Path

import openpyxl
import pypdfium2
import pytest

from advisor.cli import main
from advisor.figures import rounded, written
from advisor.project import Project
from advisor.quantities import Quantity
from advisor.report import Edition, Summary
from advisor.report.documents import render
from advisor.report.gather import summary_of
from advisor.report.table import cell_text
from advisor.report.tables import actions_table


def text_of(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(pdf)
    words = "".join(page.get_textpage().get_text_range() for page in pages)
    return re.sub(r"\s+", "", words)


def workbook_figure(summary: Summary, sheet: str, key: str, head: str) -> tuple[float, float]:
    """The unrounded and the rounded cell of a figure, in the row whose cells hold the key."""
    book = openpyxl.load_workbook(io.BytesIO(render(summary, Edition(), "xlsx")), data_only=True)
    page = book[sheet]
    heads = [str(c.value) for c in page[1]]
    first = next(n for n, h in enumerate(heads) if h.startswith(head))
    row = next(r for r in page.iter_rows(min_row=2) if key in [c.value for c in r])
    assert heads[first + 3].endswith("rounded")
    return float(row[first].value), float(row[first + 3].value)


@pytest.fixture
def ranked(measured_project: Project, capsys: pytest.CaptureFixture[str]) -> dict[str, Quantity]:
    """Carbon saved by the smaller candidate, as each way of asking says it."""
    assert main(["rank", "--project", measured_project.address, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    small = next(r for r in found if r["option"]["name"] == "small")
    return {
        "saved": Quantity.model_validate(small["option"]["carbon_saved_kg"]),
        "lost": Quantity.model_validate(small["option"]["accuracy_loss"]),
    }


def test_a_saving_is_the_same_number_wherever_it_is_read(
    qtbot,
    measured_project: Project,
    ranked: dict[str, Quantity],
    capsys: pytest.CaptureFixture[str],
) -> None:
    from ui import jobs
    from ui.pages.compare import ComparePage
    from ui.session import Session

    saved = ranked["saved"]
    shown = written(saved)
    assert main(["rank", "--project", measured_project.address]) == 0
    assert f"{shown.text} [{shown.low} – {shown.high}]" in capsys.readouterr().out

    page = ComparePage(Session(measured_project))
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: page.ranking is not None and page.table.model().rowCount() > 0)
    model = page.table.model()
    row = next(
        r
        for r in range(model.rowCount())
        if "small" in [model.index(r, c).data() for c in range(model.columnCount())]
    )
    cells = [str(model.index(row, c).data()) for c in range(model.columnCount())]
    assert any(shown.value in cell.split() for cell in cells), cells
    jobs.wait_for_all()

    summary = summary_of(measured_project)
    action = next(a for a in summary.actions if a.name == "small")
    assert action.saved.value == saved.value
    table = actions_table(summary)
    line = table.rows[0]
    at = next(n for n, c in enumerate(table.columns) if c.heading.template == "Saves")
    printed = cell_text(line[at], table.columns[at], "en")
    unit = table.columns[at].unit
    assert unit is not None
    assert printed == written(saved, unit=unit).value
    assert float(printed.replace(",", "")) == pytest.approx(rounded(saved.to(unit)), rel=1e-12)
    assert printed in text_of(render(summary, Edition(), "pdf"))

    whole, small = workbook_figure(summary, "Options", "small", "Saves")
    assert whole == pytest.approx(saved.value, rel=1e-12)
    assert small == pytest.approx(rounded(saved), rel=1e-12)

    document = json.loads(render(summary, Edition(), "json"))
    option = next(o for o in document["summary"]["options"] if o["name"] == "small")
    assert option["saved"]["value"] == saved.value
    rows = next(s for s in document["document"]["sections"] if s["key"] == "actions")["table"]
    assert printed in [cell["text"] for cell in rows["rows"][0]]


def test_the_footprint_of_an_inventory_is_the_same_number_in_window_terminal_and_documents(
    qtbot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from advisor.portfolio import models_of, sample_inventory
    from ui.pages.portfolio import PAGE
    from ui.session import Session

    sample = sample_inventory(60)
    known = sample[sample["energy_per_call_j"].notna()].reset_index(drop=True)
    with Project.create(tmp_path / "bank.advisor", who="tester") as project:
        project.models.put_many(models_of(known))
        summary = summary_of(project)
        assert summary.footprint_total is not None
        assert main(["portfolio", "footprint", "--project", project.address, "--json"]) == 0
        totals = json.loads(capsys.readouterr().out)["totals"]
        terminal = Quantity.model_validate(totals["carbon_location_kg"])
        said = written(summary.footprint_total)
        assert written(terminal) == said

        page = PAGE(Session(project))
        qtbot.addWidget(page)
        qtbot.waitUntil(lambda: page.picture is not None, timeout=20000)
        assert page.picture.total is not None
        assert written(page.picture.total.carbon_location_kg) == said
        assert page.picture.fullest is not None
        assert summary.saved_most is not None
        assert summary.saved_most.value == pytest.approx(page.picture.fullest.saved_kg, rel=1e-9)
        page.session.close()

    text = text_of(render(summary, Edition(), "pdf"))
    assert re.sub(r"\s+", "", said.text) in text
    front = openpyxl.load_workbook(
        io.BytesIO(render(summary, Edition(), "xlsx")), data_only=True
    ).worksheets[0]
    assert f"{front['B5'].value:,g}" == said.value
    document = json.loads(render(summary, Edition(), "json"))["document"]
    assert document["figures"][0]["value"] == said.value
