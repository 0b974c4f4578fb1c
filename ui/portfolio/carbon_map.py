"""Treemap of two levels: area is the amount, shade and word say the part.

Squarified layout (Bruls, Huizing & van Wijk 2000). Arrow keys walk through the tiles, Enter or a
click emits `chosen`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ui.theme import theme
from ui.theme.tokens import contrast

_SHADES = (0.95, 0.62, 0.34, 0.16)
"""Strength of the accent by part, the first (most material) strongest."""
_STEPS = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}


@dataclass(frozen=True)
class Tile:
    """One rectangle of the map."""

    group: str
    part: str
    words: str
    tip: str
    value: float
    shade: float
    box: QRectF


class CarbonMap(QWidget):
    """Groups as blocks, parts as tiles in them. Emits `chosen` with group and part."""

    chosen = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.tiles: list[Tile] = []
        self._frame = pd.DataFrame()
        self._group_words: Callable[[str], str] = str
        self._part_words: Callable[[str], str] = str
        self._tips: dict[tuple[str, str], str] = {}
        self._heads: list[tuple[QRectF, str]] = []
        self._at = -1
        self._picked: tuple[str, str] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(theme.px(220))

    def sizeHint(self) -> QSize:
        return QSize(theme.px(420), theme.px(280))

    def show_parts(
        self,
        frame: pd.DataFrame,
        group_words: Callable[[str], str],
        part_words: Callable[[str], str],
        tips: dict[tuple[str, str], str],
    ) -> None:
        """Show a frame with columns group, part, value (positive)."""
        self._frame = frame
        self._group_words, self._part_words, self._tips = group_words, part_words, tips
        self._lay_out()
        self.update()

    def pick(self, group: str | None, part: str | None = None) -> None:
        """Outline a tile as the one shown elsewhere."""
        self._picked = (group, part or "") if group is not None else None
        self.update()

    # -- layout ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.tiles, self._heads = [], []
        if self._frame.empty:
            return
        sums = self._frame.groupby("group")["value"].sum().sort_values(ascending=False)
        head = QFontMetricsF(theme.font("small", bold=True)).height() + theme.px(4)
        places = squarified(sums.tolist(), QRectF(self.rect()))
        for name, box in zip([str(n) for n in sums.index], places, strict=True):
            inner = box.adjusted(theme.px(2), theme.px(2), -theme.px(2), -theme.px(2))
            if inner.height() > 2.2 * head and inner.width() > theme.px(56):
                self._heads.append((QRectF(inner), name))
                inner.setTop(inner.top() + head)
            self._fill(name, inner)

    def _fill(self, group: str, box: QRectF) -> None:
        rows = self._frame[self._frame["group"] == group].sort_values("value", ascending=False)
        order = sorted(str(p) for p in self._frame["part"].unique() if p)
        values = [float(v) for v in rows["value"]]
        names = [str(p) for p in rows["part"]]
        for part, value, place in zip(names, values, squarified(values, box), strict=True):
            rank = order.index(part) if part else len(_SHADES)
            self.tiles.append(
                Tile(
                    group,
                    part,
                    self._part_words(part),
                    self._tips.get((group, part), ""),
                    value,
                    _SHADES[min(rank, len(_SHADES) - 1)],
                    place.adjusted(0.5, 0.5, -0.5, -0.5),
                )
            )

    # -- what Qt asks ------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, tile in enumerate(self.tiles):
            self._paint_tile(painter, tile, number == self._at and self.hasFocus())
        painter.setPen(QColor(theme.tokens.ink_soft))
        painter.setFont(theme.font("small", bold=True))
        metrics = QFontMetricsF(painter.font())
        for box, name in self._heads:
            words = metrics.elidedText(
                self._group_words(name), Qt.TextElideMode.ElideRight, box.width() - theme.px(4)
            )
            at = QPointF(box.left() + theme.px(2), box.top() + metrics.ascent() + 1)
            painter.drawText(at, words)

    def _paint_tile(self, painter: QPainter, tile: Tile, focused: bool) -> None:
        tone = _mixed(theme.tokens.accent, theme.tokens.surface, tile.shade)
        painter.setBrush(tone)
        outlined = focused or self._picked == (tile.group, tile.part)
        painter.setPen(
            QPen(QColor(theme.tokens.ink), theme.px(2)) if outlined else Qt.PenStyle.NoPen
        )
        painter.drawRoundedRect(tile.box, theme.px(3), theme.px(3))
        inside = tile.box.adjusted(theme.px(5), theme.px(3), -theme.px(4), -theme.px(3))
        painter.setFont(theme.font("small"))
        metrics = QFontMetricsF(painter.font())
        if inside.width() < metrics.horizontalAdvance(tile.words) or (
            inside.height() < metrics.height()
        ):
            return
        inks = (theme.tokens.ink, theme.tokens.on_accent, theme.tokens.surface)
        painter.setPen(QColor(max(inks, key=lambda ink: contrast(ink, tone.name()))))
        painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, tile.words)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self._tile_at(QPointF(event.pos()))
            if number is not None:
                QToolTip.showText(event.globalPos(), self.tiles[number].tip, self)
                return True
        return super().event(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        number = self._tile_at(event.position())
        if number is not None:
            self._choose(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = next((s for key, s in _STEPS.items() if key == event.key()), None)
        if step is not None and self.tiles:
            self._at = (self._at + step) % len(self.tiles)
            self.setAccessibleDescription(self.tiles[self._at].tip)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self._at >= 0:
                self._choose(self._at)
        else:
            super().keyPressEvent(event)

    def _choose(self, number: int) -> None:
        self._at = number
        tile = self.tiles[number]
        self.chosen.emit(tile.group, tile.part)

    def _tile_at(self, place: QPointF) -> int | None:
        return next((n for n, t in enumerate(self.tiles) if t.box.contains(place)), None)


def squarified(values: Sequence[float], box: QRectF) -> list[QRectF]:
    """Rectangles whose areas are in proportion to the values (descending), as square as can be."""
    total = sum(values)
    if total <= 0:
        return [QRectF() for _ in values]
    areas = [v * box.width() * box.height() / total for v in values]
    boxes: list[QRectF] = []
    rest, at = QRectF(box), 0
    while at < len(areas):
        side = max(min(rest.width(), rest.height()), 1e-9)
        count = 1
        while at + count < len(areas) and _worst(areas[at : at + count + 1], side) <= _worst(
            areas[at : at + count], side
        ):
            count += 1
        strip, rest = _strip(areas[at : at + count], rest)
        boxes += strip
        at += count
    return boxes


def _worst(areas: Sequence[float], side: float) -> float:
    total = sum(areas)
    if total <= 0 or min(areas) <= 0:
        return float("inf")
    return max(side**2 * max(areas) / total**2, total**2 / (side**2 * min(areas)))


def _strip(areas: Sequence[float], box: QRectF) -> tuple[list[QRectF], QRectF]:
    total = sum(areas)
    made: list[QRectF] = []
    upright = box.width() >= box.height()
    thick = total / max(box.height() if upright else box.width(), 1e-9)
    along = 0.0
    for area in areas:
        length = area / thick if thick else 0.0
        made.append(
            QRectF(box.left(), box.top() + along, thick, length)
            if upright
            else QRectF(box.left() + along, box.top(), length, thick)
        )
        along += length
    rest = QRectF(box)
    if upright:
        rest.setLeft(box.left() + thick)
    else:
        rest.setTop(box.top() + thick)
    return made, rest


def _mixed(colour: str, ground: str, share: float) -> QColor:
    over, under = QColor(colour), QColor(ground)
    return QColor.fromRgbF(
        share * over.redF() + (1 - share) * under.redF(),
        share * over.greenF() + (1 - share) * under.greenF(),
        share * over.blueF() + (1 - share) * under.blueF(),
    )
