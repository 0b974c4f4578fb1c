"""The only way off the GUI thread: `compute` a function or `follow` an iterator of events.

    task = compute(self, rank_everything, session.project, done=self._show)
    task = follow(self, lambda: bench.run(plan), on_event=self._took, done=self._finished)

Callbacks run in the GUI thread, and only while their owner (a QObject) is alive. Whoever wants to
show how far a task is connects to `task.progressed`; `task.cancel()` lets go at once: an iterator
is closed in its thread (which stops the work behind it), a function's result is dropped, and a
function that takes long asks `current_task().check()` in its loop.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from ui.i18n import later, said, tr

_HERE = threading.local()


class Cancelled(Exception):  # noqa: N818 - it is no error
    """Raised inside a function whose task was cancelled."""


@dataclass(frozen=True)
class HowFar:
    """How far a task is. `fraction` and `remaining_s` are None while nobody can know."""

    fraction: float | None
    remaining_s: float | None
    doing: str


class Task(QObject):
    """A piece of work in another thread. Signals arrive in the GUI thread.

    `ended` is always the last signal, whichever way the task went.
    """

    progressed = Signal(object)
    yielded = Signal(object)
    finished = Signal(object)
    failed = Signal(str)
    cancelled = Signal()
    ended = Signal()

    def __init__(self, doing: str = "") -> None:
        super().__init__()
        self.doing = doing
        self.running = True
        self.last = HowFar(None, None, doing)
        self._stop = threading.Event()
        self._began = time.monotonic()
        self.stopped = threading.Event()
        """Set when the thread has really let go."""

    def cancel(self) -> None:
        """Stop. The owner hears `cancelled` now; the thread lets go within a second."""
        if self.running:
            self._stop.set()
            self._close(self.cancelled.emit)

    @property
    def stopping(self) -> bool:
        """True after `cancel`."""
        return self._stop.is_set()

    def check(self) -> None:
        """Called by long functions now and then. Raises `Cancelled` after `cancel`."""
        if self._stop.is_set():
            raise Cancelled

    def report(
        self, fraction: float | None, doing: str = "", remaining_s: float | None = None
    ) -> None:
        """Say how far the work is, from any thread; the time remaining is worked out if absent."""
        if remaining_s is None and fraction and fraction > 0.02:
            remaining_s = (time.monotonic() - self._began) * (1 - fraction) / fraction
        self.last = HowFar(fraction, remaining_s, doing or self.doing)
        self.progressed.emit(self.last)

    def settle(self, outcome: Callable[[], None]) -> None:
        """End the task in the GUI thread; does nothing after `cancel`."""
        if self.running:
            self._close(outcome)

    def _close(self, outcome: Callable[[], None]) -> None:
        self.running = False
        outcome()
        self.ended.emit()
        _ALIVE.discard(self)


class _Settled(QObject):
    """Carries an ending from the worker's thread into the GUI thread."""

    arrived = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.arrived.connect(self._settle)

    def _settle(self, task: Task, outcome: Callable[[], None]) -> None:
        task.settle(outcome)


_ALIVE: set[Task] = set()
_POST: list[_Settled] = []


class _Worker(QRunnable):
    def __init__(self, task: Task, work: Callable[[Task], Any]) -> None:
        super().__init__()
        self._task, self._work, self._post = task, work, _post()

    def run(self) -> None:
        task = self._task
        _HERE.task = task
        try:
            result = self._work(task)
        except Cancelled:
            pass
        except Exception as error:
            sentence = in_one_sentence(error)
            self._tell(lambda: task.failed.emit(sentence))
        else:
            self._tell(lambda: task.finished.emit(result))
        finally:
            _HERE.task = None
            task.stopped.set()

    def _tell(self, outcome: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the program ended meanwhile: nobody is left to be told
            self._post.arrived.emit(self._task, outcome)


def compute(
    owner: QObject,
    function: Callable[..., Any],
    *arguments: Any,
    done: Callable[[Any], None] | None = None,
    failed: Callable[[str], None] | None = None,
    doing: str = "",
) -> Task:
    """Call `function(*arguments)` in another thread; `done` gets what it returns.

    A failure reaches `failed` as one sentence. Inside the function `current_task()` gives the task.
    """
    task = Task(doing)
    _connect(owner, task, done, failed)
    return _start(task, lambda _: function(*arguments))


def follow(
    owner: QObject,
    source: Callable[[], Iterator[Any]],
    *,
    on_event: Callable[[Any], None] | None = None,
    done: Callable[[Any], None] | None = None,
    failed: Callable[[str], None] | None = None,
    doing: str = "",
) -> Task:
    """Iterate `source()` in another thread; each item reaches `on_event`, `done` gets the last.

    Items that know `fraction` and `remaining_s` move the task's progress by themselves.
    """
    task = Task(doing)
    _connect(owner, task, done, failed)
    if on_event is not None:
        task.yielded.connect(_while_alive(owner, on_event))

    def work(task: Task) -> Any:
        events, last = source(), None
        try:
            for event in events:
                task.check()
                last = event
                task.yielded.emit(event)
                if hasattr(event, "fraction") and hasattr(event, "remaining_s"):
                    words = said(getattr(event, "said", None)) or getattr(event, "doing", "")
                    task.report(event.fraction, words, event.remaining_s)
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()
        return last

    return _start(task, work)


def current_task() -> Task:
    """The task whose function is running in this thread; a task of its own outside of any."""
    return getattr(_HERE, "task", None) or Task()


def wait_for_all(milliseconds: int = 5000) -> bool:
    """Cancel what runs and wait until every thread let go (at the end of the program)."""
    for task in tuple(_ALIVE):
        task.cancel()
    return QThreadPool.globalInstance().waitForDone(milliseconds)


def in_one_sentence(error: Exception) -> str:
    """What a person is told of an error; a traceback goes to the terminal only for our own bugs."""
    sentence = getattr(error, "said", None)
    if sentence is not None:
        return said(sentence)
    if isinstance(error, ValueError | RuntimeError) and str(error):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return tr("{file}: {reason}.", file=error.filename or "", reason=error.strerror)
    traceback.print_exception(error)
    return tr(
        later("This could not be finished because of a fault in the program ({kind}: {text})."),
        kind=type(error).__name__,
        text=str(error),
    )


def _connect(
    owner: QObject,
    task: Task,
    done: Callable[[Any], None] | None,
    failed: Callable[[str], None] | None,
) -> None:
    if done is not None:
        task.finished.connect(_while_alive(owner, done))
    if failed is not None:
        task.failed.connect(_while_alive(owner, failed))


def _while_alive(owner: QObject, callback: Callable[[Any], None]) -> Callable[[Any], None]:
    def guarded(value: Any) -> None:
        if shiboken6.isValid(owner):
            callback(value)

    return guarded


def _start(task: Task, work: Callable[[Task], Any]) -> Task:
    _ALIVE.add(task)
    pool = QThreadPool.globalInstance()
    pool.setMaxThreadCount(max(4, pool.maxThreadCount()))
    pool.start(_Worker(task, work))
    return task


def _post() -> _Settled:
    if not _POST:
        _POST.append(_Settled())
    return _POST[0]
