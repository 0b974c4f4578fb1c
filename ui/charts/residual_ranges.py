"""Residuals by group: predicted ÷ measured, the middle 90 and 50 % of each group's runs."""

from __future__ import annotations

import math

import pandas as pd

from ui.charts.chart import Chart
from ui.i18n import tr
from ui.theme import theme

MOST_GROUPS = 12
_MARKS = (0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)


class ResidualRanges(Chart):
    """One line a group, worst on top. Emits `clicked` with the group's name."""

    def __init__(self) -> None:
        super().__init__(tr("Predicted ÷ measured"), log_x=True)
        self.item.getViewBox().setMouseEnabled(x=False, y=False)
        self.item.showGrid(x=True, y=False, alpha=0.12)
        marks = [(math.log10(m), f"{m:g}") for m in _MARKS]
        self.item.getAxis("bottom").setTicks([marks])

    def show_residuals(self, residuals: pd.DataFrame, chosen: str | None = None) -> None:
        """`residuals` as `advisor.predict.picture.LeftOut`; the first `MOST_GROUPS` are drawn."""
        self.clear()
        shown = residuals.head(MOST_GROUPS)
        at = [float(len(shown) - 1 - n) for n in range(len(shown))]
        self.level(1.0, upright=True)
        for place, (_, row) in zip(at, shown.iterrows(), strict=True):
            tone = "accent" if chosen in (None, row["group"]) else "line_strong"
            for low, high, width in (("p05", "p95", 1.5), ("p25", "p75", 7)):
                ends = [float(row[low]), float(row[high])]
                self.line(ends, [place, place], colour=tone, width=width)
        self.points(
            None,
            shown["median"],
            at,
            keys=[str(g) for g in shown["group"]],
            labels=[
                tr(
                    "{group}: {n} runs, median error {error:.0f} %",
                    group=r.group,
                    n=r.runs,
                    error=100 * float(str(r.median_error)),
                )
                for r in shown.itertuples()
            ],
            size=13,
            colour="ink",
        )
        axis = self.item.getAxis("left")
        axis.setTicks([[(p, _short(str(g))) for p, g in zip(at, shown["group"], strict=True)]])
        axis.setWidth(theme.px(186))
        self.setFixedHeight(theme.px(80 + 34 * len(shown)))
        self.item.setYRange(-0.6, len(shown) - 0.4, padding=0)
        self.mark(chosen)


def _short(name: str) -> str:
    return name if len(name) <= 20 else name[:10] + "…" + name[-8:]
