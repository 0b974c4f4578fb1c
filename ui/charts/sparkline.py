"""A small trend: readings over days between their limits, without axes; for tiles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import theme


class Sparkline(QWidget):
    """Paints readings as a line, the last one as a dot, the amber and red limits as dashes."""

    def __init__(self) -> None:
        super().__init__()
        self._places: list[float] = []
        self._values: list[float] = []
        self._limits = (0.0, 0.0)
        self.setMinimumHeight(theme.px(46))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_readings(
        self, days: Sequence[date], values: Sequence[float], amber: float, red: float
    ) -> None:
        """Show readings against their limits; none leaves the limits alone."""
        self._places = [float(day.toordinal()) for day in days]
        self._values = list(values)
        self._limits = (amber, red)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = theme.px(6)
        inside = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        ends = [*self._values, *self._limits]
        low, high = min(ends), max(ends)
        span = (high - low) or 1.0

        def height(value: float) -> float:
            return inside.bottom() - (value - low) / span * inside.height()

        for value, tone in zip(self._limits, ("warning", "danger"), strict=True):
            pen = QPen(QColor(getattr(theme.tokens, tone)), theme.px(1.5), Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawLine(
                QPointF(inside.left(), height(value)), QPointF(inside.right(), height(value))
            )
        if not self._values:
            return
        first, last = self._places[0], self._places[-1]
        wide = (last - first) or 1.0
        at_left = inside.left() if last > first else inside.right()
        points = [
            QPointF(at_left + (place - first) / wide * inside.width(), height(value))
            for place, value in zip(self._places, self._values, strict=True)
        ]
        painter.setPen(QPen(QColor(theme.tokens.ink), theme.px(2)))
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(QColor(theme.tokens.ink))
        painter.drawEllipse(points[-1], theme.px(4), theme.px(4))
