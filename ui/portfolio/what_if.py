"""What if: limits by slider, the optimum solved anew at once."""

from __future__ import annotations

import math

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from advisor.figures import written
from advisor.portfolio import Budgets, Plan
from ui.i18n import language, later, tr
from ui.pages.page import clear
from ui.parts import button, caption, column, heading, notice, row, soft
from ui.portfolio.picture import changes_counted, plan_saving
from ui.theme import theme

LIMITS = {
    "carbon_target_kg": (later("Save at least"), later("kgCO2e a year")),
    "loss_budget": (later("Accuracy given up, at most"), later("points, weighted by tier")),
    "cost_budget_eur": (later("One-off cost, at most"), "EUR"),
    "engineer_days": (later("Work, at most"), later("engineer days")),
}
_STEPS = 200
_WAIT_MS = 250


class Limit(QWidget):
    """One limit: whether it holds, a slider, and the number itself."""

    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        words, unit = LIMITS[name]
        self.on = QCheckBox(tr(words))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setAccessibleName(tr(words))
        self.spin = QDoubleSpinBox()
        self.spin.setDecimals(1 if name == "loss_budget" else 0)
        self.spin.setRange(0, 1e12)
        self.spin.setGroupSeparatorShown(True)
        self.spin.setAccessibleName(tr(words))
        self.spin.setKeyboardTracking(False)
        self.unit = caption(tr(unit))
        self._top = 1.0
        self._free = 0.0 if name == "carbon_target_kg" else 1.0
        """Where the slider rests while there is no limit: a target at its least, others at most."""
        for widget in (self.spin, self.unit):
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            widget.setSizePolicy(policy)
        self.on.toggled.connect(self._switched)
        self.slider.valueChanged.connect(self._slid)
        self.spin.valueChanged.connect(self._typed)
        self._enable()

    def set_range(self, top: float, value: float | None) -> None:
        """The slider's end, and the limit (None: it does not hold)."""
        self._top = max(top, 1e-9)
        blocked = [QSignalBlocker(w) for w in (self.on, self.slider, self.spin)]
        self.on.setChecked(value is not None)
        self.spin.setValue(self._top * self._free if value is None else value)
        self._place()
        self._enable()
        del blocked

    @property
    def value(self) -> float | None:
        """The limit; None where it does not hold."""
        return self.spin.value() if self.on.isChecked() else None

    def _switched(self) -> None:
        self._enable()
        self.changed.emit()

    def _slid(self, step: int) -> None:
        blocked = QSignalBlocker(self.spin)
        self.spin.setValue(self._top * step / _STEPS)
        del blocked
        if not self.on.isChecked():  # who moves the slider wants the limit
            self.on.setChecked(True)
        else:
            self.changed.emit()

    def _typed(self) -> None:
        blocked = QSignalBlocker(self.slider)
        self._place()
        del blocked
        self.changed.emit()

    def _place(self) -> None:
        self.slider.setValue(round(_STEPS * min(self.spin.value() / self._top, 1.0)))

    def _enable(self) -> None:
        for widget in (self.spin, self.unit):
            widget.setVisible(self.on.isChecked())


class WhatIfCard(QFrame):
    """Emits `wanted` with `Budgets` a moment after the last move, `adopted` with them."""

    wanted = Signal(object)
    adopted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.plan: Plan | None = None
        self.limits = {name: Limit(name) for name in LIMITS}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT_MS)
        self._timer.timeout.connect(lambda: self.wanted.emit(self.budgets()))
        self._state = soft("")
        self._outcome: QVBoxLayout = column(space="small")
        self.adopt = button(
            tr("Adopt these limits"), lambda: self.adopted.emit(self.budgets()), icon_name="check"
        )
        self.adopt.setToolTip(tr("The plan within these limits becomes the recommended one."))
        layout = column(space="medium", margin="large")
        layout.addLayout(row(heading(tr("What if")), 1, self.adopt, space="small"))
        layout.addLayout(self._sliders())
        layout.addWidget(self._state)
        layout.addLayout(self._outcome)
        self.setLayout(layout)

    def show_ranges(self, fullest: Plan, budgets: Budgets) -> None:
        """Sliders span what the plan without limits needs; the target a fifth more."""
        tops = {
            "carbon_target_kg": 1.2 * fullest.saved_kg,
            "loss_budget": fullest.loss,
            "cost_budget_eur": fullest.cost_eur,
            "engineer_days": fullest.engineer_days,
        }
        for name, limit in self.limits.items():
            limit.set_range(tops[name], getattr(budgets, name))

    def budgets(self) -> Budgets:
        """The limits as set."""
        return Budgets.model_validate({n: limit.value for n, limit in self.limits.items()})

    def show_solving(self) -> None:
        """A job is at it."""
        self._state.setText(tr("Solving …"))

    def show_plan(self, plan: Plan) -> None:
        """Show the optimum, or which limit to relax and by how much."""
        self.plan = plan
        self.adopt.setEnabled(plan.feasible)
        self._fill()

    def _fill(self) -> None:
        clear(self._outcome)
        plan = self.plan
        if plan is None:
            return
        if not plan.feasible:
            self._state.setText(tr("No plan keeps all these limits."))
            for relaxation in plan.relaxations:
                self._outcome.addWidget(notice(relaxed(relaxation.limit, relaxation.needed)))
            if not plan.relaxations:
                self._outcome.addWidget(
                    notice(tr("Relaxing one limit alone does not help; relax several."))
                )
            return
        self._state.setText(plan_words(plan))

    def _sliders(self) -> QGridLayout:
        made = QGridLayout()
        made.setHorizontalSpacing(theme.space("medium"))
        made.setVerticalSpacing(theme.space("small"))
        for number, limit in enumerate(self.limits.values()):
            limit.spin.setFixedWidth(theme.px(116))
            for place, widget in enumerate((limit.on, limit.slider, limit.spin, limit.unit)):
                made.addWidget(widget, number, place)
            limit.changed.connect(self._timer.start)
        made.setColumnStretch(1, 1)
        return made


def relaxed(limit: str, needed: float) -> str:
    """Which limit to relax, and to what."""
    words, unit = LIMITS[limit]
    outward = math.floor if limit == "carbon_target_kg" else math.ceil  # so that it really fits
    return tr(
        "Relax “{limit}” to {needed} {unit}, the others kept, and there is a plan.",
        limit=tr(words),
        needed=f"{outward(10 * needed) / 10:,.1f}",
        unit=tr(unit),
    )


def plan_words(plan: Plan) -> str:
    """A plan in one sentence."""
    saving = written(plan_saving(plan), language.code)
    return tr(
        "{changes}: {saved} saved ({interval}); {loss} weighted points, € {cost}, {days} "
        "engineer days.",
        changes=changes_counted(len(plan.chosen)),
        saved=saving.text,
        interval=saving.interval,
        loss=f"{plan.loss:,.1f}",
        cost=f"{plan.cost_eur:,.0f}",
        days=f"{plan.engineer_days:,.0f}",
    )
