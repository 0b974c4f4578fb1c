"""Where the search stands: its stages from left to right, with how many variants entered each."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from advisor.project.search_course import SearchCourse
from advisor.project.search_time import Stage
from ui.i18n import later, tr
from ui.pages.page import clear
from ui.parts import caption, column, row, soft, text
from ui.theme import pixmap

_NAMES = {
    "make": later("Make"),
    "guard": later("Guard accuracy"),
    "glance": later("First estimate"),
    "full": later("Finalists in full"),
}
_MARKS = {"done": ("check", "accent"), "running": ("play", "accent"), "waiting": ("page", "line")}


class StagesCard(QFrame):
    """One place a stage."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._stages: QHBoxLayout = row(space="large")
        self._shown: tuple[Stage, ...] = ()
        self._words = soft("")
        self.setLayout(column(self._stages, self._words, margin="large"))

    def show_course(self, course: SearchCourse, *, words: str) -> None:
        """Show the stages anew; `words` say how the search fares."""
        self._words.setText(words)
        stages = course.stages
        if stages == self._shown:  # drawn anew it would flicker
            return
        self._shown = stages
        clear(self._stages)
        for stage in stages:
            if stage.state != "done" or stage.candidates is not None:
                self._stages.addWidget(_place(stage), 1)


def stage_name(stage: str) -> str:
    """What a stage is called."""
    if stage.startswith("short"):
        return tr("Short round {n}", n=int(stage.split()[1]))
    return tr(_NAMES.get(stage, stage))


def _place(stage: Stage) -> QWidget:
    made = QWidget()
    mark = QLabel()
    mark.setPixmap(pixmap(*(_MARKS[stage.state][0], 16, _MARKS[stage.state][1])))
    if stage.state == "waiting":
        mark.clear()
    name = text(stage_name(stage.name), "accent" if stage.state == "running" else "body")
    count = tr("{n} variants", n=stage.candidates) if stage.candidates is not None else "–"
    head = row(mark, space="hair") if stage.state != "waiting" else row(space="hair")
    head.addWidget(name, 1)
    made.setLayout(column(head, caption(count), space="hair"))
    return made
