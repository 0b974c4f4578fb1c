"""Where the carbon is: map, abatement curve, and the models, filtered or grouped."""

from __future__ import annotations

import pandas as pd
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from advisor.portfolio import Plan
from ui.i18n import later, tr
from ui.pages.page import Page
from ui.parts import caption, card, column, heading, quiet, row, soft
from ui.portfolio.abatement_steps import AbatementSteps
from ui.portfolio.carbon_map import CarbonMap
from ui.portfolio.explain import explain_model, explain_saving
from ui.portfolio.model_rows import (
    GROUP_WORDS,
    by_line_and_tier,
    group_words,
    groups_table,
    in_group,
    models_table,
    narrowed,
)
from ui.portfolio.picture import PortfolioPicture, action_words
from ui.tables import Column, FrameTable
from ui.theme import theme

VERDICTS = {
    "no regret": later("no regret"),
    "on the frontier": later("on the frontier"),
}


_UNSHOWN = {*GROUP_WORDS} - {"business_line", "tier"}
"""Columns to group by that the table does not show."""


class ModelsTab(QWidget):
    """One selection moves map, curve and tables."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._page = page
        self.picture: PortfolioPicture | None = None
        self.plan: Plan | None = None
        self._frame = pd.DataFrame({"id": []})
        self._narrowed: tuple[str, str] | None = None
        self._in_group: str | None = None
        self.map = CarbonMap()
        self.map.setAccessibleName(tr("Carbon by business line and tier"))
        self.curve = AbatementSteps("kg CO₂e")
        for chart in (self.map, self.curve):
            chart.setFixedHeight(theme.px(270))
        self.table = FrameTable(_columns(), key="id")
        self.table.setMinimumHeight(theme.px(420))
        self.groups = FrameTable(_group_columns(), key="group")
        self.groups.setFixedHeight(theme.px(250))
        self.groups.hide()
        self._controls()
        self.setLayout(column(self._charts(), self._table_card(), space="large"))
        self._connect()

    def show_picture(self, picture: PortfolioPicture) -> None:
        """Show another picture; the plan comes by `show_plan`."""
        self.picture = picture
        self._show_map(picture)
        self._show_curve(picture)

    def show_plan(self, plan: Plan | None) -> None:
        """Show what a plan does with each model, worked out in a job."""
        self.plan = plan
        if self.picture is not None:
            self._page.work(models_table, self.picture, plan, done=self._show_models)
            self._group()

    def select(self, key: str) -> None:
        """Follow the linked selection."""
        self.table.select_key(key or None)
        if self.picture is not None:
            steps = self.picture.curve
            mine = steps.loc[steps["id"] == key, "option"].tolist()
            self.curve.mark(str(mine[-1]) if mine else None)

    def explain(self, model_id: str, column_name: str) -> None:
        """Answer where a cell of the table comes from."""
        if self.picture is None:
            return
        asked_plan = column_name in ("action", "saved_kg", "probability")
        found = explain_saving if asked_plan else explain_model
        self._page.session.ask(found(self.picture, self.plan, model_id))

    def narrow(self, part: tuple[str, str] | None) -> None:
        """Show the models of one business line and tier; the same again or None shows all."""
        self._narrowed = None if part == self._narrowed else part
        self._in_group = None
        line, tier = self._narrowed or (None, None)
        self.map.pick(line, tier)
        self.groups.clearSelection()
        self._fill()

    def group_by(self, by: str | None) -> None:
        """Group the models by a field of `GROUP_WORDS`; None shows them alone."""
        self.by.setCurrentIndex(max(self.by.findData(by), 0))
        self._group()
        if self._in_group is not None:
            self._in_group = None
            self._fill()

    # -- putting together --------------------------------------------------------------------

    def _controls(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Filter the models"))
        self.search.setAccessibleName(tr("Filter the models"))
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(theme.px(210))
        self.by = QComboBox()
        self.by.setAccessibleName(tr("Group by"))
        self.by.addItem(tr("Not grouped"), None)
        for name, words in GROUP_WORDS.items():
            self.by.addItem(tr("By: {what}", what=tr(words)), name)
        self._count = soft("")
        self._count.setWordWrap(False)
        self._widen = quiet(tr("Show all"), self._show_all, icon_name="close")
        self._widen.hide()

    def _charts(self) -> QWidget:
        made = QWidget()
        made.setProperty("role", "page")
        charts = row(space="large")
        for title, words, chart in (
            (
                tr("Where the carbon is"),
                tr("Business line and tier; darker is more material. Click to filter."),
                self.map,
            ),
            (
                tr("Abatement curve"),
                tr("No regret first, then by carbon saved per accuracy point."),
                self.curve,
            ),
        ):
            charts.addWidget(card(heading(title), caption(words), chart, 1), 1)
        made.setLayout(charts)
        return made

    def _table_card(self) -> QWidget:
        head = row(
            heading(tr("Models of the inventory")),
            self._count,
            1,
            self._widen,
            self.by,
            self.search,
            space="small",
        )
        return card(head, self.groups, self.table)

    def _connect(self) -> None:
        self.map.chosen.connect(lambda line, tier: self.narrow((line, tier)))
        self.curve.clicked.connect(self._step_chosen)
        self.table.chosen.connect(self._page.session.select)
        self.table.cell_asked.connect(self.explain)
        self.groups.chosen.connect(self._group_chosen)
        self.by.activated.connect(lambda: self.group_by(self.by.currentData()))
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(150)
        self._typing.timeout.connect(self.filter)
        self.search.textChanged.connect(self._typing.start)

    # -- models ------------------------------------------------------------------------------

    def filter(self) -> None:
        """Show only models that contain the words of the search field."""
        self.table.filter(self.search.text())
        self._say_count()

    def _show_models(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._fill()

    def _fill(self) -> None:
        frame = self._frame
        if len(frame) and self._narrowed is not None:
            frame = narrowed(frame, *self._narrowed)
        by = self.by.currentData()
        if len(frame) and by is not None and self._in_group is not None:
            frame = in_group(frame, by, self._in_group)
        self._widen.setVisible(self._narrowed is not None or self._in_group is not None)
        self.table.show_frame(frame[[c for c in frame.columns if c not in _UNSHOWN]])
        self._say_count()

    def _say_count(self) -> None:
        shown, known = self.table.rows.rowCount(), len(self._frame)
        words = tr("{n} models", n=shown)
        self._count.setText(words if shown == known else tr("{n} of {all}", n=shown, all=known))

    def _show_all(self) -> None:
        self._narrowed = None
        self.narrow(None)

    def _group(self) -> None:
        by = self.by.currentData()
        self.groups.setVisible(by is not None)
        if by is not None and self.picture is not None:
            self._page.work(groups_table, self.picture, self.plan, by, done=self.groups.show_frame)

    def _group_chosen(self, name: str) -> None:
        self._in_group = name
        self._fill()

    # -- charts ------------------------------------------------------------------------------

    def _show_map(self, picture: PortfolioPicture) -> None:
        frame = by_line_and_tier(picture)
        tips = {
            (str(r["group"]), str(r["part"])): tr(
                "{line}, {tier}: {carbon} kg CO₂e a year, {n} models",
                line=str(r["group"]) or tr("no business line"),
                tier=_tier(str(r["part"])),
                carbon=f"{r['value']:,.0f}",
                n=int(r["models"]),
            )
            for r in frame.to_dict("records")
        }
        self.map.show_parts(frame, lambda g: g or tr("no business line"), _tier, tips)

    def _show_curve(self, picture: PortfolioPicture) -> None:
        steps = picture.curve
        options = picture.options

        def label(number: int) -> str:
            step = steps.iloc[number]
            mine = options.loc[options["option"] == step["option"], "fallback"]
            return tr(
                "{id}: {what}. Saves {saved} kg CO₂e a year, loses {loss} points",
                id=str(step["id"]),
                what=action_words(str(step["kind"]), str(step["name"]), mine.iloc[0]),
                saved=f"{step['step_saved_kg']:,.3g}",
                loss=f"{step['step_loss']:.2f}",
            )

        self.curve.show_curve(steps, label, {k: tr(v) for k, v in VERDICTS.items()})

    def _step_chosen(self, option: str) -> None:
        if self.picture is None:
            return
        steps = self.picture.curve
        found = steps.loc[steps["option"] == option, "id"].tolist()
        if found:
            if self._narrowed is not None or self._in_group is not None:
                self._show_all()
            if self.search.text():
                self.search.clear()
                self.filter()
            self._page.session.select(str(found[0]))


def _tier(part: str) -> str:
    return group_words("tier", part) if part else tr("no tier")


def _columns() -> list[Column]:
    return [
        Column("id", tr("Model"), width=74),
        Column("name", tr("Name"), stretch=True, strong=True),
        Column("business_line", tr("Business line"), width=112),
        Column("tier", tr("Tier"), kind="number", width=56),
        Column("carbon_kg", tr("Carbon a year"), "figure", "kgCO2e", width=114, log=True),
        Column("quality", tr("Quality"), kind="number", width=62, hint=_quality_hint()),
        Column("action", tr("Recommended"), width=178),
        Column("saved_kg", tr("Saves a year"), "figure", "kgCO2e", width=112, log=True),
        Column(
            "probability",
            tr("Right in"),
            kind="share",
            width=70,
            hint=tr("Share of the draws in which this is the best option of the model"),
        ),
    ]


def _group_columns() -> list[Column]:
    return [
        Column("shown", tr("Group"), stretch=True, strong=True),
        Column("models", tr("Models"), kind="number", width=90),
        Column("covered", tr("Covered"), kind="number", width=90),
        Column("carbon_kg", tr("Carbon a year"), "figure", "kgCO2e", width=150, log=True),
        Column("quality", tr("Quality"), kind="number", width=80, hint=_quality_hint()),
        Column("saved_kg", tr("The plan saves"), "figure", "kgCO2e", width=130, bar=False),
    ]


def _quality_hint() -> str:
    return tr("Data quality from 1 (measured) to 5 (unknown or far beyond the data)")
