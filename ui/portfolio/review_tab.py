"""Review of what is proposed, and the proof of what was retired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd
from PySide6.QtWidgets import QWidget

from advisor.portfolio import (
    Decision,
    Plan,
    PortfolioError,
    Proof,
    grids_of,
    proof_of_retirement,
    propose,
)
from ui.i18n import said, tr
from ui.pages.page import Page, clear
from ui.parts import button, caption, card, column, heading, notice, row, soft
from ui.portfolio.picture import PortfolioPicture, action_words
from ui.portfolio.readings import ask_readings, paste_readings
from ui.portfolio.review_card import ReviewCard
from ui.tables import Column, FrameTable
from ui.theme import theme


def proofs_of(picture: PortfolioPicture, decisions: Sequence[Decision], on: date) -> list[Proof]:
    """The proof of every retirement whose day has come."""
    grids = grids_of(picture.footprint)
    found = [proof_of_retirement(d, on, picture.metered, grids) for d in decisions]
    return [p for p in found if p is not None]


class ReviewTab(QWidget):
    """The work list with its card, and beneath it the retired models by their meters."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._page = page
        self.picture: PortfolioPicture | None = None
        self.plan: Plan | None = None
        self.review = ReviewCard()
        self.proofs = FrameTable(_columns(), key="model_id")
        self.proofs.setMinimumHeight(theme.px(200))
        self._alarms = column(space="small")
        self._none = soft(tr("No agreed retirement has reached its day yet."))
        self.setLayout(column(self.review, self._proof_card(), space="large"))
        self.review.decided.connect(self._decide)
        self.review.proposed.connect(self._propose)
        self.review.chosen.connect(page.session.select)
        self.review.complained.connect(page.complain)
        self.proofs.chosen.connect(page.session.select)

    def show_picture(self, picture: PortfolioPicture) -> None:
        """Show another picture."""
        self.picture = picture
        self.show_decisions()

    def show_plan(self, plan: Plan | None) -> None:
        """The plan in force changed."""
        self.plan = plan
        self.select(self._page.session.selection or "")

    def select(self, key: str) -> None:
        """Follow the linked selection: say which change would be proposed."""
        mine = self.plan.chosen[self.plan.chosen["id"] == key] if self.plan else pd.DataFrame()
        if not key or self.plan is None:
            self.review.show_chosen(tr("Choose a model under Inventory to propose its change."))
        elif mine.empty:
            self.review.show_chosen(tr("The plan leaves {model} as it is.", model=key))
        else:
            change = mine.iloc[0]
            what = action_words(str(change["kind"]), str(change["name"]), change["fallback"])
            self.review.show_chosen(tr("Chosen: {model}, {what}", model=key, what=what))

    def show_decisions(self) -> None:
        """Show the work list and the proofs anew."""
        decisions: list[Decision] = self._page.session.project.shelf("decisions").all()
        found = self.picture.inventory if self.picture is not None else pd.DataFrame()
        names = dict(zip(found["id"], found["name"], strict=True)) if len(found) else {}
        self.review.show_decisions(decisions, names)
        proofs = proofs_of(self.picture, decisions, date.today()) if self.picture else []
        self._show_proofs(proofs, names)

    # -- putting together --------------------------------------------------------------------

    def _proof_card(self) -> QWidget:
        page = self._page
        return card(
            row(
                heading(tr("Proof of retirement")),
                1,
                button(tr("Paste readings"), lambda: paste_readings(page)),
                button(tr("Import meter readings …"), lambda: ask_readings(page)),
                space="small",
            ),
            caption(
                tr(
                    "After its day a retired model's metered energy has to be zero. Realised "
                    "savings stand beside those expected."
                )
            ),
            self._alarms,
            self._none,
            self.proofs,
        )

    def _show_proofs(self, proofs: list[Proof], names: dict[str, str]) -> None:
        clear(self._alarms)
        for proof in [p for p in proofs if p.alarm][:5]:
            level = "danger" if proof.energy_since is not None else "warning"
            self._alarms.addWidget(notice(said(proof.said), level=level))
        self._none.setVisible(not proofs)
        self.proofs.setVisible(bool(proofs))
        self.proofs.show_frame(_rows(proofs, names))

    # -- decisions ---------------------------------------------------------------------------

    def _propose(self, person: str, reason: str) -> None:
        page, chosen = self._page, self._page.session.selection
        if self.picture is None or self.plan is None or not chosen:
            page.complain(tr("Choose a model in the table first."))
            return
        mine = self.plan.chosen[self.plan.chosen["id"] == chosen]
        if mine.empty:
            page.complain(tr("The plan leaves this model as it is; choose one with a change."))
            return
        try:
            made = propose(mine.iloc[0], self.picture.inventory, person, date.today(), reason)
        except PortfolioError as error:
            page.complain(said(error.said))
            return
        if page.session.project.shelf("decisions").get(made.id) is not None:
            page.complain(tr("This change is in the list already."))
            return
        self._decide(made, tr("Propose {model}", model=chosen))

    def _decide(self, decision: Decision, words: str) -> None:
        self._page.session.put("decisions", decision, words)


def _columns() -> list[Column]:
    return [
        Column("model_id", tr("Model"), width=90),
        Column("name", tr("Name"), width=190, strong=True),
        Column("said", tr("Finding"), stretch=True),
        Column("months", tr("Metered months"), kind="number", width=120),
        Column("realised", tr("Saved a year"), "figure", "kgCO2e", width=140),
        Column("expected", tr("Expected"), "figure", "kgCO2e", width=130, bar=False),
    ]


def _rows(proofs: list[Proof], names: dict[str, str]) -> pd.DataFrame:
    records: list[dict[str, object]] = []
    for p in proofs:
        q = p.realised
        records.append(
            {
                "model_id": p.model_id,
                "name": names.get(p.model_id, ""),
                "said": said(p.said),
                "months": p.months,
                "realised": None if q is None else q.value,
                "realised_low": None if q is None else q.low,
                "realised_high": None if q is None else q.high,
                "realised_provenance": None if q is None else q.provenance.value,
                "expected": p.expected_kg,
            }
        )
    columns = [c.name for c in _columns()]
    return pd.DataFrame(records) if records else pd.DataFrame(columns=columns)
