"""The options of one model on the plane of accuracy given up and carbon saved, as a chart.

A point bears its place in the table of actions, or its name where it has none; points that lie on
one another share a label. The line is the efficient frontier: from the model in use to the best
option that costs no accuracy, then along what gives accuracy up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib import patheffects
from matplotlib.axes import Axes

from advisor.figures import Language, reader_unit, unit_text
from advisor.quantities import Quantity
from advisor.rank.option import Verdict
from advisor.report.chart import (
    ACCENT,
    INK,
    LIGHT,
    MUTED,
    RULE,
    STYLE,
    Chart,
    add_key,
    fonts,
    marker,
    new_axes,
)
from advisor.report.summary import Action, Summary
from advisor.sentences import Sentence, sentence

_CLOSE = 0.05
"""Share of the width or height of the picture below which two points share a label."""


@dataclass(frozen=True)
class Point:
    """An option on the plane; `loss` in points, `saved` in the unit of the picture."""

    action: Action
    loss: Quantity
    saved: Quantity


def points_of(s: Summary) -> tuple[list[Point], int, str]:
    """The points that are shown, how many lie too far below to be shown, and the unit of saving."""
    known = [a for a in s.options if a.accuracy_loss is not None]
    if not known:
        return [], 0, ""
    largest = max(known, key=lambda a: a.saved.value).saved
    unit = reader_unit(largest)
    floor = -0.6 * abs(largest.to(unit).value)
    points = [
        Point(a, a.accuracy_loss, a.saved.to(unit)) for a in known if a.accuracy_loss is not None
    ]
    shown = [p for p in points if p.saved.value > floor]
    return shown, len(points) - len(shown), unit


def frontier_line(points: Sequence[Point]) -> list[tuple[float, float]]:
    """Corners of the efficient frontier, as on the page Compare; one alone where there is none."""
    free = [p.saved.value for p in points if p.action.verdict is Verdict.NO_REGRET]
    given = sorted(
        (p.loss.value, p.saved.value) for p in points if p.action.verdict is Verdict.FRONTIER
    )
    return [(0.0, 0.0), *([(0.0, max(free))] if free else []), *given]


def plane_chart(s: Summary, language: Language, size: tuple[float, float]) -> Chart | None:
    """The plane; `size` in inches. None where the accuracy of no option is known."""
    points, outside, unit = points_of(s)
    if not points:
        return None
    with mpl.rc_context(STYLE | fonts()):
        figure, axes = new_axes(size)
        axes.axhline(0, color=RULE, lw=0.8, zorder=0)
        axes.axvline(0, color=RULE, lw=0.8, zorder=0)
        for point in points:
            _draw(axes, point)
        line = frontier_line(points)
        axes.plot([x for x, _ in line], [y for _, y in line], color=ACCENT, lw=1.0, zorder=1)
        axes.margins(x=0.08, y=0.1)
        axes.set_xlabel(sentence("Accuracy given up [points]").text(language))
        axes.set_ylabel(f"{sentence('Saved').text(language)} [{unit_text(unit, language)}]")
        _label(axes, points, language)
        marks = (
            (marker(ACCENT, "o"), sentence("no measurable loss of accuracy")),
            (marker("white", "s"), sentence("gives up accuracy")),
            (marker(INK, "D"), sentence("in use today")),
            (marker(LIGHT, "x"), sentence("not recommended")),
        )
        add_key(axes, marks, language)
    return Chart(sentence("Carbon saved against accuracy given up"), plane_caption(outside), figure)


def plane_caption(outside: int) -> Sentence:
    """What the picture shows, and what lies outside it."""
    if not outside:
        return sentence(
            "Options with their 95 % intervals, numbered as in the table of actions; the green "
            "line is the efficient frontier."
        )
    return sentence(
        "Options with their 95 % intervals, numbered as in the table of actions; the green line is "
        "the efficient frontier. {count} options that emit far more lie outside the picture.",
        count=outside,
    )


def _draw(axes: Axes, point: Point) -> None:
    loss, saved = point.loss, point.saved
    fill, shape = {
        Verdict.NO_REGRET: (ACCENT, "o"),
        Verdict.BASELINE: (INK, "D"),
        Verdict.FRONTIER: ("white", "s"),
    }.get(point.action.verdict, (MUTED, "x"))
    axes.errorbar(
        loss.value,
        saved.value,
        xerr=[[max(0.0, loss.value - loss.low)], [max(0.0, loss.high - loss.value)]],
        yerr=[[max(0.0, saved.value - saved.low)], [max(0.0, saved.high - saved.value)]],
        fmt=shape,
        ms=5,
        mfc=fill,
        mec=MUTED if shape == "x" else ACCENT,
        mew=1.1,
        ecolor=MUTED,
        elinewidth=0.6,
        capsize=0,
        zorder=3,
    )


def _label(axes: Axes, points: Sequence[Point], language: Language) -> None:
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    clusters: list[list[Point]] = []
    for point in sorted(points, key=lambda p: p.loss.value):
        near = next(
            (
                c
                for c in clusters
                if any(
                    abs(p.loss.value - point.loss.value) < _CLOSE * (right - left)
                    and abs(p.saved.value - point.saved.value) < _CLOSE * (top - bottom)
                    for p in c
                )
            ),
            None,
        )
        if near is None:
            clusters.append([point])
        else:
            near.append(point)
    for cluster in clusters:
        rightmost = max(cluster, key=lambda p: p.loss.value)
        words = axes.annotate(
            ", ".join(_name(a, language) for a in sorted((p.action for p in cluster), key=_order)),
            (rightmost.loss.value, max(p.saved.value for p in cluster)),
            textcoords="offset points",
            xytext=(5, 5),
            fontsize=7.5,
            color=INK,
            zorder=5,
        )
        words.set_path_effects([patheffects.withStroke(linewidth=2.2, foreground="white")])


def _order(action: Action) -> int:
    return 10**6 if action.place is None else action.place


def _name(action: Action, language: Language) -> str:
    if action.place is not None:
        return str(action.place)
    if action.verdict is Verdict.BASELINE:
        return ""
    return sentence(action.name).text(language)
