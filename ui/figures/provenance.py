"""Provenance at a glance: a mark and a word, never colour alone."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from advisor.quantities import Provenance
from ui.i18n import later, tr
from ui.theme import theme

WORDS = {
    Provenance.MEASURED: later("measured"),
    Provenance.IMPORTED: later("imported"),
    Provenance.DECLARED: later("declared"),
    Provenance.ESTIMATED: later("estimated"),
    Provenance.PREDICTED: later("predicted"),
}
MEANINGS = {
    Provenance.MEASURED: later("Read from a meter on this machine."),
    Provenance.IMPORTED: later("Taken over from a published source or another system."),
    Provenance.DECLARED: later("Stated by a person; nobody measured it."),
    Provenance.ESTIMATED: later("Worked out from what could be observed, with a wide interval."),
    Provenance.PREDICTED: later("Predicted from models that were measured."),
}


def provenance_word(provenance: Provenance | str | None) -> str:
    """The word for a provenance in the reader's language; `unknown` for none."""
    try:
        return tr(WORDS[Provenance(provenance)])
    except (ValueError, KeyError):
        return tr("unknown")


def paint_mark(painter: QPainter, box: QRectF, provenance: Provenance | str | None) -> None:
    """Draw the mark: measured ●, imported ■, declared ◇, estimated ◐, predicted a dashed ring."""
    size = min(box.width(), box.height())
    mark = QRectF(0, 0, size, size)
    mark.moveCenter(box.center())
    strong = provenance == Provenance.MEASURED
    colour = QColor(theme.tokens.accent if strong else theme.tokens.ink_soft)
    pen = QPen(colour, max(1.2, size / 7))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if provenance == Provenance.MEASURED:
        painter.setBrush(colour)
        painter.drawEllipse(mark)
    elif provenance == Provenance.IMPORTED:
        painter.setBrush(colour)
        painter.drawRect(mark.adjusted(size * 0.1, size * 0.1, -size * 0.1, -size * 0.1))
    elif provenance == Provenance.DECLARED:
        c, r = mark.center(), size / 2
        points = [(0, -r), (r, 0), (0, r), (-r, 0)]
        painter.drawPolygon(QPolygonF([QPointF(c.x() + x, c.y() + y) for x, y in points]))
    elif provenance == Provenance.ESTIMATED:
        painter.drawEllipse(mark)
        painter.setBrush(colour)
        painter.drawPie(mark, 90 * 16, 180 * 16)
    elif provenance == Provenance.PREDICTED:
        pen.setStyle(Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([1.4, 1.2])
        painter.setPen(pen)
        painter.drawEllipse(mark)
    painter.restore()


class ProvenanceMark(QWidget):
    """The mark with its word."""

    def __init__(self, provenance: Provenance | None) -> None:
        super().__init__()
        self._provenance = provenance
        self._word = provenance_word(provenance)
        self.setAccessibleName(self._word)
        if provenance is not None:
            self.setToolTip(tr(MEANINGS[provenance]))

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(theme.font("small"))
        width = metrics.horizontalAdvance(self._word)
        return QSize(width + theme.px(20), max(metrics.height(), theme.px(16)))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(theme.font("small"))
        size = theme.px(9)
        paint_mark(
            painter, QRectF(theme.px(2), (self.height() - size) / 2, size, size), self._provenance
        )
        painter.setPen(QColor(theme.tokens.ink_soft))
        left = self.rect().adjusted(theme.px(17), 0, 0, 0)
        painter.drawText(left, Qt.AlignmentFlag.AlignVCenter, self._word)
