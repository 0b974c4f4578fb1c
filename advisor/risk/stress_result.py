"""A stress test as asked for and as run: settings, and the result with what its figures name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.figures import Language
from advisor.quantities import Quantity
from advisor.risk.bank import BankFigures
from advisor.risk.driver_paths import CentralPath
from advisor.risk.errors import RiskError
from advisor.risk.losses import LossDistribution
from advisor.risk.measures import Estimate, expected_loss
from advisor.risk.pathways import Scenario
from advisor.sentences import Sentence, sentence

Array = NDArray[np.float64]


@dataclass(frozen=True)
class StressSettings:
    """How the test is run."""

    first_year: int
    years: int = 10
    paths: int = 10_000
    seed: int = 1
    tail_level: float = 0.99
    """Level of the expected shortfall that is split over models and drivers."""
    only_year: int | None = None
    """Split the loss of this year alone instead of the discounted sum over the horizon."""
    workers: int = 2

    @property
    def horizon(self) -> tuple[int, ...]:
        """The calendar years."""
        return tuple(range(self.first_year, self.first_year + self.years))

    def weights(self, discount_rate: float) -> Array:
        """How much each year counts in the loss that is measured. Shape (T,)."""
        if self.only_year is not None:
            if self.only_year not in self.horizon:
                raise RiskError(
                    sentence(
                        "{year} is not in the horizon; choose a year of it.",
                        year=str(self.only_year),
                    )
                )
            return (np.array(self.horizon) == self.only_year).astype(float)
        return (1.0 + discount_rate) ** -np.arange(1, self.years + 1, dtype=float)


@dataclass(frozen=True)
class StressResult:
    """A stress test as run, with everything its figures must name."""

    scenario: Scenario
    central: CentralPath
    settings: StressSettings
    bank: BankFigures
    dependence_source: str
    before: LossDistribution
    after: LossDistribution | None

    @property
    def label(self) -> Sentence:
        """Scenario, model, price year, paths and seed: what every figure of it names."""
        return sentence(
            "stress test, scenario {scenario}; model {model}; real {currency} of {year}; {paths} "
            "paths, seed {seed}",
            scenario=self.scenario.name,
            model=self.central.model_label,
            currency=self.bank.currency,
            year=str(self.bank.price_year),
            paths=self.settings.paths,
            seed=str(self.settings.seed),
        )

    def source(self, language: Language = "en") -> str:
        """The label and, for each published price, its deflator and exchange rate."""
        prices = [label.text(language) for label in self.central.labels]
        return "; ".join([self.label.text(language), *prices])

    def figure(self, estimate: Estimate, unit: str | None = None) -> Quantity:
        """An estimate of this test as a figure with its source."""
        return estimate.quantity(unit or self.bank.currency, self.source())

    def saved(self) -> Estimate | None:
        """Expected loss that the plan avoids; path by path, so shared chance cancels."""
        if self.after is None:
            return None
        return expected_loss(self.before.losses - self.after.losses)
