"""Every variant of the search in one table, and beneath it the chosen one in words."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from advisor.bench.search import SearchPlan
from advisor.project.outcomes import Outcome, Verdict
from advisor.quantities import quantity_columns
from ui.i18n import said, tr
from ui.pages.page import clear
from ui.parts import caption, column, eyebrow, heading, quiet, row, soft, text
from ui.tables import Column, FrameTable
from ui.theme import theme
from ui.variants.folding import Folding
from ui.variants.guard_words import guard_words
from ui.variants.stages_card import stage_name
from ui.variants.words import (
    VERDICTS,
    compared_words,
    lever_title,
    size_words,
    variant_title,
)

_NOT_TRIED = (Verdict.DOES_NOT_APPLY, Verdict.LEFT_OUT)
_MOST_ROWS = 16
"""More rows scroll."""
_ORDER = {verdict: place for place, verdict in enumerate(Verdict)}


class OutcomesCard(QFrame):
    """Emits `chosen` with the key of an outcome, `asked` with key and column, `copy_wanted`."""

    chosen = Signal(str)
    copy_wanted = Signal(str)
    asked = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._outcomes: dict[str, Outcome] = {}
        self._plan: SearchPlan | None = None
        self._pairs: list[tuple[str, str]] = []
        self._detailed: tuple[object, ...] = ()
        self.table = FrameTable(_columns(), key="key")
        self._detail: QVBoxLayout = column(space="small")
        self._rest: QVBoxLayout = column(space="hair")
        self.setLayout(
            column(
                heading(tr("Every variant")), self.table, self._detail, self._rest, margin="large"
            )
        )
        self.table.chosen.connect(self._choose)
        self.table.cell_asked.connect(self.asked)

    def show_outcomes(self, plan: SearchPlan, outcomes: Sequence[Outcome]) -> None:
        """Show everything anew; the chosen row stays."""
        self._plan = plan
        tried = [o for o in outcomes if o.verdict not in _NOT_TRIED]
        tried.sort(key=_rank)
        self._outcomes = {o.key: o for o in tried}
        self.table.show_frame(self._frame(tried))
        rows = min(max(len(tried), 1), _MOST_ROWS)
        self.table.setFixedHeight(theme.px(46) + theme.px(40) * rows)
        grouped = any(o.guard is not None and o.guard.gap_growth is not None for o in tried)
        for number, shown in enumerate(_columns()):
            if shown.name in ("gap_growth", "size"):  # there is room for one of the two
                self.table.setColumnHidden(number, grouped == (shown.name == "size"))
        self._show_detail(self.table.current_key())
        self._show_rest([o for o in outcomes if o.verdict in _NOT_TRIED])

    def outcome(self, key: str) -> Outcome | None:
        """The outcome of a row."""
        return self._outcomes.get(key)

    # -- inside ------------------------------------------------------------------------------

    def _show_rest(self, outcomes: Sequence[Outcome]) -> None:
        pairs = [(self._title(o), self._why_not(o)) for o in outcomes]
        if pairs == self._pairs:  # drawn anew it would fold up again
            return
        self._pairs = pairs
        clear(self._rest)
        words = tr("{n} were not tried, and why", n=len(pairs))
        self._rest.addWidget(Folding(words, pairs, open_now=False))

    def _title(self, outcome: Outcome) -> str:
        assert self._plan is not None
        if outcome.entry.obstacle is not None:
            return lever_title(self._plan, outcome.entry.lever)
        return variant_title(self._plan, outcome.entry)

    def _why_not(self, outcome: Outcome) -> str:
        if outcome.reasons:
            return said(outcome.reasons[0])
        return tr("Not ticked in the plan.")

    def _frame(self, outcomes: Sequence[Outcome]) -> pd.DataFrame:
        measured = [o.measurement for o in outcomes]
        guards = [o.guard for o in outcomes]
        return pd.DataFrame(
            {
                "key": [o.key for o in outcomes],
                "name": [self._title(o) for o in outcomes],
                "verdict": [str(o.verdict) for o in outcomes],
                "verdict_order": [_ORDER[o.verdict] for o in outcomes],
                "size": [_file_size(o) for o in outcomes],
                "size_order": [_weights(o) for o in outcomes],
                **quantity_columns("change", [o.energy_change for o in outcomes]),
                **quantity_columns("energy_j", [m.energy_j if m else None for m in measured]),
                **quantity_columns(
                    "latency", [m.latency_ms.get("p50") if m else None for m in measured]
                ),
                **quantity_columns("loss", [g.loss if g else None for g in guards]),
                "loss_unit": [g.loss.unit if g else None for g in guards],
                "gap_growth_unit": [g.loss.unit if g else None for g in guards],
                **quantity_columns("gap_growth", [g.gap_growth if g else None for g in guards]),
            }
        )

    def _choose(self, key: str) -> None:
        self._show_detail(key)
        self.chosen.emit(key)

    def _show_detail(self, key: str | None) -> None:
        outcome = self._outcomes.get(key or "")
        known = _told(outcome)
        if known == self._detailed:
            return
        self._detailed = known
        clear(self._detail)
        if outcome is None:
            self._detail.addWidget(
                soft(tr("Choose a row to read why. Enter asks where a number comes from."))
            )
            return
        made = QFrame()
        made.setProperty("role", "well")
        verdict = tr(VERDICTS[outcome.verdict])
        words = column(heading(self._title(outcome)), eyebrow(verdict), space="hair")
        for reason in outcome.reasons:
            words.addWidget(text(said(reason)))
        if outcome.measured_in:
            words.addWidget(caption(_measured_words(outcome)))
        compared = compared_words(outcome)
        if compared:
            words.addWidget(caption(compared))
        if outcome.finalist:
            save = quiet(
                tr("Save a copy that states its energy …"),
                lambda: self.copy_wanted.emit(outcome.key),
                icon_name="export",
            )
            save.setObjectName("save_copy")
            words.addLayout(row(save, 1))
        words.addStretch(1)
        guard = outcome.guard
        across = row(space="page", margin="medium")
        across.addLayout(words, 3)
        if guard is not None:
            across.addLayout(guard_words(guard), 2)
        made.setLayout(across)
        self._detail.addWidget(made)


def _rank(outcome: Outcome) -> tuple[bool, int, float]:
    change = outcome.energy_change
    return (
        not outcome.finalist,
        _ORDER[outcome.verdict],
        change.value if change is not None else float("inf"),
    )


def _told(outcome: Outcome | None) -> tuple[object, ...]:
    """What the detail says, so that it is drawn anew only when that changed."""
    if outcome is None:
        return ("",)
    return (outcome.key, outcome.verdict, outcome.reasons, outcome.measured_in)


def _measured_words(outcome: Outcome) -> str:
    stage = stage_name(outcome.measured_in)
    if outcome.measured_in == "glance":
        return tr("Judged by a first estimate of processor time; energy was not measured.")
    if outcome.finalist:
        return tr("Measured in full. It is a candidate of the project and stands on Compare.")
    return tr("Last measured in: {stage}. It is a candidate; measure it again for more.",
              stage=stage)  # fmt: skip


def _file_size(outcome: Outcome) -> str | None:
    candidate = outcome.candidate
    if candidate is None or not candidate.path.is_file():
        return None
    return size_words(candidate.path.stat().st_size)


def _weights(outcome: Outcome) -> int | None:
    return outcome.candidate.facts.weight_bytes if outcome.candidate else None


def _columns() -> list[Column]:
    return [
        Column("name", tr("Variant"), stretch=True, strong=True),
        Column(
            "verdict",
            tr("Verdict"),
            width=128,
            words={str(v): tr(w) for v, w in VERDICTS.items()},
            order_by="verdict_order",
        ),
        Column(
            "change",
            tr("Energy change"),
            "figure",
            "percent",
            width=116,
            hint=tr("Against its parent in the same run; negative is less"),
        ),
        Column(
            "energy_j",
            tr("Energy used"),
            "figure",
            "J",
            width=100,
            log=True,
            hint=tr("Energy per inference"),
        ),
        Column(
            "latency",
            tr("Latency"),
            "figure",
            "ms",
            width=96,
            bar=False,
            hint=tr("Latency (median)"),
        ),
        Column("loss", tr("Accuracy lost"), "figure", "point", width=132),
        Column(
            "gap_growth",
            tr("Group gap"),
            "figure",
            "point",
            width=110,
            hint=tr("Growth of the gap between the best and the worst group"),
        ),
        Column("size", tr("File"), width=74, order_by="size_order"),
    ]
