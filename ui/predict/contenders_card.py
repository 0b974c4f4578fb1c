"""The table of all contenders and their naive rivals, judged on families they never saw."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame

from advisor.predict.blend import BLEND
from advisor.predict.judgement import Judgement
from advisor.predict.scores import Score
from ui.i18n import later, tr
from ui.parts import button, caption, column, eyebrow, heading, row, soft
from ui.predict.outcome import STATES
from ui.tables import Column, FrameTable
from ui.theme import theme

CHOSEN = "chosen by nested cross-validation"
NAMES = {
    CHOSEN: later("chosen by nested cross-validation"),
    "power law": later("power law"),
    "physics form": later("physics form"),
    "device level": later("device level"),
    "mixed effects": later("mixed effects"),
    "Gaussian process": later("Gaussian process"),
    "Gaussian process, group-tuned": later("Gaussian process, group-tuned"),
    "mixed effects, group-tuned": later("mixed effects, group-tuned"),
    "neighbours": later("neighbours"),
    "boosted trees": later("boosted trees"),
    "blend": later("blend"),
    "constant median": later("constant median"),
    "nearest neighbour": later("nearest neighbour"),
    "device's mean power ÷ throughput": later("device's mean power ÷ throughput"),
    "TDP ÷ throughput": later("TDP ÷ throughput"),
}


class ContendersCard(QFrame):
    """Emits `asked` with the label of a contender, `wanted` when the field is to be judged anew."""

    asked = Signal(str)
    wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.judgement: Judgement | None = None
        self._used = ""
        self._own: list[Score] = []
        self._said = caption("")
        self._why = soft("")
        self.judge = button(
            tr("Judge anew"),
            self.wanted.emit,
            hint=tr("Leaves each family out in turn and chooses without it: some minutes."),
        )
        self.knows = QComboBox()
        self.knows.setAccessibleName(tr("Knows"))
        for name, words in STATES.items():
            self.knows.addItem(tr(words), name)
        self.knows.setCurrentIndex(self.knows.count() - 1)
        self.knows.activated.connect(self._fill)
        self.table = FrameTable(_columns(), key="label")
        self.table.setMinimumHeight(theme.px(600))
        self.table.cell_asked.connect(lambda key, _: self.asked.emit(key))
        self.setLayout(
            column(
                row(
                    heading(tr("Contenders and naive rivals")),
                    1,
                    eyebrow(tr("Knows")),
                    self.knows,
                    self.judge,
                    space="small",
                ),
                self._why,
                self.table,
                self._said,
                space="small",
                margin="large",
            )
        )

    def show_judgement(
        self, found: Judgement | None, used: str, own: Sequence[Score], *, other: bool
    ) -> None:
        """`used` is the contender behind the predictions of this page, `own` its scores; `other`:
        judged on other runs.
        """
        self.judgement, self._used = found, used
        judged = {s.contender for s in found.scores} if found else set[str]()
        self._own = [s for s in own if s.contender not in judged]
        self.table.setVisible(found is not None)
        self._why.setText(self._why_this())
        self._why.setVisible(bool(self._why.text()))
        if found is None:
            self._said.setText(tr("Nobody has judged the contenders on these runs yet."))
            return
        words = tr(
            "{groups} families left out, {runs} runs, {day}. Hyperparameters, blend and choice "
            "never saw the family they are judged by.",
            groups=found.groups,
            runs=found.runs,
            day=found.made_on,
        )
        if other:
            words += " " + tr("Without what was measured here since.")
        self._said.setText(words)
        self._fill()

    def _why_this(self) -> str:
        """Why another contender than the chosen one answers; empty where it does not."""
        chosen, used = self.score_of(CHOSEN), self.score_of(self._used)
        name = self._used.partition(": ")[0]
        if chosen is None or used is None or name == BLEND:
            return ""
        return tr(
            "Predictions of this project come from the {used} ({used_error} on families it never "
            "saw), not from the blend that was chosen ({chosen_error}): it alone tells the weight "
            "of each run measured here and what to measure next, and answers a hundred thousand "
            "models in seconds. Its intervals are its own, wider ones. A model kept by “predict "
            "fit” is the blend.",
            used=tr(NAMES[name]) if name in NAMES else name,
            used_error=_percent(used.mape),
            chosen_error=_percent(chosen.mape),
        )

    def _fill(self) -> None:
        """The contenders of the chosen state of knowledge, between the choice and the rivals."""
        state = str(self.knows.currentData())
        scores = sorted(self._scores(), key=_place)
        shown = [
            _row(s, self._used)
            for s in scores
            if s.rival or s.contender == CHOSEN or s.contender.endswith(f": {state}")
        ]
        self.table.show_frame(pd.DataFrame(shown))

    def score_of(self, label: str) -> Score | None:
        """The score with a label."""
        return next((s for s in self._scores() if s.contender == label), None)

    def _scores(self) -> list[Score]:
        return [*(self.judgement.scores if self.judgement else ()), *self._own]


def name_words(label: str) -> str:
    """A contender's name in the reader's language."""
    name, _, state = label.partition(": ")
    words = tr(NAMES[name]) if name in NAMES else name
    return f"{words} ({tr(STATES[state])})" if state in STATES else words


def _place(score: Score) -> tuple[int, float]:
    """The choice first, then contenders by their median error, rivals last."""
    first = 0 if score.contender == CHOSEN else 2 if score.rival else 1
    return first, score.median_error if score.median_error is not None else float("inf")


def _percent(share: float | None) -> str:
    return "–" if share is None else f"MAPE {100 * share:.1f} %"


def _row(score: Score, used: str) -> dict[str, object]:
    name = score.contender.partition(": ")[0]
    if score.rival:
        standing = tr("naive rival")
    elif name == CHOSEN:
        standing = tr("chosen")
    else:
        standing = tr("used here") if score.contender == used else ""
    return {
        "label": score.contender,
        "name": name,
        "standing": standing or None,
        "mape": score.mape,
        "median_error": score.median_error,
        "r2": score.r2_log,
        "tau": score.tau,
        **{f"in_{q}": score.coverage.get(f"{q}%") for q in (80, 90, 95)},
        "width": score.width.get("90%"),
    }


def _columns() -> list[Column]:
    inside = (
        Column(f"in_{q}", tr("in {q} %", q=q), kind="share", places=1, width=72)
        for q in (80, 90, 95)
    )
    return [
        Column("name", tr("Contender"), stretch=True, words={n: tr(w) for n, w in NAMES.items()}),
        Column("standing", tr("Standing"), width=104),
        Column("mape", "MAPE", kind="share", places=1, width=76),
        Column("median_error", tr("Median"), kind="share", places=1, width=76),
        Column("r2", "R² log", kind="number", places=3, width=68),
        Column(
            "tau", "τ", kind="number", places=3, width=60, hint=tr("Kendall's rank correlation")
        ),
        *inside,
        Column(
            "width",
            tr("Width 90 %"),
            kind="share",
            width=88,
            hint=tr("Mean of (high − low) ÷ predicted"),
        ),
    ]
