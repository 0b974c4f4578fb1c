"""The risk page: what a risk committee reads. Any figure leads down to the models behind it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget

from advisor.project import Project
from advisor.risk import Driver, StressResult, cet1_basis_points, pillar2_add_on, read_pillar2_rule
from advisor.risk.scores import BANK
from advisor.risk.shapes import loss_histogram, yearly_fan
from ui import jobs
from ui.charts.fan import FanChart
from ui.charts.heatmap import HeatMap
from ui.charts.loss_distribution import LossDistributionChart
from ui.charts.trend import TrendChart
from ui.figures import Explanation, FigureCard
from ui.i18n import language, later, said, tr
from ui.pages.page import Page, clear
from ui.parts import (
    button,
    caption,
    card,
    column,
    eyebrow,
    heading,
    menu_button,
    row,
    soft,
)
from ui.risk_picture import (
    RECOMMENDED,
    RiskPicture,
    breach_frame,
    coverage_frame,
    indicator_frame,
    keep_readings,
    risk_picture,
    stressed,
)
from ui.tables import Column, FrameTable
from ui.theme import theme

LEVELS = {
    "green": later("green"),
    "amber": later("amber"),
    "red": later("red"),
    "unknown": later("unknown"),
}
COVERAGE = {
    "complete": later("complete"),
    "partial": later("partial"),
    "missing": later("missing"),
    "outside the program": later("outside the program"),
}
_LABELS = {
    "without the plan": later("without the plan"),
    "with the plan": later("with the plan"),
}


class RiskPage(Page):
    """Heat map, indicators, stress test, scenarios, regulation; drill down to models."""

    place, name, icon_name = 50, "risk", "risk"
    title = later("Risk")
    lead = later("AI carbon risk beside credit, market and operational risk.")

    def build(self) -> None:
        """Put the sections together; the figures come from a job."""
        self.picture: RiskPicture | None = self.memory.get("picture")
        self.result: StressResult | None = self.memory.get("result")
        self.scenario = QComboBox()
        self.scenario.setAccessibleName(tr("Scenario"))
        self.plan = menu_button(
            tr("Plan"),
            [
                (tr("No plan"), lambda: self._use_plan(None)),
                (tr("The recommended plan"), lambda: self._use_plan(RECOMMENDED)),
                (tr("From a footprint …"), self._choose_plan),
            ],
        )
        self.run = button(tr("Run the stress test"), self.stress, kind="primary", icon_name="play")
        for widget in (self.scenario, self.plan, self.run):
            self.commands.addWidget(widget)
        self._tables()
        self._charts()
        self._content = QWidget()
        self._content.setProperty("role", "page")
        self._content.setLayout(self._sections())
        self._empty = self.show_empty(
            tr("No inventory yet"),
            tr("Import the bank's list of models; this page starts from its footprint."),
            button(tr("Go to the portfolio"), lambda: self.session.go_to("portfolio")),
        )
        for widget in (self._content, self._empty):
            widget.hide()
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.when_changed("models", self._models_changed)
        self.when_changed("readings breaches settings", self.refresh)

    def refresh(self) -> None:
        """Gather scores, indicators and coverage, in a job."""
        kept = frozenset({"stress_test"} if self.result else set[str]()) | (
            {"plan"} if self.memory.get("plan") else set[str]()
        )
        self.work(
            risk_picture,
            self.session.project,
            self.memory.get("exposures"),
            kept,
            date.today(),
            done=self._show,
            doing="" if self.memory.get("exposures") else tr("Working out exposures …"),
        )

    def stress(self) -> None:
        """Run the stress test with the chosen scenario, in a job that can be cancelled."""
        if self.picture is None:
            return
        self.run.setEnabled(False)
        task = self.work(
            _stress_in_job,
            self.picture,
            self.scenario.currentData(),
            self.memory.get("plan"),
            self.session.project,
            done=self._show_result,
            doing=tr("Stress test …"),
        )
        task.ended.connect(lambda: self.run.setEnabled(True))

    def drill(self, business_line: str, driver: str) -> None:
        """Show the models behind a cell of the heat map."""
        if self.picture is None:
            return
        found = self.picture.scores.behind(business_line, driver)
        line = tr("the bank") if business_line == BANK else business_line
        name = next(d.name for d in self.picture.scores.taxonomy.drivers if d.key == driver)
        self._behind_title.setText(
            tr("Models behind {line} × {driver}", line=line, driver=tr(name))
        )
        self.behind.show_frame(found)
        self.behind.setFocus()
        self.session.ask(self._about_driver(driver))

    # -- putting together --------------------------------------------------------------------

    def _tables(self) -> None:
        levels = {code: tr(word) for code, word in LEVELS.items()}
        self.indicators = FrameTable(
            [
                Column("name", tr("Indicator"), stretch=True),
                Column("value", tr("Today"), kind="figure", bar=False),
                Column("unit", tr("Unit")),
                Column("amber", tr("Amber limit")),
                Column("red", tr("Red limit")),
                Column("level", tr("Level"), words=levels, strong=True),
                Column("crossing", tr("Red limit crossed (95 %)")),
                Column("owner", tr("Owner")),
            ],
            key="key",
        )
        self.breaches = FrameTable(
            [
                Column("indicator", tr("Indicator"), stretch=True),
                Column("level", tr("Level"), words=levels, strong=True),
                Column("opened", tr("Opened")),
                Column("owner", tr("Owner")),
                Column("escalated_to", tr("Escalated to")),
                Column("closed", tr("Closed")),
            ],
            key="id",
        )
        self.regulation = FrameTable(
            [
                Column("regime", tr("Regime")),
                Column("reference", tr("Reference")),
                Column("obligation", tr("Asks for"), stretch=True),
                Column("coverage", tr("Coverage"), words={k: tr(v) for k, v in COVERAGE.items()}),
                Column("share", tr("Filled"), kind="share"),
                Column("applies_from", tr("Applies from")),
                Column("checked", tr("Checked")),
            ],
            key="key",
        )
        self.indicators.setMinimumHeight(theme.px(330))
        self.regulation.setMinimumHeight(theme.px(330))
        self.behind = FrameTable(
            [
                Column("model_id", tr("Model")),
                Column("name", tr("Name"), stretch=True),
                Column("inherent", tr("Inherent"), kind="number"),
                Column("effectiveness", tr("Controls"), kind="share"),
                Column("residual", tr("Residual"), kind="number"),
            ],
            key="model_id",
        )
        self.tail = FrameTable(
            [
                Column("model_id", tr("Model")),
                Column("business_line", tr("Business line"), stretch=True),
                Column("expected_loss", tr("Expected loss"), kind="number"),
                Column("shortfall_share", tr("Share of the shortfall"), kind="number"),
                Column("shortfall_share_error", tr("Standard error"), kind="number"),
            ],
            key="model_id",
        )

    def _charts(self) -> None:
        currency = self.picture.bank.currency if self.picture else "EUR"
        self.heat = HeatMap()
        self.losses = LossDistributionChart(currency)
        self.fan = FanChart(tr("Loss in the year"), currency)
        self.prices = FanChart(tr("Carbon price"), "US$2010 / t")
        self._trend = column()
        self.heat.asked.connect(self.drill)
        self.indicators.chosen.connect(self._show_trend)
        self.indicators.cell_asked.connect(self._explain_indicator)

    def _sections(self) -> Any:
        self._figures = column(space="large")
        self._label = caption("")
        self._behind_title = heading(tr("Models behind a cell"))
        self._stress_sections = QWidget()
        self._stress_sections.setProperty("role", "page")
        beside = row(space="large")
        beside.addWidget(card(heading(tr("Loss distribution")), self.losses), 1)
        beside.addWidget(card(heading(tr("Loss year by year")), self.fan), 1)
        self._stress_sections.setLayout(
            column(
                self._figures,
                self._label,
                beside,
                card(heading(tr("Models with the largest share of the shortfall")), self.tail),
                space="large",
            )
        )
        self._stress_sections.hide()
        keep = button(tr("Keep today's readings"), self._keep)
        return column(
            card(
                heading(tr("Residual risk by driver and business line")),
                soft(tr("Score 1 to 5, weighted by carbon. Choose a cell to see its models.")),
                self.heat,
            ),
            card(self._behind_title, self.behind),
            self._stress_sections,
            card(
                row(heading(tr("Indicators")), 1, keep),
                self.indicators,
                self._trend,
                eyebrow(tr("Breach log")),
                self.breaches,
            ),
            card(
                heading(tr("Carbon price of the scenario, by model")),
                soft(tr("The models differ by multiples for one scenario; nothing is averaged.")),
                self.prices,
            ),
            card(
                heading(tr("Regulation")),
                soft(tr("Coverage of the figures asked for. No claim of compliance is made.")),
                self.regulation,
            ),
            space="large",
        )

    # -- showing -----------------------------------------------------------------------------

    def _models_changed(self) -> None:
        if self.memory.get("models") != (stamp := len(self.session.project.models.all())):
            self.memory["models"] = stamp
        elif self.picture is not None and self.memory.get("exposures") is not None:
            self._show(self.picture)
            return
        for name in ("exposures", "result"):
            self.memory.pop(name, None)
        self.result = None

    def _show(self, picture: RiskPicture | None) -> None:
        self.picture = picture
        self.memory["picture"] = picture
        self._content.setVisible(picture is not None)
        self._empty.setVisible(picture is None)
        self.run.setEnabled(picture is not None)
        self.clear_notes()
        if picture is None:
            return
        self.memory["exposures"] = picture.exposures
        for sentence in picture.notes:
            self.note(said(sentence))
        taxonomy = picture.scores.taxonomy
        self.heat.show_scores(
            picture.scores.heat_map(),
            picture.scores.band,
            {code: tr(word) for code, word in LEVELS.items()},
            {d.key: tr(d.name) for d in taxonomy.drivers},
            {BANK: tr("the bank")},
        )
        frame = indicator_frame(picture)
        self.indicators.show_frame(_translated(frame, "name", "owner"))
        breaches = _translated(breach_frame(picture), "indicator", "owner", "escalated_to")
        self.breaches.show_frame(breaches)
        self.regulation.show_frame(_translated(coverage_frame(picture), "obligation"))
        self._fill_scenarios(picture)
        if self.result is not None:
            self._show_result(self.result)

    def _fill_scenarios(self, picture: RiskPicture) -> None:
        if self.scenario.count():
            return
        for scenario in picture.shelf.scenarios.values():
            self.scenario.addItem(tr(scenario.name), scenario.key)
        for pathway in picture.shelf.pathways.values():
            words = pathway.name if pathway.model is None else f"{pathway.name} · {pathway.model}"
            self.scenario.addItem(f"{words} · {pathway.region}", pathway.key)
        self.scenario.setFixedWidth(theme.px(320))
        self.scenario.currentIndexChanged.connect(self._show_prices)
        wanted = self.scenario.findData(self.memory.get("scenario", "orderly"))
        self.scenario.setCurrentIndex(max(wanted, 0))
        self._show_prices()

    def _show_prices(self) -> None:
        if self.picture is None:
            return
        self.memory["scenario"] = self.scenario.currentData()
        chosen = self.picture.shelf.scenario(self.scenario.currentData())
        prices = [p for p in chosen.of(Driver.CARBON_PRICE) if p.model]
        table = pd.DataFrame()
        if prices:
            found = prices[0]
            table = self.picture.shelf.spread(Driver.CARBON_PRICE, found.name, found.region)
        self.prices.show_lines(table)

    def _show_result(self, result: StressResult) -> None:
        if not self.memory.get("result"):
            self.memory["result"] = result
            self.result = result
            self.refresh()
        self.memory["result"] = self.result = result
        clear(self._figures)
        rule, words = read_pillar2_rule(), result.source(language.code)
        for losses in (result.before, result.after):
            if losses is None:
                continue
            label = tr(_LABELS[losses.label])
            cards = row(space="large")
            self._figures.addLayout(cards)
            add_on = pillar2_add_on(losses, rule)
            for name, figure in (
                (tr("Expected loss, {label}", label=label), result.figure(losses.expected_loss())),
                (tr("VaR 99.9 %, {label}", label=label), result.figure(losses.var(0.999))),
                (tr("Pillar 2 add-on, {label}", label=label), result.figure(add_on)),
                (
                    tr("Basis points of CET1, {label}", label=label),
                    cet1_basis_points(add_on, result.bank, result.source()),
                ),
            ):
                made = FigureCard(name, figure)
                made.asked.connect(
                    lambda n=name, f=figure: self.session.ask(
                        Explanation(
                            n,
                            f,
                            formula=said(rule.sentence()),
                            chain=(words,),
                        )
                    )
                )
                cards.addWidget(made, 1)
        self._label.setText(words)
        both = [d for d in (result.before, result.after) if d is not None]
        self.losses.show_losses(
            loss_histogram(both),
            {d.label: tr(_LABELS[d.label]) for d in both},
            {d.label: d.var(0.99).value for d in both},
        )
        self.fan.show_fan(yearly_fan(result.before), colour="danger")
        self.tail.show_frame(result.before.by_model().head(200).round(0))
        for name, count in result.before.not_covered.items():
            self.note(
                tr(
                    "{column} is unknown for {count} models: that loss is not in the figures.",
                    column=name,
                    count=count,
                )
            )
        self._stress_sections.show()

    def _show_trend(self, key: str) -> None:
        clear(self._trend)
        if self.picture is None:
            return
        limit = self.picture.appetite.limit(key)
        kept = self.picture.history.get(key, ())
        if limit is None or not kept:
            return
        chart = TrendChart(tr(limit.name), limit.unit)
        figures = [r.figure for r in kept if r.figure is not None]
        chart.show_readings([r.day for r in kept], figures, limit.amber, limit.red)
        self._trend.addWidget(chart)

    # -- asking and deciding -----------------------------------------------------------------

    def _about_driver(self, driver: str) -> Explanation:
        taxonomy = self.picture.scores.taxonomy if self.picture else None
        assert taxonomy is not None  # a cell is there only with a picture
        found = next(d for d in taxonomy.drivers if d.key == driver)
        return Explanation(
            tr(found.name),
            None,
            formula="residual = 1 + (inherent − 1) · (1 − effectiveness)",
            meaning=tr(found.meaning),
            chain=(taxonomy.source, tr("version {version}", version=taxonomy.version)),
            facts=tuple(
                (tr(t.to), tr(t.channel)) for t in taxonomy.transmissions if t.driver == driver
            ),
        )

    def _explain_indicator(self, key: str, _: str) -> None:
        if self.picture is None:
            return
        limit = self.picture.appetite.limit(key)
        reading = next((r for r in self.picture.readings if r.key == key), None)
        if limit is None or reading is None:
            return
        self.session.ask(
            Explanation(
                tr(limit.name),
                reading.value,
                meaning=said(reading.why_unknown),
                chain=(self.picture.appetite.source,),
                facts=((tr("Models behind it"), ", ".join(reading.models[:12])),),
            )
        )

    def _keep(self) -> None:
        if self.picture is not None:
            keep_readings(self.session.project, self.picture)
            self.session.say(tr("Today's readings are kept."))

    def _choose_plan(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, tr("Footprint after the plan"), "", "CSV, Parquet (*.csv *.parquet)"
        )
        if chosen:
            self._use_plan(Path(chosen))

    def _use_plan(self, plan: Path | str | None) -> None:
        self.memory["plan"] = plan
        words = plan.name if isinstance(plan, Path) else tr("The recommended plan")
        self.plan.setText(f"{words if plan else tr('No plan')}  ▾")


def _stress_in_job(
    picture: RiskPicture, scenario: str, plan: Path | str | None, project: Project
) -> StressResult:
    task = jobs.current_task()

    def progress(done: float) -> None:
        task.check()
        task.report(done)

    return stressed(picture, scenario, plan, project, date.today(), progress)


def _translated(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The frame with words that come from profiles in the reader's language."""
    return frame.assign(**{c: [tr(str(w)) if w else "" for w in frame[c]] for c in columns})


PAGE = RiskPage
