"""Showback: what AI costs each team and business line by month, and who saves what."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QSpinBox, QWidget

from advisor.project import Project
from advisor.report.gather import adopted_budgets
from advisor.risk import ShowbackYear, read_months, showback_year
from advisor.risk.portfolio_exposures import recommended_exposures
from ui.charts.chart import Chart
from ui.i18n import tr
from ui.parts import button, card, column, heading, row, soft
from ui.parts.fields import inset
from ui.parts.words import text
from ui.risk.behind import Drill
from ui.risk.frames import named
from ui.risk.picture import RiskPicture
from ui.tables import Column, FrameTable
from ui.theme import theme


def shown_year(
    project: Project, picture: RiskPicture, year: int, metered: Path | None
) -> ShowbackYear:
    """A year with the recommended plan, in a job. Raises `RiskError`."""
    table = picture.exposures.table
    after = recommended_exposures(picture.study, table, adopted_budgets(project))
    months = read_months(metered) if metered is not None else None
    return showback_year(table, after, picture.bank, year, months)


class ShowbackTab(QWidget):
    """Emits `wanted` with a year and a file of metered months (or nothing), and `drilled`."""

    wanted = Signal(int, str)
    drilled = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self.picture: RiskPicture | None = None
        self.metered: Path | None = None
        self.year = inset(QSpinBox())
        self.year.setRange(2000, 2100)
        self.year.setValue(date.today().year)
        self.year.setAccessibleName(tr("Year"))
        self.year.setKeyboardTracking(False)
        self.year.valueChanged.connect(self._ask)
        self.chart = Chart(tr("Month"), tr("Cost of the month"), legend=True)
        self.chart.setMinimumHeight(theme.px(300))
        self.chart.hide()
        self._about = soft("")
        self.teams = FrameTable(
            [
                Column("business_line", tr("Business line"), stretch=True, strong=True),
                Column("owner", tr("Team or owner"), width=120),
                Column("models", tr("Models"), kind="number", width=72),
                Column("energy_kwh", tr("Energy [kWh]"), kind="number", width=126),
                Column("carbon_kg", tr("Carbon [kg CO₂e]"), kind="number", width=164),
                Column("energy_cost", tr("Energy cost"), kind="number", width=108),
                Column("carbon_cost", tr("Carbon cost"), kind="number", width=108),
                Column("cost", tr("Cost"), kind="number", width=96),
            ],
            key="key",
        )
        self.saved = FrameTable(
            [
                Column("business_line", tr("Business line"), stretch=True, strong=True),
                Column("owner", tr("Team or owner"), width=120),
                Column("carbon_saved_kg", tr("Plan saves [kg]"), kind="number", width=156),
                Column("money_saved", tr("Plan saves [money]"), kind="number", width=136),
                Column("share_of_saving", tr("Share of savings"), kind="share", width=110),
                Column(
                    "since_last_year_kg",
                    tr("Saved since last year [kg]"),
                    kind="number",
                    width=214,
                    hint=tr("Only where the inventory states last year's footprint."),
                ),
            ],
            key="key",
        )
        for table in (self.teams, self.saved):
            table.setMinimumHeight(theme.px(300))
            table.chosen.connect(self._drill)
        head = row(
            heading(tr("Cost by business line and month")),
            1,
            text(tr("Year"), "soft", wrap=False),
            self.year,
            button(tr("Metered months …"), self._choose),
            space="small",
        )
        self.setLayout(
            column(
                card(head, self._about, self.chart),
                card(heading(tr("The year by team")), self.teams),
                card(
                    heading(tr("Who saves what")),
                    soft(tr("The recommended plan by team, largest saving first.")),
                    self.saved,
                ),
                space="large",
            )
        )

    def show_picture(self, picture: RiskPicture) -> None:
        """Ask for the year of a new picture."""
        self.picture = picture
        self._ask()

    def show_year(self, shown: ShowbackYear) -> None:
        """Show a year."""
        if self.picture is None:
            return
        bank = self.picture.bank
        self._about.setText(
            tr(
                "Power price plus {price} {currency} per tonne CO₂e, prices of {year}. "
                "Months: {basis}.",
                price=f"{bank.internal_carbon_price_per_t:g}",
                currency=bank.currency,
                year=str(bank.price_year),
                basis=", ".join(tr(part) for part in shown.basis),
            )
        )
        self._show_months(shown, bank.currency)
        self.chart.show()
        self.teams.show_frame(_keyed(shown.teams))
        self.saved.show_frame(_keyed(shown.saved))

    # -- inside ------------------------------------------------------------------------------

    def _show_months(self, shown: ShowbackYear, currency: str) -> None:
        self.chart.clear()
        self.chart.item.getAxis("left").setLabel(f"{tr('Cost of the month')} [{currency}]")
        wide = shown.months.pivot_table(
            index="month", columns="business_line", values="cost", aggfunc="sum"
        ).fillna(0.0)
        places = list(range(len(wide)))
        below = wide.cumsum(axis=1).shift(axis=1).fillna(0.0)
        shades = theme.tokens.series
        for number, line in enumerate(wide.columns):
            self.chart.bars(
                places,
                wide[line],
                base=below[line],
                colour=shades[number % len(shades)],
                name=tr(str(line)),
            )
        self.chart.names([f"{month:%m}" for month in wide.index])
        self.chart.item.setXRange(-0.5, len(wide) + 2.5)  # the legend stands to the right

    def _drill(self, key: str) -> None:
        if self.picture is None:
            return
        line, _, owner = key.partition(" · ")
        table = self.picture.exposures.table
        mine = table[(table["business_line"] == line) & (table["owner"].fillna("") == owner)]
        chosen = mine.sort_values("carbon_kg", ascending=False)[["model_id", "energy_kwh"]]
        energy = Column("energy_kwh", tr("Energy [kWh]"), kind="number", width=120)
        title = tr("Models behind: {name}", name=key)
        self.drilled.emit(Drill(title, named(self.picture, chosen), (energy,)))

    def _choose(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, tr("Metered months"), "", "CSV, Parquet (*.csv *.parquet)"
        )
        if chosen:
            self.metered = Path(chosen)
            self._ask()

    def _ask(self) -> None:
        if self.picture is not None:
            self.wanted.emit(self.year.value(), str(self.metered or ""))


def _keyed(table: pd.DataFrame) -> pd.DataFrame:
    keys = table["business_line"] + " · " + table["owner"]
    return table.assign(key=keys).reset_index(drop=True)
