"""Points that a cascade loses against the share it hands on, threshold by threshold."""

from __future__ import annotations

from advisor.candidates.levers.cascade import CascadePlan
from ui.charts.chart import Chart
from ui.i18n import tr
from ui.theme import theme


class CascadeCurveChart(Chart):
    """The threshold that was chosen is marked."""

    def __init__(self, plan: CascadePlan) -> None:
        super().__init__(
            tr("Share that goes on to the large model"),
            tr("Accuracy lost"),
            x_unit="%",
            y_unit=tr("points"),
        )
        self.plot.setFixedHeight(theme.px(200))
        chosen = plan.chosen
        self.line([p.escalated_percent for p in plan.curve], [p.loss_points for p in plan.curve])
        self.points(
            None,
            [chosen.escalated_percent],
            [chosen.loss_points],
            labels=[tr("threshold {threshold}", threshold=f"{chosen.threshold:.3f}")],
        )
        self.level(0.0)
