'''How a page is written: one file `ui/pages/<name>.py`, found by name, nothing else to edit.

    class PredictPage(Page):
        """Energy of what was not measured."""

        place, name, icon_name = 30, "predict", "predict"      # order in the navigation
        title, lead = later("Predict"), later("What a model would use, before anybody runs it.")

        def build(self) -> None:                               # put widgets into self.body
            self.commands.addWidget(button(tr("Predict"), self._predict, kind="primary"))
            self._table = FrameTable()
            self.body.addWidget(self._table, 1)
            self.when_changed("measurements", self.refresh)     # also called once after build

        def _predict(self) -> None:                            # longer than 100 ms: off the thread
            self.work(predict_everything, self.session.project, done=self._show,
                      doing=tr("Predicting …"))

        def _show(self, frame: pd.DataFrame) -> None: ...

    PAGE = PredictPage

What a page gets and must keep to
- `self.session`: the open project (`ui.session.Session`): `.project` shelves, `.put(shelf, noun,
  words)` for decisions that can be undone, `.select(key)`/`.selected` for linked selection,
  `.ask(Explanation)` for “where does this number come from?”, `.go_to(page)`, `.say(words)`.
- The window throws pages away and builds them anew when language, theme or scale changes or another
  project opens. So: never keep results only in the page; keep them in the project or in
  `self.memory` (a dictionary of this page that lives as long as the project is open).
- Every word goes through `tr()`, with its Japanese in `ui/i18n/ja/<name>.toml`.
- No style sheets, colours or pixel sizes in pages: `ui.parts`, `ui.figures`, `theme.px(n)`.
- Tables: `ui.tables.FrameTable`; charts: `ui.charts.Chart`; both copy and export by themselves.
- Bad input: `self.complain(sentence)`; emptiness: `self.show_empty(words, button...)`.
- No arithmetic: call `advisor`, in a job when it may take more than 100 ms. Import heavy libraries
  inside the function that runs in the job, so that the window opens fast.
'''

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any, ClassVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLayout,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ui import jobs
from ui.i18n import tr
from ui.parts import ProgressStrip, column, heading, notice, row, soft, title
from ui.parts import lead as lead_label
from ui.session import Session
from ui.theme import theme


class Page(QWidget):
    """Base of all pages: title, lead, actions on the right, body, progress at the bottom."""

    place: ClassVar[int] = 1000
    """Order in the navigation: start 0, benchmark 10, compare 20, predict 30, portfolio 40 …"""
    name: ClassVar[str]
    """File name of the page."""
    icon_name: ClassVar[str] = "page"
    title: ClassVar[str]
    lead: ClassVar[str] = ""
    short_title: ClassVar[str] = ""
    """What the navigation says where the title is too long for it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.memory: dict[str, Any] = session.memory.setdefault(self.name, {})
        self.commands: QHBoxLayout = row(space="small")
        self.body: QVBoxLayout = column(space="large")
        self.progress = ProgressStrip()
        self._notices = column(space="small")
        self._watched: list[tuple[set[str], Callable[[], object]]] = []
        self._frame()
        self.build()
        session.changed.connect(self._tell)
        for _, refresh in self._watched:
            refresh()

    def build(self) -> None:
        """Put the page together in `self.body` and `self.commands`."""
        raise NotImplementedError

    # -- for pages ---------------------------------------------------------------------------

    def when_changed(self, shelves: str, refresh: Callable[[], object]) -> None:
        """Call `refresh` after the page is built and whenever one of the shelves changes.

        `shelves` are names separated by blanks, e.g. "measurements settings".
        """
        self._watched.append((set(shelves.split()), refresh))

    def work(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        done: Callable[[Any], None] | None = None,
        doing: str = "",
    ) -> jobs.Task:
        """Run a function off the GUI thread, with progress and Cancel at the foot of the page."""
        task = jobs.compute(
            self, function, *arguments, done=done, failed=self.complain, doing=doing
        )
        if doing:
            self.progress.show_task(task)
        return task

    def complain(self, sentence: str) -> None:
        """Tell of bad input or a failed job, in a dialog that does not block the program."""
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setWindowTitle(tr("Carbon Advisor"))
        box.setText(sentence)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setObjectName("complaint")
        box.open()

    def note(self, words: str, *, level: str = "notice") -> None:
        """A sentence at the head of the page, until the next `clear_notes`."""
        self._notices.addWidget(notice(words, level=level))

    def clear_notes(self) -> None:
        """Take the sentences away."""
        clear(self._notices)

    def show_empty(self, words: str, explanation: str, *buttons: QPushButton) -> QWidget:
        """An empty state: what is missing, and the buttons that mend it. Add it to a layout."""
        made = QFrame()
        made.setProperty("role", "well")
        inside = column(
            heading(words), soft(explanation), row(*buttons, 1), space="medium", margin="page"
        )
        made.setLayout(inside)
        return made

    def bring_into_view(self, widget: QWidget) -> None:
        """Scroll until a part of the page shows, its top at the top."""
        top = widget.mapTo(self._inside, QPoint()).y()
        self._scroll.verticalScrollBar().setValue(top - theme.px(20))

    # -- inside ------------------------------------------------------------------------------

    def _frame(self) -> None:
        head = row(space="large")
        words = column(title(tr(type(self).title)), space="hair")
        if type(self).lead:
            words.addWidget(lead_label(tr(type(self).lead)))
        head.addLayout(words, 1)
        head.addLayout(self.commands)
        head.setAlignment(self.commands, Qt.AlignmentFlag.AlignTop)
        self._inside = inside = QWidget()
        inside.setProperty("role", "page")
        edge = theme.space("page")
        whole = column(head, self._notices, space="large")
        whole.setContentsMargins(edge, theme.px(26), edge, edge)
        whole.addLayout(self.body, 1)
        inside.setLayout(whole)
        self._scroll = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inside)
        foot = column(self.progress)
        foot.setContentsMargins(edge, theme.px(8), edge, theme.px(10))
        outer = column(scroll, foot, space="hair")
        self.setLayout(outer)

    def _tell(self, shelf: str) -> None:
        for shelves, refresh in self._watched:
            if shelf in shelves:
                refresh()


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)


def find_pages() -> list[type[Page]]:
    """Every page of this folder, in the order of the navigation."""
    package = importlib.import_module("ui.pages")
    found: list[type[Page]] = []
    for module in pkgutil.iter_modules(package.__path__):
        page = getattr(importlib.import_module(f"ui.pages.{module.name}"), "PAGE", None)
        if page is not None:
            found.append(page)
    return sorted(found, key=lambda p: (p.place, p.name))
