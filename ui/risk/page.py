"""The risk page: what a risk committee reads. Any figure leads down to the models behind it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QScrollArea, QTabBar, QWidget

from advisor.risk import (
    ReverseResult,
    StressResult,
)
from ui import jobs
from ui.i18n import later, said, tr
from ui.pages.page import Page
from ui.parts import button
from ui.risk.behind import BehindCard, Drill
from ui.risk.dashboard import Dashboard
from ui.risk.decisions import Decisions, ngfs_kept
from ui.risk.explain import about_driver, about_indicator
from ui.risk.limits_tab import LimitsTab
from ui.risk.picture import (
    REVERSE,
    RiskPicture,
    risk_picture,
)
from ui.risk.regulation_tab import RegulationTab
from ui.risk.rules_tab import RulesTab
from ui.risk.showback_tab import ShowbackTab, shown_year
from ui.risk.stress_bar import StressBar
from ui.risk.stress_job import Tested, tested, turned_round
from ui.risk.stress_tab import StressTab

TABS = {
    "dashboard": later("Overview"),
    "limits": later("Limits and breaches"),
    "stress": later("Scenarios and stress"),
    "regulation": later("Regulation"),
    "showback": later("Showback"),
    "rules": later("Rules"),
}
_AT_ONCE = 2000
"""Up to so many models the stress test of the overview runs without being asked."""


class RiskPage(Page):
    """Tabs over one picture; the models behind the last figure asked stand beneath."""

    place, name, icon_name = 50, "risk", "risk"
    title = later("Risk")
    lead = later("AI carbon risk beside credit, market and operational risk.")

    def build(self) -> None:
        """Put the tabs together; the figures come from a job."""
        self.picture: RiskPicture | None = self.memory.get("picture")
        self.result: StressResult | None = self.memory.get("result")
        self._testing: jobs.Task | None = None
        self._stale: set[str] = set()
        self.bar = StressBar(self.memory)
        self.scenario, self.run = self.bar.scenario, self.bar.run
        self.commands.addWidget(self.bar)
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for words in TABS.values():
            self.tabs.addTab(tr(words))
        self.tabs.currentChanged.connect(self._show_tab)
        self.dashboard, self.limits, self.stress_tab = Dashboard(), LimitsTab(), StressTab()
        self.regulation, self.showback = RegulationTab(), ShowbackTab()
        self.rules = RulesTab(self.memory)
        self.behind = BehindCard()
        self._empty = self.show_empty(
            tr("No inventory yet"),
            tr("Import the bank's list of models; this page starts from its footprint."),
            button(tr("Go to the portfolio"), lambda: self.session.go_to("portfolio")),
        )
        self._parts: dict[str, QWidget] = {
            "dashboard": self.dashboard,
            "limits": self.limits,
            "stress": self.stress_tab,
            "regulation": self.regulation,
            "showback": self.showback,
            "rules": self.rules,
        }
        for widget in (self.tabs, *self._parts.values(), self.behind, self._empty):
            widget.hide()
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self._connect()
        self.when_changed("models readings breaches settings", self.refresh)

    def refresh(self) -> None:
        """Gather scores, indicators and coverage, in a job."""
        kept = frozenset({"plan"} if self.memory.get("plan") else set[str]())
        self.work(
            risk_picture,
            self.session.project,
            self.picture,
            self.result,
            kept,
            date.today(),
            done=self._show,
            doing="" if self.picture else tr("Working out exposures …"),
        )

    def stress(self) -> None:
        """Run the stress test with the chosen scenario, in a job that can be cancelled."""
        if self.picture is None or (self._testing is not None and self._testing.running):
            return
        self.run.setEnabled(False)
        self._testing = self.work(
            tested,
            self.picture,
            self.bar.key,
            self.memory.get("plan"),
            self.session.project,
            done=self._tested,
            doing=tr("Stress test …"),
        )
        self._testing.ended.connect(lambda: self.run.setEnabled(self.picture is not None))

    def reverse(self, limit: float) -> None:
        """Run the reverse stress test of the chosen scenario against a loss in money."""
        if self.picture is None:
            return
        self.work(
            turned_round,
            self.picture,
            self.bar.key,
            limit,
            date.today(),
            done=self._reversed,
            doing=tr("Reverse stress test …"),
        )

    def go_to_tab(self, name: str) -> None:
        """Bring a tab to the front."""
        self.tabs.setCurrentIndex(list(TABS).index(name))

    # -- putting together --------------------------------------------------------------------

    def _connect(self) -> None:
        self.bar.wanted.connect(self.stress)
        self.bar.scenario_chosen.connect(self.stress_tab.show_scenario)
        for tab in (self.dashboard, self.limits, self.stress_tab, self.regulation, self.showback):
            tab.drilled.connect(self._show_behind)
        self.dashboard.explained.connect(self._explain_driver)
        self.dashboard.led.connect(self.go_to_tab)
        self.limits.explained.connect(self._explain_indicator)
        self.stress_tab.asked.connect(self.session.ask)
        self.stress_tab.reverse_wanted.connect(self.reverse)
        self.showback.wanted.connect(self._show_year)
        self.behind.chosen.connect(self.session.select)
        self.behind.wanted.connect(self._open_model)
        self._decide()

    def _decide(self) -> None:
        made = self.decisions = Decisions(self.session, lambda: self.picture)
        made.changed.connect(self.refresh)
        made.complained.connect(self.complain)
        self.limits.kept.connect(made.keep)
        self.limits.changed.connect(made.put_breach)
        self.limits.complained.connect(made.complain)
        scenarios = self.stress_tab.scenarios
        scenarios.combined.connect(made.combine)
        scenarios.added.connect(made.add_pathway)
        scenarios.removed.connect(made.remove_own)
        scenarios.imported.connect(self._import_ngfs)
        self.rules.kept.connect(made.rules_kept)
        self.rules.target.chosen.connect(made.set_target)

    def _show_tab(self) -> None:
        name = list(TABS)[self.tabs.currentIndex()]
        if name != self.memory.get("tab"):
            self.behind.hide()
            scroll = self.findChild(QScrollArea)
            if scroll is not None:
                scroll.verticalScrollBar().setValue(0)
        self.memory["tab"] = name
        for key, part in self._parts.items():
            part.setVisible(self.picture is not None and key == name)
        if name not in self._stale or self.picture is None:
            return
        self._stale.discard(name)
        self._fill(name, self.picture)

    def _fill(self, name: str, picture: RiskPicture) -> None:
        """Fill a tab when it is looked at, and not before: charts take their time."""
        if name == "dashboard":
            self.dashboard.show_picture(picture, self.result)
        elif name == "limits":
            self.limits.show_picture(picture)
        elif name == "stress":
            self.stress_tab.show_picture(picture)
            self.stress_tab.show_scenario(self.bar.key)
            if self.result is not None:
                self.stress_tab.show_result(self.result, self.memory["fans"], self.memory["icaap"])
        elif name == "regulation":
            self.regulation.show_picture(picture)
        elif name == "showback":
            self.showback.show_picture(picture)
        else:
            self.rules.show_picture(picture)

    # -- showing -----------------------------------------------------------------------------

    def _show(self, picture: RiskPicture | None) -> None:
        self.picture = self.memory["picture"] = picture
        self.tabs.setVisible(picture is not None)
        self._empty.setVisible(picture is None)
        self.bar.setVisible(picture is not None)
        self.run.setEnabled(picture is not None)
        self.clear_notes()
        if picture is None:
            self._show_tab()
            return
        for sentence in picture.notes:
            self.note(said(sentence))
        if self.result is not None and self.memory.get("stamp") != picture.stamp:
            self.result = self.memory["result"] = None
            self.refresh()
            return
        self.bar.show_shelf(picture.shelf)
        self._stale = set(TABS)
        self.go_to_tab(self.memory.get("tab", "dashboard"))
        self._show_tab()
        few = len(picture.exposures.table) <= _AT_ONCE
        if self.result is None and few and self.memory.get("tried") != picture.stamp:
            self.memory["tried"] = picture.stamp
            self.stress()

    def _tested(self, found: Tested) -> None:
        self.result, fans, icaap = found
        self.memory.update(result=self.result, fans=fans, icaap=icaap)
        if self.picture is not None:
            self.memory["stamp"] = self.picture.stamp
        self.refresh()
        for name, count in self.result.before.not_covered.items():
            self.note(
                tr(
                    "{column} is unknown for {count} models: that loss is not in the figures.",
                    column=name,
                    count=count,
                )
            )

    def _reversed(self, found: ReverseResult) -> None:
        self.stress_tab.show_reverse(found)
        kept = {
            "day": date.today().isoformat(),
            "said": said(found.sentence),
            "severity": found.severity,
        }
        self.session.project.set(**{REVERSE: kept})

    def _show_behind(self, drill: Drill) -> None:
        self.behind.show_drill(drill)
        scroll = self.findChild(QScrollArea)
        if scroll is not None:
            QTimer.singleShot(0, lambda: scroll.ensureWidgetVisible(self.behind))

    def _show_year(self, year: int, metered: str) -> None:
        if self.picture is not None:
            file = Path(metered) if metered else None
            project, picture = self.session.project, self.picture
            self.work(
                shown_year,
                project,
                picture,
                year,
                file,
                done=self.showback.show_year,
                doing=tr("Working out what each team costs …"),
            )

    # -- asking and deciding -----------------------------------------------------------------

    def _import_ngfs(self, file: Path) -> None:
        self.work(
            ngfs_kept, file, done=self.decisions.imported, doing=tr("Reading the NGFS pathways …")
        )

    def _explain_driver(self, driver: str) -> None:
        if self.picture is not None:
            self.session.ask(about_driver(self.picture, driver))

    def _explain_indicator(self, key: str) -> None:
        if self.picture is not None:
            self.session.ask(about_indicator(self.picture, key))

    def _open_model(self, key: str) -> None:
        self.session.go_to("portfolio")
        self.session.select(key)
