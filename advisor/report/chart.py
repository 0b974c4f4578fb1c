"""What the charts of the documents have in common: look, fonts, SVG and PNG of the same bytes.

Classes are told apart by lightness, marker and hatching, so that a chart survives a grey printer.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from advisor.figures import Language
from advisor.profiles import shipped_profiles_folder
from advisor.sentences import Sentence

INK, MUTED, RULE = "#16222c", "#5b6872", "#d3dade"
ACCENT, LIGHT = "#0b6450", "#b9d6cc"
STYLE: Any = {
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

    @cached_property
    def svg(self) -> str:
        """The drawing as one `<svg>` element; text as outlines, so no reader lacks a glyph."""
        out = io.BytesIO()
        with mpl.rc_context(STYLE | fonts()):
            FigureCanvasSVG(self.figure).print_svg(out, metadata={"Date": None, "Creator": None})
        text = out.getvalue().decode("utf-8")
        return text[text.index("<svg") :]

    @property
    def png(self) -> bytes:
        """The drawing as a picture of 220 dots per inch, for formats that know no SVG."""
        out = io.BytesIO()
        with mpl.rc_context(STYLE | fonts()):
            self.figure.set_dpi(220)
            FigureCanvasAgg(self.figure).print_png(out, metadata={"Software": None})
        return out.getvalue()


def new_axes(size: tuple[float, float]) -> tuple[Figure, Axes]:
    """A figure of this size in inches with one pair of axes in our look."""
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=RULE, lw=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(length=2.5, width=0.6)
    return figure, axes


def add_key(axes: Axes, entries: tuple[tuple[Any, Sentence], ...], language: Language) -> None:
    """What the marks mean, above the picture."""
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


def marker(fill: str, shape: str) -> Any:
    """A point of a class as it stands in the key."""
    edge = MUTED if shape == "x" else ACCENT
    return Line2D([], [], ls="", marker=shape, ms=5, mfc=fill, mec=edge, mew=1.1)


@cache
def fonts() -> Any:
    """The shipped fonts, made known to Matplotlib; its own where they are not there."""
    paths = sorted((shipped_profiles_folder() / "fonts").glob("*.ttf"))
    for path in paths:
        font_manager.fontManager.addfont(str(path))
    return {} if paths else {"font.family": ["sans-serif"]}
