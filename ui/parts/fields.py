"""Fields that are typed into: one line with its words inside, numbers with room before them."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit

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


def inset(spin: Spin) -> Spin:
    """A number field with room before its text: the style sheet's padding does not reach it."""
    spin.lineEdit().setTextMargins(theme.px(8), 0, 0, 0)
    return spin
