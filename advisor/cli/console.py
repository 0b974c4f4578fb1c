"""How every command talks: results on stdout, words and progress on stderr, bad input ends in 2."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NoReturn

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from advisor.quantities import UnitError

SECONDS_BETWEEN_LINES = 10.0
OUT = Console(soft_wrap=True, width=None if sys.stdout.isatty() else 160)
"""Results: what a pipe receives."""
ERR = Console(stderr=True, soft_wrap=True)
"""Words for the person at the terminal."""


def report_error(sentence: str) -> None:
    """One sentence on stderr."""
    ERR.print(f"carbon-advisor: {sentence}", markup=False, highlight=False)


def fail(sentence: object) -> NoReturn:
    """Bad input: say what is wrong, where, and what to do; exit code 2."""
    report_error(str(sentence))
    raise typer.Exit(2)


def negative(sentence: object) -> NoReturn:
    """The job failed, or a check came out negative: exit code 1."""
    report_error(str(sentence))
    raise typer.Exit(1)


def note(sentence: object) -> None:
    """A word to the person, on stderr."""
    ERR.print(str(sentence), markup=False, highlight=False)


@contextmanager
def bad_input(*kinds: type[Exception]) -> Generator[None]:
    """Turn the rooms' own input errors into one sentence and exit code 2."""
    try:
        yield
    except (UnitError, FileNotFoundError, IsADirectoryError, PermissionError, *kinds) as error:
        if isinstance(error, OSError):
            fail(f"{error.filename}: {error.strerror}.")
        fail(error)


def print_json(value: Any) -> None:
    """A noun, a list of nouns or plain data as JSON on stdout."""
    sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def plain(value: Any) -> Any:
    """Nouns as plain data, recursively."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def print_table(title: str, columns: list[str], rows: list[list[str]], words: int = 1) -> None:
    """A table for a person, on stdout; the first columns are `words`, the others figures."""
    table = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number < words else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    OUT.print(table)


@contextmanager
def show_progress(doing: str) -> Generator[tuple[Progress, TaskID]]:
    """A progress bar with time remaining on stderr; update with `bar.update(task, completed=…)`.

    The task's total is 1.0: `completed` is a fraction; None says that nobody can know how far it
    is. Where no terminal redraws a bar, a line says now and then how far it is, also while nothing
    is reported. A job that fails leaves its sentence alone, without the bar.
    """
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        _Remaining(),
    )
    over = threading.Event()
    with _Progress(*columns, console=ERR) as bar:
        try:
            task = bar.add_task(doing, total=1.0)
            threading.Thread(target=bar.keep_saying, args=(task, over), daemon=True).start()
            yield bar, task
        except BaseException:
            bar.live.transient = True
            raise
        finally:
            over.set()


class _Progress(Progress):
    """Says its state in lines where stderr is a file or a pipe."""

    _said = 0.0

    def update(self, task_id: TaskID, **changes: Any) -> None:
        super().update(task_id, **changes)
        if self.get_time() - self._said >= SECONDS_BETWEEN_LINES:
            self._say(task_id)

    def keep_saying(self, task_id: TaskID, over: threading.Event) -> None:
        """Until it is over: a line also in the minutes in which nothing is reported."""
        while not over.wait(SECONDS_BETWEEN_LINES / 2):
            if self.get_time() - self._said >= 2 * SECONDS_BETWEEN_LINES:
                self._say(task_id)

    def _say(self, task_id: TaskID) -> None:
        if self.console.is_terminal or self.finished:
            return
        self._said = self.get_time()
        task = self.tasks[task_id]
        words = task.description if task.total is None else f"{task.description}: {_how_far(task)}"
        left = _left(task)
        note(f"{words}, about {left} left" if left else words)


class _Remaining(ProgressColumn):
    """Time remaining at the mean speed so far.

    Rich takes the speed of the last steps, which says seconds where two long steps end together.
    """

    def render(self, task: Task) -> Text:
        return Text(_left(task) or "-:--:--", style="progress.remaining")


def _left(task: Task) -> str:
    if not task.total or not task.completed or task.finished:
        return ""
    seconds = (task.elapsed or 0.0) * (task.total - task.completed) / task.completed
    return str(timedelta(seconds=round(seconds)))


def _how_far(task: Task) -> str:
    return f"{task.percentage:.0f} % after {timedelta(seconds=round(task.elapsed or 0))}"
