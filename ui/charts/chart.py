"""The base of every chart: pyqtgraph in our colours, with error bars, log ticks, hover and export.

    chart = Chart(x=tr("Accuracy lost"), y=tr("Carbon saved"), x_unit=tr("points"))
    chart.points("no regret", xs, ys, x_low=…, x_high=…, y_low=…, y_high=…, keys=keys, labels=names)
    chart.line(xs, ys)            # in the accent colour
    chart.clicked.connect(self.session.select)

Log axes take plain values: the chart takes the logarithm itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QPainter,
    QPixmap,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QMenu, QVBoxLayout, QWidget

from ui.charts.axis import FigureAxis
from ui.i18n import tr
from ui.theme import theme

_EXPORT_RATIO = 2
"""Pixels of an exported picture for each pixel on the screen."""
Floats = NDArray[np.float64]


class Chart(QWidget):
    """One plot with two labelled axes. Emits `clicked` with the key of a point."""

    clicked = Signal(str)

    def __init__(
        self,
        x: str = "",
        y: str = "",
        *,
        x_unit: str = "",
        y_unit: str = "",
        log_x: bool = False,
        log_y: bool = False,
        legend: bool = False,
    ) -> None:
        super().__init__()
        pg.setConfigOptions(antialias=True)
        self._log = (log_x, log_y)
        self._keys: dict[int, list[str]] = {}
        self._marked: dict[str, tuple[float, float]] = {}
        axes = {
            "bottom": FigureAxis("bottom", x, x_unit, log=log_x),
            "left": FigureAxis("left", y, y_unit, log=log_y),
        }
        self.plot = pg.PlotWidget(axisItems=axes, background=theme.tokens.surface)
        self.item: Any = self.plot.getPlotItem()
        self.item.setMenuEnabled(False)
        self.item.hideButtons()
        self.item.getViewBox().setDefaultPadding(0.08)
        self.plot.setFrameShape(self.plot.Shape.NoFrame)
        self.plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.plot.setMinimumHeight(theme.px(220))
        self.item.showGrid(x=True, y=True, alpha=0.12)
        if legend:
            self.item.addLegend(
                offset=(-10, 10),
                labelTextColor=theme.tokens.ink_soft,
                labelTextSize=f"{theme.px(12)}px",
                brush=None,
                pen=None,
            )
        self._ring = pg.ScatterPlotItem(
            size=theme.px(20), pen=pg.mkPen(theme.tokens.accent, width=2), brush=None
        )
        self._ring.setZValue(50)
        self.item.addItem(self._ring)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)

    # -- what is drawn -----------------------------------------------------------------------

    def clear(self) -> None:
        """Take everything away."""
        self.item.clear()
        self._keys.clear()
        self._marked.clear()
        self._ring.setData([], [])
        self.item.addItem(self._ring)

    def line(
        self,
        xs: ArrayLike,
        ys: ArrayLike,
        *,
        name: str | None = None,
        colour: str | None = None,
        dashed: bool = False,
        width: float = 2.0,
        steps: bool = False,
    ) -> Any:
        """A line through points; returns the curve, whose `setData` moves it."""
        pen = pg.mkPen(self.shade(colour), width=theme.px(width))
        if dashed:
            pen.setStyle(Qt.PenStyle.DashLine)
        x, y = self._placed(xs, 0), self._placed(ys, 1)
        curve = pg.PlotDataItem(x, y, pen=pen, name=name, stepMode="right" if steps else None)
        self.item.addItem(curve)
        return curve

    def band(
        self, xs: ArrayLike, low: ArrayLike, high: ArrayLike, *, colour: str | None = None
    ) -> None:
        """A band between two lines: an interval over x."""
        x = self._placed(xs, 0)
        edges = [
            pg.PlotDataItem(x, self._placed(end, 1), pen=pg.mkPen(None)) for end in (low, high)
        ]
        tone = QColor(self.shade(colour))
        tone.setAlphaF(0.16)
        for edge in edges:
            self.item.addItem(edge)
        self.item.addItem(pg.FillBetweenItem(edges[0], edges[1], brush=tone))

    def bars(
        self,
        positions: ArrayLike,
        heights: ArrayLike,
        *,
        width: float = 0.6,
        base: ArrayLike | None = None,
        colour: str | None = None,
        name: str | None = None,
    ) -> None:
        """Upright bars at positions; `base` stacks them."""
        brush = pg.mkBrush(self.shade(colour))
        heights = np.asarray(heights, float)
        below = np.zeros(len(heights)) if base is None else np.asarray(base, float)
        self.item.addItem(
            pg.BarGraphItem(
                x=np.asarray(positions, float),
                y0=below,
                height=heights,
                width=width,
                brush=brush,
                pen=pg.mkPen(None),
                name=name,
            )
        )

    def points(
        self,
        name: str | None,
        xs: ArrayLike,
        ys: ArrayLike,
        *,
        x_low: ArrayLike | None = None,
        x_high: ArrayLike | None = None,
        y_low: ArrayLike | None = None,
        y_high: ArrayLike | None = None,
        keys: Sequence[str] = (),
        labels: Sequence[str] = (),
        colour: str | None = None,
        symbol: str = "o",
        hollow: bool = False,
        size: float = 10,
    ) -> None:
        """Points with 95 % error bars; `keys` are emitted by `clicked`, `labels` shown on hover."""
        x, y = self._placed(xs, 0), self._placed(ys, 1)
        tone = self.shade(colour)
        self._error_bars(x, y, (x_low, x_high, 0), tone)
        self._error_bars(x, y, (y_low, y_high, 1), tone)
        scatter = pg.ScatterPlotItem(
            x=x,
            y=y,
            data=list(keys) if keys else None,
            symbol=symbol,
            size=theme.px(size),
            pen=pg.mkPen(tone if hollow else theme.tokens.surface, width=2 if hollow else 1),
            brush=pg.mkBrush(theme.tokens.surface if hollow else tone),
            hoverable=True,
            hoverSize=theme.px(size + 4),
            name=name,
            tip=_tip(dict(zip(keys, labels, strict=False))),
        )
        scatter.setZValue(20)
        scatter.sigClicked.connect(self._chosen)
        self.item.addItem(scatter)
        for key, px, py in zip(keys, x, y, strict=False):
            self._marked[key] = (float(px), float(py))

    def pale_bars(
        self, xs: ArrayLike, ys: ArrayLike, low: ArrayLike, high: ArrayLike, colour: str
    ) -> None:
        """Thin upright bars behind points: an interval that says less than their own."""
        x, y = self._placed(xs, 0), self._placed(ys, 1)
        self._error_bars(x, y, (low, high, 1), self.shade(colour), strength=0.22)

    def word(self, x: float, y: float, words: str, *, colour: str = "ink_soft") -> None:
        """Words beside a place in the plot."""
        label = pg.TextItem(words, color=getattr(theme.tokens, colour), anchor=(0, 1))
        label.setFont(theme.font("small"))
        label.setPos(float(self._placed([x], 0)[0]), float(self._placed([y], 1)[0]))
        label.setZValue(30)
        self.item.addItem(label, ignoreBounds=True)

    def words(self, placed: Sequence[tuple[float, float, str]], *, colour: str = "ink") -> None:
        """Words beside several places, moved apart where they would cover each other."""
        box = self.item.getViewBox()
        box.updateAutoRange()
        (left, right), (low, high) = box.viewRange()
        wide, tall = max(box.width(), 1.0), max(box.height(), 1.0)
        metrics = QFontMetrics(theme.font("small"))
        taken: list[QRectF] = []
        for x, y, words in sorted(placed, key=lambda p: p[1]):
            at_x = (float(self._placed([x], 0)[0]) - left) / (right - left) * wide
            at_y = (high - float(self._placed([y], 1)[0])) / (high - low) * tall
            size = (metrics.horizontalAdvance(words) + theme.px(8), metrics.height())
            place = QRectF(at_x, at_y - size[1], *size)
            while any(place.intersects(other) for other in taken):
                place.translate(0, -size[1])
            taken.append(place)
            label = pg.TextItem(
                words,
                color=getattr(theme.tokens, colour),
                anchor=(0, 0.5),
                fill=theme.colour("surface", 0.7),
            )
            label.setFont(theme.font("small"))
            middle = place.center().y()
            label.setPos(left + at_x / wide * (right - left), high - middle / tall * (high - low))
            label.setZValue(15)
            self.item.addItem(label, ignoreBounds=True)

    def level(
        self,
        value: float,
        words: str = "",
        *,
        upright: bool = False,
        colour: str = "line_strong",
    ) -> None:
        """A thin line across the plot at a value, with a word: a limit, a zero, a target."""
        axis = 0 if upright else 1
        line = pg.InfiniteLine(
            float(self._placed([value], axis)[0]),
            angle=90 if upright else 0,
            pen=pg.mkPen(self.shade(colour), width=theme.px(1), style=Qt.PenStyle.DashLine),
            label=words or None,
            labelOpts={"color": theme.tokens.ink_faint, "position": 0.92},
        )
        self.item.addItem(line, ignoreBounds=True)

    def mark(self, key: str | None) -> None:
        """Ring the point of a key (linked selection)."""
        place = self._marked.get(key or "")
        self._ring.setData([place[0]], [place[1]]) if place else self._ring.setData([], [])

    def names(self, words: Sequence[str], *, upright: bool = False) -> None:
        """Put words instead of numbers at 0, 1, 2 … of the x axis (or the y axis)."""
        axis = self.item.getAxis("left" if upright else "bottom")
        axis.setTicks([list(enumerate(words))])

    def place_of(self, key: str) -> QPointF | None:
        """Where a key's point lies in the plot widget (for the keyboard and for tests)."""
        place = self._marked.get(key)
        if place is None:
            return None
        scene = self.item.getViewBox().mapViewToScene(QPointF(*place))
        return QPointF(self.plot.mapFromScene(scene))

    # -- export ------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Write the chart as PNG or SVG, by the suffix."""
        area = QRectF(self.plot.viewport().rect())
        if path.suffix.lower() == ".svg":
            drawing = QSvgGenerator()
            drawing.setFileName(str(path))
            drawing.setViewBox(area)
            painter = QPainter(drawing)
            self.plot.render(painter, area)
            painter.end()
            return
        picture = QPixmap((area.size() * _EXPORT_RATIO).toSize())
        picture.fill(QColor(theme.tokens.surface))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.plot.render(painter, QRectF(picture.rect()))
        painter.end()
        picture.save(str(path))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        for action in self.export_actions(menu):
            menu.addAction(action)
        menu.exec(event.globalPos())

    def export_actions(self, parent: QWidget) -> list[QAction]:
        """Actions that export the chart, for a menu."""
        save = QAction(tr("Export chart …"), parent)
        save.triggered.connect(self._ask_and_save)
        whole = QAction(tr("Show everything"), parent)
        whole.triggered.connect(lambda: self.item.getViewBox().autoRange())
        return [save, whole]

    def _ask_and_save(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, tr("Export chart"), "chart.svg", "SVG (*.svg);;PNG (*.png)"
        )
        if chosen:
            self.save(Path(chosen))

    # -- inside ------------------------------------------------------------------------------

    def shade(self, colour: str | None) -> str:
        """A token's colour, a colour itself, or the accent."""
        if colour is None:
            return theme.tokens.accent
        return colour if colour.startswith("#") else getattr(theme.tokens, colour)

    def _placed(self, values: ArrayLike, axis: int) -> Floats:
        plain = np.asarray(values, float)
        if not self._log[axis]:
            return plain
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(plain > 0, np.log10(plain), np.nan)

    def _error_bars(
        self,
        x: Floats,
        y: Floats,
        ends: tuple[ArrayLike | None, ArrayLike | None, int],
        tone: str,
        strength: float = 0.6,
    ) -> None:
        low, high, axis = ends
        if low is None or high is None or not len(x):
            return
        centre = (x, y)[axis]
        below = np.nan_to_num(centre - self._placed(low, axis))
        above = np.nan_to_num(self._placed(high, axis) - centre)
        sides = {"left": below, "right": above} if axis == 0 else {"bottom": below, "top": above}
        colour = QColor(tone)
        colour.setAlphaF(strength)
        bars = pg.ErrorBarItem(x=x, y=y, pen=pg.mkPen(colour, width=theme.px(1.5)), **sides)
        bars.setZValue(10)
        self.item.addItem(bars)

    def _chosen(self, _: object, points: Sequence[Any]) -> None:
        for point in points:
            if point.data():
                self.clicked.emit(str(point.data()))
                return


def _tip(words: dict[str, str]) -> Callable[..., str]:
    def tip(x: float, y: float, data: object) -> str:
        return words.get(str(data), str(data) if data else "")

    return tip
