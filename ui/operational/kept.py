"""The options entered so far: what each does, what it rests on, and how it stands."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLayout, QWidget

from advisor.project.working_out import Waiting
from advisor.rank import Recommendation, WorkedOut
from advisor.sentences import Sentence
from advisor.sources import source_text
from ui.charts.cascade_curve import CascadeCurveChart
from ui.figures.provenance import ProvenanceMark
from ui.i18n import figure, interval, language, said, tr
from ui.pages.page import clear
from ui.parts import caption, column, heading, quiet, row, rule, soft, text
from ui.ranking import VERDICTS, Ranking


class KeptOptions(QFrame):
    """Emits `chosen` and `removed` with the key of an option."""

    chosen = Signal(str)
    removed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "clear")
        self._rows = column(space="medium")
        self.setLayout(self._rows)

    def show_ranking(self, ranking: Ranking) -> None:
        """Show every option anew."""
        clear(self._rows)
        for option in ranking.worked:
            self._rows.addWidget(rule())
            self._rows.addWidget(self._worked(option, ranking.of_candidate(option.candidate)))
            learnt = ranking.cascades.get(option.candidate)
            if learnt is not None and learnt.curve:
                self._rows.addWidget(caption(tr("On the rows it was learnt on:")))
                self._rows.addWidget(CascadeCurveChart(learnt))
        for waiting in ranking.waiting:
            self._rows.addWidget(rule())
            self._rows.addWidget(self._waiting(waiting))
        self.setVisible(bool(ranking.worked or ranking.waiting))

    # -- inside ------------------------------------------------------------------------------

    def _worked(self, option: WorkedOut, ranked: Recommendation | None) -> QWidget:
        words = column(
            heading(option.name),
            soft(said(option.reason)),
            caption(" ".join(_read(s) for s in (*option.rests_on, *option.cautions))),
            1,
            space="hair",
        )
        known = interval(option.energy_j)
        verdict = tr(VERDICTS[ranked.verdict]) if ranked else ""
        standing = column(
            text(figure(option.energy_j)),
            caption(tr("95 %: {interval}", interval=known) if known else ""),
            row(ProvenanceMark(option.energy_j.provenance), caption(verdict), 1, space="medium"),
            1,
            space="hair",
        )
        acts = column(
            quiet(tr("Show in the ranking"), lambda: self.chosen.emit(option.candidate)),
            self._remove(option.candidate, option.name),
            1,
            space="hair",
        )
        return _across(words, standing, acts)

    def _waiting(self, waiting: Waiting) -> QWidget:
        words = column(heading(waiting.option.name), soft(said(waiting.reason)), space="hair")
        standing = column(caption(tr("cannot be worked out yet")), 1)
        acts = column(self._remove(waiting.option.key, waiting.option.name), 1)
        return _across(words, standing, acts)

    def _remove(self, key: str, name: str) -> QWidget:
        made = quiet(tr("Take out"), lambda: self.removed.emit(key), icon_name="close")
        made.setAccessibleName(tr("Take out: {name}", name=name))
        return made


def _read(words: Sentence) -> str:
    return source_text(said(words), language.code)


def _across(words: QLayout, standing: QLayout, acts: QLayout) -> QWidget:
    made = QWidget()
    made.setProperty("role", "clear")
    across = row(space="large")
    across.addLayout(words, 5)
    across.addLayout(standing, 3)
    across.addLayout(acts)
    made.setLayout(across)
    return made
