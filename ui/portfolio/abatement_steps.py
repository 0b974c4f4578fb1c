"""The abatement curve: steps in their order, carbon saved by then; click a step to choose it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from PySide6.QtCore import QPointF, Qt

from ui.charts.chart import Chart
from ui.i18n import tr
from ui.theme import theme

FEW = 60
"""Up to so many steps each gets a mark; with more the line alone shows those without regret."""
MOST_MARKS = 800


class AbatementSteps(Chart):
    """A step chart over the order of steps. Emits `clicked` with the option of any step."""

    def __init__(self, unit: str) -> None:
        super().__init__(
            tr("Changes in their order"), tr("Carbon saved by then"), y_unit=unit, legend=True
        )
        self._options: list[str] = []
        self._label: Callable[[int], str] = str
        scene: Any = self.plot.scene()
        scene.sigMouseClicked.connect(self._clicked_anywhere)
        scene.sigMouseMoved.connect(self._moved)
        self.item.legend.anchor((1, 1), (1, 1), offset=(-theme.px(10), -theme.px(10)))

    def show_curve(
        self, curve: pd.DataFrame, label: Callable[[int], str], verdicts: dict[str, str]
    ) -> None:
        """Show `advisor.portfolio.abatement_curve`; `label` says a step by its number, on hover."""
        self.clear()
        self._options = [str(o) for o in curve["option"]]
        self._label = label
        if not self._options:
            return
        places = np.arange(1, len(curve) + 1, dtype=float)
        heights = curve["cumulated_kg"].to_numpy(float)
        at_zero = np.concatenate([[0.0], places]), np.concatenate([[0.0], heights])
        many = len(curve) > FEW
        self.line(*at_zero, steps=True, name=verdicts["no regret"] if many else None)
        for verdict, symbol, colour in (
            ("no regret", "o", "accent"),
            ("on the frontier", "d", "warning"),
        ):
            at = np.flatnonzero((curve["verdict"] == verdict).to_numpy())[:MOST_MARKS]
            if len(at) and not (many and verdict == "no regret"):
                self.points(
                    verdicts[verdict],
                    places[at],
                    heights[at],
                    keys=[self._options[int(i)] for i in at],
                    labels=[label(int(i)) for i in at],
                    symbol=symbol,
                    size=9,
                    colour=colour,
                )
        self._marked = {
            option: (float(x), float(y))
            for option, x, y in zip(self._options, places, heights, strict=True)
        }

    def step_near(self, x: float) -> int | None:
        """Number of the step at a place of the x axis."""
        if not self._options:
            return None
        return int(np.clip(round(x) - 1, 0, len(self._options) - 1))

    def _clicked_anywhere(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton or event.isAccepted():
            return
        number = self._step_at(event.scenePos())
        if number is not None:
            self.clicked.emit(self._options[number])

    def _moved(self, place: QPointF) -> None:
        number = self._step_at(place)
        self.plot.setToolTip("" if number is None else self._label(number))

    def _step_at(self, place: QPointF) -> int | None:
        box = self.item.getViewBox()
        if not box.sceneBoundingRect().contains(place):
            return None
        return self.step_near(box.mapSceneToView(place).x())
