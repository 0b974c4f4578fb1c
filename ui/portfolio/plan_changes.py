"""The changes of a plan in their order: what each saves, what it costs, and on to the review."""

from __future__ import annotations

import pandas as pd
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLineEdit

from advisor.portfolio import Plan, in_order
from advisor.report.sums import fewest_for
from advisor.report.words import MOST
from ui.i18n import later, tr
from ui.parts import button, caption, column, heading, row, soft
from ui.portfolio.picture import PortfolioPicture, action_words, changes_counted
from ui.tables import Column, FrameTable
from ui.theme import theme

WHY = {
    "no regret": later("no regret"),
    "on the frontier": later("trade-off"),
    "dominated": later("fits the limits"),
}


def changes_table(picture: PortfolioPicture, plan: Plan | None) -> pd.DataFrame:
    """A row a change of the plan, in a job; columns as the card's, and `option`."""
    if plan is None or not plan.feasible or plan.chosen.empty:
        return pd.DataFrame(columns=["option", *(c.name for c in _columns())])
    changes = in_order(plan.chosen, picture.study.ranked)
    names = picture.footprint.set_index("id")["name"]
    actions = zip(changes["kind"], changes["name"], changes["fallback"], strict=True)
    return changes.assign(
        model=changes["id"].map(names),
        change=[action_words(str(k), str(n), f) for k, n, f in actions],
        why=[tr(WHY.get(str(v), str(v))) for v in changes["verdict"]],
        saved_kg_low=changes["saved_low_kg"],
        saved_kg_high=changes["saved_high_kg"],
        saved_kg_provenance=changes["provenance"],
    )


class PlanChanges(QFrame):
    """Emits `chosen` (model), `asked` (model), and `proposed` (options, name, reason)."""

    chosen = Signal(str)
    asked = Signal(str)
    proposed = Signal(list, str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._models: dict[str, str] = {}
        self.table = FrameTable(_columns(), key="option")
        self.table.setMinimumHeight(theme.px(380))
        self.person = QLineEdit()
        self.person.setPlaceholderText(tr("Your name"))
        self.person.setAccessibleName(tr("Your name"))
        self.person.setFixedWidth(theme.px(160))
        self.reason = QLineEdit()
        self.reason.setPlaceholderText(tr("Reason"))
        self.reason.setAccessibleName(tr("Reason"))
        self.propose = button("", self._propose, kind="primary", icon_name="plus")
        self._most: list[str] = []
        self.most = button("", lambda: self.table.select_keys(self._most), kind="quiet")
        self._count = soft("")
        self._count.setWordWrap(False)
        layout = column(
            row(
                heading(tr("Changes of this plan, in their order")),
                self._count,
                1,
                self.most,
                space="small",
            ),
            caption(
                tr(
                    "No regret first, by carbon; then by carbon saved per accuracy point. Days and "
                    "cost hold the revalidation that a change of this tier brings. Double-click a "
                    "row for evidence, interval and the model's other options."
                )
            ),
            self.table,
            row(self.person, self.reason, self.propose, space="small"),
            space="medium",
            margin="large",
        )
        self.setLayout(layout)
        self.table.chosen.connect(lambda key: self.chosen.emit(self._models.get(key, "")))
        self.table.cell_asked.connect(lambda key, _: self.asked.emit(self._models.get(key, "")))
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._say())

    def show_changes(self, frame: pd.DataFrame) -> None:
        """Show the changes of another plan."""
        self._models = dict(zip(frame["option"], frame["id"], strict=True))
        self.table.show_frame(frame)
        largest = frame.sort_values("saved_kg", ascending=False)
        few = fewest_for(frame["saved_kg"], MOST / 100)
        self._most = list(largest["option"].iloc[:few])
        words = tr("Choose the {n} largest: {share} % of the saving", n=few, share=MOST)
        self.most.setText(words)
        self.most.setVisible(1 < few <= len(frame) / 2)
        self._count.setText(changes_counted(len(frame)))
        self._say()

    def wanted(self) -> list[str]:
        """The options that would be proposed: the chosen rows, all where at most one is chosen."""
        chosen = self.table.selected_keys()
        return chosen if len(chosen) > 1 else list(self._models)

    def _say(self) -> None:
        chosen, n = len(self.table.selected_keys()), len(self.wanted())
        words = tr("Propose the {n} chosen", n=n) if chosen > 1 else tr("Propose all {n}", n=n)
        self.propose.setText(words)
        self.propose.setEnabled(bool(self._models))

    def _propose(self) -> None:
        self.proposed.emit(self.wanted(), self.person.text(), self.reason.text())


def _columns() -> list[Column]:
    return [
        Column("place", tr("No."), kind="number", width=50),
        Column("id", tr("Model"), width=72),
        Column("model", tr("Name"), stretch=True, strong=True),
        Column("change", tr("Change"), width=196),
        Column("why", tr("Why"), width=84),
        Column("saved_kg", tr("Saves a year"), "figure", "kgCO2e", width=116, log=True),
        Column("loss", tr("Points lost"), kind="number", width=96, places=2),
        Column("cost_eur", tr("EUR once"), kind="number", width=78, places=0),
        Column("engineer_days", tr("Days"), kind="number", width=56, places=0),
        Column("probability_right", tr("Right in"), kind="share", width=68),
    ]
