"""Coverage by regime: a bar a regime, cut into complete, partial, missing and outside."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import theme

PARTS = ("complete", "partial", "missing", "outside")
_TONES = {
    "complete": ("accent", "on_accent"),
    "partial": ("warning_soft", "warning"),
    "missing": ("danger_soft", "danger"),
    "outside": ("sunken", "ink_faint"),
}


class CoverageBars(QWidget):
    """Counts stand in the bars; a legend of words above. Emits `chosen` with a regime."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[str, dict[str, int]]] = []
        self._words: dict[str, str] = {}
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_regimes(self, table: pd.DataFrame, words: Mapping[str, str]) -> None:
        """`table` as `advisor.risk.by_regime`; `words` name the four parts."""
        self._rows = [
            (str(r["regime"]), {p: int(r[p]) for p in PARTS}) for r in table.to_dict("records")
        ]
        self._words = dict(words)
        self.setFixedHeight(theme.px(30) * (len(self._rows) + 1))
        self.setAccessibleName(
            "; ".join(
                f"{name}: {', '.join(f'{n} {self._words[p]}' for p, n in parts.items() if n)}"
                for name, parts in self._rows
            )
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tall, names = theme.px(30), self._name_width(painter)
        self._legend(painter, tall)
        most = max((sum(parts.values()) for _, parts in self._rows), default=1)
        unit = (self.width() - names) / most
        for number, (name, parts) in enumerate(self._rows):
            top = tall * (number + 1)
            painter.setFont(theme.font("body"))
            painter.setPen(QColor(theme.tokens.ink))
            middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(QRectF(0, top, names, tall), middle, name)
            left = float(names)
            for part, count in parts.items():
                if not count:
                    continue
                box = QRectF(left, top + tall * 0.14, count * unit - theme.px(2), tall * 0.72)
                ground, ink = _TONES[part]
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(getattr(theme.tokens, ground)))
                painter.drawRoundedRect(box, theme.px(3), theme.px(3))
                painter.setPen(QColor(getattr(theme.tokens, ink)))
                painter.setFont(theme.font("body", bold=True))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(count))
                left += count * unit

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        row = int(event.position().y() // theme.px(30)) - 1
        if 0 <= row < len(self._rows):
            self.chosen.emit(self._rows[row][0])

    def _legend(self, painter: QPainter, tall: float) -> None:
        painter.setFont(theme.font("small"))
        metrics = painter.fontMetrics()
        left = 0.0
        for part in PARTS:
            words = self._words.get(part, part)
            mark = QRectF(left, tall * 0.3, theme.px(14), tall * 0.4)
            painter.setPen(QColor(getattr(theme.tokens, _TONES[part][1])))
            painter.setBrush(QColor(getattr(theme.tokens, _TONES[part][0])))
            painter.drawRoundedRect(mark, theme.px(2), theme.px(2))
            left += theme.px(20)
            wide = metrics.horizontalAdvance(words) + theme.px(18)
            painter.setPen(QColor(theme.tokens.ink_soft))
            painter.drawText(QRectF(left, 0, wide, tall), Qt.AlignmentFlag.AlignVCenter, words)
            left += wide

    def _name_width(self, painter: QPainter) -> float:
        painter.setFont(theme.font("body"))
        metrics = painter.fontMetrics()
        widest = max((metrics.horizontalAdvance(name) for name, _ in self._rows), default=0)
        return min(widest + theme.px(16), self.width() * 0.5)
