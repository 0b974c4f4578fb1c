"""A place where files may be dropped, which is also a button for those who use the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QFrame, QLabel

from ui.parts.frames import column
from ui.parts.words import text
from ui.theme import pixmap


class DropArea(QFrame):
    """Takes files by drop, click or Enter. Emits `dropped` with the paths."""

    dropped = Signal(list)

    def __init__(self, words: str, hint: str, choose: Callable[[], list[Path]]) -> None:
        """`choose` asks for files where none are dropped (a file dialog)."""
        super().__init__()
        self._choose = choose
        self.setProperty("role", "drop")
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(words)
        picture = QLabel()
        picture.setPixmap(pixmap("drop", 28, "accent"))
        labels = [picture, text(words, "body"), text(hint, "caption")]
        for label in labels:
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setLayout(column(*labels, space="hair", margin="large"))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if paths_of(event):
            event.acceptProposedAction()
            self._lit(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._lit(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._lit(False)
        paths = paths_of(event)
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._ask()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._ask()
        else:
            super().keyPressEvent(event)

    def _ask(self) -> None:
        chosen = self._choose()
        if chosen:
            self.dropped.emit(chosen)

    def _lit(self, over: bool) -> None:
        self.setProperty("over", over)
        self.style().unpolish(self)
        self.style().polish(self)


def paths_of(event: QDropEvent) -> list[Path]:
    """The local files an event carries."""
    return [Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()]
