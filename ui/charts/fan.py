"""Fan chart: quantiles over years as nested bands, the median as a line."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ui.charts.chart import Chart
from ui.i18n import tr

_BANDS = (("q01", "q99"), ("q05", "q95"), ("q25", "q75"))


class FanChart(Chart):
    """A fan over calendar years, or several lines side by side."""

    def __init__(self, y: str, y_unit: str = "", *, legend: bool = True) -> None:
        super().__init__(tr("Year"), y, y_unit=y_unit, legend=legend)
        self._y = y

    def show_fan(
        self, fan: pd.DataFrame, *, colour: str | None = None, unit: str | None = None
    ) -> None:
        """`fan` as `advisor.risk.shapes.yearly_fan`: 98, 90 and 50 % bands, median, mean."""
        self.clear()
        if unit is not None:
            self.item.getAxis("left").setLabel(f"{self._y} [{unit}]")
        years = [float(year) for year in fan.index]
        for low, high in _BANDS:
            self.band(years, fan[low], fan[high], colour=colour)
        self.line(years, fan["q50"], name=tr("median"), colour=colour)
        self.line(years, fan["mean"], name=tr("mean"), colour="ink_soft", dashed=True)
        self._mark_years(fan.index)

    def show_lines(self, table: pd.DataFrame) -> None:
        """One line a column, never averaged: the models of one scenario side by side."""
        self.clear()
        for number, name in enumerate(table.columns):
            series = table[name].dropna()
            tones = _series()
            self.line(
                [float(year) for year in series.index],
                series,
                name=str(name),
                colour=tones[number % len(tones)],
            )
        self._mark_years(table.index)

    def _mark_years(self, years: Sequence[int] | pd.Index) -> None:
        marks = [int(year) for year in years]
        step = max(1, len(marks) // 6)
        self.item.getAxis("bottom").setTicks([[(float(y), str(y)) for y in marks[::step]]])


def _series() -> tuple[str, ...]:
    from ui.theme import theme

    return theme.tokens.series
