"""The live chart of a benchmark: energy per inference with its interval, block by block; power."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pyqtgraph as pg
from PySide6.QtGui import QFontMetrics

from ui.charts.chart import Chart
from ui.i18n import tr
from ui.live_benchmark import Course
from ui.theme import theme


class EnergyChart(Chart):
    """One colour a candidate: its windows as dots, its figure so far with the 95 % interval."""

    def __init__(self) -> None:
        super().__init__(
            tr("Time"),
            tr("Energy per inference"),
            x_unit="s",
            y_unit="J",
            log_y=True,
        )

    def show_courses(self, courses: Mapping[str, Course]) -> None:
        """Draw every candidate's course anew (some dozens of points each)."""
        self.clear()
        shades = theme.tokens.series
        ends: list[tuple[float, float, str, str]] = []
        for number, (key, course) in enumerate(courses.items()):
            shade = shades[number % len(shades)]
            if course.window_j:
                self._windows(course, shade)
                end = (course.window_at_s[-1], course.window_j[-1], course.name, shade)
                if course.energy:
                    self._figure(key, course, shade)
                    end = (end[0], course.energy[-1].value, *end[2:])
                ends.append(end)
        self._name_ends(ends)

    def _windows(self, course: Course, shade: str) -> None:
        """Every window a small dot, joined by a thin line."""
        self.line(course.window_at_s, course.window_j, colour=shade, width=1.0)
        self.points(None, course.window_at_s, course.window_j, colour=shade, size=5)

    def _figure(self, key: str, course: Course, shade: str) -> None:
        """The figure so far, with its 95 % interval."""
        latest = course.energy[-1]
        self.points(
            None,
            course.window_at_s[-1:],
            [latest.value],
            y_low=[latest.low],
            y_high=[latest.high],
            keys=[key],
            labels=[tr("{name}: {energy}", name=course.name, energy=latest)],
            colour=shade,
        )

    def _name_ends(self, ends: Sequence[tuple[float, float, str, str]]) -> None:
        """Names beside the last points, so far apart that each can be read."""
        if not ends:
            return
        self._make_room([end[2] for end in ends])
        right = max(end[0] for end in ends)
        last = -math.inf
        for _, value, name, shade in sorted(ends, key=lambda end: end[1]):
            height = max(math.log10(value), last + self._line_height())
            label = pg.TextItem(f"  {name}", color=shade, anchor=(0, 0.5))
            label.setFont(theme.font("small"))
            label.setPos(right, height)
            self.item.addItem(label, ignoreBounds=True)
            last = height

    def _make_room(self, names: Sequence[str]) -> None:
        """Leave as much of the plot to the right of the points as the longest name needs."""
        box = self.item.getViewBox()
        box.enableAutoRange(x=True, y=True)
        box.updateAutoRange()
        (left, right), _ = box.viewRange()
        metrics = QFontMetrics(theme.font("small"))
        needed = max(metrics.horizontalAdvance(f"  {name}") for name in names) + theme.px(12)
        share = min(needed / max(box.width(), 1.0), 0.6)
        self.item.setXRange(left, left + (right - left) / (1 - share), padding=0)

    def _line_height(self) -> float:
        low, high = self.item.getViewBox().viewRange()[1]
        pixels = max(self.item.getViewBox().height(), 1.0)
        return (high - low) * theme.px(15) / pixels


class PowerChart(Chart):
    """Power as the meters show it while a benchmark runs; never the measurement itself."""

    def __init__(self) -> None:
        super().__init__(tr("Time"), tr("Power"), x_unit="s", y_unit="W")
        self._curve = self.line([], [], width=1.5)
        self.plot.setMinimumHeight(theme.px(120))

    def show_power(self, samples: Sequence[tuple[float, float]]) -> None:
        """Move the line."""
        self._curve.setData([s[0] for s in samples], [s[1] for s in samples])
