"""Scenario paths, the stress test's figures by driver and model, ICAAP rows, the reverse test."""

from __future__ import annotations

import pandas as pd
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QVBoxLayout, QWidget

from advisor.figures import written
from advisor.risk import (
    Driver,
    ReverseResult,
    StressResult,
    cet1_basis_points,
    pillar2_add_on,
    read_pillar2_rule,
)
from advisor.risk.loss_appetite import MEASURES
from ui.charts.fan import FanChart
from ui.figures import Explanation, FigureCard
from ui.i18n import language, said, tr
from ui.pages.page import clear
from ui.parts import button, caption, card, column, heading, row, soft
from ui.parts.fields import inset
from ui.risk.behind import Drill
from ui.risk.frames import icaap_frame, models_of_loss
from ui.risk.picture import RiskPicture, red_limit
from ui.risk.scenario_card import DRIVER_WORDS, ScenarioCard
from ui.risk.words import DRIVERS, PORTFOLIOS, in_words
from ui.tables import Column, FrameTable
from ui.theme import theme

_UNITS = {"carbon_price": "{currency}/t", "supply_hours": "h"}


class StressTab(QWidget):
    """Emits `drilled`, `asked` with an `Explanation`, `reverse_wanted` with a limit in money."""

    drilled = Signal(object)
    asked = Signal(object)
    reverse_wanted = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self.picture: RiskPicture | None = None
        self.result: StressResult | None = None
        self._figures = column(space="large")
        self._label = caption("")
        self._paths = QGridLayout()
        self._charts: dict[str, FanChart] = {}
        self._paths.setSpacing(theme.space("large"))
        self.prices = FanChart(tr("Carbon price"), "US$2010 / t")
        self.prices.setMinimumHeight(theme.px(260))
        self.scenarios = ScenarioCard()
        self._tables()
        self.limit = inset(QDoubleSpinBox())
        self.limit.setRange(1.0, 1e15)
        self.limit.setDecimals(0)
        self.limit.setGroupSeparatorShown(True)
        self.limit.setAccessibleName(tr("Loss that must not be reached"))
        self.limit.setFixedWidth(theme.px(190))
        self.run_reverse = button(
            tr("What would it take?"), lambda: self.reverse_wanted.emit(self.limit.value())
        )
        self._reverse_note = soft("")
        self._reverse_words = heading("")
        self._reverse_place = column(space="small")
        self.setLayout(self._sections())

    def show_picture(self, picture: RiskPicture) -> None:
        """The shelf of scenarios and the limit of the reverse test."""
        self.picture = picture
        self.scenarios.show_shelf(picture.shelf)
        money = red_limit(picture)
        if money is not None:
            self.limit.setValue(money)
        self.limit.setSuffix(f" {picture.bank.currency}")
        measure = tr(MEASURES[picture.appetite.loss.measure][0])
        self._reverse_note.setText(
            tr(
                "How much worse than the chosen scenario must it be for the {measure} over the "
                "horizon to reach this loss? Suggested: the red limit of the appetite.",
                measure=measure,
            )
        )

    def show_scenario(self, key: str) -> None:
        """The published carbon price of a scenario, all its models side by side."""
        if self.picture is None:
            return
        chosen = self.picture.shelf.scenario(key)
        prices = [p for p in chosen.of(Driver.CARBON_PRICE) if p.model]
        table = pd.DataFrame()
        if prices:
            found = prices[0]
            table = self.picture.shelf.spread(Driver.CARBON_PRICE, found.name, found.region)
        self.prices.show_lines(table)
        self._spread.setVisible(bool(prices))

    def show_result(
        self, result: StressResult, fans: dict[str, pd.DataFrame], icaap: pd.DataFrame
    ) -> None:
        """Everything of a stress test."""
        self.result = result
        self._outcome.show()
        words = [said(s) for s in result.before.assumptions()]
        self._label.setText("\n".join([result.source(language.code), " ".join(words)]).strip())
        self._show_figures(result)
        self._show_paths(result, fans)
        drivers = result.before.by_driver().reset_index()
        moved = (drivers[["expected_loss", "shortfall_share"]] != 0).any(axis=1)
        self.drivers.show_frame(drivers[moved].round(0))
        self.icaap.show_frame(icaap_frame(icaap))

    def show_reverse(self, found: ReverseResult) -> None:
        """The severity that breaches the limit, and what the drivers are there."""
        clear(self._reverse_place)
        self._reverse_words.setText(said(found.sentence))
        moved = {tr(DRIVER_WORDS[Driver(name)]): values for name, values in found.drivers.items()}
        frame = pd.DataFrame(moved).T.rename_axis("driver").reset_index()
        frame.columns = [str(c) for c in frame.columns]
        years = [c for c in frame.columns if c != "driver"]
        table = FrameTable(
            [
                Column("driver", tr("Driver"), stretch=True, strong=True),
                *(Column(year, year, kind="number", width=66) for year in years[:10]),
            ],
            key="driver",
        )
        table.show_frame(frame)
        table.setFixedHeight(theme.px(40 * len(frame) + 46))
        self._reverse_place.addWidget(table)

    def drill(self, driver: str | None) -> None:
        """The models behind the shortfall, of one driver or of all."""
        if self.picture is None or self.result is None:
            return
        title = (
            tr("Models behind: {name}", name=tr(DRIVERS[driver]))
            if driver
            else tr("Models with the largest share of the shortfall")
        )
        share = Column("share", tr("Share of the shortfall"), kind="number", width=150)
        more = (
            ()
            if driver
            else (
                Column("expected_loss", tr("Expected loss"), kind="number", width=110),
                Column("shortfall_share_error", tr("Standard error"), kind="number", width=110),
            )
        )
        frame = models_of_loss(self.picture, self.result, driver)
        self.drilled.emit(Drill(title, frame, (share, *more)))

    # -- inside ------------------------------------------------------------------------------

    def _tables(self) -> None:
        self.drivers = FrameTable(
            [
                Column("driver", tr("Driver"), stretch=True, strong=True, words=in_words(DRIVERS)),
                Column("expected_loss", tr("Expected loss"), kind="number", width=140),
                Column("expected_loss_error", tr("Standard error"), kind="number", width=120),
                Column("shortfall_share", tr("Share of the shortfall"), kind="number", width=236),
                Column("shortfall_share_error", tr("Standard error"), kind="number", width=120),
            ],
            key="driver",
        )
        self.drivers.chosen.connect(lambda key: self.drill(key))
        self.drivers.setMinimumHeight(theme.px(40 * 7 + 46))
        names = {
            "expected_loss": tr("Expected loss"),
            "var_99": tr("VaR 99 %"),
            "var_99_9": tr("VaR 99.9 %"),
            "shortfall_99": tr("Expected shortfall 99 %"),
            "unexpected_loss": tr("Unexpected loss"),
            "cet1_bp": tr("CET1 [bp]"),
        }
        self.icaap = FrameTable(
            [
                Column("portfolio", tr("Portfolio"), stretch=True),
                Column("year", tr("Year"), width=70),
                *(
                    Column(key, words, kind="number", width=206 if key == "shortfall_99" else 112)
                    for key, words in names.items()
                ),
            ],
            key="key",
        )
        self.icaap.setMinimumHeight(theme.px(300))

    def _sections(self) -> QVBoxLayout:
        self._spread = card(
            heading(tr("Published carbon price of the scenario, by model")),
            soft(tr("The models differ by multiples for one scenario; nothing is averaged.")),
            self.prices,
        )
        models = button(tr("All models behind the loss"), lambda: self.drill(None))
        self._outcome = QWidget()
        self._outcome.setProperty("role", "page")
        self._outcome.setLayout(
            column(
                self._figures,
                self._label,
                card(
                    row(heading(tr("Loss by driver")), 1, models),
                    soft(tr("Choose a driver to see its models.")),
                    self.drivers,
                ),
                card(
                    heading(tr("The scenario's paths")),
                    soft(
                        tr(
                            "Dashes: the published path, which is the mean. Line: the median. "
                            "Bands hold 50, 90 and 98 of 100 draws."
                        )
                    ),
                    self._paths,
                ),
                card(heading(tr("Year by year, as an ICAAP asks")), self.icaap),
                space="large",
            )
        )
        self._outcome.hide()
        ask = row(self.limit, self.run_reverse, 1, space="small")
        reverse = card(
            heading(tr("Reverse stress test")),
            self._reverse_note,
            ask,
            self._reverse_words,
            self._reverse_place,
        )
        return column(self._outcome, reverse, self._spread, self.scenarios, space="large")

    def _show_figures(self, result: StressResult) -> None:
        clear(self._figures)
        rule = read_pillar2_rule()
        for losses in (result.before, result.after):
            if losses is None:
                continue
            label = tr(PORTFOLIOS[losses.label])
            cards = row(space="medium")
            self._figures.addLayout(cards)
            add_on = pillar2_add_on(losses, rule)
            points = cet1_basis_points(add_on, result.bank, result.source())
            for name, figure in (
                (tr("Expected loss, {label}", label=label), result.figure(losses.expected_loss())),
                (tr("VaR 99.9 %, {label}", label=label), result.figure(losses.var(0.999))),
                (tr("Pillar 2 add-on, {label}", label=label), result.figure(add_on)),
                (tr("Add-on in basis points of CET1, {label}", label=label), points),
            ):
                made = FigureCard(name, figure)
                made.asked.connect(
                    lambda n=name, f=figure: self._ask(
                        Explanation(
                            n,
                            f,
                            formula=said(rule.sentence()),
                            chain=(result.source(language.code), result.dependence_source),
                        )
                    )
                )
                cards.addWidget(made, 1)
        saved = result.saved()
        if saved is not None:
            words = written(result.figure(saved), language.code)
            self._figures.addWidget(
                heading(
                    tr(
                        "The plan avoids {saved} of expected loss ({interval}).",
                        saved=words.text,
                        interval=words.interval,
                    )
                )
            )

    def _ask(self, explanation: Explanation) -> None:
        self.asked.emit(explanation)
        self.drill(None)

    def _show_paths(self, result: StressResult, fans: dict[str, pd.DataFrame]) -> None:
        for driver, chart in self._charts.items():
            chart.setVisible(driver in fans)
        for number, (driver, fan) in enumerate(fans.items()):
            if driver not in self._charts:
                self._charts[driver] = FanChart(tr(DRIVERS[driver]), legend=False)
                self._charts[driver].setFixedHeight(theme.px(230))
            unit = _UNITS.get(driver, tr("multiple")).format(currency=result.bank.currency)
            self._charts[driver].show_fan(fan, unit=unit)
            self._paths.addWidget(self._charts[driver], number // 2, number % 2)
