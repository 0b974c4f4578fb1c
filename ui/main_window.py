"""The one window: navigation left, page in the middle, details right, meters at the foot."""

from __future__ import annotations

from pathlib import Path

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMessageBox, QStackedWidget, QWidget

from advisor.figures import Language as Code
from advisor.project import Project, ProjectError
from ui import jobs
from ui.about import AboutDialog
from ui.details_panel import DetailsPanel
from ui.figures import Explanation
from ui.garbage import GarbageCollection
from ui.i18n import language, said, tr
from ui.live_benchmark import LiveBenchmark
from ui.machine import Machine
from ui.menus import fill_menus
from ui.navigation import Navigation
from ui.pages.page import Page, find_pages
from ui.parts import column, notice, row
from ui.parts.drop_area import paths_of
from ui.places import fresh_project_path
from ui.reception import Reception
from ui.sample import open_sample_files
from ui.session import Session
from ui.status_strip import StatusStrip, meter_name, trust
from ui.theme import Choice, theme
from ui.variants.live_search import LiveSearch


class MainWindow(QMainWindow):
    """Holds the session; builds itself anew when language, theme or scale changes."""

    def __init__(self, session: Session, machine: Machine) -> None:
        super().__init__()
        self.session = session
        self.machine = machine
        self.page_types = find_pages()
        self.pages: dict[str, Page | QWidget] = {}
        self.current = self.page_types[0].name
        self.reception = Reception(session)
        self._task: jobs.Task | None = None
        self._garbage = GarbageCollection(self)
        self.setAcceptDrops(True)
        self.resize(session.preferences.width, session.preferences.height)
        self._build()
        self._connect()

    # -- what menus and pages call -----------------------------------------------------------

    def go_to(self, name: str) -> None:
        """Bring a page to the front, building it if it was not wanted before."""
        found = next((p for p in self.page_types if p.name == name), None)
        if found is None:
            return
        if name not in self.pages:
            self.pages[name] = self._made(found)
            self.stack.addWidget(self.pages[name])
        self.current = self.reception.current_page = name
        self.stack.setCurrentWidget(self.pages[name])
        self.navigation.show_page(name)

    def set_look(self, theme_choice: Choice | None = None, scale: float | None = None) -> None:
        """Change theme or scale, remember it, and show everything in it."""
        chosen = self.session.preferences
        chosen.theme = theme_choice or chosen.theme
        chosen.scale = scale or chosen.scale
        chosen.save()
        self._clear_away()
        theme.apply(chosen.theme, chosen.scale)

    def set_language(self, code: Code) -> None:
        """Change the language, remember it, and show everything in it."""
        self.session.preferences.language = code
        self.session.preferences.save()
        language.choose(code)

    def open_project(self, path: Path) -> None:
        """Open a project file instead of the one that is open."""
        try:
            project = Project.open(path)
        except ProjectError as error:
            self.complain(said(error.said))
            return
        self._use(project)

    def new_project(self) -> None:
        """Ask where, and start an empty project. A file that is there already is never replaced."""
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            tr("New project"),
            str(fresh_project_path()),
            "Carbon Advisor (*.advisor)",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if chosen:
            try:
                self._use(Project.create(Path(chosen.removesuffix(".advisor") + ".advisor")))
            except ProjectError as error:
                self.complain(said(error.said))

    def choose_project(self) -> None:
        """Ask which project to open."""
        chosen, _ = QFileDialog.getOpenFileName(
            self, tr("Open project"), "", "Carbon Advisor (*.advisor)"
        )
        if chosen:
            self.open_project(Path(chosen))

    def choose_models(self) -> None:
        """Ask for model files."""
        chosen, _ = QFileDialog.getOpenFileNames(self, tr("Add models"), "", "ONNX (*.onnx)")
        if chosen:
            self.session.receive([Path(c) for c in chosen])

    def open_sample(self) -> None:
        """Make the sample if it is not there, open it, and begin to measure it."""
        if self._task is not None and self._task.running:
            return
        self._task = jobs.compute(
            self,
            open_sample_files,
            done=self._sample_ready,
            failed=self.complain,
            doing=tr("Making the sample: training small models on this machine …"),
        )
        page = self.pages.get(self.current)
        if isinstance(page, Page):
            page.progress.show_task(self._task)

    def complain(self, sentence: str) -> None:
        """Tell a person what is wrong, in a dialog that does not block the program."""
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setWindowTitle("Carbon Advisor")
        box.setText(sentence)
        box.setObjectName("complaint")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def show_about(self) -> None:
        """Version, licence, attributions."""
        AboutDialog(self).open()

    def explain(self, explanation: Explanation) -> None:
        """Open the details with an answer."""
        self.details.show_explanation(explanation)
        self.details.show()

    def hide_details(self) -> None:
        """Close the details."""
        self.details.hide()

    def explain_meters(self) -> None:
        """Show what was looked for, what was found, and what could be done for more."""
        equipment = self.machine.equipment
        if equipment is None:
            return
        self.explain(
            Explanation(
                title=tr("Meters on this machine"),
                quantity=None,
                meaning=tr("Every energy figure of this machine comes from these meters."),
                facts=tuple(
                    (meter_name(f), f"{trust(f)}. {f.coverage.statement}") for f in equipment.meters
                ),
                chain=tuple(said(f.text) for f in equipment.findings),
            )
        )

    # -- Qt ----------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if paths_of(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.session.receive(paths_of(event))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.session.preferences.width = self.width()
        self.session.preferences.height = self.height()
        self.session.preferences.save()
        theme.changed.disconnect(self._build)
        language.changed.disconnect(self._build)
        jobs.wait_for_all()
        self.session.close()
        self._garbage.stop()
        super().closeEvent(event)

    # -- inside ------------------------------------------------------------------------------

    def _build(self) -> None:
        self.setWindowTitle(tr("{project} – Carbon Advisor", project=self.session.name))
        self.navigation = Navigation(self.page_types, self.session.name)
        self.stack = QStackedWidget()
        self.details = DetailsPanel()
        self.details.hide()
        self.status = StatusStrip(self.machine)
        middle = QWidget()
        across = row(self.navigation, space="hair")
        across.setSpacing(0)
        across.addWidget(self.stack, 1)
        across.addWidget(self.details)
        whole = column(space="hair")
        whole.setSpacing(0)
        whole.addLayout(across, 1)
        whole.addWidget(self.status)
        middle.setLayout(whole)
        self.pages = {}
        self.setCentralWidget(middle)
        fill_menus(self)
        self.navigation.chosen.connect(self.go_to)
        self.details.closed.connect(self.hide_details)
        self.status.asked.connect(self.explain_meters)
        self.go_to(self.current)
        middle.setFocus()

    def _clear_away(self) -> None:
        """Let the pages go before Qt styles every one of their widgets only to lose them."""
        old = self.takeCentralWidget()
        self.pages = {}
        if old is not None:
            shiboken6.delete(old)

    def _connect(self) -> None:
        language.changed.connect(self._build)
        theme.changed.connect(self._build)
        self.session.opened.connect(self._project_opened)
        self.session.asked.connect(self.explain)
        self.session.page_wanted.connect(self.go_to)
        self.session.said.connect(lambda words: self.status.say(words))
        self.session.complained.connect(self.complain)
        self.session.sample_wanted.connect(self.open_sample)
        self.reception.project_chosen.connect(self.open_project)

    def _made(self, page: type[Page]) -> QWidget:
        try:
            return page(self.session)
        except Exception as error:
            broken = QWidget()
            words = jobs.in_one_sentence(error)
            broken.setLayout(column(notice(words, level="danger"), 1, margin="page"))
            return broken

    def _use(self, project: Project) -> None:
        LiveBenchmark.of(self.session).let_go()
        LiveSearch.of(self.session).let_go()
        self.session.open(project)

    def _project_opened(self) -> None:
        self.session.preferences.opened(self.session.project.address)
        self.current = "start" if not self.session.project.candidates.count() else "benchmark"
        if self.session.project.measurements.count():
            self.current = "compare"
        self._build()

    def _sample_ready(self, project: Project) -> None:
        measured = bool(project.measurements.count())
        self._use(project)
        if not measured:
            self.go_to("benchmark")
            LiveBenchmark.of(self.session).start_first_look(self.session)
