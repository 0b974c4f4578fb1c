"""Two small calculators: energy of a training job from its log, of a request by its tokens."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QWidget,
)

from advisor.meters.hardware import known_gpus
from advisor.predict.generation import BYTES, GenerationEnergy, generation_energy
from advisor.predict.training import training_energy
from advisor.quantities import Quantity
from ui.figures import FigureCard
from ui.i18n import tr
from ui.pages.page import clear
from ui.parts import caption, column, heading, row, soft, text
from ui.theme import theme

_NARROW = 110
"""Least width of a field, so that the cards stay side by side beside the details panel."""


class TrainingCard(QFrame):
    """Accelerator hours × power × PUE. Emits `asked` with the result."""

    asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.hours = _number(tr("Accelerator hours"), 1000, 0, 1e9, 0, " h")
        self.device = _devices("H100 SXM5 80GB")
        self.known = QCheckBox(tr("Mean utilisation"))
        self.utilisation = _number(tr("Mean utilisation"), 60, 0, 100, 0, " %")
        self.pue = _number("PUE", 1.3, 1, 4, 2)
        self.result: Quantity | None = None
        self._answer = row(space="medium")
        cells = _grid(
            (_label(tr("Accelerator hours")), self.hours),
            (_label(tr("Accelerator")), self.device),
            (self.known, self.utilisation),
            (_label("PUE"), self.pue),
        )
        self.setLayout(
            column(
                heading(tr("Energy of a training job")),
                caption(tr("From the log: hours × accelerators, utilisation where it was logged.")),
                cells,
                self._answer,
                1,
                margin="large",
            )
        )
        for spin in (self.hours, self.utilisation, self.pue):
            spin.valueChanged.connect(self.work_out)
        self.known.toggled.connect(self.work_out)
        self.device.activated.connect(self.work_out)
        self.work_out()

    def work_out(self) -> None:
        """Work out the energy of what is set."""
        known = self.known.isChecked()
        self.utilisation.setEnabled(known)
        share = self.utilisation.value() / self.utilisation.maximum() if known else None
        _answer(self._answer, lambda: self._cards(share))

    def _cards(self, share: float | None) -> list[FigureCard]:
        self.result = training_energy(
            self.hours.value(),
            self.device.currentText(),
            mean_utilisation=share,
            pue=self.pue.value(),
        )
        note = "" if share is not None else tr("60 % utilisation is assumed, with its spread.")
        made = FigureCard(tr("Electric energy, at the meter"), self.result, note)
        made.asked.connect(lambda: self.asked.emit(self.result))
        return [made]


class TokensCard(QFrame):
    """Prefill and decode of a generative model. Emits `asked` with a phase's quantity."""

    asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.billions = _number(tr("Active parameters"), 8, 0.01, 5000, 2, " × 10⁹")
        self.prompt = _number(tr("Prompt tokens"), 1000, 0, 1e7, 0)
        self.output = _number(tr("Output tokens"), 300, 0, 1e7, 0)
        self.batch = _number(tr("Requests at a time"), 64, 1, 4096, 0)
        self.device = _devices("H100 SXM5 80GB")
        self.precision = QComboBox()
        self.precision.addItems(list(BYTES))
        self.precision.setCurrentText("bf16")
        self.precision.setAccessibleName(tr("Precision"))
        self.result: GenerationEnergy | None = None
        self._answer = row(space="medium")
        cells = _grid(
            (_label(tr("Active parameters")), self.billions),
            (_label(tr("Prompt tokens")), self.prompt),
            (_label(tr("Output tokens")), self.output),
            (_label(tr("Requests at a time")), self.batch),
            (_label(tr("Accelerator")), self.device),
            (_label(tr("Precision")), self.precision),
        )
        self.setLayout(
            column(
                heading(tr("Energy of a request by its tokens")),
                caption(tr("Generative models: the accelerator's energy alone, by phase.")),
                cells,
                self._answer,
                1,
                margin="large",
            )
        )
        for spin in (self.billions, self.prompt, self.output, self.batch):
            spin.valueChanged.connect(self.work_out)
        for choice in (self.device, self.precision):
            choice.activated.connect(self.work_out)
        self.work_out()

    def work_out(self) -> None:
        """Work out the energy of what is set."""
        _answer(self._answer, self._cards)

    def _cards(self) -> list[FigureCard]:
        self.result = generation_energy(
            self.billions.value() * 1e9,
            self.prompt.value(),
            self.output.value(),
            self.device.currentText(),
            precision=self.precision.currentText(),
            batch=self.batch.value(),
        )
        made: list[FigureCard] = []
        for name, quantity in (
            (tr("Prefill"), self.result.prefill),
            (tr("Decode"), self.result.decode),
        ):
            each = FigureCard(name, quantity)
            each.asked.connect(lambda q=quantity: self.asked.emit(q))
            made.append(each)
        return made


def _answer(place: QHBoxLayout, cards: Callable[[], list[FigureCard]]) -> None:
    clear(place)
    try:
        for made in cards():
            place.addWidget(made, 1)
    except ValueError as error:
        place.addWidget(soft(str(error)), 1)


def _label(words: str) -> QLabel:
    return text(words, "eyebrow", wrap=False)


def _number(
    name: str, value: float, low: float, high: float, places: int, unit: str = ""
) -> QDoubleSpinBox:
    made = QDoubleSpinBox()
    made.setSuffix(unit + " ")
    made.setAlignment(Qt.AlignmentFlag.AlignRight)
    made.setRange(low, high)
    made.setDecimals(places)
    made.setGroupSeparatorShown(True)
    made.setValue(value)
    made.setKeyboardTracking(False)
    made.setMinimumWidth(theme.px(_NARROW))
    made.setAccessibleName(name)
    return made


def _devices(chosen: str) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(tr("Accelerator"))
    made.addItems([g.name for g in known_gpus() if g.tdp_w and g.bandwidth_gb_per_s])
    made.setCurrentIndex(max(made.findText(chosen), 0))
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(6)
    made.setMinimumWidth(theme.px(_NARROW))
    return made


def _grid(*lines: tuple[QWidget, ...]) -> QGridLayout:
    made = QGridLayout()
    made.setHorizontalSpacing(theme.space("medium"))
    made.setVerticalSpacing(theme.space("small"))
    for number, widgets in enumerate(lines):
        for place, widget in enumerate(widgets):
            made.addWidget(widget, number, place)
    made.setColumnStretch(1, 1)
    return made
