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
        top = float(histogram.drop(columns="middle").to_numpy().max())
        labels = [str(c) for c in histogram if c != "middle"]
        heights = (0.72, 0.60)
        for tone, label, height in zip(_TONES, labels, heights, strict=False):
            name = names[label]
            self.line(histogram["middle"], histogram[label], name=name, colour=tone, steps=True)
            if label in marks:
                self.level(marks[label], upright=True)
                self.word(marks[label], height * top, tr("VaR 99 %, {name}", name=name))
