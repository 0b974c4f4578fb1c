"""The retirement review: proposals, four eyes, checklist; every change is one undoable step."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtWidgets import QInputDialog, QLineEdit, QListWidget, QWidget

from advisor.portfolio import Decision, PortfolioError, State, moved
from advisor.portfolio.review import CHECKLIST, ticked
from ui.i18n import said, tr
from ui.parts import button, card, column, heading, row, soft, text
from ui.session import Session
from ui.tables import Column, FrameTable
from ui.tables.models_table import decisions_frame
from ui.theme import theme

DEFER_DAYS = 90
STATES = tuple(s.value for s in State)


class ReviewPanel(QWidget):
    """The work list with its actions; the person's name stands beside it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.person = QLineEdit(str(session.memory.get("reviewer", "")))
        self.person.setPlaceholderText(tr("Your name"))
        self.person.setAccessibleName(tr("Your name"))
        self.person.textChanged.connect(lambda words: session.memory.update(reviewer=words))
        self.table = FrameTable(
            [
                Column("model", tr("Model")),
                Column("option", tr("Option"), stretch=True),
                Column("state", tr("State"), words={s: tr(s) for s in STATES}, strong=True),
                Column("by", tr("By")),
                Column("reason", tr("Reason")),
                Column("dependants", tr("Depends on it")),
                Column("open", tr("Checks open"), kind="number"),
            ],
            key="id",
        )
        self.table.setMinimumHeight(theme.px(220))
        self.checks = QListWidget()
        self.checks.setMaximumHeight(theme.px(180))
        self.checks.setAccessibleName(tr("Checklist"))
        self.complaint = soft("")
        self.complaint.hide()
        moves = (
            (tr("Take up"), State.UNDER_REVIEW),
            (tr("Agree"), State.AGREED),
            (tr("Reject"), State.REJECTED),
            (tr("Defer 90 days"), State.DEFERRED),
            (tr("Retired"), State.RETIRED),
        )
        buttons = [button(words, lambda to=to: self._ask(to)) for words, to in moves]
        self.setLayout(
            column(
                card(
                    heading(tr("Review")),
                    soft(tr("Who proposes cannot agree: a second person has to.")),
                    row(text(tr("Deciding as")), self.person, 1),
                    self.table,
                    row(*buttons, 1),
                    self.complaint,
                    text(tr("Checklist before a model is retired (double-click to tick)")),
                    self.checks,
                )
            )
        )
        self.table.chosen.connect(lambda _: self._show_checks())
        self.checks.itemActivated.connect(lambda item: self._tick(self.checks.row(item)))

    def refresh(self) -> None:
        """Show the decisions of the project."""
        self.table.show_frame(decisions_frame(self._decisions()))
        self._show_checks()

    def decide(self, to: State, reason: str) -> None:
        """Move the chosen decision; a complaint is shown, never raised."""
        decision = self._current()
        if decision is None:
            return
        today = date.today()
        try:
            after = moved(
                decision,
                to,
                self.person.text(),
                today,
                reason,
                until=today + timedelta(days=DEFER_DAYS),
                retire_on=today,
            )
        except PortfolioError as error:
            self.complaint.setText(said(error.said))
            self.complaint.show()
            return
        self.complaint.hide()
        self.session.put("decisions", after, tr("Decision: {state}", state=tr(to.value)))

    # -- inside ------------------------------------------------------------------------------

    def _ask(self, to: State) -> None:
        if self._current() is None:
            return
        reason, given = QInputDialog.getText(self, tr("Reason"), tr("Why?"))
        if given:
            self.decide(to, reason)

    def _decisions(self) -> list[Decision]:
        return self.session.project.shelf("decisions").all()

    def _current(self) -> Decision | None:
        key = self.table.current_key()
        return self.session.project.shelf("decisions").get(key) if key else None

    def _show_checks(self) -> None:
        self.checks.clear()
        decision = self._current()
        if decision is not None:
            done = set(decision.checked)
            self.checks.addItems([f"{'✓' if c in done else '○'}  {tr(c)}" for c in CHECKLIST])

    def _tick(self, place: int) -> None:
        decision = self._current()
        if decision is not None:
            after = ticked(decision, CHECKLIST[place])
            self.session.put("decisions", after, tr("Checklist"))
