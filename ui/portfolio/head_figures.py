"""The figures at the head of the portfolio page; each can be asked where it comes from."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from advisor.portfolio import Plan
from advisor.portfolio.data_quality import predicted_reach
from advisor.predict.grade import Grade
from ui.figures import FigureCard, provenance_word
from ui.i18n import tr
from ui.pages.page import clear
from ui.parts import row
from ui.portfolio.explain import explain_plan, explain_quality, explain_shares, explain_total
from ui.portfolio.picture import PortfolioPicture, changes_counted, plan_saving
from ui.portfolio.words_card import WordsCard
from ui.session import Session


class HeadFigures(QWidget):
    """Carbon of all models, saving of the plan, where the energy comes from, data quality."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._session = session
        self.cards = row(space="medium")
        self.setLayout(self.cards)

    def show_picture(self, picture: PortfolioPicture, plan: Plan | None) -> None:
        """Show the figures of a picture and a plan."""
        clear(self.cards)
        total = picture.total
        planned = plan if plan is not None and plan.feasible else None
        carbon = FigureCard(
            tr("Carbon of all models a year"),
            total.carbon_location_kg if total else None,
            tr("{n} of {all} models covered", n=total.covered, all=total.models) if total else "",
        )
        saving = FigureCard(
            tr("Saving of the plan"),
            plan_saving(planned) if planned else None,
            changes_counted(len(planned.chosen)) if planned else "",
        )
        known = _shares_card(picture)
        quality = WordsCard(
            tr("Data quality, 1 best to 5"),
            f"{total.quality:.1f}" if total else tr("unknown"),
            tr("weighted by carbon"),
        )
        ask = self._session.ask
        carbon.asked.connect(lambda: ask(explain_total(picture)))
        known.asked.connect(lambda: ask(explain_shares(picture)))
        quality.asked.connect(lambda: ask(explain_quality(picture)))
        if planned is not None:
            saving.asked.connect(lambda: ask(explain_plan(planned)))
        for made in (carbon, saving, known, quality):
            self.cards.addWidget(made, 1)


def _shares_card(picture: PortfolioPicture) -> WordsCard:
    total = picture.total
    shares = sorted((total.share_by_provenance if total else {}).items(), key=lambda i: -i[1])
    if not shares:
        return WordsCard(tr("Where the energy comes from"), tr("unknown"), "")
    lines = [
        tr("of the carbon is {what}", what=provenance_word(shares[0][0])),
        *(f"{provenance_word(name)} {100 * share:.0f} %" for name, share in shares[1:]),
    ]
    reach = predicted_reach(picture.footprint)
    if reach is not None and reach.energy is not None and reach.energy[Grade.FAR]:
        share = f"{100 * reach.energy[Grade.FAR]:.0f}"
        lines.append(tr("predicted energy far beyond the data: {share} %", share=share))
    return WordsCard(
        tr("Where the energy comes from"), f"{100 * shares[0][1]:.0f} %", "\n".join(lines)
    )
