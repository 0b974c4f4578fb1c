"""Answers the what-if off the GUI thread; while it does, only the latest question waits."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from advisor.predict.local_runs import Learnt
from ui import jobs
from ui.predict.gathering import answered
from ui.predict.what_if_card import Asked

ENOUGH = frozenset({"parameters", "flops_per_call", "throughput_per_s"})
"""Any one of these permits a prediction."""


class LiveAnswer(QObject):
    """Emits `made` with a prediction and its line; None where nothing is known to predict from."""

    made = Signal(object)
    failed = Signal(str)

    def __init__(self, owner: QObject) -> None:
        super().__init__(owner)
        self._task: jobs.Task | None = None
        self._next: tuple[Learnt, Asked, str] | None = None

    def ask(self, learnt: Learnt, question: Asked, over: str) -> None:
        """Ask for the answer to a question, and the line over one figure."""
        if self._task is not None and self._task.running:
            self._next = (learnt, question, over)
        elif not ENOUGH.intersection(question):
            self.made.emit(None)
        else:
            self._task = jobs.compute(
                self,
                answered,
                learnt,
                question,
                over,
                done=self.made.emit,
                failed=self.failed.emit,
            )
            self._task.ended.connect(self._go_on)

    def _go_on(self) -> None:
        if self._next is not None:
            waiting, self._next = self._next, None
            self.ask(*waiting)
