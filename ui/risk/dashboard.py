"""The committee's view: headlines, heat map, indicators with trends, losses, regulation."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from advisor.figures import written
from advisor.risk import Coverage, Level, StressResult, by_regime, cet1_basis_points, measured_loss
from advisor.risk.appetite import LOSS_KEY
from advisor.risk.breaches import BreachState, open_breaches
from advisor.risk.scores import BANK
from advisor.risk.shapes import loss_histogram, yearly_fan
from ui.charts.coverage_bars import CoverageBars
from ui.charts.fan import FanChart
from ui.charts.heatmap import HeatMap
from ui.charts.loss_distribution import LossDistributionChart
from ui.i18n import language, later, tr
from ui.pages.page import clear
from ui.parts import card, heading, row, soft
from ui.risk.behind import Drill
from ui.risk.frames import limit_name, models_of_reading, transmission_frame
from ui.risk.picture import RiskPicture
from ui.risk.tiles import HeadlineTile, IndicatorTile
from ui.risk.words import CATEGORIES, LEVELS, PORTFOLIOS, TONES, in_words, level_words
from ui.tables import Column, FrameTable
from ui.theme import theme

VIEWS = {
    "residual": later("after controls (residual)"),
    "inherent": later("before controls (inherent)"),
    "effectiveness": later("effectiveness of the controls"),
}
_TILES_A_ROW = 4


class Dashboard(QWidget):
    """Emits `drilled` with a `Drill`, `explained` with a driver, `led` with the name of a tab."""

    drilled = Signal(object)
    explained = Signal(str)
    led = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self.picture: RiskPicture | None = None
        self.result: StressResult | None = None
        self.heat = HeatMap()
        self.heat.asked.connect(self.drill)
        self.view = QComboBox()
        self.view.setAccessibleName(tr("Score"))
        for key, words in VIEWS.items():
            self.view.addItem(tr(words), key)
        self.view.currentIndexChanged.connect(self._show_heat)
        self.losses = LossDistributionChart()
        self.fan = FanChart(tr("Loss in the year"))
        self.coverage = CoverageBars()
        self.coverage.chosen.connect(lambda _: self.led.emit("regulation"))
        self.ways = FrameTable(
            [
                Column("driver", tr("Driver"), stretch=True, strong=True),
                *(Column(key, words, width=140) for key, words in in_words(CATEGORIES).items()),
            ],
            key="key",
        )
        self.ways.chosen.connect(self.explained)
        self._headlines = row(space="medium")
        self._tiles = QGridLayout()
        self._tiles.setSpacing(theme.space("medium"))
        self._loss_words = soft("")
        self.setLayout(self._sections())

    def show_picture(self, picture: RiskPicture, result: StressResult | None) -> None:
        """Show everything anew."""
        self.picture, self.result = picture, result
        self._show_headlines(picture)
        self._show_heat()
        clear(self._tiles)
        for number, reading in enumerate(picture.readings):
            tile = IndicatorTile(picture, reading)
            tile.asked.connect(lambda key=reading.key: self.drill_reading(key))
            self._tiles.addWidget(tile, number // _TILES_A_ROW, number % _TILES_A_ROW)
        for place in range(_TILES_A_ROW):
            self._tiles.setColumnStretch(place, 1)
        words = {c.name.lower(): tr(_COVERAGE[c]) for c in Coverage}
        self.coverage.show_regimes(by_regime(picture.coverage), words)
        ways = transmission_frame(picture)
        self.ways.setFixedHeight(theme.px(40 * len(ways) + 46))
        self.ways.show_frame(ways)
        self._show_losses()

    def drill(self, business_line: str, driver: str) -> None:
        """The models behind a cell of the heat map."""
        if self.picture is None:
            return
        found = self.picture.scores.behind(business_line, driver)
        about = self.picture.exposures.table[["model_id", "business_line", "owner", "carbon_kg"]]
        line = tr("the bank") if business_line == BANK else business_line
        name = next(d.name for d in self.picture.scores.taxonomy.drivers if d.key == driver)
        self.drilled.emit(
            Drill(
                tr("Models behind {line} × {driver}", line=line, driver=tr(name)),
                found.merge(about, on="model_id", how="left"),
                (
                    Column("inherent", tr("Inherent"), kind="number", width=86),
                    Column("effectiveness", tr("Controls"), kind="share", width=86),
                    Column("residual", tr("Residual"), kind="number", width=86),
                ),
            )
        )
        self.explained.emit(driver)

    def drill_reading(self, key: str) -> None:
        """The models behind an indicator."""
        if self.picture is None:
            return
        reading = next(r for r in self.picture.readings if r.key == key)
        title = tr("Models behind: {name}", name=limit_name(self.picture, key))
        self.drilled.emit(Drill(title, models_of_reading(self.picture, reading)))

    # -- inside ------------------------------------------------------------------------------

    def _sections(self) -> QGridLayout:
        made = QGridLayout()
        made.setContentsMargins(0, 0, 0, 0)
        made.setSpacing(theme.space("large"))
        heat = card(
            row(heading(tr("Risk by driver and business line")), 1, self.view),
            soft(tr("Score 1 to 5, weighted by carbon. Choose a cell to see its models.")),
            self.heat,
            space="small",
        )
        lost = card(heading(tr("Loss over the horizon")), self._loss_words, self.losses)
        years = card(
            heading(tr("Loss year by year")),
            soft(tr("Bands hold 50, 90 and 98 of 100 paths, without the plan.")),
            self.fan,
        )
        for chart in (self.losses, self.fan):
            chart.setMinimumHeight(theme.px(270))
        regulation = card(
            heading(tr("Regulation: figures asked for, and how many are filled")),
            soft(tr("Coverage of the figures asked for. No claim of compliance is made.")),
            self.coverage,
        )
        made.addLayout(self._headlines, 0, 0, 1, 2)
        made.addWidget(heat, 1, 0, 1, 2)
        made.addLayout(self._tiles, 2, 0, 1, 2)
        made.addWidget(lost, 3, 0)
        made.addWidget(years, 3, 1)
        ways = card(
            heading(tr("How it reaches the other risk categories")),
            soft(
                tr("Strength of each channel, up to three dots. Choose a driver for its channels.")
            ),
            self.ways,
        )
        made.addWidget(regulation, 4, 0, 1, 2)
        made.addWidget(ways, 5, 0, 1, 2)
        made.setColumnStretch(0, 1)
        made.setColumnStretch(1, 1)
        return made

    def _show_headlines(self, picture: RiskPicture) -> None:
        clear(self._headlines)
        levels = [r.level for r in picture.readings]
        red, amber = levels.count(Level.RED), levels.count(Level.AMBER)
        unknown = levels.count(Level.UNKNOWN)
        opened = open_breaches(picture.breaches)
        waiting = sum(b.state is BreachState.PROPOSED for b in opened)
        counts = by_regime(picture.coverage)[["complete", "partial", "missing"]].sum()
        for name, words, note, tone, tab in (
            (
                tr("Indicators beyond a limit"),
                tr("{n} of {all}", n=red + amber, all=len(levels)),
                tr(
                    "{red} red, {amber} amber, {unknown} unknown",
                    red=red,
                    amber=amber,
                    unknown=unknown,
                ),
                "danger" if red else "warning" if amber else "accent",
                "limits",
            ),
            (*self._loss_headline(picture), "stress"),
            (
                tr("Open breaches"),
                str(len(opened)),
                tr("{n} wait for a second person", n=waiting),
                "danger" if any(b.level is Level.RED for b in opened) else "",
                "limits",
            ),
            (
                tr("Regulation: complete"),
                tr("{n} of {all}", n=int(counts["complete"]), all=int(counts.sum())),
                tr(
                    "{partial} partial, {missing} missing",
                    partial=int(counts["partial"]),
                    missing=int(counts["missing"]),
                ),
                "",
                "regulation",
            ),
        ):
            tile = HeadlineTile(name, words, note, tone)
            tile.asked.connect(lambda tab=tab: self.led.emit(tab))
            self._headlines.addWidget(tile, 1)

    def _loss_headline(self, picture: RiskPicture) -> tuple[str, str, str, str]:
        name = tr("Stressed loss, basis points of CET1")
        reading = next((r for r in picture.readings if r.key == LOSS_KEY), None)
        if reading is None or self.result is None:
            return name, "–", tr("The stress test has not run yet."), ""
        limits = tr(
            "limits {amber} and {red}",
            amber=f"{picture.appetite.loss.amber_basis_points:g}",
            red=f"{picture.appetite.loss.red_basis_points:g}",
        )
        level = level_words(reading.level.value)
        note = f"{level}; {limits}"
        if self.result.after is not None:
            loss = measured_loss(self.result.after, picture.appetite)
            after = cet1_basis_points(loss, picture.bank, "")
            note = tr(
                "{level}; with the plan {after}",
                level=level,
                after=written(after, language.code).value,
            )
        words = written(reading.value, language.code).value if reading.value else tr("unknown")
        return name, words, note, TONES[reading.level.value]

    def _show_heat(self) -> None:
        if self.picture is None:
            return
        scores, of = self.picture.scores, self.view.currentData()
        controls = of == "effectiveness"
        self.heat.show_scores(
            scores.heat_map(of),
            (lambda _: "") if controls else scores.band,
            in_words(LEVELS),
            {d.key: tr(d.name) for d in scores.taxonomy.drivers},
            {BANK: tr("the bank")},
            ".0%" if controls else ".1f",
        )

    def _show_losses(self) -> None:
        result = self.result
        if result is None:
            self._loss_words.setText(tr("The stress test has not run yet."))
            return
        self._loss_words.setText(tr(result.scenario.name))
        both = [d for d in (result.before, result.after) if d is not None]
        self.losses.show_losses(
            loss_histogram(both),
            {d.label: tr(PORTFOLIOS[d.label]) for d in both},
            {d.label: d.var(0.99).value for d in both},
            result.bank.currency,
        )
        self.fan.show_fan(yearly_fan(result.before), colour="danger", unit=result.bank.currency)


_COVERAGE = {
    Coverage.COMPLETE: later("complete"),
    Coverage.PARTIAL: later("partial"),
    Coverage.MISSING: later("missing"),
    Coverage.OUTSIDE: later("outside the program"),
}
