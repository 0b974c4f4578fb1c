"""The retirement review: a work list with states, reasons, checklist and four eyes.

Every move is one undoable step and one entry of the event log.
"""

from __future__ import annotations

from datetime import date

import pandas as pd
from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QCheckBox, QDateEdit, QFrame, QLineEdit, QPushButton, QWidget

from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.review import CHECKLIST, Decision, State, moved, next_states, ticked
from ui.i18n import later, said, tr
from ui.parts import button, caption, column, eyebrow, heading, row, soft
from ui.portfolio.picture import action_words
from ui.tables import Column, FrameTable
from ui.theme import theme

STATES = {
    State.PROPOSED: later("proposed"),
    State.UNDER_REVIEW: later("under review"),
    State.AGREED: later("agreed"),
    State.REJECTED: later("rejected"),
    State.DEFERRED: later("deferred"),
    State.RETIRED: later("retired"),
}
MOVES = {
    State.UNDER_REVIEW: later("Take under review"),
    State.AGREED: later("Agree (second person)"),
    State.REJECTED: later("Reject"),
    State.DEFERRED: later("Defer until"),
    State.RETIRED: later("Mark as retired"),
}
CHECKS = {
    "owner and users informed": later("owner and users informed"),
    "dependent models and reports moved to the replacement": later(
        "dependent models and reports moved to the replacement"
    ),
    "fallback validated for the inherited population": later(
        "fallback validated for the inherited population"
    ),
    "fairness of the fallback compared by group": later(
        "fairness of the fallback compared by group"
    ),
    "data, code and documentation archived for the retention period": later(
        "data, code and documentation archived for the retention period"
    ),
    "inventory entry kept as decommissioned": later("inventory entry kept as decommissioned"),
    "capacity given back and access closed": later("capacity given back and access closed"),
}


