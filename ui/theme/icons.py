"""The icons, drawn here as strokes on a 24 × 24 grid and coloured by the theme in force."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ui.theme.theme import theme

_STROKES = {
    "start": '<path d="M4 11.5 12 5l8 6.5V19a1 1 0 0 1-1 1h-4v-5h-6v5H5a1 1 0 0 1-1-1z"/>',
    "benchmark": '<path d="M4 16a8 8 0 1 1 16 0"/><path d="m12 16 4-5.5"/><path d="M4 20h16"/>',
    "compare": '<path d="M4 4v16h16"/><path d="M7 16c1.5-6 5-9 12-9.5"/>'
    '<circle cx="9" cy="12.5" r="1"/><circle cx="15" cy="12.5" r="1"/>',
    "predict": '<path d="M4 18c4 0 5-9 8-9"/><path d="M12 9c3 0 4-4 8-4" stroke-dasharray="2 2.5"/>'
    '<path d="M4 21h16"/>',
    "portfolio": '<rect x="4" y="4" width="7" height="7" rx="1.5"/>'
    '<rect x="13" y="4" width="7" height="7" rx="1.5"/>'
    '<rect x="4" y="13" width="7" height="7" rx="1.5"/>'
    '<rect x="13" y="13" width="7" height="7" rx="1.5"/>',
    "risk": '<path d="M12 3.5 5 6v5.500c0 4.5 3 7.5 7 9 4-1.5 7-4.5 7-9V6z"/>'
    '<path d="M12 8.500v4"/><path d="M12 15.700v.1"/>',
    "report": '<path d="M6 3.500h8l4.5 4.500v12.500H6z"/><path d="M14 3.500V8h4.5"/>'
    '<path d="M9 12.500h6.5"/><path d="M9 16h6.5"/>',
    "variants": '<circle cx="6" cy="12" r="2"/><circle cx="18" cy="6" r="2"/>'
    '<circle cx="18" cy="18" r="2"/><path d="m8 11 8-4.2"/><path d="m8 13 8 4.2"/>',
    "page": '<rect x="5" y="4" width="14" height="16" rx="2"/><path d="M9 9h6M9 13h6"/>',
    "leaf": '<path d="M5 19c0-9 5-13.5 14.5-14C20 14.5 15 19.5 7.5 18"/>'
    '<path d="M5 20c1.5-4.5 4-7.5 8-9.5"/>',
    "drop": '<path d="M12 4v10"/><path d="m8 10.5 4 4 4-4"/><path d="M4.5 16v4h15v-4"/>',
    "table": '<rect x="4" y="5" width="16" height="14" rx="1.5"/><path d="M4 10h16"/>'
    '<path d="M10 10v9"/>',
    "play": '<path d="M8 5.500v13l10.5-6.500z"/>',
    "stop": '<rect x="6.5" y="6.5" width="11" height="11" rx="1.5"/>',
    "plus": '<path d="M12 5v14"/><path d="M5 12h14"/>',
    "close": '<path d="m6 6 12 12"/><path d="M18 6 6 18"/>',
    "undo": '<path d="M9 7 4.5 11.5 9 16"/><path d="M5 11.500h9a5 5 0 0 1 0 8h-2"/>',
    "redo": '<path d="m15 7 4.5 4.500L15 16"/><path d="M19 11.500h-9a5 5 0 0 0 0 8h2"/>',
    "export": '<path d="M12 15V4.5"/><path d="m8 8 4-4 4 4"/><path d="M4.5 14v6h15v-6"/>',
    "info": '<circle cx="12" cy="12" r="8"/><path d="M12 11v5"/><path d="M12 7.900v.1"/>',
    "warning": '<path d="M12 4.5 3.5 19h17z"/><path d="M12 10v4"/><path d="M12 16.400v.1"/>',
    "check": '<path d="m5 12.5 4.5 4.500L19 7.5"/>',
    "folder": '<path d="M4 18.500v-12h5.500l2 2.500H20v9.500z"/>',
    "search": '<circle cx="11" cy="11" r="6"/><path d="m15.5 15.5 4.5 4.5"/>',
    "chevron": '<path d="m9 6 6 6-6 6"/>',
    "chevron_down": '<path d="m6 9 6 6 6-6"/>',
    "settings": '<path d="M5 7h9"/><path d="M18 7h1"/><circle cx="16" cy="7" r="2"/>'
    '<path d="M5 17h1"/><path d="M10 17h9"/><circle cx="8" cy="17" r="2"/>'
    '<path d="M5 12h14"/>',
}


def pixmap(name: str, size: int = 20, colour: str = "ink_soft", *, gap: int = 0) -> QPixmap:
    """An icon as a picture: `size` in pixels at 100 %, `colour` a token. Unknown names: a page.

    `gap` leaves room on the right, where words follow.
    """
    value = getattr(theme.tokens, colour) if not colour.startswith("#") else colour
    return _drawn(
        name if name in _STROKES else "page", theme.px(size), value, theme.px(gap + 1) - 1
    )


def icon(
    name: str,
    colour: str = "ink_soft",
    *,
    checked: str = "accent",
    size: int = 20,
    gap: int = 0,
) -> QIcon:
    """An icon with another colour where the button is checked."""
    made = QIcon()
    for tone, mode, state in (
        (colour, QIcon.Mode.Normal, QIcon.State.Off),
        (checked, QIcon.Mode.Normal, QIcon.State.On),
        ("line_strong", QIcon.Mode.Disabled, QIcon.State.Off),
    ):
        made.addPixmap(pixmap(name, size, tone, gap=gap), mode, state)
    return made


_RATIO = 3.0
"""Pixels a device-independent pixel: sharp up to three hundred percent."""


@lru_cache(maxsize=512)
def _drawn(name: str, size: int, colour: str, gap: int) -> QPixmap:
    document = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" '
        f'stroke="{colour}" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round">'
        f"{_STROKES[name]}</svg>"
    )
    renderer = QSvgRenderer(QByteArray(document.encode()))
    made = QPixmap(QSize(round((size + gap) * _RATIO), round(size * _RATIO)))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, size * _RATIO, size * _RATIO))
    painter.end()
    made.setDevicePixelRatio(_RATIO)
    return made
