"""One figure of a model over many decades: known or not, a slider, and the number itself."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QSlider, QWidget

from ui.i18n import tr
from ui.parts import caption
from ui.theme import theme

_STEPS = 600
_SUFFIXES = {"": 0, "k": 3, "K": 3, "M": 6, "G": 9, "B": 9, "T": 12, "P": 15}
_NUMBER = re.compile(r"^\s*([0-9][0-9,. ]*(?:[eE][+-]?\d+)?)\s*([kKMGBTP]?)\s*$")


class LogSlider(QWidget):
    """Emits `changed` when the figure moves or becomes known or unknown."""

    changed = Signal()

    def __init__(self, words: str, unit: str, low: float, high: float, value: float) -> None:
        """Range and value are positive numbers; the slider is logarithmic."""
        super().__init__()
        self._range = (math.log10(low), math.log10(high))
        self._value = value
        self.on = QCheckBox(words)
        self.on.setChecked(True)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setMinimumHeight(theme.px(22))
        self.slider.setPageStep(_STEPS // 20)
        self.slider.setAccessibleName(words)
        self.field = QLineEdit()
        self.field.setAccessibleName(words)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.setFixedWidth(theme.px(88))
        self.field.setToolTip(tr("A number; k, M, G and T are understood."))
        self.unit = caption(unit)
        self.unit.setWordWrap(False)
        self._place()
        self.on.toggled.connect(self._switched)
        self.slider.valueChanged.connect(self._slid)
        self.field.editingFinished.connect(self._typed)

    @property
    def value(self) -> float | None:
        """The figure; None where it is not known."""
        return self._value if self.on.isChecked() else None

    def set_value(self, value: float | None, *, tell: bool = True) -> None:
        """Set the figure; None makes it unknown."""
        blocked = QSignalBlocker(self.on)
        self.on.setChecked(value is not None)
        del blocked
        if value is not None:
            self._value = value
        self._place()
        if tell:
            self.changed.emit()

    def _slid(self, step: int) -> None:
        low, high = self._range
        self._value = float(f"{10 ** (low + (high - low) * step / _STEPS):.3g}")
        self._write()
        if not self.on.isChecked():  # who moves the slider knows the figure
            self.on.setChecked(True)
        else:
            self.changed.emit()

    def _typed(self) -> None:
        found = read_number(self.field.text())
        if found is None or found == self._value:
            self._write()
            return
        self.set_value(found)

    def _switched(self) -> None:
        self._write()
        self.changed.emit()

    def _place(self) -> None:
        low, high = self._range
        share = (math.log10(self._value) - low) / (high - low)
        blocked = QSignalBlocker(self.slider)
        self.slider.setValue(round(_STEPS * min(max(share, 0.0), 1.0)))
        del blocked
        self._write()

    def _write(self) -> None:
        known = self.on.isChecked()
        self.field.setText(short_number(self._value) if known else tr("unknown"))
        self.slider.setEnabled(True)


def short_number(value: float) -> str:
    """A number with a suffix: 25,600,000 → 25.6 M."""
    if value < 1e4:
        return f"{value:,.4g}" if value < 1000 else f"{value:,.0f}"
    for suffix in ("P", "T", "G", "M", "k"):
        size = 10 ** _SUFFIXES[suffix]
        if value >= size:
            return f"{value / size:,.3g} {suffix}"
    return f"{value:,.0f}"


def read_number(text: str) -> float | None:
    """A positive number with or without a suffix; None for anything else."""
    found = _NUMBER.match(text)
    if found is None:
        return None
    try:
        plain = float(found[1].replace(",", "").replace(" ", ""))
        value = float(f"{plain!r}e{_SUFFIXES[found[2]]}") if found[2] else plain
    except ValueError:
        return None
    return value if value > 0 and math.isfinite(value) else None
