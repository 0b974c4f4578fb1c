"""What int8 does to each layer: one bar a node, those kept in float marked by word and tone."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyqtgraph as pg
from PySide6.QtGui import QFontMetrics

from advisor.candidates.levers.sensitivity import LayerSensitivity
from advisor.figures import percent
from ui.charts.chart import Chart
from ui.i18n import tr
from ui.theme import theme

_BAR = 0.62
_ROW_PX = 34
_LONGEST_NAME, _HEAD = 32, 19
_ROOM_FOR_WORDS = 2.0
"""Length of the axis over the longest bar: its words stand behind it."""


class LayersChart(Chart):
    """Bars from the first node of the graph (above) to the last."""

    def __init__(self) -> None:
        super().__init__(tr("Change of the outputs when this layer alone is int8"), x_unit="%")
        self.plot.setMinimumHeight(0)
        self.item.showGrid(x=True, y=False, alpha=0.12)
        self.item.getViewBox().invertY(True)
        self.item.getAxis("bottom").setScale(100.0)

    def show_layers(self, layers: Sequence[LayerSensitivity], kept: Collection[str]) -> None:
        """Draw every layer anew; `kept` are the names of nodes that stayed in float."""
        self.clear()
        names = [_name(layer) for layer in layers]
        longest = max((layer.relative_difference for layer in layers), default=1.0) or 1.0
        for place, layer in enumerate(layers):
            in_float = any(node in kept for node in layer.nodes)
            shade = theme.tokens.warning if in_float else theme.tokens.accent
            bar = pg.BarGraphItem(
                x0=[0.0],
                y=[place],
                width=[layer.relative_difference],
                height=_BAR,
                brush=shade,
                pen=None,
            )
            self.item.addItem(bar)
            label = pg.TextItem(_words(layer, in_float), color=theme.tokens.ink, anchor=(0, 0.5))
            label.setFont(theme.font("small"))
            label.setPos(layer.relative_difference, place)
            self.item.addItem(label, ignoreBounds=True)
        self.names(names, upright=True)
        metrics = QFontMetrics(theme.font("small"))
        widest = max((metrics.horizontalAdvance(n) for n in names), default=0)
        self.item.getAxis("left").setWidth(widest + theme.px(14))
        self.item.getViewBox().setRange(
            xRange=(0.0, _ROOM_FOR_WORDS * longest), yRange=(-0.6, len(layers) - 0.4), padding=0
        )
        self.setFixedHeight(theme.px(70 + _ROW_PX * max(len(layers), 2)))


def _words(layer: LayerSensitivity, in_float: bool) -> str:
    words = [percent(layer.relative_difference, 1)]
    if layer.changed_answers is not None:
        words.append(tr("{share} of answers change", share=percent(layer.changed_answers, 1)))
    if in_float:
        words.append(tr("kept in float"))
    return "  ·  ".join(words)


def _name(layer: LayerSensitivity) -> str:
    first = layer.nodes[0]
    name = first
    if len(first) > _LONGEST_NAME:  # the number of the layer mostly stands in front
        name = f"{first[:_HEAD]}…{first[_HEAD - _LONGEST_NAME :]}"
    return name if len(layer.nodes) == 1 else tr("{name} and {n} more", name=name,
                                                 n=len(layer.nodes) - 1)  # fmt: skip
