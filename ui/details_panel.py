"""The panel on the right that answers “where does this number come from?”."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from advisor.figures import percent, written
from advisor.quantities import Quantity
from advisor.sources import source_text
from ui.figures import Explanation, IntervalBar, ProvenanceMark
from ui.figures.provenance import MEANINGS
from ui.i18n import language, tr
from ui.parts import caption, column, eyebrow, heading, notice, quiet, row, rule, soft, text, tool
from ui.theme import theme


class DetailsPanel(QFrame):
    """Shows one `Explanation`; its inputs can be asked in turn, and Back returns."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "details")
        self.setAccessibleName(tr("Where does this number come from?"))
        self.explanation: Explanation | None = None
        self._before: list[Explanation] = []
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setProperty("role", "clear")
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.back = tool("undo", tr("Back"), self._go_back)
        self.close_button = tool("close", tr("Close"), self.closed.emit)
        head = row(eyebrow(tr("Where does this number come from?")), space="small")
        head.setStretch(0, 1)
        head.addWidget(self.back)
        head.addWidget(self.close_button)
        outer = column(head, self._scroll, space="small")
        edge = theme.space("large")
        outer.setContentsMargins(edge, edge, theme.px(6), theme.px(6))
        self.setLayout(outer)
        self.setFixedWidth(theme.px(360))

    def show_explanation(self, explanation: Explanation) -> None:
        """Answer a question asked on a page."""
        self._before.clear()
        self._fill(explanation)

    def _ask(self, explanation: Explanation) -> None:
        if self.explanation is not None:
            self._before.append(self.explanation)
        self._fill(explanation)

    def _go_back(self) -> None:
        if self._before:
            self._fill(self._before.pop())

    def _fill(self, explanation: Explanation) -> None:
        self.explanation = explanation
        self.back.setVisible(bool(self._before))
        inside = QWidget()
        inside.setProperty("role", "clear")
        layout = column(heading(_breakable(explanation.title)), space="medium")
        layout.setContentsMargins(0, 0, theme.px(14), theme.px(20))
        if explanation.quantity is not None:
            _figure(layout, explanation.quantity)
        if explanation.meaning:
            layout.addWidget(text(source_text(explanation.meaning, language.code)))
        for words in explanation.cautions:
            layout.addWidget(notice(words, level="warning"))
        if explanation.formula:
            _section(layout, tr("How it is worked out"))
            layout.addWidget(text(explanation.formula, "body", selectable=True))
        if explanation.quantity is not None and explanation.quantity.spread:
            _budget(layout, explanation.quantity)
        if explanation.inputs:
            _section(layout, tr("From these figures"))
            for asked in explanation.inputs:
                layout.addWidget(self._input(asked))
        if explanation.chain:
            _section(layout, tr("Back to the source"))
            for number, step in enumerate(explanation.chain, start=1):
                layout.addLayout(_step(number, source_text(step, language.code)))
        if explanation.facts:
            _section(layout, tr("On record"))
            for label, value in explanation.facts:
                layout.addLayout(
                    column(caption(label), text(_breakable(value), selectable=True), space="hair")
                )
        layout.addStretch(1)
        inside.setLayout(layout)
        self._scroll.setWidget(inside)

    def _input(self, asked: Explanation) -> QWidget:
        shown = written(asked.quantity, language.code).text if asked.quantity else ""
        button = quiet("", lambda: self._ask(asked), icon_name="chevron")
        taken = button.fontMetrics().horizontalAdvance(f"   {shown}") + button.sizeHint().width()
        room = self.width() - 2 * theme.space("large") - taken
        middle = Qt.TextElideMode.ElideMiddle
        name = button.fontMetrics().elidedText(asked.title, middle, max(room, theme.px(120)))
        button.setText(f"{name}   {shown}")
        button.setProperty("kind", "row")
        button.setToolTip(asked.title)
        return button


def _figure(layout: QVBoxLayout, quantity: Quantity) -> None:
    shown = written(quantity, language.code)
    layout.addLayout(
        row(text(shown.value, "display", wrap=False), text(shown.unit, "soft", wrap=False), 1)
    )
    if shown.interval:
        layout.addWidget(IntervalBar(quantity))
        layout.addWidget(caption(tr("95 % interval: {interval}", interval=shown.interval)))
    layout.addWidget(ProvenanceMark(quantity.provenance))
    layout.addWidget(soft(tr(MEANINGS[quantity.provenance])))


def _budget(layout: QVBoxLayout, quantity: Quantity) -> None:
    _section(layout, tr("What makes it uncertain"))
    for source, share in quantity.uncertainty_budget[:8]:
        bar = QProgressBar()
        bar.setTextVisible(False)
        bar.setRange(0, 1000)
        bar.setValue(round(1000 * share))
        words = _breakable(_short(tr(source_text(source, language.code))))
        name = row(text(words), text(percent(share), "soft", wrap=False))
        name.setStretch(0, 1)
        layout.addLayout(column(name, bar, space="hair"))
    layout.addWidget(caption(tr("Shares of the variance, by independent source.")))


def _section(layout: QVBoxLayout, name: str) -> None:
    layout.addSpacing(theme.px(6))
    layout.addWidget(rule())
    layout.addWidget(eyebrow(name))


def _step(number: int, words: str) -> QHBoxLayout:
    mark = text(f"{number}.", "soft", wrap=False)
    mark.setAlignment(Qt.AlignmentFlag.AlignTop)
    made = row(mark, space="small")
    made.addWidget(text(_breakable(words), selectable=True), 1)
    return made


def _short(words: str) -> str:
    """Long digests cut to what tells them apart."""
    return re.sub(r"[0-9a-f]{12,}", lambda digest: f"{digest.group()[:8]}…", words)


def _breakable(words: str) -> str:
    """Let digests and paths break at the panel's edge (zero-width spaces show as nothing)."""
    return re.sub(r"[^\s-]{25,}", lambda long: "\u200b".join(_pieces(long.group())), words)


def _pieces(word: str) -> list[str]:
    return [word[i : i + 8] for i in range(0, len(word), 8)]