class ReviewCard(QFrame):
    """Emits `decided` with a decision in its next state and the words of the step."""

    decided = Signal(object, str)
    proposed = Signal(str, str)
    """Somebody (name) proposes the chosen model's change, with a reason."""
    chosen = Signal(str)
    complained = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.decisions: dict[str, Decision] = {}
        self.table = FrameTable(_columns(), key="id")
        self.table.setMinimumHeight(theme.px(200))
        self.table.chosen.connect(self._chose)
        self.person = QLineEdit()
        self.person.setPlaceholderText(tr("Your name"))
        self.person.setAccessibleName(tr("Your name"))
        self.person.setMaximumWidth(theme.px(200))
        self.reason = QLineEdit()
        self.reason.setPlaceholderText(tr("Reason"))
        self.reason.setAccessibleName(tr("Reason"))
        self.until = QDateEdit(QDate.currentDate().addMonths(3))
        self.until.setDisplayFormat("yyyy-MM-dd")
        self.until.setCalendarPopup(True)
        self.until.setAccessibleName(tr("Deferred until, or retired on"))
        self.propose = button(
            tr("Propose the chosen model's change"),
            lambda: self.proposed.emit(self.person.text(), self.reason.text()),
            icon_name="plus",
        )
        self.moves: dict[State, QPushButton] = {
            state: button(tr(words), lambda state=state: self.move_to(state))
            for state, words in MOVES.items()
        }
        self._about = soft("")
        self._chosen = soft("")
        self._chosen.setWordWrap(False)
        self._checks = self._checklist()
        layout = column(
            row(heading(tr("Review")), 1, self._chosen, self.propose, space="small"),
            caption(
                tr("Who agrees must not be who proposed. Each step can be undone and is logged.")
            ),
            self.table,
            self._about,
            row(self.person, self.reason, self.until, space="small"),
            row(*self.moves.values(), 1, space="small"),
            self._checks,
            space="medium",
            margin="large",
        )
        self.setLayout(layout)
        self._refresh()

    def show_decisions(self, decisions: list[Decision], names: dict[str, str]) -> None:
        """Show the work list, the newest first."""
        self.decisions = {d.id: d for d in decisions}
        self.table.show_frame(_frame(decisions, names))
        self.table.setVisible(bool(decisions))
        self._refresh()

    def show_chosen(self, words: str) -> None:
        """Say which change `propose` is about."""
        self._chosen.setText(words)

    def current(self) -> Decision | None:
        """The decision of the chosen row."""
        key = self.table.current_key()
        return self.decisions.get(key) if key else None

    def move_to(self, state: State) -> None:
        """The chosen decision's next state, by the rules of the review."""
        decision = self.current()
        if decision is None:
            return
        chosen = self.until.date()
        day = date(chosen.year(), chosen.month(), chosen.day())
        try:
            after = moved(
                decision,
                state,
                self.person.text(),
                date.today(),
                self.reason.text(),
                until=day if state is State.DEFERRED else None,
                retire_on=day if state is State.AGREED else None,
            )
        except PortfolioError as error:
            self.complained.emit(said(error.said))
            return
        self.decided.emit(
            after, tr("{model}: {state}", model=decision.model_id, state=tr(STATES[state]))
        )
        self.reason.clear()

    # -- inside ------------------------------------------------------------------------------

    def _chose(self, key: str) -> None:
        found = self.decisions.get(key)
        if found is not None:
            self.chosen.emit(found.model_id)
        self._refresh()

    def _refresh(self) -> None:
        decision = self.current()
        possible = next_states(decision) if decision else ()
        for state, made in self.moves.items():
            made.setVisible(state in possible)
        self.until.setVisible(State.DEFERRED in possible or State.AGREED in possible)
        self._about.setVisible(decision is not None or not self.decisions)
        self._about.setText(_about(decision) if decision else _nothing())
        self._checks.setVisible(State.RETIRED in possible)
        if decision is not None:
            self._show_checks(decision)

    def _checklist(self) -> QWidget:
        made = QFrame()
        made.setProperty("role", "well")
        inside = column(eyebrow(tr("Decommissioning checklist")), space="small", margin="medium")
        self.boxes: dict[str, QCheckBox] = {}
        for check in CHECKLIST:
            box = QCheckBox(tr(CHECKS.get(check, check)))
            box.clicked.connect(lambda _=False, check=check: self._tick(check))
            self.boxes[check] = box
            inside.addWidget(box)
        made.setLayout(inside)
        return made

    def _show_checks(self, decision: Decision) -> None:
        for check, box in self.boxes.items():
            box.setChecked(check in decision.checked)
            box.setEnabled(check not in decision.checked)

    def _tick(self, check: str) -> None:
        decision = self.current()
        if decision is not None:
            self.decided.emit(ticked(decision, check), tr("Tick off the checklist"))


def _nothing() -> str:
    return tr("Nothing is under review. Choose a model above, give name and reason, and propose.")


def _about(decision: Decision) -> str:
    takes_over = decision.fallback or tr("nothing")
    depends = ", ".join(decision.dependants) or tr("nothing")
    words = tr(
        "Depends on it: {depends}. Takes over: {fallback}.", depends=depends, fallback=takes_over
    )
    steps = "\n".join(
        f"{s.on.isoformat()}  {tr(STATES[s.state])} · {s.by}: {s.reason}" for s in decision.steps
    )
    return f"{words}\n{steps}"


def _columns() -> list[Column]:
    return [
        Column("model_id", tr("Model"), width=86),
        Column("name", tr("Name"), stretch=True),
        Column("option", tr("Change"), width=220),
        Column("state", tr("State"), strong=True, width=110),
        Column("saved_kg", tr("Saves a year"), "figure", "kgCO2e", width=130, log=True),
        Column("by", tr("Last step by"), width=110),
        Column("until", tr("Date"), width=100),
    ]


def _frame(decisions: list[Decision], names: dict[str, str]) -> pd.DataFrame:
    rows = [
        {
            "id": d.id,
            "model_id": d.model_id,
            "name": names.get(d.model_id, ""),
            "option": action_words(d.kind, d.option, d.fallback),
            "state": tr(STATES[d.state]),
            "saved_kg": d.saved_kg,
            "saved_kg_low": d.saved_low_kg,
            "saved_kg_high": d.saved_high_kg,
            "saved_kg_provenance": "estimated",
            "by": d.steps[-1].by if d.steps else "",
            "until": str(d.deferred_until or d.retire_on or ""),
        }
        for d in decisions
    ]
    columns = ["id", *(c.name for c in _columns())]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=columns)
