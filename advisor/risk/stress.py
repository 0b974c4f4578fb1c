"""Stress test: thousands of paths through the portfolio's footprint to cost and loss.

Paths are drawn in fixed blocks, each with its own stream spawned from the seed, so that the result
depends on the seed alone and not on how many cores or how much memory there was. With and without
the plan see the same draws (common random numbers).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.risk.bank import BankFigures
from advisor.risk.dependence import Dependence
from advisor.risk.driver_paths import CentralPath, central_path, draw_drivers
from advisor.risk.errors import RiskError
from advisor.risk.exposures import checked_exposures
from advisor.risk.library import Library
from advisor.risk.loss import BlockLoss, LossBasis, block_loss, loss_basis, rules_of
from advisor.risk.losses import Tally
from advisor.risk.pathways import Scenario
from advisor.risk.stress_result import StressResult, StressSettings
from advisor.sentences import sentence

Array = NDArray[np.float64]
BLOCK = 125
"""Paths per block: part of what a seed means, so never tuned at run time."""


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
    """Run a stress test of a scenario, with and without a plan on the same draws.

    `plan` is the table of exposures as it will be, with the same models in any order (retired ones
    with no energy). `progress` receives fractions; raise in it to cancel. Raises `RiskError`.
    """
    central = central_path(scenario, settings.horizon, bank, shelf)
    return stress_along(
        exposures, central, bank, dependence, settings, plan=plan, progress=progress
    )


def stress_along(
    exposures: pd.DataFrame,
    central: CentralPath,
    bank: BankFigures,
    dependence: Dependence,
    settings: StressSettings,
    *,
    plan: pd.DataFrame | None = None,
    progress: Callable[[float], object] | None = None,
) -> StressResult:
    """A stress test around a central path, as `stress_test` runs it. Raises `RiskError`."""
    before = checked_exposures(exposures)
    tables = [before] if plan is None else [before, _aligned(before, checked_exposures(plan))]
    bases = [loss_basis(table, central, bank) for table in tables]
    rules = rules_of(bases[0], central)
    weights = settings.weights(bank.discount_rate)
    tallies = [Tally(settings.paths, len(before), settings.tail_level) for _ in bases]

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
        tally.distribution(name, bank.currency, settings.horizon, before, basis)
        for tally, basis, name in zip(tallies, bases, names, strict=False)
    ]
    return StressResult(
        scenario=central.scenario,
        central=central,
        settings=settings,
        bank=bank,
        dependence_source=dependence.source,
        before=made[0],
        after=made[1] if len(made) > 1 else None,
    )


def _aligned(before: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    lacking = set(before["model_id"]) ^ set(plan["model_id"])
    if lacking:
        raise RiskError(
            sentence(
                "The plan and the portfolio do not hold the same models ({model} is in one only); "
                "keep retired models in the plan with no energy.",
                model=sorted(lacking)[0],
            )
        )
    return plan.set_index("model_id").loc[list(before["model_id"])].reset_index()


def _block_sizes(paths: int) -> Sequence[int]:
    if paths < 1:
        raise RiskError(sentence("A stress test needs at least one path."))
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
