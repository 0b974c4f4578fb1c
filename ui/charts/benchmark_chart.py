"""The live chart of a benchmark: energy per inference with its interval, block by block; power."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pyqtgraph as pg

from ui.charts.chart import Chart
from ui.i18n import tr
from ui.live_benchmark import Course
from ui.theme import theme


class EnergyChart(Chart):
    """One line a candidate: where its figure stands after each block; the band is 95 %."""

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
            if not course.energy:
                continue
            shade = shades[number % len(shades)]
            values = [q.value for q in course.energy]
            self.band(
                course.at_s,
                [q.low for q in course.energy],
                [q.high for q in course.energy],
                colour=shade,
            )
            self.line(course.at_s, values, colour=shade)
            self.points(
                None,
                course.at_s[-1:],
                values[-1:],
                y_low=[course.energy[-1].low],
                y_high=[course.energy[-1].high],
                keys=[key],
                labels=[course.name],
                colour=shade,
            )
            ends.append((course.at_s[-1], values[-1], course.name, shade))
        self._name_ends(ends)

    def _name_ends(self, ends: Sequence[tuple[float, float, str, str]]) -> None:
        """Names beside the last points, so far apart that each can be read."""
        last = -math.inf
        for at_s, value, name, shade in sorted(ends, key=lambda end: end[1]):
            height = max(math.log10(value), last + self._line_height())
            label = pg.TextItem(name, color=shade, anchor=(0, 0.5))
            label.setFont(theme.font("small"))
            label.setPos(at_s, height)
            self.item.addItem(label, ignoreBounds=True)
            last = height
        if ends:
            self.item.getViewBox().setLimits(xMin=0)
            longest = max(end[0] for end in ends)
            self.item.setXRange(0, longest * 1.45, padding=0.02)

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
