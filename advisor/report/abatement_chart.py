"""The abatement curve as a chart: cumulative saving over the actions, with its 95 % band."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from advisor.figures import Language, reader_unit, unit_text
from advisor.rank.option import Verdict
from advisor.report.abatement import Step, abatement_caption, visible_steps
from advisor.report.chart import ACCENT, INK, STYLE, Chart, add_key, fonts, new_axes
from advisor.sentences import sentence


def abatement_chart(steps: list[Step], language: Language, size: tuple[float, float]) -> Chart:
    """The curve over the steps; `size` in inches."""
    unit = reader_unit(steps[-1].cumulative)
    with mpl.rc_context(STYLE | fonts()):
        figure, axes = new_axes(size)
        drawn = visible_steps(steps)
        shown = [step.cumulative.to(unit) for step in drawn]
        for free in (True, False):
            heights = [
                top.value if (step.action.verdict is Verdict.NO_REGRET) is free else 0.0
                for step, top in zip(drawn, shown, strict=True)
            ]
            _columns(axes, heights, free=free)
        places = range(1, len(drawn) + 1)
        for ends in ([q.high for q in shown], [q.low for q in shown]):
            axes.plot(places, ends, color="white", lw=2.6)  # keeps the line visible on the columns
            axes.plot(places, ends, color=INK, lw=0.9, ls=(0, (4, 2)))
        axes.set_xlim(0.3, len(drawn) + 0.7)
        axes.set_ylim(0, max(q.high for q in shown) * 1.08)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel(sentence("Recommended actions, in the order of their place").text(language))
        axes.set_ylabel(f"{sentence('Saved').text(language)} [{unit_text(unit, language)}]")
        add_key(
            axes,
            (
                (
                    Patch(fc=ACCENT, ec=ACCENT),
                    sentence("no measurable loss of accuracy"),
                ),
                (
                    Patch(fc="white", ec=ACCENT, hatch="/////"),
                    sentence("gives up accuracy"),
                ),
                (
                    Line2D([], [], color=INK, lw=0.8, ls=(0, (4, 2))),
                    sentence("95 % interval of the sum"),
                ),
            ),
            language,
        )
    return Chart(
        sentence("What the actions save together"),
        abatement_caption(steps),
        figure,
    )


def _columns(axes: Axes, heights: list[float], *, free: bool) -> None:
    """Columns of one class; as one outline where there are too many to be told apart."""
    look: dict[str, Any] = {
        "facecolor": ACCENT if free else "white",
        "edgecolor": ACCENT,
        "hatch": None if free else "/////",
    }
    count = len(heights)
    if count < 60:
        axes.bar(range(1, count + 1), heights, width=0.72, linewidth=0.6, **look)
    else:
        edges = [place + 0.5 for place in range(count + 1)]
        axes.stairs(heights, edges, fill=True, linewidth=0.0, **look)
