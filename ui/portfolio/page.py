"""The portfolio page: where the inventory's carbon is, the plan that cuts it, and its review."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from advisor.portfolio import Budgets, Plan
from advisor.project.inventory import portfolio_terms
from ui import jobs
from ui.i18n import later, tr
from ui.pages.page import Page
from ui.parts import button, column, menu_button
from ui.parts.drop_area import paths_of
from ui.portfolio.head_figures import HeadFigures
from ui.portfolio.incoming import Incoming
from ui.portfolio.meters_tab import MetersTab
from ui.portfolio.models_tab import ModelsTab
from ui.portfolio.months_tab import MonthsTab
from ui.portfolio.picture import PortfolioPicture, Predictions, pictures, solved
from ui.portfolio.plan_tab import PlanTab
from ui.portfolio.review_tab import ReviewTab
from ui.portfolio.rules_tab import RulesTab
from ui.portfolio.tabs import Tabs
from ui.reception import INCOMING

BUDGETS = "portfolio_budgets"
"""Setting of the project: the limits of the recommended plan."""
_WITH_FIGURES = ("models", "plan")
"""Parts that are read with the figures above them; the others begin at once."""
_TABLES = (".csv", ".tsv", ".xlsx", ".xlsm", ".parquet")


class PortfolioPage(Page):
    """Import, footprint, plan, months, rules, meters, review; one selection moves them all."""

    place, name, icon_name = 40, "portfolio", "portfolio"
    title = later("Portfolio")
    lead = later("Which models to shrink, move or retire, and what it saves.")

    def build(self) -> None:
        """Figures, and a part for each task under a tab; filled by a job."""
        self.picture: PortfolioPicture | None = None
        self.plan: Plan | None = None
        self._task: jobs.Task | None = None
        self._solving: jobs.Task | None = None
        self.setAcceptDrops(True)
        self.incoming = Incoming(self)
        self._import = menu_button(
            tr("Import"),
            [
                (tr("From a file …"), self.incoming.ask_file),
                (tr("Paste from the clipboard"), self.incoming.paste),
                (tr("From an MLflow registry …"), self.incoming.ask_registry),
            ],
            kind="primary",
            icon_name="table",
        )
        self.commands.addWidget(self._import)
        self.figures = HeadFigures(self.session)
        self.tabs = self._tabs()
        self._content = QWidget()
        self._content.setProperty("role", "page")
        self._content.setLayout(column(self.figures, self.tabs, space="large"))
        self._empty = self._ways_in()
        for widget in (self.incoming, self._content, self._empty):
            widget.hide()
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.incoming.changed.connect(self._show_which)
        self.tabs.shown.connect(self._tab_shown)
        self.session.selected.connect(self._selected)
        self.when_changed("models measurements metered", self.refresh)
        self.when_changed("decisions", self._show_decisions)
        self.when_changed("plans", self._show_kept)
        self.when_changed("settings", self._settings_changed)
        self.incoming.show_arrival(self.incoming.arrival)

    def refresh(self) -> None:
        """Work everything out anew, in a job: first what is known, then what is predicted."""
        if self._task is not None:
            self._task.cancel()
        kept: PortfolioPicture | None = self.memory.get("picture")
        earlier = None
        if kept is not None and kept.predictions is not None:
            earlier = Predictions(kept.predictions, kept.seal)
        project = self.session.project
        self._task = jobs.follow(
            self,
            lambda: pictures(project, earlier),
            on_event=self._show,
            failed=self.complain,
            doing=tr("Working out footprint, options and plan …"),
        )
        self.progress.show_task(self._task)

    def open_inventory(self, path: Path) -> None:
        """Take in a file: shows mapping, wrong rows and difference."""
        self.incoming.read(path)

    def part(self, name: str) -> QWidget:
        """The part under a tab: models, plan, months, rules, meters, review."""
        return self.tabs.part(name)

    # -- putting together --------------------------------------------------------------------

    def _tabs(self) -> Tabs:
        made = Tabs()
        made.add("models", tr("Inventory"), lambda: ModelsTab(self))
        made.add("plan", tr("Plan"), self._plan_tab)
        made.add("months", tr("Month by month"), lambda: MonthsTab(self))
        made.add("rules", tr("Policy rules"), lambda: RulesTab(self))
        made.add("meters", tr("Meters"), lambda: MetersTab(self))
        made.add("review", tr("Review"), lambda: ReviewTab(self))
        return made

    def _plan_tab(self) -> PlanTab:
        made = PlanTab(self)
        made.what_if.wanted.connect(self.solve)
        made.what_if.adopted.connect(self._adopt)
        return made

    def _ways_in(self) -> QWidget:
        return self.show_empty(
            tr("No inventory yet"),
            tr(
                "Import the bank's list of models: a file (.csv, .xlsx, .parquet; drop it here) or "
                "cells copied from a spreadsheet. Or look at 600 fictitious models of a bank."
            ),
            button(
                tr("Import a file …"), self.incoming.ask_file, kind="primary", icon_name="table"
            ),
            button(tr("Paste from the clipboard"), self.incoming.paste),
            button(tr("Open 600 fictitious models"), self.incoming.sample, icon_name="play"),
        )

    # -- in ----------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(p.suffix.lower() in _TABLES for p in paths_of(event)):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        found = [p for p in paths_of(event) if p.suffix.lower() in _TABLES]
        if found:
            event.acceptProposedAction()
            self.open_inventory(found[0])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        path = self.session.memory.pop(INCOMING, None)
        if path is not None:
            self.open_inventory(path)

    # -- what is shown -----------------------------------------------------------------------

    def _show(self, picture: PortfolioPicture | None) -> None:
        self.picture = picture
        self.memory["picture"] = picture
        self._show_which()
        self.clear_notes()
        if picture is None:
            return
        if picture.fictitious:
            self.note(tr("These models are fictitious: made by a seeded script, of no real bank."))
        if picture.predictions is None:
            self.note(
                tr("The energy of models nobody measured is being predicted; figures will change.")
            )
        budgets: Budgets = self.memory.get("budgets") or self.budgets()
        self.plan = picture.fullest
        self.memory["fresh"] = set[str]()
        self.figures.show_picture(picture, self.plan)
        self.tabs.go_to(self.memory.get("tab", "models"))
        if budgets != Budgets():
            self.solve(budgets)

    def _show_which(self) -> None:
        arriving = self.incoming.arrival is not None
        empty = self.picture is None and not self.session.project.models.count()
        self._content.setVisible(self.picture is not None and not arriving)
        self._empty.setVisible(empty and not arriving)
        self._import.setVisible(self.picture is not None and not arriving)

    def _tab_shown(self, name: str) -> None:
        """Fill a part that came to the front since the picture changed; others wait their turn."""
        self.memory["tab"] = name
        self.figures.setVisible(name in _WITH_FIGURES)
        fresh: set[str] = self.memory.setdefault("fresh", set())
        if self.picture is None or name in fresh:
            return
        fresh.add(name)
        part = self.tabs.part(name)
        if isinstance(part, PlanTab):
            self._fill_plan_tab(part, self.picture)
        if isinstance(part, MonthsTab | PlanTab):
            part.show_kept()
        if isinstance(part, ModelsTab | PlanTab | MonthsTab | RulesTab | MetersTab | ReviewTab):
            part.show_picture(self.picture)
        if isinstance(part, ModelsTab | PlanTab | MonthsTab | ReviewTab):
            part.show_plan(self.plan)

    def _fill_plan_tab(self, part: PlanTab, picture: PortfolioPicture) -> None:
        budgets: Budgets = self.memory.get("budgets") or self.budgets()
        if picture.fullest is not None:
            part.what_if.show_ranges(picture.fullest, budgets)
            part.what_if.show_plan(self.plan or picture.fullest)

    def _selected(self, key: str) -> None:
        for name in ("models", "review"):
            part = self.tabs.built(name)
            if isinstance(part, ModelsTab | ReviewTab):
                part.select(key)

    # -- plan --------------------------------------------------------------------------------

    def budgets(self) -> Budgets:
        """The limits adopted in the project."""
        kept = self.session.setting(BUDGETS)
        return Budgets.model_validate(kept) if kept else Budgets()

    def solve(self, budgets: Budgets) -> None:
        """Solve the optimum within limits, in a job; the plan in force stays until it is there."""
        if self.picture is None:
            return
        self.memory["budgets"] = budgets
        if self._solving is not None:
            self._solving.cancel()
        part = self.tabs.built("plan")
        if isinstance(part, PlanTab):
            part.what_if.show_solving()
        self._solving = self.work(solved, self.picture, budgets, done=self._solved)

    def _solved(self, plan: Plan) -> None:
        part = self.tabs.built("plan")
        if isinstance(part, PlanTab):
            part.what_if.show_plan(plan)
        if not plan.feasible or self.picture is None:
            return
        self.plan = plan
        self.figures.show_picture(self.picture, plan)
        for name in ("models", "plan", "months", "review"):
            built = self.tabs.built(name)
            if isinstance(built, ModelsTab | PlanTab | MonthsTab | ReviewTab):
                built.show_plan(plan)

    def _adopt(self, budgets: Budgets) -> None:
        self.session.set(
            tr("Adopt limits of the plan"), **{BUDGETS: budgets.model_dump(mode="json")}
        )
        self.session.say(tr("The plan within these limits is the recommended one now."))

    # -- other shelves -----------------------------------------------------------------------

    def _show_decisions(self) -> None:
        part = self.tabs.built("review")
        if isinstance(part, ReviewTab):
            part.show_decisions()

    def _show_kept(self) -> None:
        for name in ("plan", "months"):
            part = self.tabs.built(name)
            if isinstance(part, PlanTab | MonthsTab):
                part.show_kept()

    def _settings_changed(self) -> None:
        if self.picture is not None and portfolio_terms(self.session.project) != self.picture.terms:
            self.refresh()
