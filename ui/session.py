"""The open project as the window sees it: says when it changed, undoes, and passes questions on.

Pages keep no state of their own that must outlive them: a page is built anew when language, theme
or scale changes. What must live on is in the project, or in `session.memory`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from advisor.project import Project
from advisor.project.shelves import SHELVES
from ui.figures.explanation import Explanation
from ui.preferences import Preferences


class Session(QObject):
    """The open project, its changes, the linked selection, and the undo of decisions.

    `memory` is a dictionary that outlives pages (running tasks, what is being edited).
    """

    changed = Signal(str)
    """The name of the shelf (or `events`) that changed; always in the GUI thread."""
    selected = Signal(str)
    """Key of the candidate chosen in any view; every view follows."""
    asked = Signal(object)
    """An `Explanation` that the details panel should show."""
    page_wanted = Signal(str)
    """Name of the page that should come to the front."""
    said = Signal(str)
    """A passing word for the status bar."""
    sample_wanted = Signal()
    """The sample should be made and opened."""
    opened = Signal()
    """Another project was opened: everything shown before is stale."""
    received = Signal(list)
    """Files were dropped or chosen (models, data, inventories, projects): list of `Path`."""
    complained = Signal(str)
    """Something a person must be told in a dialog, in one sentence."""

    def __init__(self, project: Project, preferences: Preferences | None = None) -> None:
        super().__init__()
        self.project = project
        self.preferences = preferences or Preferences()
        self.memory: dict[str, Any] = {}
        self.undo = QUndoStack(self)
        self._unsubscribe = project.subscribe(self.changed.emit)
        self.selection: str | None = None

    # -- the project -----------------------------------------------------------------------

    def open(self, project: Project) -> None:
        """Let go of the open project and go on with another."""
        self._unsubscribe()
        self.project.close()
        self.project = project
        self._unsubscribe = project.subscribe(self.changed.emit)
        self.undo.clear()
        self.memory.clear()
        self.selection = None
        self.opened.emit()

    def close(self) -> None:
        """Close the project."""
        self._unsubscribe()
        self.project.close()

    @property
    def name(self) -> str:
        """The project's name for the title bar."""
        return Path(self.project.address).stem

    def setting(self, name: str, default: Any = None) -> Any:
        """A setting of the project."""
        return self.project.setting(name, default)

    # -- what views tell each other --------------------------------------------------------

    def select(self, key: str | None) -> None:
        """Choose a candidate; every view that shows it follows."""
        if key != self.selection:
            self.selection = key
            self.selected.emit(key or "")

    def ask(self, explanation: Explanation) -> None:
        """Ask where a figure comes from: the details panel opens with the answer."""
        self.asked.emit(explanation)

    def go_to(self, page: str) -> None:
        """Bring a page to the front by its name."""
        self.page_wanted.emit(page)

    def say(self, words: str) -> None:
        """A passing word in the status bar."""
        self.said.emit(words)

    def receive(self, paths: list[Path]) -> None:
        """Take in files wherever they were dropped: each kind finds its place."""
        self.received.emit(paths)

    # -- decisions that can be undone ------------------------------------------------------

    def put(self, shelf: str, noun: Any, words: str) -> None:
        """Put a noun on a shelf as one undoable step; `words` name it in the Edit menu."""
        kept = self.project.shelf(shelf)
        key = SHELVES[shelf].key(noun)
        before = kept.get(key)

        def put() -> None:
            kept.put(noun)

        def take_back() -> None:
            if before is None:
                kept.remove(key, action="undo")
            else:
                kept.put(before, action="undo")

        self.undo.push(_Step(words, put, take_back))

    def remove(self, shelf: str, key: str, words: str) -> None:
        """Take a noun off a shelf as one undoable step."""
        kept = self.project.shelf(shelf)
        before = kept.get(key)

        def take() -> None:
            kept.remove(key)

        if before is not None:
            self.undo.push(_Step(words, take, lambda: kept.put(before, action="undo")))

    def put_many(self, shelf: str, nouns: Sequence[Any], words: str) -> None:
        """Put several nouns on a shelf as one undoable step and one entry of the log."""
        kept = self.project.shelf(shelf)
        keys = [SHELVES[shelf].key(noun) for noun in nouns]
        before = [noun for key in keys if (noun := kept.get(key)) is not None]
        new = [key for key in keys if key not in {SHELVES[shelf].key(n) for n in before}]

        def put() -> None:
            kept.put_many(nouns)

        def take_back() -> None:
            kept.put_many(before, action="undo")
            kept.remove_many(new, action="undo")

        self.undo.push(_Step(words, put, take_back))

    def set(self, words: str, **settings: Any) -> None:
        """Change settings of the project as one undoable step."""
        before = {name: self.project.setting(name) for name in settings}
        if before == settings:
            return
        self.undo.push(
            _Step(words, lambda: self.project.set(**settings), lambda: self.project.set(**before))
        )


class _Step(QUndoCommand):
    def __init__(self, words: str, forth: Callable[[], None], back: Callable[[], None]) -> None:
        super().__init__(words)
        self._forth, self._back = forth, back

    def redo(self) -> None:
        self._forth()

    def undo(self) -> None:
        self._back()
