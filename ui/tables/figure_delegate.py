"""Draws a cell: provenance mark and figure above, its interval as a small bar below."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ui.figures.interval_bar import paint_interval
from ui.figures.provenance import paint_mark
from ui.tables.cell import Cell
from ui.theme import theme

CELL = Qt.ItemDataRole.UserRole + 2


class FigureDelegate(QStyledItemDelegate):
    """Paints every cell of a `FrameTable`."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        cell: Cell = index.data(CELL)
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(theme.tokens.accent_soft))
        painter.setPen(QColor(theme.tokens.line))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inner = rect.adjusted(theme.px(8), theme.px(3), -theme.px(8), -theme.px(3))
        font = theme.font(bold=cell.strong)
        painter.setFont(font)
        if cell.provenance is not None or cell.scale is not None:
            inner = self._figure(painter, inner, cell)
        painter.setPen(QColor(theme.tokens.ink_faint if cell.faint else theme.tokens.ink))
        side = Qt.AlignmentFlag.AlignRight if cell.right else Qt.AlignmentFlag.AlignLeft
        # names of variants differ at their end
        elide = Qt.TextElideMode.ElideMiddle if cell.strong else Qt.TextElideMode.ElideRight
        text = QFontMetrics(font).elidedText(cell.text, elide, inner.width())
        painter.drawText(inner, side | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        cell: Cell = index.data(CELL)
        width = QFontMetrics(theme.font(bold=cell.strong)).horizontalAdvance(cell.text)
        if cell.provenance is not None:
            width = max(width + theme.px(18), theme.px(96))
        return QSize(width + theme.px(20), theme.px(40))

    def _figure(self, painter: QPainter, inner: QRect, cell: Cell) -> QRect:
        """Draw mark and bar; returns where the text goes."""
        upper = QRect(inner)
        if cell.scale is not None and cell.low != cell.high:
            bar = QRectF(inner.left(), inner.bottom() - theme.px(9), inner.width(), theme.px(9))
            bar = bar.adjusted(theme.px(4), 0, -theme.px(4), 0)
            paint_interval(painter, bar, cell.value, cell.low, cell.high, cell.scale, log=cell.log)
            upper.setBottom(inner.bottom() - theme.px(10))
        if cell.provenance is not None:
            size = theme.px(8)
            box = QRectF(upper.left() + 1, upper.center().y() - size / 2 + 1, size, size)
            paint_mark(painter, box, cell.provenance)
            upper.setLeft(upper.left() + theme.px(16))
        return upper
