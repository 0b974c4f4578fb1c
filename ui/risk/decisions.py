"""What a person decides on the risk page: readings, breaches, shelf, rules and target."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from advisor.risk import (
    Breach,
    Rulebook,
    RuleVersion,
    Target,
    keep_pathway,
    keep_scenario,
    remove_own,
)
from ui import jobs
from ui.i18n import tr
from ui.risk.picture import TARGET, keep_readings
from ui.risk.scenario_card import pathway_of

if TYPE_CHECKING:
    from ui.risk.page import RiskPage


class Decisions(QObject):
    """Takes what the tabs of a page emit into the project and the bank's own profiles."""

    def __init__(self, page: RiskPage) -> None:
        super().__init__(page)
        self._page = page
        self._session = page.session
        self._who = os.environ.get("CARBON_ADVISOR_USER") or getpass.getuser()
        page.limits.kept.connect(self.keep)
        page.limits.changed.connect(self._put_breach)
        page.limits.complained.connect(self._complain)
        scenarios = page.stress_tab.scenarios
        scenarios.combined.connect(self._combine)
        scenarios.added.connect(self._add_pathway)
        scenarios.removed.connect(self._remove_own)
        page.rules.kept.connect(self._rules_kept)
        page.rules.target.chosen.connect(self._set_target)

    def keep(self) -> None:
        """Today's readings and the breach log go into the project."""
        if self._page.picture is not None:
            keep_readings(self._session.project, self._page.picture)
            self._session.say(tr("Today's readings are kept."))

    def _put_breach(self, breach: Breach, words: str) -> None:
        self._session.put("breaches", breach, words)

    def _combine(self, name: str, keys: list[str]) -> None:
        if self._page.picture is not None:
            shelf = self._page.picture.shelf
            self._change(lambda: keep_scenario(name, keys, shelf, self._who, date.today()))

    def _add_pathway(self, fields: dict[str, str]) -> None:
        today = date.today()
        self._change(lambda: keep_pathway(pathway_of(fields, today), self._who, today))

    def _remove_own(self, key: str) -> None:
        self._change(lambda: remove_own(key, self._who, date.today()))

    def _change(self, change: Callable[[], object]) -> None:
        try:
            change()
        except ValueError as error:
            self._complain(error)
            return
        self._page.refresh()

    def _set_target(self, target: Target) -> None:
        self._session.set(tr("Set the target"), **{TARGET: target.model_dump(mode="json")})

    def _rules_kept(self, book: Rulebook, version: RuleVersion) -> None:
        kept = {
            "version": version.version,
            "sha256": version.sha256,
            "by": version.by,
            "reason": version.reason,
        }
        self._session.project.set(**{f"rules_{book.key}": kept})

    def _complain(self, error: ValueError) -> None:
        self._page.complain(jobs.in_one_sentence(error))
