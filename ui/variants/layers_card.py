"""Which layers suffer from int8, and which were kept in float."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QFrame

from advisor.candidates.levers.sensitivity import LayerSensitivity
from ui.charts.layers import LayersChart
from ui.i18n import tr
from ui.parts import button, column, heading, soft

_MOST_NAMES = 3


class LayersCard(QFrame):
    """The chart, or a button that works it out."""

    def __init__(self, work_out: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.chart = LayersChart()
        self.button = button(tr("Work it out"), work_out, icon_name="play")
        self._words = soft("")
        self.setLayout(
            column(
                heading(tr("Which layers suffer from int8")),
                self._words,
                self.chart,
                self.button,
                margin="large",
            )
        )

    def show_layers(self, layers: Sequence[LayerSensitivity] | None, kept: Sequence[str]) -> None:
        """The layers in the graph's order; None where nobody worked them out."""
        self.chart.setVisible(layers is not None)
        self.button.setVisible(layers is None)
        if layers is None:
            words = tr(
                "Each layer is quantised alone and the answers are compared on the calibration "
                "rows. It takes a few seconds for a small model, minutes for a deep one."
            )
        elif kept:
            words = tr(
                "Mixed precision kept the layers in float that change the answers most: {names}.",
                names=_listed(kept),
            )
        else:
            words = tr("No layer had to be kept in float: int8 stayed within the limits.")
        self._words.setText(words)
        if layers is not None:
            self.chart.show_layers(layers, kept)


def _listed(names: Sequence[str]) -> str:
    shown = tr(", ").join(names[:_MOST_NAMES])
    left = len(names) - _MOST_NAMES
    return tr("{name} and {n} more", name=shown, n=left) if left > 0 else shown
