"""An axis in our type, with 1-2-5 ticks where it is logarithmic."""

from __future__ import annotations

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QFontMetricsF

from ui.theme import theme


class FigureAxis(pg.AxisItem):
    """Thin lines, small type, numbers without scientific noise.

    A logarithmic axis of joules writes its ticks as figures are written elsewhere: 50 µJ, 2 mJ.
    """

    def __init__(self, side: str, name: str, unit: str = "", *, log: bool = False) -> None:
        super().__init__(side)
        self._logarithmic = log
        self._prefixed = unit if log and unit == "J" else ""
        self.setTickFont(theme.font("small"))
        self.setPen(theme.tokens.line_strong)
        self.setTextPen(theme.tokens.ink_faint)
        self.enableAutoSIPrefix(False)
        self.textWidth, self.textHeight = theme.px(30), theme.px(18)  # until it was painted once
        self.setStyle(tickLength=-theme.px(4), tickTextOffset=theme.px(6))
        if name:
            name = f"{name} [{unit}]" if unit and not self._prefixed else name
            style: dict[str, Any] = {
                "color": theme.tokens.ink_soft,
                "font-size": f"{theme.px(12)}px",
            }
            self.setLabel(name, **style)

    def resizeEvent(self, ev: Any = None) -> None:
        """The label where its width was set aside: its box is a fifth larger than its letters.

        pyqtgraph moves it out by five pixels at any scale, so that large type meets the ticks.
        """
        super().resizeEvent(ev)
        if self.label is None:
            return
        high = self.label.boundingRect().height()
        if self.orientation == "left":
            self.label.setX(-high / 5)
        elif self.orientation == "bottom":
            self.label.setY(self.size().height() - high * 4 / 5)

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[Any]:
        if not self._logarithmic:
            return super().tickValues(minVal, maxVal, size)[:1]
        decades = range(math.floor(minVal), math.ceil(maxVal) + 1)
        # Below 1.5 decades powers of ten alone would leave no two ticks.
        most = max(min(5.0, self._decades_with_room(size)), 1.5)
        many = maxVal - minVal > most
        steps = (1,) if many else (1, 2, 5)
        ticks = [d + math.log10(s) for d in decades for s in steps]
        if many:
            stride = math.ceil((maxVal - minVal) / 6)
            ticks = [t for t in ticks if round(t) % stride == 0]
        return [(1.0, [t for t in ticks if minVal <= t <= maxVal])]

    def _decades_with_room(self, size: float) -> float:
        """Decades whose 1-2-5 ticks stand side by side; one above the other they always do."""
        if self.orientation in ("left", "right"):
            return math.inf
        widest = self.log_text(5e-7 if self._prefixed else 5e5) + " "
        return size / (3 * QFontMetricsF(theme.font("small")).horizontalAdvance(widest))

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if not self._logarithmic:
            return [plain(v * scale, spacing * scale) for v in values]
        return [self.log_text(10**v) for v in values]

    def log_text(self, value: float) -> str:
        """A log tick's words, with the unit where the axis has prefixes."""
        if self._prefixed:
            return str(pg.siFormat(value, precision=3, suffix=self._prefixed))
        return log_text(value)


def plain(value: float, spacing: float) -> str:
    """A tick's number: grouped thousands, as many decimals as the spacing needs."""
    places = max(0, -math.floor(math.log10(spacing) + 1e-9)) if spacing > 0 else 0
    text = f"{value:,.{min(places, 9)}f}"
    return "0" if text.strip("-0.,") == "" else text.replace("-", "−")


def log_text(value: float) -> str:
    """A log tick's number; very large and small ones as powers of ten."""
    if 1e-3 <= value < 1e6:
        return f"{value:,.6g}" if value < 1 else f"{value:,.0f}"
    exponent = math.floor(math.log10(value) + 1e-9)
    factor = round(value / 10**exponent)
    power = f"10{str(exponent).translate(_RAISED)}"
    return power if factor == 1 else f"{factor}·{power}"


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
