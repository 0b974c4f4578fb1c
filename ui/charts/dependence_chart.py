"""Energy as it moves with one figure: a line with its band, and where the question stands."""

from __future__ import annotations

import math

import pandas as pd

from advisor.figures import unit_text
from ui.charts.chart import Chart
from ui.i18n import language, tr

_MOST_MARKS = 6
_FEW_DECADES = 1.8


class DependenceChart(Chart):
    """Log-log line and band over one column."""

    def __init__(self, name: str, unit: str = "") -> None:
        super().__init__(
            name,
            tr("Energy per call"),
            x_unit=unit,
            y_unit=unit_text("J", language.code),
            log_x=True,
            log_y=True,
        )
        self.item.getViewBox().setMouseEnabled(x=False, y=False)

    def rename(self, name: str, unit: str = "") -> None:
        """Another figure across."""
        self.item.getAxis("bottom").setLabel(f"{name} [{unit}]" if unit else name)

    def show_line(
        self, table: pd.DataFrame, low: str, high: str, at: tuple[float, float] | None = None
    ) -> None:
        """Columns value, energy_j and the band's; `at` is marked: the model that was asked."""
        self.clear()
        self.band(table["value"], table[low], table[high])
        self.line(table["value"], table["energy_j"])
        self._mark_decades("bottom", table["value"], table["value"])
        self._mark_decades("left", table[low], table[high])
        if at is not None:
            self.points(None, [at[0]], [at[1]], keys=["asked"], size=13, colour="ink")

    def _mark_decades(self, side: str, low: pd.Series, high: pd.Series) -> None:
        """Powers of ten, few enough for a small chart; a narrow range keeps its 1-2-5."""
        least, most = math.log10(float(low.min())), math.log10(float(high.max()))
        first, last = math.floor(least), math.ceil(most)
        step = max(1, math.ceil((last - first) / _MOST_MARKS))
        axis = self.item.getAxis(side)
        marks = [(float(d), axis.log_text(10.0**d)) for d in range(first, last + 1, step)]
        axis.setTicks([marks] if most - least > _FEW_DECADES else None)
