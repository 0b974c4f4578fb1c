"""A table over a pandas frame: sort, filter, copy, provenance marks, intervals drawn inline.

    table = FrameTable([
        Column("name", tr("Candidate"), stretch=True),
        Column("energy_j", tr("Energy per inference"), kind="figure", unit="J"),
        Column("verdict", tr("Verdict"), words={"no regret": tr("no regret")}),
        Column("parameters", tr("Parameters"), kind="number"),
    ], key="candidate")
    table.show_frame(frame)
    table.chosen.connect(self.session.select)        # key of the row
    table.cell_asked.connect(self._explain)          # (key, column) on double click or Enter

A figure column `x` reads `x`, `x_low`, `x_high` and `x_provenance` (see
`advisor.quantities.quantity_columns`); missing cells read as a dash, never as zero. Sorting and
filtering work on index arrays, so a hundred thousand rows stay quick.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFileDialog, QHeaderView, QTableView

from ui.i18n import tr
from ui.tables.figure_delegate import FigureDelegate
from ui.tables.frame_model import KEY, Column, FrameModel
from ui.theme import theme

_LEAST_STRETCHED = 150
"""Width of a column that stretches, at least."""


class FrameTable(QTableView):
    """A view of a frame with linked selection and copy."""

    chosen = Signal(str)
    """Key of the row that became current."""
    cell_asked = Signal(str, str)
    """Key and column name of a cell that was double-clicked or entered."""

    def __init__(self, columns: Sequence[Column], *, key: str | None = None) -> None:
        """`key` is the frame's column that identifies a row (its index by default)."""
        super().__init__()
        self.rows = FrameModel(columns, key)
        self.setModel(self.rows)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme.px(40))
        self.setMinimumHeight(theme.px(140))
        self.setItemDelegate(FigureDelegate(self))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(theme.px(56))
        for number, column in enumerate(columns):
            if column.stretch:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
        self._actions()
        self.doubleClicked.connect(self._asked)

    def show_frame(self, frame: pd.DataFrame) -> None:
        """Show other rows; the selection stays where its row is still there."""
        chosen = self.current_key()
        self.rows.show_frame(frame)
        self._fit()
        if chosen is not None:
            self.select_key(chosen)

    def filter(self, text: str) -> None:
        """Show only rows in which some column contains the text."""
        self.rows.filter(text)

    def current_key(self) -> str | None:
        """Key of the current row."""
        index = self.currentIndex()
        return index.data(KEY) if index.isValid() else None

    def selected_keys(self) -> list[str]:
        """Keys of the selected rows, in the order shown."""
        rows = sorted({i.row() for i in self.selectionModel().selectedRows()})
        return [self.rows.index(r, 0).data(KEY) for r in rows]

    def select_key(self, key: str | None) -> None:
        """Make a row current without telling it (linked selection from another view)."""
        row = self.rows.row_of(key) if key else None
        blocked = self.blockSignals(True)
        if row is None:
            self.clearSelection()
        elif row != self.currentIndex().row():
            self.selectRow(row)
            self.scrollTo(self.rows.index(row, 0))
        self.blockSignals(blocked)

    def select_keys(self, keys: Iterable[str]) -> None:
        """Select the rows of several keys, as a person would; keys that are not shown are not."""
        chosen = QItemSelection()
        for row in (self.rows.row_of(key) for key in keys):
            if row is not None:
                chosen.select(self.rows.index(row, 0), self.rows.index(row, 0))
        how = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(chosen, how.ClearAndSelect | how.Rows)

    def copy(self) -> None:
        """Copy the selected rows (all where none is selected) as tab-separated text."""
        QGuiApplication.clipboard().setText(self.as_tsv())

    def as_tsv(self) -> str:
        """The selected rows (all where none is selected) with headings, tab-separated."""
        chosen = sorted({i.row() for i in self.selectionModel().selectedRows()})
        rows = chosen if chosen else range(self.rows.rowCount())
        text = io.StringIO()
        heads = [c.title for c in self.rows.columns]
        text.write("\t".join(heads) + "\n")
        for row in rows:
            cells = [self.rows.plain_text(row, c) for c in range(len(heads))]
            text.write("\t".join(cell.replace("\t", " ") for cell in cells) + "\n")
        return text.getvalue()

    # -- inside ------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._asked(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stretch()

    def currentChanged(self, current: QModelIndex | Any, previous: QModelIndex | Any) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and current.row() != previous.row():
            self.chosen.emit(current.data(KEY))

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.viewport().update()

    def _asked(self, index: QModelIndex) -> None:
        if index.isValid():
            self.cell_asked.emit(index.data(KEY), self.rows.columns[index.column()].name)

    def _actions(self) -> None:
        copy = QAction(tr("Copy"), self)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy)
        save = QAction(tr("Export table …"), self)
        save.triggered.connect(self._export)
        source = QAction(tr("Where does this number come from?"), self)
        source.triggered.connect(lambda: self._asked(self.currentIndex()))
        self.addActions([source, copy, save])
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _export(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, tr("Export table"), "table.csv", "CSV (*.csv)"
        )
        if chosen:
            self.rows.shown_frame().to_csv(chosen, index=False)

    def _fit(self) -> None:
        header = self.horizontalHeader()
        for number, column in enumerate(self.rows.columns):
            if not column.stretch:
                wanted = column.width or 0
                if wanted:
                    self.setColumnWidth(number, theme.px(wanted))
                else:
                    needed = max(self.sizeHintForColumn(number), header.sectionSizeHint(number))
                    self.setColumnWidth(number, min(needed + theme.px(12), theme.px(340)))
        self._stretch()

    def _stretch(self) -> None:
        """Columns that stretch keep room to be read: what no longer fits is scrolled to."""
        header = self.horizontalHeader()
        for number, column in enumerate(self.rows.columns):
            if column.stretch:
                room = self.viewport().width() - header.length() + header.sectionSize(number)
                enough = room >= theme.px(_LEAST_STRETCHED)
                mode = QHeaderView.ResizeMode
                header.setSectionResizeMode(number, mode.Stretch if enough else mode.Fixed)
                if not enough:
                    header.resizeSection(number, theme.px(_LEAST_STRETCHED))
