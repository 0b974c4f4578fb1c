"""A file of models: drop it, see each model's energy with interval, export the table."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QFrame

from ui.i18n import said, tr
from ui.parts import DropArea, button, caption, column, heading, row
from ui.predict.gathering import Batch
from ui.predict.outcome import GRADES, GRADES_HINT, STATES
from ui.tables import Column, FrameTable
from ui.theme import theme

SUFFIXES = {".csv", ".tsv", ".xlsx", ".parquet"}


class BatchCard(QFrame):
    """Emits `chosen` with a path, `exported` with a path, `asked` with a row and a column."""

    chosen = Signal(object)
    exported = Signal(object)
    selected = Signal(str)
    asked = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.batch: Batch | None = None
        self.drop = DropArea(
            tr("Drop a table of models here, or click to choose"),
            tr(
                "CSV, XLSX or Parquet with any of: parameters, operations per call, calls per "
                "second, hardware, idle power, precision, family."
            ),
            self._choose,
        )
        self.drop.dropped.connect(lambda paths: self.chosen.emit(paths[0]))
        self.table = FrameTable(_columns(), key="id")
        self.table.setMinimumHeight(theme.px(300))
        self.table.hide()
        self.table.chosen.connect(self.selected)
        self.table.cell_asked.connect(self.asked)
        self._said = caption("")
        self._said.hide()
        self.save = button(tr("Export …"), self._export, icon_name="export")
        self.another = button(tr("Another file …"), self._choose_another, icon_name="table")
        for made in (self.save, self.another):
            made.hide()
        self.setLayout(
            column(
                row(heading(tr("Many models at once")), 1, self.another, self.save, space="small"),
                self.drop,
                self._said,
                self.table,
                space="medium",
                margin="large",
            )
        )

    def show_batch(self, batch: Batch) -> None:
        """Show the predictions of a file."""
        self.batch = batch
        for widget in (self.save, self.another, self.table, self._said):
            widget.show()
        self.drop.hide()
        self._said.setText(_summary(batch))
        self.table.show_frame(batch.frame)

    def choose_file(self) -> None:
        """Ask for a file."""
        self._choose_another()

    def _choose_another(self) -> None:
        for path in self._choose():
            self.chosen.emit(path)

    def _choose(self) -> list[Path]:
        found, _ = QFileDialog.getOpenFileName(
            self,
            tr("A table of models"),
            "",
            tr("Tables") + " (*.csv *.tsv *.xlsx *.parquet)",
        )
        return [Path(found)] if found else []

    def _export(self) -> None:
        found, _ = QFileDialog.getSaveFileName(
            self, tr("Export the predictions"), "predictions.xlsx", "XLSX (*.xlsx);;CSV (*.csv)"
        )
        if found:
            self.exported.emit(Path(found))


def _summary(batch: Batch) -> str:
    parts = [
        tr("{file}: {n} models.", file=batch.path.name, n=len(batch.frame)),
        said(batch.reach.words()),
    ]
    if batch.unknown:
        parts.append(tr("{n} unknown: no size, no calls per second.", n=batch.unknown))
    if batch.unreadable:
        parts.append(tr("Rows left out, as a cell cannot be read: {n}.", n=batch.unreadable))
    return " ".join(parts)


def _columns() -> list[Column]:
    return [
        Column("id", tr("Model"), width=84),
        Column("name", tr("Name"), stretch=True, strong=True),
        Column("energy_j", tr("Energy per call"), kind="figure", unit="J", width=190, log=True),
        Column("state", tr("From"), words={k: tr(v) for k, v in STATES.items()}, width=206),
        Column(
            "grade",
            tr("Measured range"),
            words={k: tr(v) for k, v in GRADES.items()},
            width=120,
            hint=tr(GRADES_HINT),
        ),
        Column("model_id", tr("Prediction model"), width=200),
    ]
