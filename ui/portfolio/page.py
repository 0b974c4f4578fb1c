"""The portfolio page: where the inventory's carbon is, the plan that cuts it, and its review."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from advisor.portfolio import Budgets, Plan
from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.review import Decision, propose
from ui import jobs
from ui.figures import FigureCard, provenance_word
from ui.i18n import later, said, tr
from ui.pages.page import Page, clear
from ui.parts import button, caption, card, column, heading, menu_button, quiet, row, soft
from ui.parts.drop_area import paths_of
from ui.portfolio.abatement_steps import AbatementSteps
from ui.portfolio.carbon_map import CarbonMap
from ui.portfolio.explain import (
    explain_model,
    explain_plan,
    explain_quality,
    explain_saving,
    explain_shares,
    explain_total,
)
from ui.portfolio.import_card import (
    Arrival,
    ImportCard,
    arrival_of,
    keep,
    keep_sample,
    mapped,
    mended,
)
from ui.portfolio.picture import (
    PortfolioPicture,
    Predictions,
    action_words,
    by_line_and_tier,
    models_table,
    narrowed,
    pictures,
    plan_saving,
    solved,
)
from ui.portfolio.review_card import ReviewCard
from ui.portfolio.what_if import WhatIfCard
from ui.portfolio.words_card import WordsCard
from ui.reception import INCOMING
from ui.tables import Column, FrameTable
from ui.theme import theme

BUDGETS = "portfolio_budgets"
"""Setting of the project: the limits of the recommended plan."""
VERDICTS = {
    "no regret": later("no regret"),
    "on the frontier": later("on the frontier"),
}


class PortfolioPage(Page):
    """Import, footprint, plan, review. One selection moves table, curve and details."""

    place, name, icon_name = 40, "portfolio", "portfolio"
    title = later("Portfolio")
    lead = later("Which models to shrink, move or retire, and what it saves.")

    def build(self) -> None:
        """Figures, map and curve, table, what-if, review; filled by a job."""
        self.picture: PortfolioPicture | None = None
        self.plan: Plan | None = None
        self._task: jobs.Task | None = None
        self._solving: jobs.Task | None = None
        self._narrowed: tuple[str, str] | None = None
        self.setAcceptDrops(True)
        self._import = menu_button(
            tr("Import"),
            [
                (tr("From a file …"), self._ask_file),
                (tr("Paste from the clipboard"), self.paste),
            ],
            kind="primary",
            icon_name="table",
        )
        self.commands.addWidget(self._import)
        self.importing = ImportCard()
        self._figures = row(space="medium")
        self._content = self._sections()
        self._empty = self._ways_in()
        for widget in (self.importing, self._content, self._empty):
            widget.hide()
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self._connect()
        self.when_changed("models", self.refresh)
        self.when_changed("decisions", self._show_decisions)
        self._show_arrival(self.memory.get("arrival"))

    def refresh(self) -> None:
        """Work everything out anew, in a job: first what is known, then what is predicted."""
        if self._task is not None:
            self._task.cancel()
        kept: PortfolioPicture | None = self.memory.get("picture")
        earlier = None
        if kept is not None and kept.predictions is not None:
            earlier = Predictions(kept.predictions, kept.seal)
        project = self.session.project
        self._task = jobs.follow(
            self,
            lambda: pictures(project, earlier),
            on_event=self._show,
            failed=self.complain,
            doing=tr("Working out footprint, options and plan …"),
        )
        self.progress.show_task(self._task)

    def paste(self) -> None:
        """Take in what is on the clipboard."""
        self._read(QGuiApplication.clipboard().text())

    def open_inventory(self, path: Path) -> None:
        """Take in a file: shows mapping, wrong rows and difference."""
        self._read(path)

    def open_sample(self) -> None:
        """Put the fictitious models into the project."""
        self.work(keep_sample, self.session.project, doing=tr("Making 600 fictitious models …"))

    def explain(self, model_id: str, column_name: str) -> None:
        """Answer where a cell of the table comes from."""
        if self.picture is None:
            return
        asked_plan = column_name in ("action", "saved_kg", "probability")
        found = explain_saving if asked_plan else explain_model
        self.session.ask(found(self.picture, self.plan, model_id))

    # -- putting together --------------------------------------------------------------------

    def _sections(self) -> QWidget:
        self.map = CarbonMap()
        self.map.setAccessibleName(tr("Carbon by business line and tier"))
        self.curve = AbatementSteps("kg CO₂e")
        for chart in (self.map, self.curve):
            chart.setFixedHeight(theme.px(270))
        self.table = FrameTable(_columns(), key="id")
        self.table.setMinimumHeight(theme.px(420))
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Filter the models"))
        self.search.setAccessibleName(tr("Filter the models"))
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(theme.px(240))
        self._count = soft("")
        self._count.setWordWrap(False)
        self._widen = quiet(tr("Show all"), lambda: self._narrow(None), icon_name="close")
        self._widen.hide()
        self.what_if = WhatIfCard()
        self.review = ReviewCard()
        charts = row(space="large")
        charts.addWidget(
            card(
                heading(tr("Where the carbon is")),
                caption(tr("Business line and tier; darker is more material. Click to filter.")),
                self.map,
                1,
            ),
            1,
        )
        charts.addWidget(
            card(
                heading(tr("Abatement curve")),
                caption(tr("No regret first, then by carbon saved per accuracy point.")),
                self.curve,
                1,
            ),
            1,
        )
        head = row(
            heading(tr("Models of the inventory")),
            self._count,
            1,
            self._widen,
            self.search,
            space="small",
        )
        parts = (self._figures, charts, card(head, self.table), self.what_if, self.review)
        made = QWidget()
        made.setProperty("role", "page")
        made.setLayout(column(*parts, space="large"))
        return made

    def _ways_in(self) -> QWidget:
        return self.show_empty(
            tr("No inventory yet"),
            tr(
                "Import the bank's list of models: a file (.csv, .xlsx, .parquet; drop it here) or "
                "cells copied from a spreadsheet. Or look at 600 fictitious models of a bank."
            ),
            button(tr("Import a file …"), self._ask_file, kind="primary", icon_name="table"),
            button(tr("Paste from the clipboard"), self.paste),
            button(tr("Open 600 fictitious models"), self.open_sample, icon_name="play"),
        )

    def _connect(self) -> None:
        self.importing.remapped.connect(self._remap)
        self.importing.mended.connect(self._mend)
        self.importing.confirmed.connect(self._confirm)
        self.importing.left.connect(lambda: self._show_arrival(None))
        self.map.chosen.connect(lambda line, tier: self._narrow((line, tier)))
        self.curve.clicked.connect(self._step_chosen)
        self.table.chosen.connect(self.session.select)
        self.table.cell_asked.connect(self.explain)
        self.session.selected.connect(self._selected)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(150)
        self._typing.timeout.connect(self._filter)
        self.search.textChanged.connect(self._typing.start)
        self.what_if.wanted.connect(self._solve)
        self.what_if.adopted.connect(self._adopt)
        self.review.decided.connect(self._decide)
        self.review.proposed.connect(self._propose)
        self.review.chosen.connect(self.session.select)
        self.review.complained.connect(self.complain)

    # -- in ----------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(_is_table(p) for p in paths_of(event)):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        found = [p for p in paths_of(event) if _is_table(p)]
        if found:
            event.acceptProposedAction()
            self.open_inventory(found[0])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        path = self.session.memory.pop(INCOMING, None)
        if path is not None:
            self.open_inventory(path)

    def _ask_file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self,
            tr("Import an inventory"),
            "",
            tr("Inventories") + " (*.xlsx *.csv *.tsv *.parquet)",
        )
        if chosen:
            self.open_inventory(Path(chosen))

    def _read(self, source: Path | str) -> None:
        self.work(
            arrival_of,
            self.session.project,
            source,
            done=self._show_arrival,
            doing=tr("Reading the inventory …"),
        )

    def _show_arrival(self, arrival: Arrival | None) -> None:
        self.memory["arrival"] = arrival
        self.importing.setVisible(arrival is not None)
        if arrival is not None:
            self.importing.show_arrival(arrival)
        self._show_which()

    def _remap(self, mapping: object) -> None:
        arrival = self.importing.arrival
        if arrival is not None:
            project, source = self.session.project, arrival.source
            self.work(mapped, project, source, arrival.raw, mapping, done=self._show_arrival)

    def _mend(self, number: int, column_name: str, cell: str) -> None:
        project, arrival = self.session.project, self.importing.arrival
        if arrival is not None:
            self.work(mended, project, arrival, number, column_name, cell, done=self._show_arrival)

    def _confirm(self) -> None:
        arrival = self.importing.arrival
        if arrival is None:
            return
        self.importing.confirm.setEnabled(False)
        self.work(
            keep,
            self.session.project,
            arrival,
            done=self._imported,
            doing=tr("Importing {n} models …", n=len(arrival.raw)),
        )

    def _imported(self, count: int) -> None:
        self._show_arrival(None)
        self.session.say(tr("{n} models were imported.", n=count))

    # -- what is shown -----------------------------------------------------------------------

    def _show(self, picture: PortfolioPicture | None) -> None:
        self.picture = picture
        self.memory["picture"] = picture
        self._show_which()
        self.clear_notes()
        if picture is None:
            return
        if picture.fictitious:
            self.note(tr("These models are fictitious: made by a seeded script, of no real bank."))
        if picture.predictions is None:
            self.note(
                tr("The energy of models nobody measured is being predicted; figures will change.")
            )
        self.plan = picture.fullest
        budgets: Budgets = self.memory.get("budgets") or self._budgets()
        if picture.fullest is not None:
            self.what_if.show_ranges(picture.fullest, budgets)
            self.what_if.show_plan(picture.fullest)
        self._show_map(picture)
        self._show_curve(picture)
        self._show_plan_everywhere()
        self._show_decisions()
        if budgets != Budgets():
            self._solve(budgets)

    def _show_which(self) -> None:
        arriving = self.memory.get("arrival") is not None
        empty = self.picture is None and not self.session.project.models.count()
        self._content.setVisible(self.picture is not None and not arriving)
        self._empty.setVisible(empty and not arriving)
        self._import.setVisible(self.picture is not None and not arriving)

    def _show_plan_everywhere(self) -> None:
        if self.picture is not None:
            self._fill_figures(self.picture)
            self._fill_table()

    def _fill_figures(self, picture: PortfolioPicture) -> None:
        clear(self._figures)
        total, plan = picture.total, self.plan
        planned = plan is not None and plan.feasible
        shares = sorted((total.share_by_provenance if total else {}).items(), key=lambda i: -i[1])
        said_shares = [f"{provenance_word(n)} {100 * s:.0f} %" for n, s in shares]
        carbon = FigureCard(
            tr("Carbon of all models a year"),
            total.carbon_location_kg if total else None,
            tr("{n} of {all} models covered", n=total.covered, all=total.models) if total else "",
        )
        saving = FigureCard(
            tr("Saving of the plan"),
            plan_saving(plan) if plan is not None and planned else None,
            tr("{n} changes", n=len(plan.chosen)) if plan is not None and planned else "",
        )
        known = WordsCard(
            tr("Where the energy comes from"),
            f"{100 * shares[0][1]:.0f} %" if shares else tr("unknown"),
            "\n".join(
                [
                    tr("of the carbon is {what}", what=provenance_word(shares[0][0])),
                    *said_shares[1:],
                ]
            )
            if shares
            else "",
        )
        quality = WordsCard(
            tr("Data quality, 1 best to 5"),
            f"{total.quality:.1f}" if total else tr("unknown"),
            tr("weighted by carbon"),
        )
        carbon.asked.connect(lambda: self.session.ask(explain_total(picture)))
        known.asked.connect(lambda: self.session.ask(explain_shares(picture)))
        quality.asked.connect(lambda: self.session.ask(explain_quality(picture)))
        saving.asked.connect(self._explain_plan)
        for made in (carbon, saving, known, quality):
            self._figures.addWidget(made, 1)

    def _explain_plan(self) -> None:
        if self.plan is not None and self.plan.feasible:
            self.session.ask(explain_plan(self.plan))

    def _fill_table(self) -> None:
        if self.picture is None:
            return
        frame = models_table(self.picture, self.plan)
        if self._narrowed is not None:
            frame = narrowed(frame, *self._narrowed)
        self.table.show_frame(frame.reset_index(drop=True))
        self._say_count()

    def _say_count(self) -> None:
        if self.picture is not None:
            shown, whole = self.table.rows.rowCount(), len(self.picture.footprint)
            self._count.setText(tr("{n} of {all}", n=shown, all=whole))

    def _filter(self) -> None:
        self.table.filter(self.search.text())
        self._say_count()

    def _narrow(self, part: tuple[str, str] | None) -> None:
        self._narrowed = None if part == self._narrowed else part
        self._widen.setVisible(self._narrowed is not None)
        line, tier = self._narrowed or (None, None)
        self.map.pick(line, tier)
        self._fill_table()

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
        fallback = dict(zip(picture.options["option"], picture.options["fallback"], strict=True))
        labels = [
            tr(
                "{id}: {what}. Saves {saved} kg CO₂e a year, loses {loss} points",
                id=str(r["id"]),
                what=action_words(str(r["kind"]), str(r["name"]), fallback.get(r["option"])),
                saved=f"{r['step_saved_kg']:,.3g}",
                loss=f"{r['step_loss']:.2f}",
            )
            for r in picture.curve.assign(name=picture.curve["option"].map(_after_id)).to_dict(
                "records"
            )
        ]
        self.curve.show_curve(picture.curve, labels, {k: tr(v) for k, v in VERDICTS.items()})

    def _step_chosen(self, option: str) -> None:
        if self.picture is None:
            return
        steps = self.picture.curve
        found = steps.loc[steps["option"] == option, "id"].tolist()
        if found:
            if self._narrowed is not None:
                self._narrow(None)
            if self.search.text():
                self.search.clear()
                self._filter()
            self.session.select(str(found[0]))

    def _selected(self, key: str) -> None:
        self.table.select_key(key or None)
        if self.picture is not None:
            steps = self.picture.curve
            mine = steps.loc[steps["id"] == key, "option"].tolist()
            self.curve.mark(str(mine[-1]) if mine else None)

    # -- what if -----------------------------------------------------------------------------

    def _budgets(self) -> Budgets:
        kept = self.session.setting(BUDGETS)
        return Budgets.model_validate(kept) if kept else Budgets()

    def _solve(self, budgets: Budgets) -> None:
        if self.picture is None:
            return
        self.memory["budgets"] = budgets
        if self._solving is not None:
            self._solving.cancel()
        self.what_if.show_solving()
        self._solving = self.work(solved, self.picture, budgets, done=self._show_plan)

    def _show_plan(self, plan: Plan) -> None:
        self.what_if.show_plan(plan)
        if plan.feasible:
            self.plan = plan
            self._show_plan_everywhere()

    def _adopt(self, budgets: Budgets) -> None:
        self.session.set(
            tr("Adopt limits of the plan"), **{BUDGETS: budgets.model_dump(mode="json")}
        )
        self.session.say(tr("The plan within these limits is the recommended one now."))

    # -- review ------------------------------------------------------------------------------

    def _show_decisions(self) -> None:
        decisions: list[Decision] = self.session.project.shelf("decisions").all()
        found = self.picture.inventory if self.picture is not None else pd.DataFrame()
        names = dict(zip(found["id"], found["name"], strict=True)) if len(found) else {}
        self.review.show_decisions(decisions, names)

    def _propose(self, person: str, reason: str) -> None:
        chosen = self.table.current_key()
        if self.picture is None or self.plan is None or chosen is None:
            self.complain(tr("Choose a model in the table first."))
            return
        mine = self.plan.chosen[self.plan.chosen["id"] == chosen]
        if mine.empty:
            self.complain(tr("The plan leaves this model as it is; choose one with a change."))
            return
        try:
            made = propose(mine.iloc[0], self.picture.inventory, person, date.today(), reason)
        except PortfolioError as error:
            self.complain(said(error.said))
            return
        if self.session.project.shelf("decisions").get(made.id) is not None:
            self.complain(tr("This change is in the list already."))
            return
        self._decide(made, tr("Propose {model}", model=chosen))

    def _decide(self, decision: Decision, words: str) -> None:
        self.session.put("decisions", decision, words)


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in (".csv", ".tsv", ".xlsx", ".xlsm", ".parquet")


def _tier(part: str) -> str:
    return tr("tier {n}", n=part) if part else tr("no tier")


def _after_id(option: str) -> str:
    return option.split("/", 1)[-1]


def _columns() -> list[Column]:
    return [
        Column("id", tr("Model"), width=78),
        Column("name", tr("Name"), stretch=True, strong=True),
        Column("business_line", tr("Business line"), width=112),
        Column("tier", tr("Tier"), kind="number", width=78),
        Column("carbon_kg", tr("Carbon a year"), "figure", "kgCO2e", width=114, log=True),
        Column(
            "quality",
            tr("Quality"),
            kind="number",
            width=66,
            hint=tr("Data quality from 1 (measured) to 5 (unknown or outside the data)"),
        ),
        Column("action", tr("Recommended"), width=172),
        Column("saved_kg", tr("Saves a year"), "figure", "kgCO2e", width=112, log=True),
        Column(
            "probability",
            tr("Right in"),
            kind="share",
            width=70,
            hint=tr("Share of the draws in which this is the best option of the model"),
        ),
    ]
