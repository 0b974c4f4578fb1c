"""Loss distribution: share of paths by loss, with and without the plan, VaR marked."""

from __future__ import annotations

import pandas as pd

from ui.charts.chart import Chart
from ui.i18n import tr

_TONES = ("danger", "accent")


class LossDistributionChart(Chart):
    """Step lines of one or two distributions on common bins."""

    def __init__(self, currency: str) -> None:
        super().__init__(
            tr("Loss over the horizon"), tr("Share of paths"), x_unit=currency, legend=True
        )

    def show_losses(
        self, histogram: pd.DataFrame, names: dict[str, str], marks: dict[str, float]
    ) -> None:
        """`histogram` as `advisor.risk.shapes.loss_histogram`; `marks` are VaR 99 % by label."""
        self.clear()
        for tone, label in zip(_TONES, (c for c in histogram if c != "middle"), strict=False):
            name = names[str(label)]
            self.line(histogram["middle"], histogram[label], name=name, colour=tone, steps=True)
            if str(label) in marks:
                self.level(marks[str(label)], tr("VaR 99 %, {name}", name=name), upright=True)
