"""What a long job does, how far it is, how long it still takes, and the button that stops it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QProgressBar, QWidget

from ui.i18n import tr
from ui.jobs import HowFar, Task
from ui.parts.buttons import button
from ui.parts.frames import column, row
from ui.parts.words import text


class ProgressStrip(QWidget):
    """Shows one task at a time; hidden while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._task: Task | None = None
        self._cancelling: Callable[[], None] | None = None
        self._doing = text("", "body")
        self._remaining = text("", "caption", wrap=False)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self.stop = button(tr("Cancel"), self._cancel, icon_name="stop")
        words = row(space="medium")
        words.addWidget(self._doing, 1)
        words.addWidget(self._remaining)
        beside = row(space="large")
        beside.addLayout(column(words, self._bar, space="hair"), 1)
        beside.addWidget(self.stop)
        self.setLayout(beside)
        self.hide()

    def show_task(self, task: Task, cancel: Callable[[], None] | None = None) -> None:
        """Follow a task until it ends; `cancel` is what the button does, if not the task's own."""
        self._task, self._cancelling = task, cancel
        task.progressed.connect(self._move)
        task.ended.connect(self._end)
        self._move(task.last)
        self.setVisible(task.running)

    def _move(self, how_far: HowFar) -> None:
        self._doing.setText(how_far.doing)
        self._remaining.setText(time_left(how_far.remaining_s))
        if how_far.fraction is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(1000 * how_far.fraction))

    def _cancel(self) -> None:
        if self._task is not None:
            (self._cancelling or self._task.cancel)()

    def _end(self) -> None:
        if self._task is not None and not self._task.running:
            self._task = None
            self.hide()


def time_left(seconds: float | None) -> str:
    """Time remaining in words a person uses."""
    if seconds is None:
        return ""
    if seconds < 60:
        return tr("about {n} s left", n=max(1, round(seconds)))
    if seconds < 3600:
        return tr("about {n} min left", n=round(seconds / 60))
    return tr("about {n} h left", n=f"{seconds / 3600:.1f}")
