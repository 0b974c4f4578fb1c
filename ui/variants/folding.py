"""A heading that unfolds what only some readers want to see."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QWidget

from ui.parts import column, row, soft, text
from ui.theme import icon, theme


class Folding(QWidget):
    """A row to click, and pairs of words beneath it: what, and why."""

    def __init__(self, words: str, pairs: Sequence[tuple[str, str]], *, open_now: bool) -> None:
        super().__init__()
        self.button = QPushButton(words)
        self.button.setProperty("kind", "row")
        self.button.setCheckable(True)
        self.inside = _pairs(pairs)
        self.button.toggled.connect(self._unfold)
        self.setLayout(column(self.button, self.inside, space="hair"))
        self.button.setChecked(open_now)
        self._unfold(open_now)

    def _unfold(self, open_now: bool) -> None:
        self.inside.setVisible(open_now)
        self.button.setIcon(icon("chevron_down" if open_now else "chevron", size=16))


def _pairs(pairs: Sequence[tuple[str, str]]) -> QFrame:
    made = QFrame()
    made.setProperty("role", "well")
    lines = QGridLayout()
    lines.setHorizontalSpacing(theme.space("large"))
    lines.setVerticalSpacing(theme.space("small"))
    for y, (what, why) in enumerate(pairs):
        lines.addWidget(text(what), y, 0)
        lines.addWidget(soft(why), y, 1)
    lines.setColumnStretch(0, 2)
    lines.setColumnStretch(1, 5)
    inside = row(margin="medium")
    inside.addLayout(lines)
    made.setLayout(inside)
    return made
