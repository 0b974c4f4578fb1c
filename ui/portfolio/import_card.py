"""An inventory on its way in: mapping, wrong rows, difference; nothing is kept before “Import”."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
)

from advisor.portfolio import (
    Difference,
    Intake,
    Mapping,
    guess_mapping,
    models_of,
    read_pasted,
    read_table,
    sample_inventory,
    take_in,
)
from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.fields import FIELDS
from advisor.project.inventory import change_by, remembered_mapping, take_over
from advisor.project.project import Project
from ui.i18n import said, tr
from ui.parts import button, caption, column, heading, notice, row, soft
from ui.tables import Column, FrameTable
from ui.theme import theme

MOST_WRONG = 200


@dataclass(frozen=True)
class Arrival:
    """A table that was read, how it would be taken in, and what it would change."""

    source: str
    raw: pd.DataFrame
    mapping: Mapping
    intake: Intake | None
    obstacle: str
    """Why nothing can be taken in with this mapping; empty where it can."""
    change: Difference | None


def arrival_of(project: Project, source: Path | str) -> Arrival:
    """Read a file (`Path`) or pasted text, in a job. Raises `PortfolioError`."""
    raw = read_table(source) if isinstance(source, Path) else read_pasted(source)
    raw = raw.rename(columns=str)
    name = source.name if isinstance(source, Path) else tr("the clipboard")
    known = guess_mapping([str(c) for c in raw.columns], remembered_mapping(project))
    return mapped(project, name, raw, known)


def from_registry(project: Project, address: str) -> Arrival:
    """Read an MLflow registry, in a job. Raises `PortfolioError`."""
    from advisor.collect.mlflow import read_registry

    return _compared(project, "MLflow", read_registry(address))


def mapped(project: Project, source: str, raw: pd.DataFrame, mapping: Mapping) -> Arrival:
    """What comes of a table with a mapping, in a job."""
    try:
        intake = take_in(raw, mapping)
    except PortfolioError as error:
        return Arrival(source, raw, mapping, None, said(error.said), None)
    return _compared(project, source, intake)


def mended(project: Project, arrival: Arrival, number: int, column: str, cell: str) -> Arrival:
    """The arrival with one cell changed, in a job. Raises `PortfolioError`."""
    assert arrival.intake is not None, "only a table that was taken in has wrong rows"
    return _compared(project, arrival.source, arrival.intake.mended(number, column, cell))


def keep(project: Project, arrival: Arrival) -> int:
    """Put new and changed models into the project, in a job; returns how many."""
    return 0 if arrival.intake is None else take_over(project, arrival.intake)


def keep_sample(project: Project) -> int:
    """Put the fictitious models of the sample into the project, in a job."""
    return project.models.put_many(models_of(sample_inventory()), action="sample")


def _compared(project: Project, source: str, intake: Intake) -> Arrival:
    change = change_by(project, intake)
    return Arrival(source, intake.raw, intake.mapping, intake, "", change)


class ImportCard(QFrame):
    """Shows an arrival. Emits `remapped` (mapping), `mended` (row, column, cell), `confirmed`."""

    remapped = Signal(object)
    mended = Signal(int, str, str)
    confirmed = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.arrival: Arrival | None = None
        self._filling = False
        self._title = heading("")
        self._said = column(space="small")
        self.columns = _grid((tr("Column"), tr("First cells"), tr("Field"), tr("Converted")))
        self.columns.setMinimumHeight(theme.px(230))
        self.wrong = _grid((tr("Row"), tr("Model"), tr("Cell (edit to mend)"), tr("Reason")))
        self.wrong.setMinimumHeight(theme.px(130))
        self.wrong.itemChanged.connect(self._edited)
        self._wrong_title = heading("")
        self.changes = FrameTable(
            [
                Column("id", tr("Model"), width=110),
                Column("field", tr("Field"), width=170),
                Column("before", tr("Before"), width=220),
                Column("after", tr("After"), stretch=True),
            ]
        )
        self._change = soft("")
        self.confirm = button(tr("Import"), self.confirmed.emit, kind="primary", icon_name="check")
        leave = button(tr("Leave it"), self.left.emit)
        layout = column(
            row(self._title, 1, leave, self.confirm, space="small"),
            self._said,
            caption(
                tr("Which column is which field was guessed from the headings; change it here.")
            ),
            self.columns,
            self._wrong_title,
            self.wrong,
            heading(tr("What would change")),
            self._change,
            self.changes,
            space="medium",
            margin="large",
        )
        self.setLayout(layout)

    def show_arrival(self, arrival: Arrival) -> None:
        """Show it, anew after each change."""
        self.arrival = arrival
        self._filling = True
        self._title.setText(tr("{file}: {n} rows", file=arrival.source, n=len(arrival.raw)))
        while (item := self._said.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        if arrival.obstacle:
            self._said.addWidget(notice(arrival.obstacle, level="warning"))
        self._fill_columns(arrival)
        self._fill_wrong(arrival)
        self._fill_change(arrival)
        self._filling = False

    def _fill_columns(self, arrival: Arrival) -> None:
        self.columns.setRowCount(len(arrival.mapping.columns))
        for number, known in enumerate(arrival.mapping.columns):
            cells = [str(v) for v in arrival.raw[known.column].head(3) if str(v)]
            converted = "" if known.factor == 1 else f"× {known.factor:,.6g}"
            for place, words in ((0, known.column), (1, " · ".join(cells)), (3, converted)):
                self.columns.setItem(number, place, _fixed(words))
            self.columns.setCellWidget(number, 2, self._field_choice(known.column, known.field))

    def _field_choice(self, column_name: str, field: str | None) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(tr("Field of column {column}", column=column_name))
        made.addItem(tr("left out"), None)
        for name in FIELDS:
            made.addItem(name, name)
        made.setCurrentIndex(max(made.findData(field), 0))
        made.activated.connect(lambda: self._mapped(column_name, made.currentData()))
        return made

    def _mapped(self, column_name: str, field: str | None) -> None:
        if self.arrival is not None:
            self.remapped.emit(self.arrival.mapping.with_column(column_name, field))

    def _fill_wrong(self, arrival: Arrival) -> None:
        wrong = arrival.intake.wrong if arrival.intake else []
        self._wrong_title.setText(tr("Rows that cannot be taken: {n}", n=len(wrong)))
        for widget in (self._wrong_title, self.wrong):
            widget.setVisible(bool(wrong))
        self.wrong.setRowCount(min(len(wrong), MOST_WRONG))
        for number, bad in enumerate(wrong[:MOST_WRONG]):
            cell = QTableWidgetItem(bad.cell)
            cell.setData(Qt.ItemDataRole.UserRole, (bad.number, bad.field))
            reason = _fixed(said(bad.reason))
            reason.setToolTip(said(bad.reason))
            for place, item in enumerate(
                (_fixed(str(bad.number)), _fixed(bad.model_id), cell, reason)
            ):
                self.wrong.setItem(number, place, item)

    def _edited(self, item: QTableWidgetItem) -> None:
        asked = item.data(Qt.ItemDataRole.UserRole)
        if self._filling or asked is None or self.arrival is None or self.arrival.intake is None:
            return
        column_name = self.arrival.intake.column_of(asked[1])
        if column_name is not None:
            self.mended.emit(asked[0], column_name, item.text())

    def _fill_change(self, arrival: Arrival) -> None:
        change = arrival.change
        count = 0 if change is None else len(change.added) + change.changed["id"].nunique()
        self.confirm.setEnabled(count > 0)
        self.confirm.setText(tr("Import {n} models", n=count) if count else tr("Nothing to import"))
        self.changes.setVisible(change is not None and len(change.changed) > 0)
        if change is None:
            self._change.setText(tr("Nothing yet: the mapping has to name the model's id."))
            return
        self._change.setText(
            tr(
                "{new} new, {changed} changed, {same} unchanged. {absent} models of the project "
                "are not in this table; they stay.",
                new=len(change.added),
                changed=int(change.changed["id"].nunique()),
                same=change.unchanged,
                absent=len(change.absent),
            )
        )
        shown = change.changed.reset_index(drop=True)
        self.changes.show_frame(shown.astype({"before": str, "after": str}))


def _grid(heads: tuple[str, ...]) -> QTableWidget:
    made = QTableWidget(0, len(heads))
    made.setHorizontalHeaderLabels(list(heads))
    made.verticalHeader().hide()
    made.setShowGrid(False)
    made.verticalHeader().setDefaultSectionSize(theme.px(38))
    header = made.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    for place, width in enumerate((170, 260, 220)):
        made.setColumnWidth(place, theme.px(width))
    header.setSectionResizeMode(len(heads) - 1, QHeaderView.ResizeMode.Stretch)
    return made


def _fixed(words: str) -> QTableWidgetItem:
    made = QTableWidgetItem(words)
    made.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    return made
