"""The benchmark that is running (or ran last), as views see it: it outlives pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Signal

from advisor.bench import (
    CandidateMeasured,
    Event,
    Failed,
    Finished,
    Measurement,
    NotScored,
    PowerSampled,
    Precision,
    Started,
    WarmedUp,
    WindowMeasured,
)
from advisor.bench.live import window_energy_j
from advisor.project.benchmark import benchmark, continue_benchmark
from advisor.project.intake import CURRENT_WORKLOAD, add_data, workload_for
from advisor.project.project import Project
from advisor.quantities import Quantity
from advisor.sentences import Sentence, sentence
from ui import jobs
from ui.i18n import tr
from ui.session import Session

_POWER_SAMPLES_KEPT = 2000
_MEMORY = "live benchmark"


@dataclass
class Course:
    """What one candidate's line in the live chart knows: a point after each block."""

    name: str
    at_s: list[float] = field(default_factory=list[float])
    energy: list[Quantity] = field(default_factory=list[Quantity])
    window_at_s: list[float] = field(default_factory=list[float])
    window_j: list[float] = field(default_factory=list[float])
    """Raw joules per inference, window by window."""
    windows: int = 0
    left_out: int = 0
    """How many of them were hurt by throttling or another program."""
    warmed_up: bool = False
    latest: Measurement | None = None
    not_scored: Sentence | None = None
    """Why its accuracy stays unknown although there are labels."""
    failure: Sentence | None = None


class LiveBenchmark(QObject):
    """Follows the events of a run. Emits `moved` with each event and `ended` at the end."""

    moved = Signal(object)
    ended = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.task: jobs.Task | None = None
        self.courses: dict[str, Course] = {}
        self.power: list[tuple[float, float]] = []
        self.started: Started | None = None
        self.ending: Sentence | None = None
        self.failure: Sentence | None = None

    @staticmethod
    def of(session: Session) -> LiveBenchmark:
        """The one of the open project."""
        if _MEMORY not in session.memory:
            session.memory[_MEMORY] = LiveBenchmark(session)
        return session.memory[_MEMORY]

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self.task is not None and self.task.running

    def start(self, session: Session, **options: Any) -> None:
        """Measure every candidate of the project; `options` are fields of `Plan`."""
        project = session.project
        self._follow(lambda: _events(project, options))

    def start_first_look(self, session: Session) -> None:
        """A first look, as short as the meter allows: a recommendation within a minute."""
        self.start(
            session,
            precision=Precision.GLANCE,
            time_budget_s=45.0,
            warm_up_max_s=3.0,
            idle_s=1.0,
        )

    def go_on(self, session: Session) -> None:
        """Continue the run that broke off."""
        project = session.project
        self._follow(lambda: continue_benchmark(project))

    def cancel(self) -> None:
        """Stop; what was measured is kept."""
        if self.task is not None and self.task.running:
            self.ending = sentence("Stopped; everything measured so far is kept.")
            self.task.cancel()

    def let_go(self) -> None:
        """Stop, and wait until the thread has let go of the project (before it is closed)."""
        self.cancel()
        if self.task is not None:
            self.task.stopped.wait(5.0)

    def _follow(self, source: Callable[[], Iterator[Event]]) -> None:
        if self.running:
            return
        search = self._session.memory.get("live search")
        if search is not None and search.running:
            words = tr("A search for variants is running and would disturb the benchmark.")
            self._session.complained.emit(words)
            return
        self.courses, self.power = {}, []
        self.started = self.ending = self.failure = None
        self.task = jobs.follow(
            self,
            source,
            on_event=self._take,
            failed=self._session.complained.emit,
            doing=tr("Preparing the benchmark …"),
        )
        self.task.ended.connect(self._end)
        self.moved.emit(None)

    def _end(self) -> None:
        self.ended.emit()

    def _take(self, event: Event) -> None:
        match event:
            case Started():
                self.started = event
                self.courses = {key: Course(event.names.get(key, key)) for key in event.candidates}
            case WarmedUp():
                self._course(event.candidate).warmed_up = True
            case WindowMeasured():
                course = self._course(event.window.candidate)
                course.windows += 1
                course.left_out += bool(event.window.excluded)
                raw = window_energy_j(event.window, self.started.meters if self.started else ())
                if raw is not None:
                    course.window_at_s.append(event.at_s)
                    course.window_j.append(raw)
            case CandidateMeasured():
                course = self._course(event.measurement.candidate)
                course.latest = event.measurement
                course.at_s.append(event.at_s)
                course.energy.append(event.measurement.energy_j)
            case PowerSampled():
                self.power.append((event.at_s, event.power_w))
                del self.power[:-_POWER_SAMPLES_KEPT]
            case Failed():
                words = event.said or sentence("{reason}", reason=event.reason)
                if event.candidate is None:
                    self.failure = words
                else:
                    self._course(event.candidate).failure = words
            case Finished():
                self.ending = event.said or sentence("{reason}", reason=event.reason)
            case NotScored():
                self._course(event.candidate).not_scored = event.said
            case _:
                pass
        self.moved.emit(event)

    def _course(self, key: str) -> Course:
        return self.courses.setdefault(key, Course(key))


def _events(project: Project, options: dict[str, Any]) -> Iterator[Event]:
    candidates = project.candidates.all()
    key = project.setting(CURRENT_WORKLOAD)
    source = project.workloads.get(key) if key else None
    if source is None:
        source, workload = add_data(project, None, candidates)
    else:
        workload = workload_for(candidates, source)
    yield from benchmark(project, candidates, source, workload, **options)
