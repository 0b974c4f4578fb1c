"""A card with one figure: what it is, how much, how sure, and where from; click asks for more."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel

from advisor.figures import written
from advisor.quantities import Quantity
from ui.figures.interval_bar import IntervalBar
from ui.figures.provenance import ProvenanceMark
from ui.i18n import language, tr
from ui.parts.frames import column, row
from ui.parts.words import caption, eyebrow, text


class FigureCard(QFrame):
    """Shows a quantity (None reads “unknown”) or plain words. Emits `asked` when clicked."""

    asked = Signal()

    def __init__(
        self,
        name: str,
        figure: Quantity | str | None,
        note: str = "",
        *,
        unit: str | None = None,
        scale: tuple[float, float] | None = None,
    ) -> None:
        """`unit` forces the reader's unit; a common `scale` makes several cards comparable."""
        super().__init__()
        self.setProperty("role", "card")
        inside = column(eyebrow(name), space="hair", margin="large")
        self.setLayout(inside)
        if isinstance(figure, str):
            inside.addWidget(_large(figure))
        else:
            shown = written(figure, language.code, unit=unit)
            inside.addLayout(
                row(_large(shown.value), text(shown.unit, "soft", wrap=False), 1, space="small")
            )
            if figure is not None:
                if shown.interval:
                    inside.addWidget(IntervalBar(figure, scale))
                    inside.addWidget(caption(tr("95 %: {interval}", interval=shown.interval)))
                inside.addWidget(ProvenanceMark(figure.provenance))
                self._clickable(name)
        if note:
            inside.addWidget(caption(note))
        inside.addStretch(1)

    def _clickable(self, name: str) -> None:
        self.setProperty("clickable", True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(tr("Where does this number come from?"))
        self.setAccessibleName(name)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.property("clickable"):
            self.asked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.property("clickable") and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space):
            self.asked.emit()
        else:
            super().keyPressEvent(event)


def _large(words: str) -> QLabel:
    label = text(words, "display", wrap=False)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
    return label
