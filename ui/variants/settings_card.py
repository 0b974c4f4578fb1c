"""What the search starts from and must keep: model, data, limits, time, own tools."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFrame,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from advisor.bench import Precision
from advisor.bench.search import SearchPlan
from advisor.candidates import Candidate
from advisor.candidates.guard import Limits
from ui.i18n import later, tr
from ui.parts import button, caption, column, eyebrow, heading, quiet, row
from ui.theme import theme

PRECISIONS = {
    Precision.GLANCE: later("Glance: a first look"),
    Precision.QUICK: later("Quick: windows of 10 s"),
    Precision.STANDARD: later("Standard: windows of 30 s"),
    Precision.AUDIT: later("Audit: windows of 10 min"),
}
_BUDGETS_MIN = (2, 5, 10, 30, 60, 240)
_NO_LIMIT = -1.0


class SettingsCard(QFrame):
    """Emits `replan` where the variants change, `changed` where only limits or times do."""

    replan = Signal()
    changed = Signal()
    tool_given = Signal(str)
    folder_wanted = Signal()

    def __init__(self, memory: dict[str, Any]) -> None:
        """What is entered is kept in `memory` until the project is closed."""
        super().__init__()
        self._memory = memory
        self.setProperty("role", "card")
        self.setFixedWidth(theme.px(300))
        self.parent_box, self.budget, self.precision = QComboBox(), QComboBox(), QComboBox()
        self.most_loss = _points("most_loss", 1.0, memory)
        self.floor = _points("floor", _NO_LIMIT, memory)
        self.gap = _points("gap", 1.0, memory)
        self._data = caption("")
        self._own = quiet(tr("Calibrate with another file …"), self._ask_calibration)
        self._rows = quiet(tr("Calibrate with rows of the data"), self._without_file)
        self._olive = quiet(
            tr("Open an Olive folder …"), self.folder_wanted.emit, icon_name="folder"
        )
        self.tool = QLineEdit()
        self.tool.setPlaceholderText("my-tool {in} {out}")
        self._fill()
        self._gap_field = _field(tr("Growth of the gap between groups, at most"), self.gap)
        tool = row(self.tool, space="small")
        tool.addWidget(button(tr("Add"), self._give_tool))
        self.setLayout(
            column(
                heading(tr("Starting point")),
                _field(tr("Model"), self.parent_box),
                self._data,
                row(column(self._own, self._rows, space="hair"), 1),
                heading(tr("Limits")),
                _field(tr("Accuracy lost, at most (points)"), self.most_loss),
                _field(tr("Accuracy, at least (points)"), self.floor),
                self._gap_field,
                heading(tr("Time")),
                _field(tr("Time budget of the search"), self.budget),
                _field(tr("Precision for the finalists"), self.precision),
                heading(tr("Your own tool")),
                caption(tr("A command that reads {in_mark} and writes {out_mark}; its file is "
                           "checked like any other.", in_mark="{in}", out_mark="{out}")),
                tool,
                row(self._olive, 1),
                margin="large",
                space="small",
            )
        )  # fmt: skip
        self._connect()

    def show_parents(self, candidates: Sequence[Candidate], chosen: str | None) -> None:
        """Offer models to start from."""
        blocked = QSignalBlocker(self.parent_box)
        self.parent_box.clear()
        for candidate in candidates:
            self.parent_box.addItem(candidate.name, candidate.key)
        self.parent_box.setCurrentIndex(max(0, self.parent_box.findData(chosen)))
        del blocked

    def show_plan(self, plan: SearchPlan) -> None:
        """Say which rows calibrate and which judge, and offer the limits that make sense."""
        self._data.setText(_data_words(plan))
        judged = plan.workload.labels is not None
        self._own.setVisible(not plan.workload.synthetic)
        self._rows.setVisible(self.calibration is not None)
        self.most_loss.setEnabled(judged)
        self.floor.setEnabled(judged)
        self._gap_field.setVisible(plan.workload.groups is not None)

    # -- what is chosen ----------------------------------------------------------------------

    @property
    def parent_key(self) -> str | None:
        """Key of the model that variants are made of."""
        return self.parent_box.currentData()

    @property
    def calibration(self) -> Path | None:
        """A calibration file of its own; None: rows of the data."""
        return self._memory.get("calibration")

    @property
    def limits(self) -> Limits:
        """What a variant must keep."""
        return Limits(
            floor_points=_value(self.floor),
            most_loss_points=_value(self.most_loss),
            most_gap_growth_points=_value(self.gap),
        )

    @property
    def time_budget_s(self) -> float | None:
        """For the whole search."""
        return self.budget.currentData()

    @property
    def full_precision(self) -> Precision:
        """Of the finalists' measurement."""
        return Precision(self.precision.currentData())

    # -- inside ------------------------------------------------------------------------------

    def _fill(self) -> None:
        self.budget.addItem(tr("no limit"), None)
        for minutes in _BUDGETS_MIN:
            self.budget.addItem(tr("{n} min", n=minutes), 60.0 * minutes)
        for precision, words in PRECISIONS.items():
            self.precision.addItem(tr(words), precision.value)
        self.budget.setCurrentIndex(self._memory.get("budget", 3))
        self.precision.setCurrentIndex(self._memory.get("precision", 1))

    def _connect(self) -> None:
        self.parent_box.activated.connect(self._chosen)
        for name, box in (("budget", self.budget), ("precision", self.precision)):
            box.activated.connect(lambda i, name=name: self._keep(name, i))
        for name, spin in (("most_loss", self.most_loss), ("floor", self.floor), ("gap", self.gap)):
            spin.valueChanged.connect(lambda v, name=name: self._keep(name, v))
        self.tool.returnPressed.connect(self._give_tool)

    def _chosen(self) -> None:
        self._memory["parent"] = self.parent_key
        self.replan.emit()

    def _keep(self, name: str, value: float) -> None:
        self._memory[name] = value
        self.changed.emit()

    def _ask_calibration(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, tr("Calibration data"), "", tr("Data") + " (*.npz *.csv *.parquet)"
        )
        if chosen:
            self._memory["calibration"] = Path(chosen)
            self.replan.emit()

    def _without_file(self) -> None:
        self._memory["calibration"] = None
        self.replan.emit()

    def _give_tool(self) -> None:
        if self.tool.text().strip():
            self.tool_given.emit(self.tool.text().strip())


