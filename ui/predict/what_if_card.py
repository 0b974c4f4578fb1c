"""What if: a model by its size, throughput, device and precision; its energy at once."""

from __future__ import annotations

import pandas as pd
from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QFrame, QGridLayout, QVBoxLayout

from advisor.predict.local_runs import Learnt, Prediction
from ui.charts.dependence_chart import DependenceChart
from ui.i18n import tr
from ui.parts import caption, column, eyebrow, heading, row, text
from ui.predict.gathering import DEPENDENCE, FIGURES
from ui.predict.log_slider import LogSlider
from ui.predict.outcome import Outcome
from ui.theme import theme

Asked = dict[str, float | str]
RANGES = {
    "parameters": (1e3, 1e12, 2.56e7),
    "flops_per_call": (1e4, 1e15, 8.2e9),
    "throughput_per_s": (1e-2, 1e6, 500.0),
    "idle_w": (0.5, 3000.0, 100.0),
}
"""Ends of the sliders, and where they stand at first: a ResNet-50."""
_MOMENT_MS = 15


class WhatIfCard(QFrame):
    """Emits `wanted` with what is known of the model and the figure the line runs over."""

    wanted = Signal(object, str)
    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._idle: dict[str, float | None] = {}
        self.sliders = {
            name: LogSlider(tr(FIGURES[name][0]), FIGURES[name][1], *RANGES[name])
            for name in FIGURES
        }
        self.sliders["idle_w"].set_value(None, tell=False)
        self.device = _choice(tr("Device"))
        self.device.setEditable(True)
        self.device.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.precision = _choice(tr("Precision"))
        self.over = _choice(tr("Energy over"))
        for name in DEPENDENCE:
            self.over.addItem(tr(FIGURES[name][0]), name)
        self.over.setCurrentIndex(self.over.findData("throughput_per_s"))
        self.outcome = Outcome()
        self.line = DependenceChart(tr(FIGURES["throughput_per_s"][0]), "1/s")
        self.line.setFixedHeight(theme.px(236))
        self.setLayout(self._laid_out())
        self._moment = QTimer(self)
        self._moment.setSingleShot(True)
        self._moment.setInterval(_MOMENT_MS)
        self._connect()

    def show_choices(self, learnt: Learnt) -> None:
        """Offer the devices and number formats of the runs; what was chosen stays."""
        devices = learnt.devices()
        self._idle = {
            str(d): None if pd.isna(w) else float(w)
            for d, w in zip(devices["device"], devices["idle_w"], strict=True)
        }
        blocked = [QSignalBlocker(w) for w in (self.device, self.precision)]
        chosen, precision = self.device.currentText(), self.precision.currentData()
        self.device.clear()
        self.device.addItems([tr("unknown"), *(str(d) for d in devices["device"] if d)])
        self.device.setCurrentText(chosen or tr("unknown"))
        completer = QCompleter(self.device.model(), self.device)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.device.setCompleter(completer)
        self.precision.clear()
        self.precision.addItem(tr("unknown"), None)
        for name in learnt.precisions():
            self.precision.addItem(name, name)
        self.precision.setCurrentIndex(max(self.precision.findData(precision), 0))
        del blocked

    def question(self) -> Asked:
        """What is known of the model."""
        found: Asked = {n: s.value for n, s in self.sliders.items() if s.value is not None}
        device = self.device.currentText().strip()
        if device and device != tr("unknown"):
            found["device"] = device
        if self.precision.currentData():
            found["precision"] = str(self.precision.currentData())
        return found

    def put(self, question: Asked) -> None:
        """Take up a question again, after the page was built anew."""
        blocked = QSignalBlocker(self)
        for name, slider in self.sliders.items():
            value = question.get(name)
            slider.set_value(float(value) if value is not None else None, tell=False)
        self.device.setCurrentText(str(question.get("device", tr("unknown"))))
        self.precision.setCurrentIndex(max(self.precision.findData(question.get("precision")), 0))
        del blocked

    def show_answer(self, found: Prediction | None, line: pd.DataFrame | None) -> None:
        """Show the energy, and the line with the model's place on it."""
        self.outcome.show_prediction(found)
        name = str(self.over.currentData())
        words, unit = FIGURES[name]
        self.line.rename(tr(words), unit)
        if found is None or line is None:
            self.line.clear()
            return
        at = self.sliders[name].value
        mark = (at, found.energy.value) if at is not None else None
        self.line.show_line(line, "energy_j_low", "energy_j_high", mark)

    # -- inside ------------------------------------------------------------------------------

    def _connect(self) -> None:
        for slider in self.sliders.values():
            slider.changed.connect(self._moment.start)
        self.device.currentTextChanged.connect(self._device_chosen)
        self.precision.activated.connect(self._moment.start)
        self.over.activated.connect(self._moment.start)
        self.outcome.asked.connect(self.asked)
        self._moment.timeout.connect(self.ask)

    def ask(self) -> None:
        """Ask for the prediction of what is set."""
        self.wanted.emit(self.question(), str(self.over.currentData()))

    def _device_chosen(self, name: str) -> None:
        if name in self._idle or name == tr("unknown"):
            self.sliders["idle_w"].set_value(self._idle.get(name), tell=False)
        self._moment.start()

    def _laid_out(self) -> QVBoxLayout:
        cells = QGridLayout()
        cells.setHorizontalSpacing(theme.space("medium"))
        cells.setVerticalSpacing(theme.space("small"))
        for number, slider in enumerate(self.sliders.values()):
            for place, widget in enumerate((slider.on, slider.slider, slider.field, slider.unit)):
                cells.addWidget(widget, number, place)
        cells.setColumnStretch(1, 1)
        below = len(self.sliders)
        for number, (words, choice) in enumerate(
            ((tr("Device"), self.device), (tr("Precision"), self.precision))
        ):
            cells.addWidget(eyebrow(words), below + number, 0)
            cells.addWidget(choice, below + number, 1, 1, 3)
        hint = caption(
            tr("Untick what nobody knows; the prediction then uses what is left, and says so.")
        )
        across = row(space="large")
        across.addLayout(column(cells, 1), 5)
        across.addWidget(self.outcome, 3)
        over = row(space="small")
        over.addWidget(hint, 1)
        over.addWidget(text(tr("Energy over"), "eyebrow", wrap=False))
        over.addWidget(self.over)
        return column(
            heading(tr("What would a model use?")),
            across,
            over,
            self.line,
            space="medium",
            margin="large",
        )


def _choice(name: str) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(18)
    return made
