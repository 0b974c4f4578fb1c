"""What if: budgets by slider, the optimum solved again while they move, two plans side by side."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QSlider, QWidget

from advisor.portfolio import Budgets, Plan, Study
from ui.i18n import said, tr
from ui.parts import button, card, column, grid, heading, row, soft, text
from ui.tables.models_table import options_frame, options_table
from ui.theme import theme

STEPS = 100
PAUSE_MS = 250


class PlanPanel(QWidget):
    """Sliders for engineer days, accuracy and carbon target; emits `wanted` with `Budgets`."""

    wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._most = (0.0, 0.0, 0.0)
        self.days = _slider(tr("Engineer days"))
        self.loss = _slider(tr("Accuracy points"))
        self.target = _slider(tr("Carbon target"))
        self.use_target = QCheckBox(tr("Reach a target with the least accuracy lost"))
        self._texts = [QLabel(), QLabel(), QLabel()]
        self.outcome = heading("")
        self.relaxations = soft("")
        self.kept = soft("")
        self.table = options_table(plan=True)
        self.keep = button(tr("Keep for comparison"), self._keep)
        self._plan: Plan | None = None
        self._kept: Plan | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(PAUSE_MS)
        self._later.timeout.connect(self._ask)
        sliders = grid(
            [
                [text(tr("Engineer days")), self.days, self._texts[0]],
                [text(tr("Accuracy points, weighted by tier")), self.loss, self._texts[1]],
                [self.use_target, self.target, self._texts[2]],
            ]
        )
        sliders.setColumnStretch(1, 1)
        sliders.setColumnStretch(2, 0)
        for label in self._texts:
            label.setMinimumWidth(theme.px(130))
        self.setLayout(
            column(
                card(
                    heading(tr("What if")),
                    sliders,
                    row(self.outcome, 1, self.keep),
                    self.relaxations,
                    self.kept,
                    self.table,
                )
            )
        )
        for slider in (self.days, self.loss, self.target):
            slider.valueChanged.connect(self._moved)
        self.use_target.toggled.connect(self._moved)

    def set_range(self, study: Study) -> None:
        """The sliders' ends from the options there are: everything, once per model."""
        best = study.options.drop_duplicates("id")
        whole = study.totals.carbon_location_kg.value
        self._most = (float(best["engineer_days"].sum()), 100.0, whole)
        for slider, share in ((self.days, 15), (self.loss, 10), (self.target, 20)):
            slider.blockSignals(True)
            slider.setValue(share)
            slider.blockSignals(False)
        self._moved()

    def budgets(self) -> Budgets:
        """What the sliders say."""
        days, loss, target = (
            slider.value() / STEPS * most
            for slider, most in zip((self.days, self.loss, self.target), self._most, strict=True)
        )
        if self.use_target.isChecked():
            return Budgets(engineer_days=days, carbon_target_kg=target)
        return Budgets(engineer_days=days, loss_budget=loss)

    def show_plan(self, plan: Plan) -> None:
        """Show a solved plan, or what would have to give."""
        self._plan = plan
        self.relaxations.setText("\n".join(said(r.said) for r in plan.relaxations))
        self.relaxations.setVisible(not plan.feasible)
        self.outcome.setText(
            _words(plan) if plan.feasible else tr("No plan keeps within these limits.")
        )
        self.table.show_frame(options_frame(plan.chosen) if plan.feasible else plan.chosen)
        self._compare()

    # -- inside ------------------------------------------------------------------------------

    def _moved(self) -> None:
        self.loss.setEnabled(not self.use_target.isChecked())
        self.target.setEnabled(self.use_target.isChecked())
        units = ("{n} days", "{n} points", "{n} kg CO₂e")
        for label, slider, most, words in zip(
            self._texts, (self.days, self.loss, self.target), self._most, units, strict=True
        ):
            label.setText(tr(words, n=f"{slider.value() / STEPS * most:,.0f}"))
        self._later.start()

    def _ask(self) -> None:
        self.wanted.emit(self.budgets())

    def _keep(self) -> None:
        self._kept = self._plan
        self._compare()

    def _compare(self) -> None:
        kept, now = self._kept, self._plan
        self.kept.setVisible(kept is not None)
        if kept is None or now is None or not now.feasible:
            return
        theirs, ours = set(kept.chosen["option"]), set(now.chosen["option"])
        self.kept.setText(
            tr(
                "Kept plan: {kept}. Only in it: {only_kept} options; only in the present one: "
                "{only_now}; in both: {both}.",
                kept=_words(kept),
                only_kept=str(len(theirs - ours)),
                only_now=str(len(ours - theirs)),
                both=str(len(ours & theirs)),
            )
        )


def _words(plan: Plan) -> str:
    return tr(
        "{saved} kg CO₂e a year ({low} – {high}) with {count} options, {days} days, {cost} EUR",
        saved=f"{plan.saved_kg:,.0f}",
        low=f"{plan.saved_low_kg:,.0f}",
        high=f"{plan.saved_high_kg:,.0f}",
        count=str(len(plan.chosen)),
        days=f"{plan.engineer_days:,.0f}",
        cost=f"{plan.cost_eur:,.0f}",
    )


def _slider(name: str) -> QSlider:
    made = QSlider(Qt.Orientation.Horizontal)
    made.setRange(0, STEPS)
    made.setPageStep(10)
    made.setAccessibleName(name)
    return made