def _data_words(plan: SearchPlan) -> str:
    data, tuned_on = plan.workload, plan.calibration
    if data.synthetic:
        return tr(
            "No data: inputs are synthetic, accuracy stays unknown, and nothing can be calibrated. "
            "Add data on the Benchmark page."
        )
    if tuned_on is None:
        return tr("{n} rows judge.", n=data.samples)
    if plan.split is not None:
        return tr(
            "{n} rows of {file} judge, {m} others calibrate. No row does both, now or later.",
            n=data.samples,
            m=tuned_on.samples,
            file=data.name,
        )
    return tr(
        "{n} rows of {file} judge, {m} of {other} calibrate; none is in both.",
        n=data.samples,
        file=data.name,
        m=tuned_on.samples,
        other=tuned_on.name,
    )


def _field(name: str, widget: QWidget) -> QWidget:
    made = QWidget()
    label = eyebrow(name)
    label.setBuddy(widget)
    widget.setAccessibleName(name)
    inside: QVBoxLayout = column(label, widget, space="hair")
    made.setLayout(inside)
    return made


def _points(name: str, value: float, memory: dict[str, Any]) -> QDoubleSpinBox:
    made = QDoubleSpinBox()
    made.setRange(_NO_LIMIT, 1e6)
    made.setDecimals(1)
    made.setSingleStep(0.5)
    made.setSpecialValueText(tr("no limit"))
    made.setKeyboardTracking(False)
    made.lineEdit().setTextMargins(theme.px(7), 0, 0, 0)
    made.setValue(memory.get(name, value))
    return made


def _value(spin: QDoubleSpinBox) -> float | None:
    return None if spin.value() <= _NO_LIMIT else spin.value()
