"""The charts of the documents, as SVG with the shipped fonts; the same figures give the same bytes.

Two charts: the efficient frontier of one model (accuracy given up against carbon saved, 95 %
intervals drawn) and the abatement curve of many (cumulative saving over the actions in the order of
their place, with its 95 % band). Both tell their classes apart by lightness, marker and hatching,
so they survive a grey printer.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from advisor.figures import Language, reader_unit, unit_text
from advisor.profiles import shipped_profiles_folder
from advisor.rank.option import Verdict
from advisor.report.abatement import Step, abatement_caption, abatement_steps, visible_steps
from advisor.report.summary import Action, Summary
from advisor.sentences import Sentence, sentence

INK, MUTED, RULE = "#16222c", "#5b6872", "#d3dade"
ACCENT, LIGHT = "#0b6450", "#b9d6cc"
_STYLE: Any = {
    "svg.hashsalt": "carbon-advisor",
    "svg.fonttype": "path",
    "font.family": ["Noto Sans JP"],
    "font.size": 8,
    "axes.unicode_minus": True,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "hatch.linewidth": 0.7,
}


@dataclass(frozen=True)
class Chart:
    """A chart with the sentence that says what it shows (its caption and alternative text)."""

    title: Sentence
    caption: Sentence
    figure: Figure

    @property
    def svg(self) -> str:
        """The drawing as one `<svg>` element; text as outlines, so no reader lacks a glyph."""
        out = io.BytesIO()
        with mpl.rc_context(_STYLE | _fonts()):
            FigureCanvasSVG(self.figure).print_svg(out, metadata={"Date": None, "Creator": None})
        text = out.getvalue().decode("utf-8")
        return text[text.index("<svg") :]

    @property
    def png(self) -> bytes:
        """The drawing as a picture of 220 dots per inch, for formats that know no SVG."""
        out = io.BytesIO()
        with mpl.rc_context(_STYLE | _fonts()):
            self.figure.set_dpi(220)
            FigureCanvasAgg(self.figure).print_png(out, metadata={"Software": None})
        return out.getvalue()


def main_chart(
    s: Summary, language: Language, width_mm: float = 170, height_mm: float = 62
) -> Chart | None:
    """The chart of a summary: the plane for one model, the abatement curve for more, if any."""
    if not s.options:
        return None
    size = (width_mm / 25.4, height_mm / 25.4)
    if len({a.model_id for a in s.options}) == 1:
        return _frontier(s, language, size)
    steps = abatement_steps(s)
    return _abatement(steps, language, size) if steps else None


def _abatement(steps: list[Step], language: Language, size: tuple[float, float]) -> Chart:
    unit = reader_unit(steps[-1].cumulative)
    with mpl.rc_context(_STYLE | _fonts()):
        figure, axes = _frame(size)
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
        _key(
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


def _frontier(s: Summary, language: Language, size: tuple[float, float]) -> Chart | None:
    known = [a for a in s.options if a.accuracy_loss is not None]
    if not known:
        return None
    largest = max(known, key=lambda a: a.saved.value).saved
    unit = reader_unit(largest)
    with mpl.rc_context(_STYLE | _fonts()):
        figure, axes = _frame(size)
        axes.axhline(0, color=RULE, lw=0.8, zorder=0)
        axes.axvline(0, color=RULE, lw=0.8, zorder=0)
        shown = [a for a in known if a.saved.to(unit).value > -0.6 * abs(largest.to(unit).value)]
        for place, action in enumerate(sorted(shown, key=lambda a: a.saved.value)):
            _point(axes, action, unit, 4 if place % 2 else -9)
        line = sorted(
            (a.accuracy_loss.value, a.saved.to(unit).value)
            for a in known
            if a.accuracy_loss is not None
            and a.verdict in (Verdict.NO_REGRET, Verdict.FRONTIER, Verdict.BASELINE)
        )
        axes.plot([x for x, _ in line], [y for _, y in line], color=ACCENT, lw=1.0, zorder=1)
        axes.margins(x=0.12, y=0.16)
        axes.set_xlabel(sentence("Accuracy given up [points]").text(language))
        axes.set_ylabel(f"{sentence('Saved').text(language)} [{unit_text(unit, language)}]")
        marks = (
            (_mark(ACCENT, "o"), sentence("no measurable loss of accuracy")),
            (_mark("white", "s"), sentence("gives up accuracy")),
            (_mark(LIGHT, "x"), sentence("not recommended")),
        )
        _key(axes, marks, language)
    return Chart(
        sentence("Carbon saved against accuracy given up"),
        sentence("Each option with its 95 % intervals; the line is the efficient frontier.")
        if len(shown) == len(known)
        else sentence(
            "Options with their 95 % intervals; the line is the efficient frontier. {count} "
            "options that emit far more lie outside the picture.",
            count=len(known) - len(shown),
        ),
        figure,
    )


def _point(axes: Axes, action: Action, unit: str, offset: float) -> None:
    loss, saved = action.accuracy_loss, action.saved.to(unit)
    assert loss is not None
    fill, marker = {
        Verdict.NO_REGRET: (ACCENT, "o"),
        Verdict.BASELINE: (INK, "D"),
        Verdict.FRONTIER: ("white", "s"),
    }.get(action.verdict, (MUTED, "x"))
    axes.errorbar(
        loss.value,
        saved.value,
        xerr=[[max(0.0, loss.value - loss.low)], [max(0.0, loss.high - loss.value)]],
        yerr=[[max(0.0, saved.value - saved.low)], [max(0.0, saved.high - saved.value)]],
        fmt=marker,
        ms=5,
        mfc=fill,
        mec=MUTED if marker == "x" else ACCENT,
        mew=1.1,
        ecolor=MUTED,
        elinewidth=0.7,
        capsize=0,
        zorder=3,
    )
    axes.annotate(
        action.name,
        (loss.value, saved.value),
        textcoords="offset points",
        xytext=(5, offset),
        fontsize=7,
        color=INK,
    )


def _frame(size: tuple[float, float]) -> tuple[Figure, Axes]:
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=RULE, lw=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(length=2.5, width=0.6)
    return figure, axes


def _key(axes: Axes, entries: tuple[tuple[Any, Sentence], ...], language: Language) -> None:
    axes.figure.legend(
        [handle for handle, _ in entries],
        [words.text(language) for _, words in entries],
        loc="outside upper left",
        ncols=len(entries),
        frameon=False,
        fontsize=7.5,
        handlelength=1.6,
        columnspacing=1.6,
        borderaxespad=0.0,
    )


def _mark(fill: str, marker: str) -> Any:
    edge = MUTED if marker == "x" else ACCENT
    return Line2D([], [], ls="", marker=marker, ms=5, mfc=fill, mec=edge, mew=1.1)


@cache
def _fonts() -> Any:
    """The shipped fonts, made known to Matplotlib; its own where they are not there."""
    paths = sorted((shipped_profiles_folder() / "fonts").glob("*.ttf"))
    for path in paths:
        font_manager.fontManager.addfont(str(path))
    return {} if paths else {"font.family": ["sans-serif"]}
