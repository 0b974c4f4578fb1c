"""Tiles that are read from the back of the room: one indicator, one headline."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel

from advisor.figures import written
from advisor.risk import Reading
from ui.charts.sparkline import Sparkline
from ui.i18n import language, tr
from ui.parts import caption, column, eyebrow, row
from ui.parts.words import text
from ui.risk.frames import limit_name, outlook_words
from ui.risk.picture import RiskPicture
from ui.risk.words import TONES, level_words


class Tile(QFrame):
    """A card that can be pressed. Emits `asked`."""

    asked = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setProperty("clickable", True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.inside = column(eyebrow(name), space="hair", margin="medium")
        self.setLayout(self.inside)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.asked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space):
            self.asked.emit()
        else:
            super().keyPressEvent(event)


class IndicatorTile(Tile):
    """An indicator: its value, its level in mark and word, its trend between its limits."""

    def __init__(self, picture: RiskPicture, reading: Reading) -> None:
        limit = picture.appetite.limit(reading.key)
        assert limit is not None  # readings come from the limits
        super().__init__(limit_name(picture, reading.key))
        unit = None if limit.unit == "1" else limit.unit
        shown = written(reading.value, language.code, unit=unit)
        level = text(level_words(reading.level.value), "heading", wrap=False)
        level.setProperty("tone", TONES[reading.level.value])
        self.inside.addLayout(
            row(
                _large(shown.value if reading.value else "–"),
                text(shown.unit, "soft", wrap=False),
                1,
                space="small",
            )
        )
        self.inside.addWidget(level)
        spark = Sparkline()
        kept = [r for r in picture.history.get(reading.key, ()) if r.figure is not None]
        figures = [r.figure for r in kept if r.figure is not None]
        spark.show_readings([r.day for r in kept], figures, limit.amber, limit.red)
        self.inside.addWidget(spark)
        self.inside.addWidget(
            caption(tr("limits {amber} and {red}", amber=f"{limit.amber:g}", red=f"{limit.red:g}"))
        )
        self.inside.addWidget(caption(outlook_words(picture, reading)))
        self.inside.addStretch(1)


class HeadlineTile(Tile):
    """A headline: large words, a sentence beneath, a tone."""

    def __init__(self, name: str, words: str, note: str, tone: str = "") -> None:
        super().__init__(name)
        label = text(words, "display", wrap=False)
        label.setProperty("tone", tone)
        self.inside.addWidget(label)
        self.inside.addWidget(caption(note))
        self.inside.addStretch(1)


def _large(words: str) -> QLabel:
    label = text(words, "title" if len(words) > 6 else "display", wrap=False)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
    return label
