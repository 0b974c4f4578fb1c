"""Stress test: thousands of paths through the portfolio's footprint to cost and loss.

Paths are drawn in fixed blocks, each with its own stream spawned from the seed, so that the result
depends on the seed alone and not on how many cores or how much memory there was. With and without
the plan see the same draws (common random numbers).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.quantities import Quantity
from advisor.risk.bank import BankFigures
from advisor.risk.dependence import Dependence
from advisor.risk.driver_paths import CentralPath, central_path, draw_drivers
from advisor.risk.errors import RiskError
from advisor.risk.exposures import checked_exposures
from advisor.risk.library import Library
from advisor.risk.loss import (
    LOSS_DRIVERS,
    BlockLoss,
    LossBasis,
    block_loss,
    loss_basis,
    rules_of,
)
from advisor.risk.measures import (
    Estimate,
    expected_loss,
    expected_shortfall,
    tail_size,
    value_at_risk,
)
from advisor.risk.pathways import Scenario

Array = NDArray[np.float64]
BLOCK = 125
"""Paths per block: part of what a seed means, so never tuned at run time."""


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
                raise RiskError(f"{self.only_year} is not in the horizon; choose a year of it.")
            return (np.array(self.horizon) == self.only_year).astype(float)
        return (1.0 + discount_rate) ** -np.arange(1, self.years + 1, dtype=float)


@dataclass(frozen=True)
class LossDistribution:
    """The losses of one portfolio. N paths, T years, D drivers, I models."""

    label: str
    currency: str
    years: tuple[int, ...]
    losses: Array
    """Weighted over the years, shape (N,)."""
    by_year: Array
    """Shape (N, T, D)."""
    model_ids: tuple[str, ...]
    business_lines: tuple[str, ...]
    expected: Array
    """Mean by model and driver, shape (I, D)."""
    tail: Array
    """Mean over the tail by model and driver: Euler shares of the expected shortfall, (I, D)."""
    tail_error: Array
    """Standard error of each model's share, shape (I,)."""
    tail_level: float
    not_covered: dict[str, int]

    def expected_loss(self) -> Estimate:
        """Mean over all paths."""
        return expected_loss(self.losses)

    def var(self, level: float) -> Estimate:
        """Value at risk."""
        return value_at_risk(self.losses, level)

    def shortfall(self, level: float | None = None) -> Estimate:
        """Expected shortfall, by default at the level that is split over models."""
        return expected_shortfall(self.losses, level or self.tail_level)

    def annual(self) -> Array:
        """Loss of the whole bank by path and year, not discounted. Shape (N, T)."""
        return self.by_year.sum(axis=2)

    def by_driver(self) -> pd.DataFrame:
        """Expected loss and share of the expected shortfall, a row a driver."""
        return pd.DataFrame(
            {"expected_loss": self.expected.sum(axis=0), "shortfall_share": self.tail.sum(axis=0)},
            index=pd.Index(LOSS_DRIVERS, name="driver"),
        )

    def by_model(self) -> pd.DataFrame:
        """A row a model: expected loss, share of the shortfall with its error, by driver."""
        table = pd.DataFrame(self.tail, columns=[f"shortfall_{d}" for d in LOSS_DRIVERS])
        table.insert(0, "model_id", list(self.model_ids))
        table.insert(1, "business_line", list(self.business_lines))
        table.insert(2, "expected_loss", self.expected.sum(axis=1))
        table.insert(3, "shortfall_share", self.tail.sum(axis=1))
        table.insert(4, "shortfall_share_error", self.tail_error)
        return table.sort_values("shortfall_share", ascending=False, ignore_index=True)

    def by_business_line(self) -> pd.DataFrame:
        """Share of the shortfall: a row a business line, a column a driver."""
        table = pd.DataFrame(self.tail, columns=list(LOSS_DRIVERS))
        return table.groupby(pd.Index(self.business_lines, name="business_line")).sum()


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
    def label(self) -> str:
        """Scenario, model, price year, deflator, seed: the source of every figure."""
        prices = "; ".join(label.text() for label in self.central.labels)
        return (
            f"stress test, scenario {self.scenario.name}; model {self.central.model_label}; real "
            f"{self.bank.currency} of {self.bank.price_year} ({prices}); {self.settings.paths:,} "
            f"paths, seed {self.settings.seed}"
        )

    def figure(self, estimate: Estimate, unit: str | None = None) -> Quantity:
        """An estimate of this test as a figure with its source."""
        return estimate.quantity(unit or self.bank.currency, self.label)

    def saved(self) -> Estimate | None:
        """Expected loss that the plan avoids; path by path, so shared chance cancels."""
        if self.after is None:
            return None
        return expected_loss(self.before.losses - self.after.losses)


