"""The search that is running (or ran last), as views see it: it outlives pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from advisor.bench.search import SearchEvent, SearchPlan
from advisor.project.project import Project
from advisor.project.runs import WorkloadSource
from advisor.project.search_course import SearchCourse
from advisor.project.variants import (
    course_so_far,
    find_variants,
    latest_search,
    planned_again,
    restored_course,
)
from ui import jobs
from ui.i18n import said, tr
from ui.live_benchmark import LiveBenchmark
from ui.session import Session

MEMORY = "live search"


@dataclass(frozen=True)
class Begun:
    """The first item of a search: what earlier parts of it found."""

    course: SearchCourse


class LiveSearch(QObject):
    """Follows the events of a search. Emits `moved` with each event and `ended` at the end."""

    moved = Signal()
    ended = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.task: jobs.Task | None = None
        self.course: SearchCourse | None = None

    @staticmethod
    def of(session: Session) -> LiveSearch:
        """The one of the open project."""
        if MEMORY not in session.memory:
            session.memory[MEMORY] = LiveSearch(session)
        return session.memory[MEMORY]

    @property
    def running(self) -> bool:
        """Whether a search is under way."""
        return self.task is not None and self.task.running

    @property
    def can_continue(self) -> bool:
        """Whether the latest search broke off or was stopped."""
        latest = latest_search(self._session.project)
        return not self.running and latest is not None and not latest.finished

    def start(self, plan: SearchPlan, source: WorkloadSource) -> None:
        """Carry a plan out."""
        project = self._session.project
        self._follow(lambda: _carried_out(project, plan, source))

    def go_on(self) -> None:
        """Continue the search that broke off, at its stage."""
        project = self._session.project
        self._follow(lambda: _continued(project))

    def restore(self) -> jobs.Task:
        """Read the latest search's journal, in a job."""
        return jobs.compute(
            self,
            restored_course,
            self._session.project,
            done=self._restored,
            failed=self._session.complained.emit,
        )

    def cancel(self) -> None:
        """Stop; everything found is kept."""
        if self.task is not None:
            self.task.cancel()

    def let_go(self) -> None:
        """Stop, and wait until the thread has let go of the project (before it is closed)."""
        self.cancel()
        if self.task is not None:
            self.task.stopped.wait(5.0)

    # -- inside ------------------------------------------------------------------------------

    def _follow(self, source: Callable[[], Iterator[Begun | SearchEvent]]) -> None:
        if self.running:
            return
        if LiveBenchmark.of(self._session).running:
            words = tr("A benchmark is running and would disturb the search; stop it first.")
            self._session.complained.emit(words)
            return
        self.task = jobs.follow(
            self,
            source,
            on_event=self._take,
            failed=self._session.complained.emit,
            doing=tr("Preparing the search …"),
        )
        self.task.ended.connect(self.ended.emit)
        self.moved.emit()

    def _take(self, item: Begun | SearchEvent) -> None:
        if isinstance(item, Begun):
            self.course = item.course
        elif self.course is not None and self.task is not None:
            self.course.take(item)
            words = said(self.course.doing)
            self.task.report(
                self.course.fraction, words[:1].upper() + words[1:], self.course.remaining_s
            )
        self.moved.emit()

    def _restored(self, course: SearchCourse | None) -> None:
        if not self.running:
            self.course = course
            self.moved.emit()


def _carried_out(
    project: Project, plan: SearchPlan, source: WorkloadSource
) -> Iterator[Begun | SearchEvent]:
    yield Begun(course_so_far(plan))
    yield from find_variants(project, plan, source)


def _continued(project: Project) -> Iterator[Begun | SearchEvent]:
    kept = latest_search(project)
    if kept is not None:
        plan, source = planned_again(project, kept)
        yield from _carried_out(project, plan, source)
