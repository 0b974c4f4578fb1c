"""Loss distribution: share of paths by loss, with and without the plan, VaR marked."""

from __future__ import annotations

import pandas as pd

from ui.charts.chart import Chart
from ui.i18n import tr

_TONES = ("danger", "accent")


class LossDistributionChart(Chart):
    """Filled steps of one or two distributions on common bins."""

    def __init__(self) -> None:
        super().__init__(tr("Loss over the horizon"), tr("Share of paths"), legend=True)

    def show_losses(
        self,
        histogram: pd.DataFrame,
        names: dict[str, str],
        marks: dict[str, float],
        currency: str,
    ) -> None:
        """`histogram` as `advisor.risk.shapes.loss_histogram`; `marks` are VaR 99 % by label."""
        self.clear()
        self.item.getAxis("bottom").setLabel(f"{tr('Loss over the horizon')} [{currency}]")
        labels = [str(c) for c in histogram if c != "middle"]
        top = float(histogram[labels].to_numpy().max())
        heights = (0.62, 0.62)
        for tone, label, height in zip(_TONES, labels, heights, strict=False):
            self.band(histogram["middle"], histogram[label] * 0.0, histogram[label], colour=tone)
            self.line(histogram["middle"], histogram[label], name=names[label], colour=tone)
            if label in marks:
                self.level(marks[label], upright=True, colour=tone)
                words = tr("VaR 99 %, {name}", name=names[label])
                first = len(marks) > 1 and marks[label] == min(marks.values())
                self.word(marks[label], height * top, words, colour=tone, left=first)
