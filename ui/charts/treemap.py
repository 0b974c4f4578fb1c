"""Treemap: areas by carbon, business lines outside, tiers inside. Keyboard and mouse choose a tile.

Laid out by the squarified algorithm (Bruls, Huizing, van Wijk 2000).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ui.i18n import tr
from ui.theme import theme

UNKNOWN_TIER = "–"


@dataclass(frozen=True)
class Tile:
    """A rectangle of the map: its group, part, value and place."""

    group: str
    part: str
    value: float
    place: QRectF


class Treemap(QWidget):
    """Emits `chosen` with group and part (empty part: the group as a whole)."""

    chosen = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(theme.px(300))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Carbon by business line and tier"))
        self._values: dict[str, dict[str, float]] = {}
        self.tiles: list[Tile] = []
        self._current = -1

    def show_values(self, values: pd.DataFrame) -> None:
        """Show a table with columns group, part, value; what is not positive has no area."""
        self._values = {}
        for group, part, value in values[["group", "part", "value"]].itertuples(index=False):
            if value > 0:
                self._values.setdefault(str(group), {})[str(part)] = float(value)
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tones = _tones(sorted({t.part for t in self.tiles}))
        for number, tile in enumerate(self.tiles):
            tone = tones[tile.part]
            painter.fillRect(tile.place.adjusted(0.5, 0.5, -0.5, -0.5), tone)
            self._write(painter, tile, tone)
            if number == self._current:
                painter.setPen(QPen(QColor(theme.tokens.ink), theme.px(2)))
                painter.drawRect(tile.place.adjusted(1, 1, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for number, tile in enumerate(self.tiles):
            if tile.place.contains(event.position()):
                self._choose(number)
                QToolTip.showText(event.globalPosition().toPoint(), self._words(tile), self)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
        move = step.get(Qt.Key(event.key()))
        if move is None or not self.tiles:
            super().keyPressEvent(event)
            return
        self._choose((self._current + move) % len(self.tiles))

    # -- inside ------------------------------------------------------------------------------

    def _choose(self, number: int) -> None:
        self._current = number
        tile = self.tiles[number]
        self.setAccessibleDescription(self._words(tile))
        self.update()
        self.chosen.emit(tile.group, tile.part)

    def _words(self, tile: Tile) -> str:
        return tr(
            "{group}, tier {part}: {value} kg CO₂e a year",
            group=tile.group,
            part=tile.part,
            value=f"{tile.value:,.0f}",
        )

    def _write(self, painter: QPainter, tile: Tile, tone: QColor) -> None:
        inside = tile.place.adjusted(theme.px(6), theme.px(4), -theme.px(6), -theme.px(4))
        painter.setFont(theme.font("small"))
        lines = painter.fontMetrics().height()
        if inside.width() < theme.px(46) or inside.height() < lines:
            return
        dark = tone.lightnessF() < 0.55
        painter.setPen(QColor("#ffffff" if dark else theme.tokens.ink))
        words = f"{tile.group} · {tile.part}"
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        shown = painter.fontMetrics().elidedText(
            words, Qt.TextElideMode.ElideRight, int(inside.width())
        )
        painter.drawText(inside, flags, shown)
        if inside.height() >= 2 * lines:
            below = inside.adjusted(0, lines, 0, 0)
            painter.drawText(below, flags, f"{tile.value:,.0f} kg")

    def _lay_out(self) -> None:
        self.tiles = []
        whole = QRectF(0, 0, max(self.width(), 1), max(self.height(), 1))
        groups = sorted(self._values.items(), key=lambda g: -sum(g[1].values()))
        outer = squarified([sum(parts.values()) for _, parts in groups], whole)
        for (group, parts), place in zip(groups, outer, strict=True):
            ordered = sorted(parts.items(), key=lambda p: -p[1])
            inner = squarified(
                [v for _, v in ordered], place.adjusted(0, 0, -theme.px(2), -theme.px(2))
            )
            self.tiles += [
                Tile(group, part, value, spot)
                for (part, value), spot in zip(ordered, inner, strict=True)
            ]
        self._current = min(self._current, len(self.tiles) - 1)
        self.update()


def squarified(values: list[float], place: QRectF) -> list[QRectF]:
    """Rectangles whose areas are as the values (falling, positive), as square as may be."""
    total = sum(values)
    if not values or total <= 0 or place.width() <= 0 or place.height() <= 0:
        return [QRectF(place.x(), place.y(), 0, 0) for _ in values]
    scale = place.width() * place.height() / total
    areas = [v * scale for v in values]
    made: list[QRectF] = []
    rest, at = QRectF(place), 0
    while at < len(areas):
        side = min(rest.width(), rest.height())
        count = 1
        while at + count < len(areas) and _worst(areas[at : at + count + 1], side) <= _worst(
            areas[at : at + count], side
        ):
            count += 1
        made += _strip(areas[at : at + count], rest)
        at += count
    return made


def _worst(areas: list[float], side: float) -> float:
    total = sum(areas)
    if side <= 0 or min(areas) <= 0:
        return float("inf")
    return max(side**2 * max(areas) / total**2, total**2 / (side**2 * min(areas)))


def _strip(areas: list[float], rest: QRectF) -> list[QRectF]:
    total = sum(areas)
    made: list[QRectF] = []
    if rest.width() >= rest.height():
        width = total / rest.height() if rest.height() else 0.0
        y = rest.y()
        for area in areas:
            height = area / width if width else 0.0
            made.append(QRectF(rest.x(), y, width, height))
            y += height
        rest.setLeft(rest.x() + width)
    else:
        height = total / rest.width() if rest.width() else 0.0
        x = rest.x()
        for area in areas:
            width = area / height if height else 0.0
            made.append(QRectF(x, rest.y(), width, height))
            x += width
        rest.setTop(rest.y() + height)
    return made


def _tones(parts: list[str]) -> dict[str, QColor]:
    """One tone a tier, the most material the strongest."""
    accent = QColor(theme.tokens.accent)
    tones: dict[str, QColor] = {}
    for number, part in enumerate(parts):
        tone = QColor(accent)
        strength = 1.0 - 0.22 * min(number, 3)
        surface = QColor(theme.tokens.surface)
        tone.setRgbF(
            accent.redF() * strength + surface.redF() * (1 - strength),
            accent.greenF() * strength + surface.greenF() * (1 - strength),
            accent.blueF() * strength + surface.blueF() * (1 - strength),
        )
        tones[part] = tone
    return tones
