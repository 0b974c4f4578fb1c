"""Cards, wells and layouts with the distances of the theme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QVBoxLayout,
    QWidget,
)

from ui.parts.words import text
from ui.theme import pixmap, theme

Box = TypeVar("Box", bound=QBoxLayout)
Item = QWidget | QLayout | int | None
"""What a row or column holds: a widget, a layout, a stretch (int), or nothing."""


def column(*items: Item, space: str = "medium", margin: str | None = None) -> QVBoxLayout:
    """Items from top to bottom; an int is a stretch."""
    return _filled(QVBoxLayout(), items, space, margin)


def row(*items: Item, space: str = "medium", margin: str | None = None) -> QHBoxLayout:
    """Items from left to right; an int is a stretch."""
    return _filled(QHBoxLayout(), items, space, margin)


def grid(rows: Iterable[Sequence[QWidget | None]], *, space: str = "medium") -> QGridLayout:
    """Rows of widgets under each other; the last column takes what is left."""
    made = QGridLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setHorizontalSpacing(theme.space("large"))
    made.setVerticalSpacing(theme.space(space))
    widest = 0
    for y, cells in enumerate(rows):
        widest = max(widest, len(cells))
        for x, widget in enumerate(cells):
            if widget is not None:
                made.addWidget(widget, y, x, Qt.AlignmentFlag.AlignVCenter)
    made.setColumnStretch(max(widest - 1, 0), 1)
    return made


def card(*items: Item, space: str = "medium", role: str = "card") -> QFrame:
    """A framed group of items."""
    made = QFrame()
    made.setProperty("role", role)
    made.setLayout(column(*items, space=space, margin="large"))
    return made


def well(*items: Item, space: str = "small") -> QFrame:
    """A sunken group without a frame."""
    return card(*items, space=space, role="well")


class Notice(QFrame):
    """A sentence that should not be missed: level notice, warning or danger."""

    def __init__(self, words: str, *, level: str = "notice") -> None:
        super().__init__()
        self.setProperty("role", level)
        colour = {"warning": "warning", "danger": "danger"}.get(level, "accent")
        mark = QLabel()
        mark.setPixmap(pixmap("info" if level == "notice" else "warning", 18, colour))
        mark.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._words = text(words)
        inside = row(mark, space="small", margin="medium")
        inside.addWidget(self._words, 1)
        self.setLayout(inside)

    def say(self, words: str) -> None:
        """Another sentence in the same place."""
        self._words.setText(words)


def notice(words: str, *, level: str = "notice") -> Notice:
    """A `Notice`."""
    return Notice(words, level=level)


def rule() -> QFrame:
    """A thin line across."""
    made = QFrame()
    made.setProperty("role", "rule")
    return made


def _filled(layout: Box, items: Sequence[Item], space: str, margin: str | None) -> Box:
    edge = theme.space(margin) if margin else 0
    layout.setContentsMargins(edge, edge, edge, edge)
    layout.setSpacing(theme.space(space))
    for item in items:
        _add(layout, item)
    return layout


def _add(layout: QBoxLayout, item: Item) -> None:
    if isinstance(item, int):
        layout.addStretch(item)
    elif isinstance(item, QWidget):
        layout.addWidget(item)
    elif item is not None:
        layout.addLayout(item)
