"""The dialog in which an inventory is looked at before it is taken in."""

from __future__ import annotations

import pandas as pd
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDialog, QTableWidget, QTableWidgetItem, QWidget

from advisor.portfolio import Intake, PortfolioError, difference, take_in
from advisor.portfolio.fields import FIELDS
from ui.i18n import said, tr
from ui.parts import button, column, heading, row, soft
from ui.tables import Column, FrameTable
from ui.theme import theme


class ImportDialog(QDialog):
    """Shows an intake; `accepted_intake` carries what the person agreed to."""

    accepted_intake = Signal(object)

    def __init__(self, intake: Intake, before: pd.DataFrame, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Import an inventory"))
        self.resize(theme.px(980), theme.px(720))
        self.intake, self._before = intake, before
        self.summary = soft("")
        self.mapping = QTableWidget(0, 3)
        self.mapping.setHorizontalHeaderLabels([tr("Column"), tr("First cell"), tr("Field")])
        self.mapping.horizontalHeader().setStretchLastSection(True)
        self.mapping.setAccessibleName(tr("Which column is which field"))
        self.wrong = QTableWidget(0, 4)
        self.wrong.setHorizontalHeaderLabels(
            [tr("Row"), tr("Field"), tr("Cell (edit to mend)"), tr("What is wrong")]
        )
        self.wrong.horizontalHeader().setStretchLastSection(True)
        self.changes = FrameTable(
            [
                Column("id", tr("Model")),
                Column("field", tr("Field")),
                Column("before", tr("Before")),
                Column("after", tr("After"), stretch=True),
            ]
        )
        self.take = button(tr("Import"), self._accept, kind="primary")
        self._wrong_title = heading(tr("Rows left out"))
        self.setLayout(
            column(
                self.summary,
                heading(tr("Columns")),
                self.mapping,
                self._wrong_title,
                self.wrong,
                heading(tr("Changes to models already here")),
                self.changes,
                row(1, button(tr("Cancel"), self.reject), self.take),
                margin="large",
            )
        )
        self.wrong.itemChanged.connect(self._mend)
        self._show_mapping()
        self._show()

    def _show_mapping(self) -> None:
        self.mapping.setRowCount(len(self.intake.mapping.columns))
        raw = self.intake.raw
        for line, known in enumerate(self.intake.mapping.columns):
            first = str(raw[known.column].iloc[0]) if len(raw) else ""
            self.mapping.setItem(line, 0, QTableWidgetItem(known.column))
            self.mapping.setItem(line, 1, QTableWidgetItem(first))
            choice = QComboBox()
            choice.addItem(tr("(left out)"), None)
            for name in FIELDS:
                choice.addItem(name, name)
            choice.setCurrentIndex(max(choice.findData(known.field), 0))
            choice.activated.connect(
                lambda _, c=known.column, box=choice: self._map(c, box.currentData())
            )
            self.mapping.setCellWidget(line, 2, choice)

    def _map(self, name: str, field: str | None) -> None:
        try:
            mapping = self.intake.mapping.with_column(name, field)
            self.intake = take_in(self.intake.raw, mapping)
        except PortfolioError as error:
            self.summary.setText(said(error.said))
            return
        self._show_mapping()
        self._show()

    def _mend(self, item: QTableWidgetItem) -> None:
        if item.column() != 2:
            return
        wrong = self.intake.wrong[item.row()]
        name = self.intake.column_of(wrong.field)
        if name is not None:
            self.intake = self.intake.mended(wrong.number, name, item.text())
            self._show()

    def _show(self) -> None:
        change = difference(self._before, self.intake.inventory)
        self.summary.setText(
            tr(
                "{added} models are new, {changed} change, {unchanged} stay as they are; {wrong} "
                "rows are left out.",
                added=f"{len(change.added):,}",
                changed=f"{change.changed['id'].nunique():,}",
                unchanged=f"{change.unchanged:,}",
                wrong=f"{len(self.intake.wrong):,}",
            )
        )
        self.wrong.blockSignals(True)
        self.wrong.setRowCount(len(self.intake.wrong))
        for line, wrong in enumerate(self.intake.wrong):
            cells = (str(wrong.number), wrong.field, wrong.cell, said(wrong.reason))
            for place, words in enumerate(cells):
                self.wrong.setItem(line, place, QTableWidgetItem(words))
        self.wrong.blockSignals(False)
        self.wrong.setVisible(bool(self.intake.wrong))
        self._wrong_title.setVisible(bool(self.intake.wrong))
        self.changes.show_frame(change.changed.astype({"before": str, "after": str}))
        self.take.setEnabled(len(self.intake.inventory) > 0)

    def _accept(self) -> None:
        self.accepted_intake.emit(self.intake)
        self.accept()
