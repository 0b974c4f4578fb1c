"""Meter readings on their way in: metered months by model, from a file or the clipboard."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from advisor.portfolio import read_metered, read_pasted, read_table
from advisor.portfolio.metered import MeteredIntake
from advisor.project.project import Project
from ui.i18n import said, tr
from ui.pages.page import Page

MOST_REASONS = 5


def read_readings(project: Project, source: Path | str) -> MeteredIntake:
    """Read and keep metered months, in a job. Raises `PortfolioError`."""
    raw = read_table(source) if isinstance(source, Path) else read_pasted(source)
    found = read_metered(raw)
    project.shelf("metered").put_many(found.months, action="readings")
    return found


def take_readings(page: Page, source: Path | str) -> None:
    """Take in a file (`Path`) or pasted text; rows that are wrong are named in a dialog."""

    def done(found: MeteredIntake) -> None:
        page.session.say(tr("{n} metered months were taken in.", n=len(found.months)))
        if found.wrong:
            lines = [
                tr("Row {n}: {reason}", n=row, reason=said(reason))
                for row, reason in found.wrong[:MOST_REASONS]
            ]
            head = tr("{n} rows were left out; mend them and import again.", n=len(found.wrong))
            page.complain("\n".join([head, *lines]))

    page.work(
        read_readings, page.session.project, source, done=done, doing=tr("Reading the meters …")
    )


def ask_readings(page: Page) -> None:
    """Let the user choose a file."""
    chosen, _ = QFileDialog.getOpenFileName(
        page,
        tr("Import meter readings"),
        "",
        tr("Meter readings") + " (*.csv *.tsv *.xlsx *.parquet)",
    )
    if chosen:
        take_readings(page, Path(chosen))


def paste_readings(page: Page) -> None:
    """Take in what is on the clipboard."""
    take_readings(page, QGuiApplication.clipboard().text())
