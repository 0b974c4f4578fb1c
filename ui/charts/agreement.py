"""Predicted against measured: every run left out with its group, its interval, the identity."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyqtgraph as pg
from PySide6.QtGui import QColor

from advisor.figures import unit_text
from ui.charts.chart import Chart
from ui.i18n import language, tr
from ui.theme import theme

_FAINT = 0.16
_FAINTEST = 0.05


class AgreementChart(Chart):
    """Log-log; a run outside its interval has a shape of its own. Emits `clicked` with its key."""

    def __init__(self) -> None:
        unit = unit_text("J", language.code)
        super().__init__(
            tr("Measured"),
            tr("Predicted, its group left out"),
            x_unit=unit,
            y_unit=unit,
            log_x=True,
            log_y=True,
            legend=True,
        )
        self.item.legend.anchor((1, 1), (1, 1), offset=(-theme.px(8), -theme.px(8)))

    def show_points(self, points: pd.DataFrame, chosen: str | None, group: str) -> None:
        """`points` as `advisor.predict.picture.LeftOut`; only a chosen group keeps its colour."""
        self.clear()
        ends = [
            float(points[["measured_j", "predicted_j"]].to_numpy().min()) / 1.6,
            float(points[["measured_j", "predicted_j"]].to_numpy().max()) * 1.6,
        ]
        self.line(ends, ends, name=tr("predicted = measured"), colour="ink_faint", width=1.2)
        if chosen is not None:
            self._quiet(points[points[group] != chosen])
            points = points[points[group] == chosen]
        self._intervals(points)
        inside = points["measured_j"].between(points["predicted_j_low"], points["predicted_j_high"])
        local = points["local"].astype(bool)
        self._group(points[inside & ~local], tr("inside its 95 % interval"), "o", "accent")
        self._group(points[~inside & ~local], tr("outside"), "d", "warning")
        self._group(points[local], tr("measured here"), "star", "ink")

    def _group(self, points: pd.DataFrame, name: str, symbol: str, colour: str) -> None:
        if points.empty:
            return
        self.points(
            name,
            points["measured_j"],
            points["predicted_j"],
            keys=[str(k) for k in points["key"]],
            labels=[f"{m}\n{d}" for m, d in zip(points["model"], points["device"], strict=True)],
            symbol=symbol,
            colour=colour,
            size={"o": 6, "d": 9, "star": 15}[symbol],
        )

    def _quiet(self, points: pd.DataFrame) -> None:
        tone = QColor(theme.tokens.ink_faint)
        tone.setAlphaF(_FAINT)
        self.item.addItem(
            pg.ScatterPlotItem(
                x=self._placed(points["measured_j"], 0),
                y=self._placed(points["predicted_j"], 1),
                size=theme.px(5),
                pen=pg.mkPen(None),
                brush=pg.mkBrush(tone),
            )
        )

    def _intervals(self, points: pd.DataFrame) -> None:
        """Thin lines, the thinner the more there are: two thousand bars would hide the points."""
        if points.empty:
            return
        x = self._placed(points["measured_j"], 0)
        low = self._placed(points["predicted_j_low"], 1)
        high = self._placed(points["predicted_j_high"], 1)
        tone = QColor(theme.tokens.accent)
        tone.setAlphaF(float(np.clip(40 / len(points), _FAINTEST, 0.5)))
        curve = pg.PlotDataItem(
            np.repeat(x, 2),
            np.column_stack([low, high]).ravel(),
            pen=pg.mkPen(tone, width=1),
            connect="pairs",
        )
        self.item.addItem(curve, ignoreBounds=True)
