"""The plan: each lever with what it changes, is expected to save, risks and needs, to be ticked."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QVBoxLayout, QWidget

from advisor.bench.search import Entry, SearchPlan
from advisor.candidates.levers import Lever, MakingLever, broken_plug_ins, catalogue
from advisor.project.outcomes import expected_change
from advisor.sources import source_text
from ui.figures import IntervalBar
from ui.i18n import figure, interval, language, said, tr
from ui.pages.page import clear
from ui.parts import caption, column, heading, notice, quiet, row, rule, soft
from ui.theme import theme
from ui.variants.folding import Folding
from ui.variants.words import lever_of, lever_title, needs_words, settings_words, signed

_SCALE = (-100.0, 100.0)
"""Percent of the parent's energy, on which expectations are drawn."""


class PlanCard(QFrame):
    """Emits `ticked` with the id of a variant and whether it is wanted, and `compare_wanted`."""

    ticked = Signal(str, bool)
    compare_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.summary = soft("")
        self.boxes: dict[str, QCheckBox] = {}
        """By id of the variant."""
        self._levers: QVBoxLayout = column(space="medium")
        self.setLayout(column(heading(tr("The plan")), self.summary, self._levers, margin="large"))

    def show_plan(self, plan: SearchPlan) -> None:
        """Show every lever anew."""
        clear(self._levers)
        self.boxes.clear()
        possible = [e for e in plan.entries if e.obstacle is None]
        blocked = [e for e in plan.entries if e.obstacle is not None]
        for name, entries in groupby(possible, lambda e: e.lever):
            self._levers.addWidget(rule())
            self._levers.addWidget(self._lever(plan, name, list(entries)))
        self._levers.addWidget(rule())
        if blocked:
            pairs = [(lever_title(plan, e.lever), said(e.obstacle)) for e in blocked]
            words = tr("{n} levers do not apply", n=len(blocked))
            self._levers.addWidget(Folding(words, pairs, open_now=not possible))
        others = [lever for lever in catalogue() if not isinstance(lever, MakingLever)]
        pairs = [
            (said(o.title), tr("{what} Needs {needs}.", what=said(o.changes),
                               needs=needs_words(o.needs)))
            for o in others
        ]  # fmt: skip
        words = tr("{n} levers make no file: they change how, when or where it runs", n=len(pairs))
        self._levers.addWidget(Folding(words, pairs, open_now=False))
        enter = quiet(tr("Enter them on Compare"), self.compare_wanted.emit, icon_name="compare")
        self._levers.addLayout(row(enter, 1))
        for broken in broken_plug_ins():
            self._levers.addWidget(notice(said(broken.reason), level="warning"))

    def show_summary(self, words: str) -> None:
        """How many variants, how long."""
        self.summary.setText(words)

    # -- inside ------------------------------------------------------------------------------

    def _lever(self, plan: SearchPlan, name: str, entries: list[Entry]) -> QWidget:
        lever = lever_of(plan, name)
        one = len(entries) == 1
        top = self._box(entries[0], lever_title(plan, name)) if one else None
        head = top or QCheckBox(lever_title(plan, name))
        head.setProperty("strong", True)
        words = column(head, space="hair")
        if not one:
            self._tie(head, entries)
        if lever is not None:
            words.addWidget(soft(said(lever.changes)))
            words.addWidget(caption(_small_print(lever)))
        if name == "mixed-int8":
            words.addWidget(
                caption(tr("Made by itself where int8 loses too much; tick it to make it anyway."))
            )
        if not one:
            settings = row(space="large")
            for entry in entries:
                settings.addWidget(self.boxes[entry.id])
            settings.addStretch(1)
            words.addLayout(settings)
        made = QWidget()
        across = row(space="large")
        across.addLayout(words, 1)
        across.addWidget(_expected(entries[0]), 0, Qt.AlignmentFlag.AlignTop)
        made.setLayout(across)
        return made

    def _box(self, entry: Entry, words: str) -> QCheckBox:
        box = QCheckBox(words)
        box.setChecked(entry.wanted)
        box.toggled.connect(lambda on, key=entry.id: self.ticked.emit(key, on))
        self.boxes[entry.id] = box
        return box

    def _tie(self, head: QCheckBox, entries: list[Entry]) -> None:
        """One box for all settings of a lever: half ticked where only some are wanted."""
        boxes = [self._box(entry, settings_words(entry.settings)) for entry in entries]

        def follow() -> None:
            on = [box.isChecked() for box in boxes]
            state = Qt.CheckState.PartiallyChecked
            if all(on) or not any(on):
                state = Qt.CheckState.Checked if on[0] else Qt.CheckState.Unchecked
            head.setCheckState(state)

        def lead() -> None:
            wanted = head.checkState() != Qt.CheckState.Unchecked
            for box in boxes:
                box.setChecked(wanted)

        for box in boxes:
            box.toggled.connect(follow)
        head.clicked.connect(lead)
        follow()


def _small_print(lever: Lever) -> str:
    risks = tr("Risk: {risks}", risks=" ".join(said(risk) for risk in lever.risks))
    if not lever.needs:
        return risks
    return " ".join((risks, tr("Needs {needs}.", needs=needs_words(lever.needs))))


def _expected(entry: Entry) -> QWidget:
    made = QWidget()
    made.setFixedWidth(theme.px(170))
    expected = expected_change(entry)
    inside = column(space="hair")
    if expected is None:
        inside.addWidget(caption(tr("Effect on energy unknown")))
    else:
        words = (
            tr("expected {change} energy", change=signed(figure(expected)))
            if expected.value
            else tr("expected: as much energy")
        )
        inside.addWidget(soft(words))
        inside.addWidget(IntervalBar(expected, _SCALE))
        inside.addWidget(caption(interval(expected)))
        source = source_text(expected.source, language.code)
        made.setToolTip(tr("An expectation, never a promise. {source}", source=source))
    made.setLayout(inside)
    return made
