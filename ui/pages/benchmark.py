"""The benchmark page: what is measured, on what, under which conditions, and the run as it goes."""

from __future__ import annotations

from advisor.bench import Event, WarmedUp, WindowMeasured
from advisor.project.benchmark import unfinished_run
from ui.benchmark.candidates_card import CandidatesCard
from ui.benchmark.conditions_card import ConditionsCard
from ui.benchmark.data_card import DataCard
from ui.benchmark.live_card import LiveCard
from ui.benchmark.measurement_card import MeasurementCard
from ui.i18n import later, tr
from ui.live_benchmark import LiveBenchmark
from ui.pages.page import Page
from ui.parts import button, column, row
from ui.theme import theme


class BenchmarkPage(Page):
    """Measures candidates side by side."""

    place, name, icon_name = 10, "benchmark", "benchmark"
    title = later("Benchmark")
    lead = later("Candidates are measured in turns, so that warmth and drift hit all alike.")

    def build(self) -> None:
        """Candidates and the run on the left, data and conditions on the right."""
        self._live = LiveBenchmark.of(self.session)
        self._go_on = button(tr("Continue"), self._continue, icon_name="redo")
        self._start = button(tr("Measure"), self.measure, kind="primary", icon_name="play")
        self._result = button(
            tr("See the ranking"), lambda: self.session.go_to("compare"), icon_name="compare"
        )
        for made in (self._result, self._go_on, self._start):
            self.commands.addWidget(made)
        self.candidates = CandidatesCard(self)
        self.data = DataCard(self)
        self.measurement = MeasurementCard(self)
        self.conditions = ConditionsCard(self)
        self.live = LiveCard(self.session)
        right = column(self.data, self.measurement, self.conditions, 1, space="large")
        for card in (self.data, self.measurement, self.conditions):
            card.setFixedWidth(theme.px(292))
        across = row(space="large")
        across.addLayout(column(self.live, self.candidates, 1, space="large"), 1)
        across.addLayout(right)
        self.body.addLayout(across)
        self.body.addStretch(1)
        self.when_changed("candidates", self.candidates.refresh)
        self.when_changed("candidates workloads settings", self.data.refresh)
        self.when_changed("candidates", self.measurement.refresh)
        self.when_changed("settings", self.conditions.refresh)
        self.when_changed("candidates runs measurements", self._offer)
        self._live.moved.connect(self._moved)
        self._live.ended.connect(self._ended)
        self._show_progress()

    def measure(self) -> None:
        """Start a benchmark with the settings on the page."""
        try:
            options = self.measurement.options()
        except ValueError:
            self.session.complained.emit(
                tr("A field holds no number; correct it or leave it empty.")
            )
            return
        self._live.start(self.session, **options)
        self._offer()

    def _continue(self) -> None:
        self._live.go_on(self.session)
        self._offer()

    def _moved(self, event: Event | None) -> None:
        if event is None:
            self._show_progress()
            self._offer()
        if event is None or isinstance(event, WindowMeasured | WarmedUp):
            self.candidates.show_course()

    def _show_progress(self) -> None:
        if self._live.running and self._live.task is not None:
            self.progress.show_task(self._live.task, self._live.cancel)

    def _ended(self) -> None:
        self._offer()
        self.candidates.show_course()

    def _offer(self) -> None:
        """Show the buttons that make sense now."""
        running = self._live.running
        project = self.session.project
        some = bool(project.candidates.count())
        self._start.setVisible(not running)
        self._start.setEnabled(some)
        self._go_on.setVisible(not running and some and unfinished_run(project) is not None)
        self._result.setVisible(not running and bool(project.measurements.count()))


PAGE = BenchmarkPage
