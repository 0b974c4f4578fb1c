"""An interval drawn to scale, so that nobody has to open a tooltip to see how sure a figure is."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from advisor.quantities import Quantity
from ui.theme import theme


def paint_interval(
    painter: QPainter,
    box: QRectF,
    value: float,
    low: float,
    high: float,
    scale: tuple[float, float],
    *,
    log: bool = False,
    colour: str = "accent",
) -> None:
    """Draw low–value–high in a box whose width spans `scale`; zero gets a thin line."""
    place = _placer(box, scale, log)
    y = box.center().y()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.tokens.line), 1))
    painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
    if not log and scale[0] < 0 < scale[1]:
        painter.setPen(QPen(QColor(theme.tokens.line_strong), 1))
        painter.drawLine(QPointF(place(0), box.top()), QPointF(place(0), box.bottom()))
    tone = theme.colour(colour)
    painter.setPen(QPen(tone, max(1.5, theme.px(2))))
    painter.drawLine(QPointF(place(low), y), QPointF(place(high), y))
    painter.setPen(QPen(QColor(theme.tokens.surface), 1))
    painter.setBrush(tone)
    radius = min(theme.px(4), box.height() / 2)
    painter.drawEllipse(QPointF(place(value), y), radius, radius)
    painter.restore()


def _placer(box: QRectF, scale: tuple[float, float], log: bool) -> Callable[[float], float]:
    def position(x: float) -> float:
        return math.log(max(x, 1e-300)) if log else x

    first, last = position(scale[0]), position(scale[1])
    span = (last - first) or 1.0

    def place(x: float) -> float:
        share = min(max((position(x) - first) / span, 0.0), 1.0)
        return box.left() + share * box.width()

    return place


class IntervalBar(QWidget):
    """The interval of one quantity over a scale (its own interval with some air by default)."""

    def __init__(self, quantity: Quantity, scale: tuple[float, float] | None = None) -> None:
        super().__init__()
        self._quantity = quantity
        air = 0.25 * (quantity.high - quantity.low or abs(quantity.value) or 1.0)
        self._scale = scale or (quantity.low - air, quantity.high + air)
        self.setMinimumHeight(theme.px(14))

    def sizeHint(self) -> QSize:
        return QSize(theme.px(120), theme.px(14))

    def paintEvent(self, event: QPaintEvent) -> None:
        q, edge = self._quantity, theme.px(5)
        box = QRectF(self.rect()).adjusted(edge, 1, -edge, -1)
        paint_interval(QPainter(self), box, q.value, q.low, q.high, self._scale)
