"""Passes every “where does this number come from?” of the predict page on to the details panel."""

from __future__ import annotations

from advisor.predict.local_runs import Learnt, Prediction
from advisor.predict.picture import LeftOut
from advisor.predict.scores import Score
from advisor.predict.shortlist import Shortlist
from advisor.quantities import Quantity
from ui.i18n import tr
from ui.predict.batch_card import BatchCard
from ui.predict.calculators_card import TokensCard, TrainingCard
from ui.predict.contenders_card import ContendersCard
from ui.predict.explain import (
    explain_calculated,
    explain_coverage,
    explain_exponent,
    explain_group,
    explain_point,
    explain_prediction,
    explain_row,
    explain_score,
    explain_step,
)
from ui.predict.gathering import Batch
from ui.predict.law_card import LawCard
from ui.predict.shortlist_card import ShortlistCard
from ui.predict.trust_card import TrustCard
from ui.predict.what_if_card import WhatIfCard
from ui.session import Session


class Questions:
    """`learnt` is what the page predicts with, `prediction` the what-if's last answer."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.learnt: Learnt | None = None
        self.prediction: Prediction | None = None

    def of_models(self, what_if: WhatIfCard, batch: BatchCard, shortlist: ShortlistCard) -> None:
        """Listen to the cards that predict."""
        what_if.asked.connect(lambda: self.answer(what_if.question()))
        batch.asked.connect(lambda key, _: self.row_of(batch.batch, key))
        shortlist.asked.connect(lambda key: self.step(shortlist.found, key))

    def of_trust(self, trust: TrustCard, law: LawCard, contenders: ContendersCard) -> None:
        """Listen to the cards that say how good predictions are."""
        trust.point_asked.connect(lambda key: self.point(trust.current, key))
        trust.level_asked.connect(lambda level: self.level(trust.current, level))
        trust.group_asked.connect(lambda group: self.group(trust.current, group))
        law.asked.connect(self.exponent)
        contenders.asked.connect(lambda name: self.score(contenders.score_of(name)))

    def of_calculators(self, training: TrainingCard, tokens: TokensCard) -> None:
        """Listen to the calculators."""
        training.asked.connect(self.training)
        tokens.asked.connect(self.tokens)

    def answer(self, asked: dict[str, float | str]) -> None:
        """The what-if."""
        if self.learnt is not None and self.prediction is not None:
            self._session.ask(explain_prediction(self.learnt, self.prediction, asked))

    def row_of(self, batch: Batch | None, key: str) -> None:
        """A model of a file."""
        if self.learnt is None or batch is None:
            return
        rows = batch.frame[batch.frame["id"].astype(str) == key]
        if len(rows):
            self._session.ask(explain_row(self.learnt, rows.iloc[0]))

    def step(self, found: Shortlist | None, key: str) -> None:
        """A model that should be measured."""
        if self.learnt is not None and found is not None:
            self._session.ask(explain_step(self.learnt, found, key))

    def point(self, found: LeftOut | None, key: str) -> None:
        """A run predicted without its group."""
        if self.learnt is not None and found is not None:
            self._session.ask(explain_point(self.learnt, found, key))

    def level(self, found: LeftOut | None, level: str) -> None:
        """A level of the coverage."""
        if found is not None:
            self._session.ask(explain_coverage(found, level))

    def group(self, found: LeftOut | None, group: str) -> None:
        """A family or device."""
        if found is not None:
            self._session.ask(explain_group(found, group))

    def exponent(self, name: str) -> None:
        """An exponent of the power law."""
        exponents = self.learnt.model.exponents if self.learnt else []
        found = next((e for e in exponents if e.name == name), None)
        if self.learnt is not None and found is not None:
            self._session.ask(explain_exponent(self.learnt, found))

    def score(self, found: Score | None) -> None:
        """A row of the contenders' table."""
        if found is not None:
            self._session.ask(explain_score(found))

    def training(self, quantity: Quantity) -> None:
        """The calculator of training jobs."""
        formula = tr("hours × (idle + (TDP − idle) × utilisation) × host × PUE")
        self._session.ask(explain_calculated(tr("Energy of a training job"), formula, quantity))

    def tokens(self, quantity: Quantity) -> None:
        """The calculator of requests."""
        formula = tr("time of the phase × 0.535 × TDP")
        title = tr("Energy of a request by its tokens")
        self._session.ask(explain_calculated(title, formula, quantity))
