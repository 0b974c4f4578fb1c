"""Heat map: drivers across, business lines down; every cell a figure, a word and a tone."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
)

from ui.theme import theme

_TONES = {
    "green": ("accent_soft", "ink"),
    "amber": ("warning_soft", "warning"),
    "red": ("danger", "surface"),
    "": ("sunken", "ink"),
}
"""Ground and ink of a level; of a figure that has none."""
_ROW_PX = 48


class _Tile(QStyledItemDelegate):
    """Paints a cell's tone itself: a style sheet would paint over an item's background."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        inside = option.rect.adjusted(1, 1, -1, -1)  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.fillRect(inside, index.data(Qt.ItemDataRole.BackgroundRole))
        painter.setPen(index.data(Qt.ItemDataRole.ForegroundRole).color())
        score, _, word = str(index.data()).partition("\n")
        above = QRect(inside.left(), inside.top(), inside.width(), round(inside.height() * 0.62))
        below = inside.adjusted(0, round(inside.height() * 0.52), 0, 0)
        painter.setFont(theme.font("heading", bold=True))
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, score)
        painter.setFont(theme.font("small"))
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, word)
        if option.state & QStyle.StateFlag.State_Selected:  # pyright: ignore[reportAttributeAccessIssue]
            painter.setPen(QPen(QColor(theme.tokens.accent), theme.px(2)))
            painter.drawRect(inside.adjusted(1, 1, -1, -1))
        painter.restore()


class HeatMap(QTableWidget):
    """Cells of scores. Emits `asked` with the names of row and column on Enter or double click."""

    asked = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[str] = []
        self._columns: list[str] = []
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setItemDelegate(_Tile(self))
        self.setWordWrap(True)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
        self.verticalHeader().setDefaultSectionSize(theme.px(_ROW_PX))
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.cellActivated.connect(self._ask)
        self.cellClicked.connect(self._ask)

    def show_scores(
        self,
        scores: pd.DataFrame,
        band: Callable[[float], str],
        band_words: dict[str, str],
        column_words: dict[str, str],
        row_words: dict[str, str],
        form: str = ".1f",
    ) -> None:
        """Show scores: a row a business line, a column a driver."""
        self._rows = [str(line) for line in scores.index]
        self._columns = [str(driver) for driver in scores.columns]
        self.clear()
        self.setRowCount(len(self._rows))
        self.setColumnCount(len(self._columns))
        self.setHorizontalHeaderLabels(
            [column_words.get(c, c).replace(" ", "\n", 1) for c in self._columns]
        )
        self.setVerticalHeaderLabels([row_words.get(r, r) for r in self._rows])
        values = scores.to_numpy(float)
        for i, line in enumerate(self._rows):
            for j, driver in enumerate(self._columns):
                value = float(values[i, j])
                level = band(value)
                item = QTableWidgetItem(f"{value:{form}}\n{band_words.get(level, '')}")
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                ground, ink = _TONES[level]
                item.setBackground(QColor(getattr(theme.tokens, ground)))
                item.setForeground(QColor(getattr(theme.tokens, ink)))
                item.setToolTip(f"{row_words.get(line, line)} × {column_words.get(driver, driver)}")
                self.setItem(i, j, item)
        head = max(self.horizontalHeader().sizeHint().height(), theme.px(50))
        self.setFixedHeight(head + theme.px(_ROW_PX) * len(self._rows) + theme.px(4))

    def _ask(self, row: int, column: int) -> None:
        if 0 <= row < len(self._rows) and 0 <= column < len(self._columns):
            self.asked.emit(self._rows[row], self._columns[column])
