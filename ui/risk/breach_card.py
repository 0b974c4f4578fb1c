"""The breach log: owner, escalation, action, and closing by two people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QCheckBox, QDateEdit, QFrame, QLineEdit

from advisor.risk import (
    Appetite,
    Breach,
    BreachState,
    RiskError,
    closure_confirmed,
    closure_proposed,
    closure_refused,
    escalated,
    with_action,
)
from ui.i18n import language, later, tr
from ui.parts import button, column, heading, row, soft, text
from ui.risk.frames import breach_frame, limit_name
from ui.risk.picture import RiskPicture
from ui.risk.words import MARKS, level_words
from ui.tables import Column, FrameTable
from ui.theme import theme

STATES = {
    BreachState.OPEN: later("open"),
    BreachState.ACTION: later("action agreed"),
    BreachState.PROPOSED: later("closure proposed"),
    BreachState.CLOSED: later("closed"),
}


class BreachCard(QFrame):
    """Emits `changed` with a breach and words for undo, `complained` with an error, `chosen`."""

    changed = Signal(object, str)
    complained = Signal(object)
    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._appetite: Appetite | None = None
        self._picture: RiskPicture | None = None
        self._breaches: dict[str, Breach] = {}
        self.table = FrameTable(
            [
                Column("indicator", tr("Indicator"), stretch=True, strong=True),
                Column(
                    "level",
                    tr("Level"),
                    words={code: level_words(code) for code in MARKS},
                    strong=True,
                    width=130 if language.code == "ja" else 98,
                ),
                Column(
                    "state",
                    tr("State"),
                    words={state.value: tr(word) for state, word in STATES.items()},
                    width=108,
                ),
                Column("opened", tr("Opened"), width=92),
                Column("owner", tr("Owner"), width=150),
                Column("escalated_to", tr("Escalated to"), width=150),
                Column("due", tr("Due"), width=90),
            ],
            key="id",
        )
        self.table.setMinimumHeight(theme.px(170))
        self.table.chosen.connect(self._show_one)
        self._about = text("", "soft", selectable=True)
        self.person = QLineEdit()
        self.person.setPlaceholderText(tr("Your name"))
        self.person.setAccessibleName(tr("Your name"))
        self.person.setFixedWidth(theme.px(180))
        self.words = QLineEdit()
        self.words.setPlaceholderText(tr("Action or reason"))
        self.words.setAccessibleName(tr("Action or reason"))
        self.day = QDateEdit(QDate.currentDate().addDays(30))
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setAccessibleName(tr("Due, or accepted until"))
        self.accept = QCheckBox(tr("accept the risk until this day"))
        self.buttons = {
            "act": button(tr("Agree action"), self._act),
            "escalate": button(tr("Escalate"), self._escalate),
            "propose": button(tr("Propose to close"), self._propose),
            "confirm": button(tr("Confirm closing"), self._confirm, kind="primary"),
            "refuse": button(tr("Refuse"), self._refuse),
        }
        self.form = QFrame()
        self.form.setProperty("role", "well")
        fields = row(self.person, space="small")
        fields.addWidget(self.words, 1)
        fields.addWidget(self.day)
        fields.addWidget(self.accept)
        self.form.setLayout(
            column(
                self._about,
                fields,
                row(*self.buttons.values(), 1, space="small"),
                space="small",
                margin="medium",
            )
        )
        self.form.hide()
        self._nothing = soft(tr("No limit is breached."))
        self.setLayout(
            column(
                heading(tr("Breach log")),
                soft(tr("Who closes a breach is not who proposed it: a second person confirms.")),
                self._nothing,
                self.table,
                self.form,
                space="small",
                margin="large",
            )
        )

    def show_breaches(self, picture: RiskPicture) -> None:
        """Show the log; what is chosen stays chosen."""
        self._picture, self._appetite = picture, picture.appetite
        self._breaches = {b.id: b for b in picture.breaches}
        self.table.show_frame(breach_frame(picture))
        self.table.setVisible(bool(self._breaches))
        self._nothing.setVisible(not self._breaches)
        if (key := self.table.current_key()) is not None:
            self._show_one(key)

    def _show_one(self, key: str) -> None:
        breach = self._breaches.get(key)
        self.form.setVisible(breach is not None)
        if breach is None or self._picture is None:
            return
        self.chosen.emit(breach)
        lines = [limit_name(self._picture, breach.indicator)]
        lines += [
            f"{s.day.isoformat()}  {tr(STATES[s.state])} · {tr(s.by)}: {tr(s.words)}"
            for s in breach.steps
        ]
        self._about.setText("\n".join(lines))
        state = breach.state
        for name, made in self.buttons.items():
            proposed = name in ("confirm", "refuse")
            made.setVisible(proposed == (state is BreachState.PROPOSED))
            made.setEnabled(state is not BreachState.CLOSED)

    def _step(self, move: Callable[[Breach, str, date], Breach], words: str) -> None:
        breach = self._breaches.get(self.table.current_key() or "")
        if breach is None:
            return
        try:
            moved = move(breach, self.person.text(), date.today())
        except RiskError as error:
            self.complained.emit(error)
            return
        self.words.clear()
        self.changed.emit(moved, words)

    def _chosen_day(self) -> date:
        day = self.day.date()
        return date(day.year(), day.month(), day.day())

    def _act(self) -> None:
        what, due = self.words.text(), self._chosen_day()
        self._step(lambda b, by, on: with_action(b, by, on, what, due), tr("Agree action"))

    def _escalate(self) -> None:
        appetite, why = self._appetite, self.words.text()
        if appetite is not None:
            self._step(lambda b, by, on: escalated(b, by, on, why, appetite), tr("Escalate"))

    def _propose(self) -> None:
        why = self.words.text()
        until = self._chosen_day() if self.accept.isChecked() else None
        self._step(
            lambda b, by, on: closure_proposed(b, by, on, why, until), tr("Propose to close")
        )

    def _confirm(self) -> None:
        self._step(closure_confirmed, tr("Confirm closing"))

    def _refuse(self) -> None:
        why = self.words.text()
        self._step(lambda b, by, on: closure_refused(b, by, on, why), tr("Refuse"))
