"""Abatement curve: carbon saved in all, step by step in the recommended order, to be clicked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ui.charts.chart import Chart
from ui.i18n import tr

MOST_POINTS = 400
"""Points that can be clicked; the line itself shows every step."""


class AbatementChart(Chart):
    """Emits `clicked` with the option of a step."""

    def __init__(self) -> None:
        super().__init__(
            x=tr("Steps, in order"), y=tr("Carbon saved a year"), y_unit="kg CO₂e", legend=True
        )
        self.item.legend.anchor((1, 1), (1, 1), offset=(-10, -10))
        self.setAccessibleName(tr("Abatement curve"))

    def show_curve(self, curve: pd.DataFrame) -> None:
        """Show `advisor.portfolio.abatement_curve`."""
        self.clear()
        steps = np.arange(1, len(curve) + 1)
        totals = curve["cumulated_kg"].to_numpy(float)
        self.line(np.append(0, steps), np.append(0.0, totals), steps=True)
        for verdict, words, colour in (
            ("no regret", tr("no regret"), None),
            ("on the frontier", tr("costs accuracy"), "warning"),
        ):
            rows = np.flatnonzero((curve["verdict"] == verdict).to_numpy())[:MOST_POINTS]
            part = curve.iloc[rows]
            if len(part):
                self.points(
                    words,
                    steps[rows],
                    totals[rows],
                    keys=part["option"].tolist(),
                    labels=part["option"].tolist(),
                    colour=colour,
                    size=7,
                )
