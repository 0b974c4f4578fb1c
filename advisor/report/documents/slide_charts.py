"""The charts of the slides, native: their numbers can be read and changed where they stand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pptx.chart.data import CategoryChartData, XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
)
from pptx.enum.dml import MSO_PATTERN
from pptx.oxml.ns import qn
from pptx.util import Pt

from advisor.figures import Language, reader_unit, unit_text
from advisor.quantities import Quantity
from advisor.rank.option import Verdict
from advisor.report.abatement import Step, abatement_caption, abatement_steps, visible_steps
from advisor.report.documents.error_bars import add_intervals
from advisor.report.main_chart import one_model
from advisor.report.plane_chart import Point, points_of
from advisor.report.summary import Summary
from advisor.sentences import Sentence, sentence

_INK, _MUTED = RGBColor(0x16, 0x22, 0x2C), RGBColor(0x5B, 0x68, 0x72)
_ACCENT, _RULE = RGBColor(0x0B, 0x64, 0x50), RGBColor(0xD3, 0xDA, 0xDE)
_WHITE = RGBColor(0xFF, 0xFF, 0xFF)
Place = tuple[int, int, int, int]


@dataclass(frozen=True)
class Drawing:
    """A native chart before it is on a slide."""

    title: Sentence
    caption: Sentence
    put: Callable[[Any, Place, Language], None]
    """Puts it among the shapes of a slide, at left, top, width and height."""


def drawing_of(s: Summary) -> Drawing | None:
    """The chart that a summary has; None where nothing can be drawn."""
    if one_model(s):
        points, outside, unit = points_of(s)
        if not points:
            return None
        return Drawing(
            sentence("Carbon saved against accuracy given up"),
            _caption(outside),
            lambda shapes, place, language: _plane(shapes, place, language, points, unit),
        )
    steps = abatement_steps(s)
    if not steps:
        return None
    return Drawing(
        sentence("What the actions save together"),
        abatement_caption(steps),
        lambda shapes, place, language: _abatement(shapes, place, language, steps),
    )


def _caption(outside: int) -> Sentence:
    if not outside:
        return sentence("Options with their 95 % intervals, numbered as in the table of actions.")
    return sentence(
        "Options with their 95 % intervals, numbered as in the table of actions. {count} options "
        "that emit far more lie outside the picture.",
        count=outside,
    )


_OTHERS = {Verdict.NO_REGRET, Verdict.FRONTIER, Verdict.BASELINE}
_CLASSES = (
    (sentence("no measurable loss of accuracy"), {Verdict.NO_REGRET}, XL_MARKER_STYLE.CIRCLE),
    (sentence("gives up accuracy"), {Verdict.FRONTIER}, XL_MARKER_STYLE.SQUARE),
    (sentence("in use today"), {Verdict.BASELINE}, XL_MARKER_STYLE.DIAMOND),
    (sentence("not recommended"), set(Verdict) - _OTHERS, XL_MARKER_STYLE.X),
)
_FILLS, _EDGES = (_ACCENT, _WHITE, _INK, _MUTED), (_ACCENT, _ACCENT, _INK, _MUTED)


def _plane(
    shapes: Any, place: Place, language: Language, points: Sequence[Point], unit: str
) -> None:
    data: Any = XyChartData(number_format="#,##0.0##")
    groups = [[p for p in points if p.action.verdict in kinds] for _, kinds, _ in _CLASSES]
    for (name, _, _), members in zip(_CLASSES, groups, strict=True):
        series = data.add_series(name.text(language))
        for point in members:
            series.add_data_point(point.loss.value, point.saved.value)
    chart = shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, *place, data).chart
    _dress(chart, sentence("Accuracy given up [points]").text(language), unit, language)
    _span(chart.category_axis, [p.loss for p in points])
    _span(chart.value_axis, [p.saved for p in points])
    for number, (series, members) in enumerate(zip(chart.plots[0].series, groups, strict=True)):
        series.format.line.fill.background()
        mark = series.marker
        mark.style, mark.size = _CLASSES[number][2], 9
        mark.format.line.color.rgb = _EDGES[number]
        mark.format.fill.solid()
        mark.format.fill.fore_color.rgb = _FILLS[number]
        add_intervals(series, "x", [p.loss for p in members])
        add_intervals(series, "y", [p.saved for p in members])
        for at, point in enumerate(members):
            if point.action.place is not None:
                label = series.points[at].data_label
                label.position = XL_LABEL_POSITION.ABOVE
                label.text_frame.text = str(point.action.place)
                label.text_frame.paragraphs[0].runs[0].font.size = Pt(11)


def _abatement(shapes: Any, place: Place, language: Language, steps: Sequence[Step]) -> None:
    drawn, unit = visible_steps(steps), reader_unit(steps[-1].cumulative)
    columns = [
        [
            step.cumulative.to(unit) if (step.action.verdict is Verdict.NO_REGRET) is free else None
            for step in drawn
        ]
        for free in (True, False)
    ]
    data: Any = CategoryChartData(number_format="#,##0.0##")
    data.categories = [str(number) for number in range(1, len(drawn) + 1)]
    for (name, _, _), figures in zip(_CLASSES[:2], columns, strict=True):
        data.add_series(name.text(language), [None if q is None else q.value for q in figures])
    chart = shapes.add_chart(XL_CHART_TYPE.COLUMN_STACKED, *place, data).chart
    order = sentence("Recommended actions, in the order of their place").text(language)
    _dress(chart, order, unit, language)
    chart.value_axis.maximum_scale = 1.05 * max(s.cumulative.to(unit).high for s in drawn)
    chart.value_axis.tick_labels.number_format = "General"
    chart.value_axis.tick_labels.number_format_is_linked = False
    plot = chart.plots[0]
    plot.gap_width, plot.overlap = (30 if len(drawn) < 60 else 0), 100
    kept, given = plot.series
    kept.format.fill.solid()
    kept.format.fill.fore_color.rgb = _ACCENT
    given.format.fill.patterned()
    given.format.fill.pattern = MSO_PATTERN.WIDE_UPWARD_DIAGONAL
    given.format.fill.fore_color.rgb = _ACCENT
    given.format.fill.back_color.rgb = _WHITE
    for series, figures in ((kept, columns[0]), (given, columns[1])):
        add_intervals(series, "y", figures)
    _every(chart.category_axis, max(1, len(drawn) // 20))


def _span(axis: Any, figures: Sequence[Quantity]) -> None:
    """Both ends of the axis, so that every interval is seen whole."""
    low, high = min(q.low for q in figures), max(q.high for q in figures)
    step = 10.0 ** math.floor(math.log10(high - low)) / 2 if high > low else 1.0
    axis.minimum_scale = step * math.floor(low / step)
    axis.maximum_scale = step * math.ceil(high / step)


def _dress(chart: Any, across: str, unit: str, language: Language) -> None:
    """Legend above, light grid, named axes: what both charts have in common."""
    chart.font.size, chart.font.color.rgb = Pt(12), _INK
    chart.has_title, chart.has_legend = False, True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    chart.value_axis.major_gridlines.format.line.color.rgb = _RULE
    up = f"{sentence('Saved').text(language)} [{unit_text(unit, language)}]"
    for axis, words in ((chart.value_axis, up), (chart.category_axis, across)):
        axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
        axis.has_title = True
        axis.axis_title.text_frame.text = words
        font = axis.axis_title.text_frame.paragraphs[0].runs[0].font
        font.size, font.bold, font.color.rgb = Pt(12), False, _MUTED


def _every(axis: Any, step: int) -> None:
    """Label only every so many categories, so that labels do not run into one another."""
    skip = axis._element.makeelement(qn("c:tickLblSkip"), {"val": str(step)})
    marks = axis._element.makeelement(qn("c:tickMarkSkip"), {"val": str(step)})
    before = axis._element.find(qn("c:noMultiLvlLbl"))
    for element in (skip, marks):
        if before is None:
            axis._element.append(element)
        else:
            before.addprevious(element)
