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
        for tone, label in zip(_TONES, labels, strict=False):
            self.band(histogram["middle"], histogram[label] * 0.0, histogram[label], colour=tone)
            words = tr("{name} (dashes: VaR 99 %)", name=names[label])
            self.line(histogram["middle"], histogram[label], name=words, colour=tone)
            if label in marks:
                self.level(marks[label], upright=True, colour=tone)
