"""The plan: what-if solved live, its changes in order, plans kept by name, two of them compared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from advisor.figures import written
from advisor.portfolio import KeptPlan, Plan, PortfolioError, keep_plan, propose
from advisor.portfolio.kept_plan import shared_changes
from ui.i18n import language, said, tr
from ui.pages.page import Page, clear
from ui.parts import button, caption, card, column, heading, quiet, row, soft, text
from ui.portfolio.explain import explain_saving
from ui.portfolio.picture import PortfolioPicture, plan_options, plan_saving
from ui.portfolio.plan_changes import PlanChanges, changes_table
from ui.portfolio.what_if import WhatIfCard
from ui.theme import theme

AnyPlan = Plan | KeptPlan


class PlanTab(QWidget):
    """The what-if card, the changes of the plan, and the comparison of any two plans."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._page = page
        self.picture: PortfolioPicture | None = None
        self.plan: Plan | None = None
        self.what_if = WhatIfCard()
        self.name = QLineEdit()
        self.name.setPlaceholderText(tr("Name of the plan"))
        self.name.setAccessibleName(tr("Name of the plan"))
        self.name.setFixedWidth(theme.px(220))
        self.keep = button(tr("Keep this plan"), self.keep_plan, icon_name="check")
        self.remove = quiet("", self._remove, icon_name="close")
        self.sides = (QComboBox(), QComboBox())
        for number, side in enumerate(self.sides, start=1):
            side.setAccessibleName(tr("Plan {n} of the comparison", n=number))
            side.setMinimumWidth(theme.px(220))
            side.activated.connect(self._compare)
        self._none = soft(
            tr("Keep a plan under a name; then compare it with another, and later with actuals.")
        )
        self._table: QVBoxLayout = column(space="small")
        compare = card(
            row(heading(tr("Compare plans")), 1, self.name, self.keep, space="small"),
            self._none,
            row(*self.sides, self.remove, 1, space="small"),
            self._table,
        )
        self.changes = PlanChanges()
        self.changes.chosen.connect(page.session.select)
        self.changes.asked.connect(self._explain)
        self.changes.proposed.connect(self.propose)
        self.setLayout(column(self.what_if, self.changes, compare, space="large"))
        self.show_kept()

    def show_picture(self, picture: PortfolioPicture) -> None:
        """Show another picture; limits are set by the page."""
        self.picture = picture

    def show_plan(self, plan: Plan | None) -> None:
        """The plan in force changed."""
        self.plan = plan
        self.keep.setEnabled(plan is not None)
        if self.picture is not None:
            self._page.work(changes_table, self.picture, plan, done=self.changes.show_changes)
        self._compare()

    def propose(self, options: list[str], person: str, reason: str) -> None:
        """Propose changes of the plan for review; those in the list already stay as they are."""
        page, session = self._page, self._page.session
        if self.picture is None or self.plan is None:
            return
        known = {d.id for d in session.project.shelf("decisions").all()}
        rows = self.plan.chosen[self.plan.chosen["option"].isin(set(options) - known)]
        try:
            made = [
                propose(change, self.picture.inventory, person, date.today(), reason)
                for _, change in rows.iterrows()
            ]
        except PortfolioError as error:
            page.complain(said(error.said))
            return
        if made:
            session.put_many("decisions", made, tr("Propose {n} changes", n=len(made)))
        session.say(
            tr(
                "{n} changes were proposed; {known} were in the list already. They wait under "
                "Review.",
                n=len(made),
                known=len(options) - len(made),
            )
        )

    def _explain(self, model: str) -> None:
        if self.picture is not None:
            self._page.session.ask(explain_saving(self.picture, self.plan, model))

    def kept(self) -> list[KeptPlan]:
        """Plans kept in the project, the newest first."""
        return list(reversed(self._page.session.project.shelf("plans").all()))

    def show_kept(self) -> None:
        """Offer the plans of the project for comparison."""
        names = [p.name for p in self.kept()]
        for number, side in enumerate(self.sides):
            chosen = side.currentData() if side.count() > 1 else None
            side.clear()
            side.addItem(tr("the plan as set above"), "")
            for name in names:
                side.addItem(name, name)
            first = names[0] if number == 0 and names else ""
            side.setCurrentIndex(max(side.findData(first if chosen is None else chosen), 0))
            side.setVisible(bool(names))
        self.remove.setVisible(bool(names))
        self._none.setVisible(not names)
        self._compare()

    def keep_plan(self) -> None:
        """Keep the plan in force under the name given, with what it was made from."""
        if self.plan is None or self.picture is None:
            return
        try:
            made = keep_plan(
                self.name.text(),
                self.plan,
                self.picture.footprint,
                date.today(),
                self.picture.terms.simulation,
            )
        except PortfolioError as error:
            self._page.complain(said(error.said))
            return
        self._page.session.put("plans", made, tr("Keep the plan “{name}”", name=made.name))
        self.name.clear()

    def _remove(self) -> None:
        name = self._removable()
        if name:
            self._page.session.project.shelf("plans").remove(name)

    def _removable(self) -> str | None:
        return self.sides[0].currentData() or self.sides[1].currentData()

    def _compare(self) -> None:
        clear(self._table)
        self.remove.setText(tr("Remove “{name}”", name=self._removable() or ""))
        self.remove.setEnabled(bool(self._removable()))
        chosen = [self._plan_of(side.currentData()) for side in self.sides]
        a, b = chosen
        if self.sides[0].currentData() != self.sides[1].currentData() and a and b:
            self._table.addWidget(_comparison(a, b, [s.currentText() for s in self.sides]))

    def _plan_of(self, name: str | None) -> AnyPlan | None:
        return self._page.session.project.shelf("plans").get(name) if name else self.plan


def _comparison(a: AnyPlan, b: AnyPlan, names: list[str]) -> QWidget:
    """Two plans side by side, with their differences in changes."""
    figures: tuple[tuple[str, Callable[[AnyPlan], str]], ...] = (
        (tr("Saved a year"), lambda p: written(plan_saving(p), language.code).text),
        (tr("95 % interval"), lambda p: written(plan_saving(p), language.code).interval),
        (tr("Accuracy given up, weighted by tier"), lambda p: f"{p.loss:,.2f}"),
        (tr("One-off cost"), lambda p: f"€ {p.cost_eur:,.0f}"),
        (tr("Engineer days"), lambda p: f"{p.engineer_days:,.0f}"),
        (tr("Changes"), lambda p: f"{len(plan_options(p)):,}"),
    )
    cells = QGridLayout()
    cells.setHorizontalSpacing(theme.space("large"))
    for place, words in enumerate(("", *names)):
        head = text(words, "eyebrow", wrap=False)
        head.setAlignment(Qt.AlignmentFlag.AlignRight)
        cells.addWidget(head, 0, place)
    for line, (words, of) in enumerate(figures, start=1):
        cells.addWidget(soft(words), line, 0)
        for place, plan in enumerate((a, b), start=1):
            label: QLabel = text(of(plan), "body", wrap=False)
            label.setAlignment(Qt.AlignmentFlag.AlignRight)
            cells.addWidget(label, line, place)
    cells.setColumnStretch(0, 1)
    both, only_a, only_b = shared_changes(plan_options(a), plan_options(b))
    shared = caption(
        tr(
            "{both} changes are in both, {a} only in “{first}”, {b} only in “{second}”.",
            both=both,
            a=only_a,
            b=only_b,
            first=names[0],
            second=names[1],
        )
    )
    made = QWidget()
    made.setLayout(column(cells, shared, space="small"))
    return made
