"""Coverage: how often the truth lies inside the interval, against how often it should."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtGui import QColor

from advisor.predict.picture import Coverage
from ui.charts.chart import Chart
from ui.i18n import tr
from ui.theme import theme


class CoverageChart(Chart):
    """Nominal level across, share found upwards; faint marks are single groups."""

    def __init__(self) -> None:
        super().__init__(tr("Nominal level"), tr("Found inside"), x_unit="%", y_unit="%")
        self.item.getViewBox().setMouseEnabled(x=False, y=False)

    def show_coverage(self, found: Sequence[Coverage]) -> None:
        """Show the levels; the diagonal is a promise kept exactly."""
        self.clear()
        self.line([76, 99], [76, 99], colour="ink_faint", width=1.2)
        tone = QColor(theme.tokens.ink_faint)
        tone.setAlphaF(0.35)
        for each in found:
            shares = [100 * share for share in each.by_group.values()]
            self.item.addItem(
                pg.ScatterPlotItem(
                    x=[100 * each.nominal] * len(shares),
                    y=shares,
                    symbol="s",
                    size=theme.px(6),
                    pen=pg.mkPen(None),
                    brush=pg.mkBrush(tone),
                ),
                ignoreBounds=True,
            )
        self.points(
            None,
            [100 * c.nominal for c in found],
            [100 * c.found for c in found],
            y_low=[100 * c.low for c in found],
            y_high=[100 * c.high for c in found],
            keys=[f"{c.nominal:g}" for c in found],
            labels=[
                tr(
                    "{found:.1f} % found at {nominal:.0f} %",
                    found=100 * c.found,
                    nominal=100 * c.nominal,
                )
                for c in found
            ],
            size=12,
        )
        for c in found:
            self.word(100 * c.nominal, 100 * c.found, f"  {100 * c.found:.1f} %", colour="ink")
        self.item.getAxis("bottom").setTicks(
            [[(100 * c.nominal, f"{100 * c.nominal:.0f}") for c in found]]
        )
        self.item.getAxis("left").setTicks([[(float(n), str(n)) for n in range(0, 101, 10)]])
        self.item.setXRange(76, 100, padding=0)
        least = [min(c.low, *c.by_group.values()) for c in found]
        self.item.setYRange(min(50.0, *(100 * share for share in least)) - 2, 102, padding=0)
