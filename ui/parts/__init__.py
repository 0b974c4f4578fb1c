"""The plain parts of a page: words, buttons, cards, layouts, notices, drop areas."""

from ui.parts.buttons import button, menu_button, quiet, tool
from ui.parts.drop_area import DropArea
from ui.parts.frames import card, column, grid, notice, row, rule, well
from ui.parts.progress_strip import ProgressStrip
from ui.parts.words import caption, display, eyebrow, heading, lead, soft, text, title

__all__ = [
    "DropArea",
    "ProgressStrip",
    "button",
    "caption",
    "card",
    "column",
    "display",
    "eyebrow",
    "grid",
    "heading",
    "lead",
    "menu_button",
    "notice",
    "quiet",
    "row",
    "rule",
    "soft",
    "text",
    "title",
    "tool",
    "well",
]
