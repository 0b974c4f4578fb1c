"""What a person decides on the risk page: readings, breaches, shelf, rules and target."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from advisor.risk import (
    Breach,
    Pathway,
    Rulebook,
    RuleVersion,
    Target,
    import_ngfs,
    keep_pathway,
    keep_pathways,
    keep_scenario,
    remove_own,
)
from ui import jobs
from ui.i18n import tr
from ui.risk.picture import TARGET, RiskPicture, keep_readings
from ui.risk.scenario_card import pathway_of
from ui.session import Session


class Decisions(QObject):
    """Takes what the tabs emit into the project and the bank's own profiles.

    Emits `changed` when the shelf of scenarios did, `complained` with one sentence.
    """

    changed = Signal()
    complained = Signal(str)

    def __init__(self, session: Session, picture: Callable[[], RiskPicture | None]) -> None:
        super().__init__()
        self._session = session
        self._picture = picture
        self._who = os.environ.get("CARBON_ADVISOR_USER") or getpass.getuser()

    def keep(self) -> None:
        """Today's readings and the breach log go into the project."""
        picture = self._picture()
        if picture is not None:
            keep_readings(self._session.project, picture)
            self._session.say(tr("Today's readings are kept."))

    def put_breach(self, breach: Breach, words: str) -> None:
        """A breach after a step, which can be undone."""
        self._session.put("breaches", breach, words)

    def combine(self, name: str, keys: list[str]) -> None:
        """Keep a combination of pathways."""
        picture = self._picture()
        if picture is not None:
            self._change(lambda: keep_scenario(name, keys, picture.shelf, self._who, date.today()))

    def add_pathway(self, fields: dict[str, str]) -> None:
        """Keep a pathway typed in."""
        today = date.today()
        self._change(lambda: keep_pathway(pathway_of(fields, today), self._who, today))

    def remove_own(self, key: str) -> None:
        """Take an own pathway or scenario away."""
        self._change(lambda: remove_own(key, self._who, date.today()))

    def imported(self, count: int) -> None:
        """Say what an import of NGFS pathways brought, and show the new shelf."""
        self._session.say(tr("{count} pathways are on the shelf.", count=count))
        self.changed.emit()

    def set_target(self, target: Target) -> None:
        """The bank's own target."""
        self._session.set(tr("Set the target"), **{TARGET: target.model_dump(mode="json")})

    def rules_kept(self, book: Rulebook, version: RuleVersion) -> None:
        """The project's log keeps version and digest of what was put in force."""
        kept = {
            "version": version.version,
            "sha256": version.sha256,
            "by": version.by,
            "reason": version.reason,
        }
        self._session.project.set(**{f"rules_{book.key}": kept})

    def complain(self, error: ValueError) -> None:
        """An error of the calculations in one sentence."""
        self.complained.emit(jobs.in_one_sentence(error))

    def _change(self, change: Callable[[], object]) -> None:
        try:
            change()
        except ValueError as error:
            self.complain(error)
            return
        self.changed.emit()


def ngfs_kept(file: Path) -> int:
    """Take in an export of the NGFS explorer, in a job; the number of pathways. Raises."""
    made: list[Pathway] = import_ngfs(file)
    keep_pathways(made, file)
    return len(made)
