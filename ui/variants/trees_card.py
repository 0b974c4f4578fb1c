"""The accuracy of a tree ensemble by how many trees it keeps, before one is chosen."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from advisor.candidates.guard import Limits
from advisor.candidates.levers.fewer_trees import TreeCurve
from ui.charts.tree_curve import TreeCurveChart
from ui.i18n import tr
from ui.pages.page import clear
from ui.parts import column, heading, notice, soft


class TreesCard(QFrame):
    """Hidden while the model has no trees or the data no labels."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.chart: TreeCurveChart | None = None
        self._curve: TreeCurve | None = None
        self._inside: QVBoxLayout = column(space="small")
        self.setLayout(column(heading(tr("Accuracy by number of trees")), self._inside,
                              margin="large"))  # fmt: skip
        self.hide()

    def show_curve(self, curve: TreeCurve | None, limits: Limits) -> None:
        """Show the curve with the limit that follows from its last point, which is the model."""
        if curve is not None and curve == self._curve:  # drawn anew it would flicker
            self.limit(limits)
            return
        self._curve = curve
        clear(self._inside)
        self.setVisible(curve is not None)
        if curve is None:
            return
        words = tr(
            "On the {n} rows that calibrate; other rows judge what the search makes of it.",
            n=curve.samples,
        )
        self._inside.addWidget(soft(words))
        if curve.too_good:
            words = tr(
                "The whole ensemble makes no error on these rows. If they trained it, the curve "
                "says nothing about other rows; calibrate with rows it has not seen."
            )
            self._inside.addWidget(notice(words, level="warning"))
        self.chart = TreeCurveChart(tr(curve.metric))
        self.chart.show_curve(curve.points, curve.least(limits))
        self._inside.addWidget(self.chart)

    def limit(self, limits: Limits) -> None:
        """Move the limit."""
        if self._curve is not None and self.chart is not None:
            self.chart.show_curve(self._curve.points, self._curve.least(limits))
