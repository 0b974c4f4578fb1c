"""The run as it goes: energy per inference with its interval, power, failures, how it ended."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QTabWidget

from advisor.bench import Event
from advisor.bench.cautions import shared
from advisor.figures import percent
from ui.charts.benchmark_chart import EnergyChart, PowerChart
from ui.i18n import said, tr
from ui.live_benchmark import LiveBenchmark
from ui.pages.page import clear
from ui.parts import caption, column, heading, notice, soft
from ui.session import Session
from ui.theme import theme

_REDRAW_MS = 250
"""Events may come faster than anyone can see; the charts are drawn four times a second at most."""


class LiveCard(QFrame):
    """Charts and words about the run."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._live = LiveBenchmark.of(session)
        self.setProperty("role", "card")
        self.energy = EnergyChart()
        self.power = PowerChart()
        self.energy.setMinimumHeight(theme.px(300))
        self.tabs = QTabWidget()
        self.tabs.addTab(self.energy, tr("Energy per inference"))
        self.tabs.addTab(self.power, tr("Power"))
        self._words = soft("")
        self._failures, self._cautions = column(space="small"), column(space="hair")
        self.setLayout(
            column(
                heading(tr("The run")),
                self._words,
                self.tabs,
                self._failures,
                self._cautions,
                margin="large",
            )
        )
        self.energy.clicked.connect(session.select)
        session.selected.connect(self.energy.mark)
        self._live.moved.connect(self._moved)
        self._live.ended.connect(self._draw)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REDRAW_MS)
        self._timer.timeout.connect(self._draw)
        self._draw()

    def _moved(self, _event: Event | None) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _draw(self) -> None:
        live = self._live
        self.setVisible(live.running or bool(live.courses) or live.ending is not None)
        self.energy.show_courses(live.courses)
        self.energy.mark(self._session.selection)
        self.power.show_power(live.power)
        self._words.setText(self._state())
        clear(self._failures)
        clear(self._cautions)
        if not live.running:
            self._say_what_was_found()
        for course in live.courses.values():
            if course.not_scored is not None and live.running:  # later it is among the cautions
                words = tr("{name}: {reason}", name=course.name, reason=course.not_scored)
                self._failures.addWidget(notice(words, level="warning"))
            if course.failure is not None:
                words = tr("{name}: {reason}", name=course.name, reason=course.failure)
                self._failures.addWidget(notice(words, level="danger"))
        if live.failure is not None:
            self._failures.addWidget(notice(said(live.failure), level="danger"))

    def _say_what_was_found(self) -> None:
        """What difference could have been seen, and what must be known of the figures."""
        found = [c.latest for c in self._live.courses.values() if c.latest is not None]
        seen = [m.smallest_difference for m in found if m.smallest_difference is not None]
        if seen:
            words = tr(
                "A difference of {smallest} between two models would have been found in 80 of 100 "
                "such runs.",
                smallest=percent(max(seen), 1),
            )
            self._cautions.addWidget(soft(words))
        names = {key: course.name for key, course in self._live.courses.items()}
        for whom, caution in shared(found, names):
            words = tr("{name}: {reason}", name=whom, reason=caution) if whom else said(caution)
            self._cautions.addWidget(caption(words))

    def _state(self) -> str:
        live = self._live
        if live.running:
            return tr("Dots are windows; the bar is the figure so far with its 95 % interval.")
        words = said(live.ending)
        return words[:1].upper() + words[1:]
