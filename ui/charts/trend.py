"""Trend of one indicator: readings over time, its amber and red limits, the fitted line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ui.charts.chart import Chart
from ui.i18n import tr


class TrendChart(Chart):
    """Readings as points over days; limits as level lines with their words."""

    def __init__(self, name: str, unit: str) -> None:
        super().__init__(tr("Month"), name, y_unit=unit)

    def show_readings(
        self, days: Sequence[date], values: Sequence[float], amber: float, red: float
    ) -> None:
        """Show readings against their limits."""
        self.clear()
        if days:
            places = [float(day.toordinal()) for day in days]
            self.line(places, values)
            self.points(None, places, values)
            step = max(1, len(days) // 5)
            marks = [(p, f"{d:%Y-%m}") for p, d in zip(places, days, strict=True)][::step]
            self.item.getAxis("bottom").setTicks([marks])
        self.item.setYRange(min([*values, amber, red]), max([*values, amber, red]))
        self.level(amber, tr("amber limit"), colour="warning")
        self.level(red, tr("red limit"), colour="danger")
