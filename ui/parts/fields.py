"""Fields that are typed into: one line with its words inside, numbers with room before them."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit, QWidget

from ui.parts.frames import column
from ui.parts.words import eyebrow
from ui.theme import theme

Spin = TypeVar("Spin", bound=QAbstractSpinBox)


def line(words: str, width: int = 0) -> QLineEdit:
    """A field of one line, named by the words that stand in it while it is empty."""
    made = QLineEdit()
    made.setPlaceholderText(words)
    made.setAccessibleName(words)
    if width:
        made.setFixedWidth(theme.px(width))
    return made


def labelled(name: str, widget: QWidget) -> QWidget:
    """A field under its name, which is also what a screen reader says of it."""
    words = eyebrow(name)
    words.setBuddy(widget)
    widget.setAccessibleName(name)
    made = QWidget()
    made.setProperty("role", "clear")
    made.setLayout(column(words, widget, space="hair"))
    return made


def inset(spin: Spin) -> Spin:
    """A number field with room before its text: the style sheet's padding does not reach it."""
    spin.lineEdit().setTextMargins(theme.px(8), 0, 0, 0)
    return spin