def stress_test(
    exposures: pd.DataFrame,
    scenario: Scenario,
    bank: BankFigures,
    dependence: Dependence,
    shelf: Library,
    settings: StressSettings,
    *,
    plan: pd.DataFrame | None = None,
    progress: Callable[[float], object] | None = None,
) -> StressResult:
    """Run a stress test, with and without a plan on the same draws.

    `plan` is the table of exposures as it will be, with the same models in any order (retired ones
    with no energy). `progress` receives fractions; raise in it to cancel. Raises `RiskError`.
    """
    before = checked_exposures(exposures)
    tables = [before] if plan is None else [before, _aligned(before, checked_exposures(plan))]
    central = central_path(scenario, settings.horizon, bank, shelf)
    bases = [loss_basis(table, central, bank) for table in tables]
    rules = rules_of(bases[0], central)
    weights = settings.weights(bank.discount_rate)
    tallies = [_Tally(settings, len(before)) for _ in bases]

    def block(seed: np.random.SeedSequence, paths: int) -> list[BlockLoss]:
        generator = np.random.Generator(np.random.SFC64(seed))
        drivers = draw_drivers(central, dependence, paths, generator)
        own = _own_volume(dependence.own_volume, (paths, *bases[0].energy.shape), generator)
        noise = generator.standard_normal((paths, len(before)), dtype=np.float32)
        made: list[BlockLoss] = []
        for basis in bases:
            error = _errors(basis, dependence, drivers.common_measurement, noise)
            made.append(block_loss(basis, rules, central, bank, drivers, own, error, weights))
        return made

    sizes = _block_sizes(settings.paths)
    seeds = np.random.SeedSequence(settings.seed).spawn(len(sizes))
    with ThreadPoolExecutor(settings.workers) as pool:
        jobs = iter(zip(seeds, sizes, strict=True))
        # A few blocks ahead at most: memory stays flat, and a raise in `progress` stops soon.
        waiting = [pool.submit(block, *job) for job in islice(jobs, settings.workers + 1)]
        for number in range(len(sizes)):
            results = waiting.pop(0).result()
            for tally, result in zip(tallies, results, strict=True):
                tally.add(result)
            waiting += [pool.submit(block, *job) for job in islice(jobs, 1)]
            if progress is not None:
                progress((number + 1) / len(sizes))
    names = ("without the plan", "with the plan")
    made = [
        tally.distribution(name, bank.currency, before, basis)
        for tally, basis, name in zip(tallies, bases, names, strict=False)
    ]
    return StressResult(
        scenario=scenario,
        central=central,
        settings=settings,
        bank=bank,
        dependence_source=dependence.source,
        before=made[0],
        after=made[1] if len(made) > 1 else None,
    )


class _Tally:
    """Gathers blocks in order: all totals, running means, and the rows of the largest losses."""

    def __init__(self, settings: StressSettings, models: int) -> None:
        self._settings = settings
        self._totals: list[Array] = []
        self._by_year: list[Array] = []
        self._sum = np.zeros((models, len(LOSS_DRIVERS)))
        self._keep = tail_size(settings.paths, settings.tail_level)
        self._worst_totals = np.empty(0)
        self._worst = np.empty((0, models, len(LOSS_DRIVERS)), dtype=np.float32)

    def add(self, block: BlockLoss) -> None:
        totals = block.by_model.sum(axis=(1, 2), dtype=float)
        self._totals.append(totals)
        self._by_year.append(block.by_year)
        self._sum += block.by_model.sum(axis=0, dtype=float)
        floor = self._worst_totals.min() if len(self._worst_totals) >= self._keep else -np.inf
        chosen = totals > floor
        if not chosen.any():
            return
        worst_totals = np.concatenate([self._worst_totals, totals[chosen]])
        worst = np.concatenate([self._worst, block.by_model[chosen]])
        order = np.argsort(worst_totals, kind="stable")[::-1][: self._keep]
        self._worst_totals, self._worst = worst_totals[order], worst[order]

    def distribution(
        self, label: str, currency: str, table: pd.DataFrame, basis: LossBasis
    ) -> LossDistribution:
        per_model = self._worst.sum(axis=2, dtype=float)
        count = len(per_model)
        error = (
            per_model.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else np.zeros(len(table))
        )
        return LossDistribution(
            label=label,
            currency=currency,
            years=self._settings.horizon,
            losses=np.concatenate(self._totals),
            by_year=np.concatenate(self._by_year),
            model_ids=tuple(table["model_id"]),
            business_lines=tuple(table["business_line"]),
            expected=self._sum / self._settings.paths,
            tail=self._worst.mean(axis=0, dtype=float),
            tail_error=error,
            tail_level=self._settings.tail_level,
            not_covered=basis.not_covered,
        )


def _aligned(before: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    lacking = set(before["model_id"]) ^ set(plan["model_id"])
    if lacking:
        raise RiskError(
            f"The plan and the portfolio do not hold the same models ({sorted(lacking)[0]} is in "
            "one only); keep retired models in the plan with no energy."
        )
    return plan.set_index("model_id").loc[list(before["model_id"])].reset_index()


def _block_sizes(paths: int) -> Sequence[int]:
    if paths < 1:
        raise RiskError("A stress test needs at least one path.")
    full, rest = divmod(paths, BLOCK)
    return [BLOCK] * full + ([rest] if rest else [])


def _own_volume(
    sigma: float, shape: tuple[int, int, int], generator: np.random.Generator
) -> NDArray[np.float32]:
    """Each model's own volume: a geometric random walk of mean one. Shape (n, I, T)."""
    if sigma == 0.0:
        return np.ones(shape, dtype=np.float32)
    walk = generator.standard_normal(shape, dtype=np.float32)
    walk *= np.float32(sigma)
    np.cumsum(walk, axis=2, out=walk)
    walk -= (sigma * sigma / 2 * np.arange(1, shape[2] + 1)).astype(np.float32)
    return np.exp(walk, out=walk)


def _errors(
    basis: LossBasis, dependence: Dependence, common: Array, noise: NDArray[np.float32]
) -> NDArray[np.float32]:
    """U: the footprint's multiplicative error, of mean one, partly common. Shape (n, I)."""
    share = dependence.common_measurement
    standard = np.sqrt(share) * common[:, None] + np.sqrt(1.0 - share) * noise
    sigma = basis.log_sigma
    return np.exp(sigma * standard - sigma * sigma / 2).astype(np.float32)
