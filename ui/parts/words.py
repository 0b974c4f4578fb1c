"""Labels by their rank on the page. All wrap, so that nothing is clipped in either language."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy


def text(words: str, role: str = "body", *, wrap: bool = True, selectable: bool = False) -> QLabel:
    """A label of a role the style sheet knows: body, soft, caption, heading, warning, danger …"""
    label = QLabel(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    label.setWordWrap(wrap)
    if wrap:
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        label.setSizePolicy(policy)
    if selectable:
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return label


def display(words: str) -> QLabel:
    """The largest words: the start page's headline, a figure on a card."""
    return text(words, "display")


def title(words: str) -> QLabel:
    """A page's title."""
    return text(words, "title")


def heading(words: str) -> QLabel:
    """A section's heading."""
    return text(words, "heading")


def lead(words: str) -> QLabel:
    """The sentence under a title."""
    return text(words, "lead")


def soft(words: str) -> QLabel:
    """Running text of lesser weight."""
    return text(words, "soft")


def caption(words: str) -> QLabel:
    """Small print."""
    return text(words, "caption")


def eyebrow(words: str) -> QLabel:
    """A small bold label above a figure or a field."""
    return text(words, "eyebrow")
