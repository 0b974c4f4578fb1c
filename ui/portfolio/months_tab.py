"""Months ahead under “do nothing” and plans, and the metered actuals beside a kept plan."""

from __future__ import annotations

from typing import Any

import pandas as pd
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QWidget

from advisor.portfolio import KeptPlan, Plan, SimulationSettings, beside, grids_of, simulate
from advisor.portfolio.kept_plan import Beside
from advisor.project.inventory import TERMS
from ui.charts.chart import Chart
from ui.i18n import later, tr
from ui.jobs import Task
from ui.pages.page import Page
from ui.parts import button, caption, card, column, grid, heading, row, soft
from ui.parts.fields import inset
from ui.portfolio.picture import PortfolioPicture
from ui.portfolio.readings import ask_readings, paste_readings
from ui.tables import Column, FrameTable
from ui.theme import theme

ASSUMED = {
    "months": (later("Months shown"), "", 1.0, 1, 360),
    "growth_per_year": (later("Growth of calls, where none is planned"), "%", 100.0, -90, 500),
    "grid_change_per_year": (later("Change of grid intensity"), "%", 100.0, -50, 50),
    "changes_per_month": (later("Changes made in a month"), "", 1.0, 0.1, 10000),
    "reserved_hours_per_week": (later("Reserved capacity on, hours a week"), "", 1.0, 0, 168),
}
_WAIT_MS = 400
Lines = dict[str, pd.DataFrame]


def lines_of(picture: PortfolioPicture, plan: Plan | None, kept: KeptPlan | None) -> Lines:
    """Months by plan, in a job: nothing, recommended, and a kept one as it was kept."""
    settings = picture.terms.simulation
    made: Lines = {"nothing": simulate(picture.footprint, None, settings)}
    if plan is not None:
        made["recommended"] = simulate(picture.footprint, plan.chosen, settings)
    if kept is not None:
        names = ["carbon_kg", "carbon_kg_low", "carbon_kg_high"]
        made["kept"] = pd.DataFrame(kept.months, columns=names)
    return made


def besides(picture: PortfolioPicture, kept: KeptPlan) -> list[Beside]:
    """Metered months beside a kept plan, in a job."""
    return beside(kept, picture.metered, grids_of(picture.footprint))


