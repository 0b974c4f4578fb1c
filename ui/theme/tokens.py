"""The design tokens: every colour and size of the window, once for light and once for dark.

One accent colour. Text on its ground keeps a contrast of at least 4.5 : 1 (WCAG 2.2, 1.4.3); the
tests compute it. Nothing is told by colour alone: provenance and verdicts have a mark and a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["light", "dark"]


@dataclass(frozen=True)
class Tokens:
    """Colours as `#rrggbb`."""

    mode: Mode
    ground: str
    """The page."""
    surface: str
    """Cards, tables, fields."""
    sunken: str
    """Navigation, table headers, wells."""
    line: str
    line_strong: str
    ink: str
    ink_soft: str
    ink_faint: str
    accent: str
    accent_hover: str
    accent_soft: str
    """Ground of what is selected."""
    on_accent: str
    warning: str
    warning_soft: str
    danger: str
    danger_soft: str
    series: tuple[str, ...]
    """Lines of one chart, told apart by readers with colour blindness too (after Okabe & Ito)."""


LIGHT = Tokens(
    mode="light",
    ground="#f7f8f6",
    surface="#ffffff",
    sunken="#eef1ee",
    line="#e0e5e1",
    line_strong="#bcc6bf",
    ink="#16201b",
    ink_soft="#47554d",
    ink_faint="#5f6c65",
    accent="#0b6b4f",
    accent_hover="#085640",
    accent_soft="#dff0e8",
    on_accent="#ffffff",
    warning="#8a5200",
    warning_soft="#fbf0dc",
    danger="#b3261e",
    danger_soft="#fbe7e5",
    series=("#0b6b4f", "#b4540a", "#3a62a8", "#8d3f7d", "#6b6f12", "#197a94", "#8c5a48", "#5b5f66"),
)

DARK = Tokens(
    mode="dark",
    ground="#111513",
    surface="#191f1c",
    sunken="#0d100f",
    line="#2a322e",
    line_strong="#4b5750",
    ink="#e9efeb",
    ink_soft="#b3bfb8",
    ink_faint="#8d9a93",
    accent="#5fcba3",
    accent_hover="#7fd9b7",
    accent_soft="#1b3a2f",
    on_accent="#05231a",
    warning="#e9b964",
    warning_soft="#33290f",
    danger="#f28b82",
    danger_soft="#3a1d1a",
    series=("#5fcba3", "#f0a35e", "#8fb1f0", "#db94cc", "#cbd05f", "#6bcbe6", "#d4a18e", "#a9b0b8"),
)

TYPE_PX = {
    "display": 32,
    "title": 24,
    "heading": 16,
    "body": 14,
    "small": 12,
}
"""Font sizes at 100 %, in device-independent pixels."""

SPACE_PX = {"hair": 4, "small": 8, "medium": 12, "large": 20, "page": 32}
"""Distances at 100 %."""

RADIUS_PX = 8


def contrast(foreground: str, background: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2, relative luminance)."""
    bright, dim = sorted((_luminance(foreground), _luminance(background)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
