"""The report page in a real window: live pages, sections switched off, everything exported."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pathlib import Path

import pytest

from advisor.project import Project


@pytest.fixture
def page(qtbot, measured_project: Project):
    from ui import jobs
    from ui.pages.report import ReportPage
    from ui.session import Session

    session = Session(measured_project)
    made = ReportPage(session)
    qtbot.addWidget(made)
    made.show()
    yield made
    jobs.wait_for_all()


def sheets(page) -> int:
    return page._pages.count()


def test_the_pages_are_shown_and_follow_the_project(qtbot, page) -> None:
    qtbot.waitUntil(lambda: sheets(page) == 2, timeout=20000)
    first = page._pages.itemAt(0).widget().pixmap().toImage()
    page.session.project.set(organisation="Another Bank")
    qtbot.waitUntil(
        lambda: sheets(page) == 2 and page._pages.itemAt(0).widget().pixmap().toImage() != first,
        timeout=20000,
    )


def test_an_engineer_is_shown_the_annex_and_a_section_can_be_switched_off(qtbot, page) -> None:
    page.audience.setCurrentIndex(page.audience.findData("engineer"))
    page.audience.activated.emit(page.audience.currentIndex())
    assert page.sections["measurements"].isChecked()
    qtbot.waitUntil(lambda: sheets(page) > 2, timeout=20000)
    for key in ("measurements", "evidence", "restatements"):
        page.sections[key].setChecked(False)
    qtbot.waitUntil(lambda: sheets(page) == 2, timeout=20000)


def test_everything_is_exported_with_progress(qtbot, page, tmp_path: Path) -> None:
    with qtbot.waitSignal(page.session.said, timeout=60000) as heard:
        page.export_to(tmp_path / "out")
    assert "files are in" in heard.args[0]
    suffixes = {p.suffix for p in (tmp_path / "out").rglob("*")}
    assert {".pdf", ".pptx", ".docx", ".xlsx", ".html", ".json", ".zip", ".csv"} <= suffixes
