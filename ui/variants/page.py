"""The variants page: a plan to edit, then the search and what it found, one model at a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from advisor.bench.search import SearchPlan
from advisor.candidates.levers import CommandLever
from advisor.candidates.levers.fewer_trees import TreeCurve
from advisor.project.runs import WorkloadSource
from advisor.project.variants import latest_search
from ui.i18n import later, said, tr
from ui.machine import Equipment, Machine
from ui.pages.page import Page
from ui.parts import button, column, row
from ui.variants.live_search import LiveSearch
from ui.variants.plan_card import PlanCard
from ui.variants.planning import Planned, planned, start_files, tree_curve
from ui.variants.result_view import ResultView
from ui.variants.settings_card import SettingsCard
from ui.variants.trees_card import TreesCard
from ui.variants.words import duration

_REDRAW_MS = 300
"""Events may come faster than anyone can see."""


class VariantsPage(Page):
    """Plans a search for greener variants, runs it, and tells what became of each."""

    place, name, icon_name = 15, "variants", "variants"
    title = later("Find greener variants")
    short_title = later("Variants")
    lead = later("Every lever that applies is tried, guarded and measured; the others say why not.")

    def build(self) -> None:
        """Empty state, plan, result: one of them shows."""
        self.live = LiveSearch.of(self.session)
        self.plan: SearchPlan | None = self.memory.get("plan")
        self._source: WorkloadSource | None = self.memory.get("source")
        self._machine = Machine()
        self.plan_card, self.trees = PlanCard(), TreesCard()
        self.settings = SettingsCard(self.memory)
        self.result = ResultView(self)
        self._buttons()
        self._planning = QWidget()
        self._planning.setProperty("role", "page")
        across = row(space="large")
        across.addLayout(column(self.trees, self.plan_card, 1, space="large"), 1)
        across.addLayout(column(self.settings, 1))
        self._planning.setLayout(across)
        self._empty = self.show_empty(
            tr("No model to start from"),
            tr("Add a model, and data with labels if you have it; then every lever is looked at."),
            button(tr("Go to the benchmark"), lambda: self.session.go_to("benchmark")),
            button(tr("Open the sample"), self.session.sample_wanted.emit, kind="primary"),
        )
        for widget in (self._empty, self._planning, self.result):
            widget.hide()
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self._connect()
        if "equipment" not in self.memory:
            self._machine.look()
        if self.live.course is None and not self.live.running:
            self.live.restore()
        self.when_changed("candidates workloads", self.refresh)

    def refresh(self) -> None:
        """Show the view that fits: nothing, the plan, or the search."""
        some = bool(start_files(self.session.project))
        view = self.memory.get("view") or ("result" if self._searched else "plan")
        self._empty.setVisible(not some)
        self._planning.setVisible(some and view == "plan")
        self.result.setVisible(some and view == "result")
        if some and view == "plan" and not self.live.running:
            self.replan()
        self.result.show_course()
        self._offer()

    def replan(self) -> None:
        """Make the plan anew, in a job: another model, other data, another tool."""
        project = self.session.project
        files = start_files(project)
        chosen = self.memory.get("parent") or self.session.selection
        if chosen not in {c.key for c in files}:
            chosen = project.setting("baseline")
        self.settings.show_parents(files, chosen)
        key = self.settings.parent_key
        if key is None:
            return
        levers = tuple(CommandLever(n, c) for n, c in self.memory.get("commands", {}).items())
        calibration = self.settings.calibration
        self.work(planned, project, key, calibration, levers, done=self._planned)

    def start(self) -> None:
        """Carry the plan out."""
        plan = self._edited()
        if plan is None or self._source is None:
            return
        if not plan.wanted:
            self.complain(tr("Nothing is ticked; tick at least one variant."))
            return
        try:
            plan.check_budget()
        except ValueError as error:
            self.complain(said(getattr(error, "said", str(error))))
            return
        self._show("result")
        self.live.start(plan, self._source)
        self._offer()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    # -- inside ------------------------------------------------------------------------------

    @property
    def _searched(self) -> bool:
        return self.live.running or latest_search(self.session.project) is not None

    def _buttons(self) -> None:
        words = tr("Find greener variants")
        self._other = button(
            tr("Plan another search"), lambda: self._show("plan"), icon_name="settings"
        )
        self._back = button(tr("Latest search"), lambda: self._show("result"), icon_name="table")
        self._go_on = button(tr("Continue"), self._continue, icon_name="redo")
        self._ranking = button(
            tr("See the ranking"), lambda: self.session.go_to("compare"), icon_name="compare"
        )
        self._start = button(words, self.start, kind="primary", icon_name="play")
        made = (self._other, self._back, self._go_on, self._ranking, self._start)
        for one in made:
            self.commands.addWidget(one)

    def _connect(self) -> None:
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REDRAW_MS)
        self._timer.timeout.connect(self.result.show_course)
        self._machine.found.connect(self._know_meters)
        self.settings.replan.connect(self.replan)
        self.settings.changed.connect(self._summarise)
        self.settings.changed.connect(lambda: self.trees.limit(self.settings.limits))
        self.settings.tool_given.connect(self._add_tool)
        self.settings.folder_wanted.connect(self._open_folder)
        self.plan_card.ticked.connect(self._ticked)
        self.plan_card.compare_wanted.connect(lambda: self.session.go_to("compare"))
        self.live.moved.connect(self._moved)
        self.live.ended.connect(self._ended)
        if self.live.running and self.live.task is not None:
            self.progress.show_task(self.live.task, self.live.cancel)

    def _show(self, view: str) -> None:
        self.memory["view"] = view
        self.refresh()

    def _planned(self, made: Planned | None) -> None:
        if made is None:
            return
        self.plan = made.plan.choosing(self.memory.get("ticks", {}))
        self._source = made.source
        self.memory.update(plan=self.plan, source=self._source)
        self.plan_card.show_plan(self.plan)
        self.settings.show_plan(self.plan)
        self._summarise()
        self._offer()
        self.work(tree_curve, made.plan, done=self._know_curve)

    def _know_curve(self, curve: TreeCurve | None) -> None:
        self.trees.show_curve(curve, self.settings.limits)

    def _know_meters(self) -> None:
        self.memory["equipment"] = self._machine.equipment
        self._summarise()

    def _ticked(self, entry: str, wanted: bool) -> None:
        self.memory.setdefault("ticks", {})[entry] = wanted
        if self.plan is not None:
            self.plan = self.plan.choosing({entry: wanted})
            self.memory["plan"] = self.plan
        self._summarise()

    def _edited(self) -> SearchPlan | None:
        if self.plan is None:
            return None
        return replace(
            self.plan,
            limits=self.settings.limits,
            precision=self.settings.full_precision,
            time_budget_s=self.settings.time_budget_s,
        )

    def _summarise(self) -> None:
        plan = self._edited()
        if plan is None:
            return
        known: Equipment | None = self.memory.get("equipment")
        meters = known.meters if known is not None else ()
        self.plan_card.show_summary(
            tr(
                "{n} variants, about {time} in all. Measuring each of them in full would take "
                "{everything}.",
                n=len(plan.wanted),
                time=duration(plan.expected_s(meters)),
                everything=duration(plan.everything_s(meters)),
            )
        )

    def _add_tool(self, command: str) -> None:
        commands: dict[str, str] = self.memory.setdefault("commands", {})
        lever = CommandLever(f"own-tool-{len(commands) + 1}", command)
        obstacle = lever.obstacle(self.plan.parents[0]) if self.plan else None
        if obstacle is not None:
            self.complain(said(obstacle))
            return
        if command not in commands.values():
            commands[lever.name] = command
        self.settings.tool.clear()
        self.replan()

    def _open_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Olive's output folder"))
        if chosen:
            self.session.receive([Path(chosen)])

    def _moved(self) -> None:
        if self.live.running and self.live.task is not None and not self.progress.isVisible():
            self.progress.show_task(self.live.task, self.live.cancel)
        self._offer()
        if not self._timer.isActive():
            self._timer.start()

    def _ended(self) -> None:
        self.result.show_course()
        self._offer()

    def _continue(self) -> None:
        self.memory["view"] = "result"
        self.live.go_on()
        self.refresh()

    def _offer(self) -> None:
        """Show the buttons that make sense now."""
        planning = self._planning.isVisibleTo(self)
        result = self.result.isVisibleTo(self)
        running, course = self.live.running, self.live.course
        finished = not running and course is not None and course.finished
        self._start.setVisible(planning and not running)
        self._start.setEnabled(self.plan is not None)
        self._back.setVisible(planning and self._searched)
        self._other.setVisible(result and not running)
        self._go_on.setVisible(result and self.live.can_continue)
        self._ranking.setVisible(result and finished)
