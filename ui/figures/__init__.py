"""Figures on the page: cards, provenance marks, drawn intervals, and where each comes from."""

from ui.figures.card import FigureCard
from ui.figures.explanation import Explanation
from ui.figures.interval_bar import IntervalBar, paint_interval
from ui.figures.provenance import ProvenanceMark, paint_mark, provenance_word

__all__ = [
    "Explanation",
    "FigureCard",
    "IntervalBar",
    "ProvenanceMark",
    "paint_interval",
    "paint_mark",
    "provenance_word",
]
