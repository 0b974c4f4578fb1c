"""Accuracy against the number of trees an ensemble keeps, with the least that is allowed."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.candidates.levers.fewer_trees import CurvePoint
from ui.charts.chart import Chart
from ui.i18n import tr
from ui.theme import theme


class TreeCurveChart(Chart):
    """Points from the fewest trees to all of them."""

    def __init__(self, metric: str) -> None:
        super().__init__(tr("Trees kept"), metric, y_unit=tr("points"))
        self.plot.setFixedHeight(theme.px(230))

    def show_curve(self, curve: Sequence[CurvePoint], least: float | None) -> None:
        """Show a curve; `least` is the accuracy that must be kept (None: no such limit)."""
        self.clear()
        trees = [float(point.trees) for point in curve]
        values = [point.accuracy_points for point in curve]
        self.line(trees, values)
        self.points(None, trees, values, labels=[f"{v:.1f}" for v in values])
        drawn = [*values, *([least] if least is not None else [])]
        self.item.setYRange(min(drawn), max(drawn))
        if least is not None:
            self.level(least, tr("accuracy limit"), colour="warning")