class MonthsTab(QWidget):
    """Assumptions, the lines with their intervals, actuals with the difference explained."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._page = page
        self.picture: PortfolioPicture | None = None
        self.plan: Plan | None = None
        self._filling = False
        self._asked: list[Task] = []
        self.fields: dict[str, QDoubleSpinBox] = {n: self._field(n) for n in ASSUMED}
        self.kept = QComboBox()
        self.kept.setAccessibleName(tr("Kept plan"))
        self.kept.setMinimumWidth(theme.px(200))
        self.kept.activated.connect(self.refresh)
        self.chart = Chart(
            tr("Month of the plan"), tr("Carbon a month"), y_unit="kg CO₂e", legend=True
        )
        self.chart.setFixedHeight(theme.px(300))
        self.actuals = FrameTable(_columns(), key="month")
        self.actuals.setMinimumHeight(theme.px(220))
        self._sum = soft("")
        self._said = soft("")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT_MS)
        self._timer.timeout.connect(self._assume)
        self.setLayout(column(self._ahead(), self._actuals(), space="large"))

    def show_picture(self, picture: PortfolioPicture) -> None:
        """Show another picture."""
        self.picture = picture
        if not self._timer.isActive():  # else what was just typed would be taken back
            self._filling = True
            for name, field in self.fields.items():
                field.setValue(getattr(picture.terms.simulation, name) * ASSUMED[name][2])
            self._filling = False
        self.refresh()

    def show_plan(self, plan: Plan | None) -> None:
        """The plan in force changed."""
        self.plan = plan
        self.refresh()

    def show_kept(self) -> None:
        """Offer the plans kept in the project."""
        names = [p.name for p in reversed(self._page.session.project.shelf("plans").all())]
        chosen = self.kept.currentData()
        self.kept.clear()
        self.kept.addItem(tr("no kept plan"), None)
        for name in names:
            self.kept.addItem(name, name)
        wanted = chosen if chosen in names else (names[0] if names else None)
        self.kept.setCurrentIndex(max(self.kept.findData(wanted), 0))
        self.refresh()

    def refresh(self) -> None:
        """Work the lines out anew, in a job."""
        if self.picture is None or self.picture.total is None:
            return
        for earlier in self._asked:  # its answer may come last and be the wrong one
            earlier.cancel()
        kept = self.chosen()
        self._asked = [self._page.work(lines_of, self.picture, self.plan, kept, done=self._show)]
        if kept is None:
            self._show_actuals([])
        else:
            self._asked.append(
                self._page.work(besides, self.picture, kept, done=self._show_actuals)
            )

    def chosen(self) -> KeptPlan | None:
        """The kept plan beside the others."""
        name = self.kept.currentData()
        return self._page.session.project.shelf("plans").get(name) if name else None

    # -- putting together --------------------------------------------------------------------

    def _ahead(self) -> QWidget:
        fields: list[tuple[str, QWidget]] = [
            (tr(ASSUMED[name][0]), field) for name, field in self.fields.items()
        ]
        fields.append((tr("Kept plan beside them"), self.kept))
        rows: list[list[QWidget | None]] = [[soft(words), field] for words, field in fields]
        side = QWidget()
        side.setFixedWidth(theme.px(370))
        side.setLayout(column(grid(rows, space="small"), 1))
        note = caption(
            tr(
                "Bands are 95 % intervals: growth, grid and today's level hit all models alike. "
                "The schedule of reserved capacity counts under plans only."
            )
        )
        return card(
            heading(tr("Months ahead")), row(side, self.chart, space="large"), self._sum, note
        )

    def _actuals(self) -> QWidget:
        page = self._page
        return card(
            row(
                heading(tr("Actuals beside the kept plan")),
                1,
                button(tr("Paste readings"), lambda: paste_readings(page)),
                button(tr("Import meter readings …"), lambda: ask_readings(page)),
                space="small",
            ),
            caption(
                tr(
                    "A table with model id, month, energy and calls. The difference is split "
                    "exactly into volume, efficiency (kWh per call) and grid intensity."
                )
            ),
            self._said,
            self.actuals,
        )

    def _field(self, name: str) -> QDoubleSpinBox:
        words, unit, _, low, high = ASSUMED[name]
        made = inset(QDoubleSpinBox())
        made.setAccessibleName(tr(words))
        made.setRange(low, high)
        made.setDecimals(0 if name in ("months", "reserved_hours_per_week") else 1)
        made.setSuffix(f" {unit}" if unit else "")
        made.setKeyboardTracking(False)
        made.setMaximumWidth(theme.px(110))
        made.valueChanged.connect(self._touched)
        return made

    # -- what is shown -----------------------------------------------------------------------

    def _touched(self) -> None:
        if not self._filling:
            self._timer.start()

    def _assume(self) -> None:
        if self.picture is None:
            return
        values: dict[str, Any] = {
            n: field.value() / ASSUMED[n][2] for n, field in self.fields.items()
        }
        values["months"] = int(values["months"])
        before = self.picture.terms
        settings = SimulationSettings.model_validate(before.simulation.model_dump() | values)
        after = before.model_copy(update={"simulation": settings})
        words = tr("Change the assumptions about months ahead")
        self._page.session.set(words, **{TERMS: after.model_dump(mode="json")})

    def _show(self, lines: Lines) -> None:
        kept = self.chosen()
        named = (
            ("nothing", tr("do nothing"), "ink_soft"),
            ("recommended", tr("the plan as set"), "accent"),
            ("kept", kept.name if kept else "", "warning"),
        )
        self.chart.clear()
        longest = 1
        for key, words, colour in named:
            if key not in lines:
                continue
            table = lines[key]
            months = list(range(1, len(table) + 1))
            self.chart.band(months, table["carbon_kg_low"], table["carbon_kg_high"], colour=colour)
            self.chart.line(months, table["carbon_kg"], name=words, colour=colour)
            longest = max(longest, len(table))
        self.chart.item.setXRange(0, 1.35 * longest, padding=0)  # the legend stands to the right
        self._sum.setText(_last(lines))

    def _show_actuals(self, lines: list[Beside]) -> None:
        kept = self.chosen()
        self.actuals.setVisible(bool(lines))
        if lines:
            words = tr("Over the models that were metered in the month.")
        elif kept is None:
            words = tr("Keep a plan first (under Plan); actuals are compared with it.")
        else:
            words = tr("No metered month lies within this plan yet.")
        self._said.setText(words)
        self.actuals.show_frame(_rows(lines))


def _last(lines: Lines) -> str:
    if "recommended" not in lines:
        return ""
    nothing, plan = (lines[k].iloc[-1] for k in ("nothing", "recommended"))
    return tr(
        "In month {n}: {a} kg CO₂e ({a_low} – {a_high}) under “do nothing”, {b} ({b_low} – "
        "{b_high}) under the plan as set.",
        n=len(lines["nothing"]),
        a=f"{nothing['carbon_kg']:,.0f}",
        a_low=f"{nothing['carbon_kg_low']:,.0f}",
        a_high=f"{nothing['carbon_kg_high']:,.0f}",
        b=f"{plan['carbon_kg']:,.0f}",
        b_low=f"{plan['carbon_kg_low']:,.0f}",
        b_high=f"{plan['carbon_kg_high']:,.0f}",
    )


def _rows(lines: list[Beside]) -> pd.DataFrame:
    records = [
        {
            "month": f"{line.month:%Y-%m}",
            "metered": line.metered,
            "share": line.share,
            "plan": line.planned_kg,
            "plan_low": line.planned_low_kg,
            "plan_high": line.planned_high_kg,
            "plan_provenance": "predicted",
            "actual": line.actual_kg,
            "actual_provenance": "imported",
            "volume": _signed(line.difference.volume_kg),
            "efficiency": _signed(line.difference.efficiency_kg),
            "intensity": _signed(line.difference.intensity_kg),
            "unsplit": _signed(line.difference.unsplit_kg),
            "verdict": tr("differs") if line.distinguishable else tr("alike"),
        }
        for line in lines
    ]
    columns = [c.name for c in _columns()]
    return pd.DataFrame(records) if records else pd.DataFrame(columns=columns)


def _signed(kg: float) -> str:
    return f"{kg:+,.1f}"


def _columns() -> list[Column]:
    kg = "kgCO2e"
    return [
        Column("month", tr("Month"), width=78),
        Column("metered", tr("Models"), kind="number", width=66),
        Column("share", tr("Of the plan"), kind="share", width=92),
        Column("plan", tr("Plan"), "figure", kg, width=124),
        Column("actual", tr("Actual"), "figure", kg, width=130, bar=False),
        Column("volume", tr("Volume, kg"), width=88),
        Column("efficiency", tr("Efficiency, kg"), width=104),
        Column("intensity", tr("Intensity, kg"), width=98),
        Column("unsplit", tr("Not split, kg"), width=98, hint=tr("Nobody counted the calls")),
        Column("verdict", tr("Finding"), stretch=True, hint=tr("Against the plan's interval")),
    ]
