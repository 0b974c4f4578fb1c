"""Indicators against their limits with their trends, and the breach log with its steps."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from advisor.risk import Breach
from ui.charts.trend import TrendChart
from ui.i18n import language, tr
from ui.pages.page import clear
from ui.parts import button, card, column, heading, row, soft
from ui.risk.behind import Drill
from ui.risk.breach_card import BreachCard
from ui.risk.frames import indicator_frame, limit_name, models_of_reading, outlook_words
from ui.risk.picture import RiskPicture
from ui.risk.words import MARKS, level_words
from ui.tables import Column, FrameTable
from ui.theme import theme


class LimitsTab(QWidget):
    """Emits `drilled`, `explained` with an indicator, `kept`, and what the breach card emits."""

    drilled = Signal(object)
    explained = Signal(str)
    kept = Signal()
    changed = Signal(object, str)
    complained = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self.picture: RiskPicture | None = None
        levels = {code: level_words(code) for code in MARKS}
        wide = 136 if language.code == "ja" else 104
        self.indicators = FrameTable(
            [
                Column("name", tr("Indicator"), stretch=True, strong=True),
                Column("value", tr("Today"), kind="figure", bar=False, width=92),
                Column("unit", tr("Unit"), width=70),
                Column("amber", tr("Amber"), width=70),
                Column("red", tr("Red"), width=62),
                Column(
                    "level",
                    tr("Level"),
                    words=levels,
                    strong=True,
                    width=wide,
                ),
                Column("owner", tr("Owner"), width=190),
            ],
            key="key",
        )
        self.indicators.setFixedHeight(theme.px(40 * 8 + 46))
        self.indicators.chosen.connect(self.show_trend)
        self.indicators.cell_asked.connect(lambda key, _: self.explained.emit(key))
        self._trend = column(space="small")
        self.breaches = BreachCard()
        self.breaches.changed.connect(self.changed)
        self.breaches.complained.connect(self.complained)
        self.breaches.chosen.connect(self._drill_breach)
        keep = button(tr("Keep today's readings"), self.kept.emit, icon_name="check")
        keep.setToolTip(tr("Readings and breaches go into the project; trends need four days."))
        self.setLayout(
            column(
                card(
                    row(heading(tr("Indicators")), 1, keep),
                    soft(tr("Choose a row for its trend and its models.")),
                    self.indicators,
                    self._trend,
                ),
                self.breaches,
                space="large",
            )
        )

    def show_picture(self, picture: RiskPicture) -> None:
        """Show everything anew."""
        self.picture = picture
        self.indicators.show_frame(indicator_frame(picture))
        self.breaches.show_breaches(picture)

    def show_trend(self, key: str) -> None:
        """The trend of an indicator, its outlook, and the models behind it."""
        clear(self._trend)
        picture = self.picture
        if picture is None:
            return
        limit = picture.appetite.limit(key)
        reading = next((r for r in picture.readings if r.key == key), None)
        if limit is None or reading is None:
            return
        self._trend.addWidget(soft(outlook_words(picture, reading)))
        kept = [r for r in picture.history.get(key, ()) if r.figure is not None]
        if kept:
            chart = TrendChart(tr(limit.name), "" if limit.unit == "1" else limit.unit)
            figures = [r.figure for r in kept if r.figure is not None]
            chart.show_readings([r.day for r in kept], figures, limit.amber, limit.red)
            chart.setFixedHeight(theme.px(280))
            self._trend.addWidget(chart)
        title = tr("Models behind: {name}", name=limit_name(picture, key))
        self.drilled.emit(Drill(title, models_of_reading(picture, reading)))

    def _drill_breach(self, breach: Breach) -> None:
        picture = self.picture
        reading = (
            next((r for r in picture.readings if r.key == breach.indicator), None)
            if picture
            else None
        )
        if picture is not None and reading is not None:
            title = tr("Models behind: {name}", name=limit_name(picture, breach.indicator))
            self.drilled.emit(Drill(title, models_of_reading(picture, reading)))
