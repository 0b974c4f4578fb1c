"""The stress test beside a second one, written out path by path in plain NumPy.

Nothing of `advisor.risk` but the draws is used on the other side: the loss formulas of
`docs/method/risk.md`, § 1, are evaluated one path, model and year at a time.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from advisor.risk.bank import BankFigures
from advisor.risk.dependence import Dependence, read_dependence
from advisor.risk.driver_paths import central_path, draw_drivers
from advisor.risk.library import library
from advisor.risk.loss import LOSS_DRIVERS
from advisor.risk.stress import BLOCK, stress_test
from advisor.risk.stress_result import StressSettings

PATHS, YEARS, SEED = 250, 3, 5
Z95 = 1.959963984540054


def written_out(frame: pd.DataFrame, bank: BankFigures, dependence: Dependence) -> np.ndarray:
    """Losses by path, model and driver, summed over the years without discount."""
    shelf, years = library(), range(2027, 2027 + YEARS)
    central = central_path(shelf.scenario("severe"), years, bank, shelf)
    models, loss = len(frame), np.zeros((PATHS, len(frame), len(LOSS_DRIVERS)))
    energy, carbon = frame["energy_kwh"].to_numpy(), frame["carbon_kg"].to_numpy()
    intensity = energy / frame["calls_per_year"].to_numpy() * 1000
    cloud, tier = frame["scope"].to_numpy() == 3, frame["tier"].to_numpy()
    cost = frame["outage_cost_per_hour"].to_numpy()
    sigma = np.log(frame["energy_high_kwh"] / frame["energy_low_kwh"]).to_numpy() / (2 * Z95)
    position = {name: i for i, name in enumerate(frame["model_id"])}
    shed, left = np.zeros(models), central.shed_depth * energy.sum()
    for level in (4, 3, 2, 1):
        for i in np.flatnonzero(tier == level):
            shed[i] = min(1.0, max(left, 0.0) / energy[tier == level].sum())
        left -= energy[tier == level].sum()
    still = shed.copy()
    for _ in range(models):
        for i, feeds in enumerate(frame["feeds"]):
            for consumer in filter(None, feeds.split(";")):
                still[position[consumer]] = max(still[position[consumer]], still[i])

    for block, seed in enumerate(np.random.SeedSequence(SEED).spawn(PATHS // BLOCK)):
        generator = np.random.Generator(np.random.SFC64(seed))
        drawn = draw_drivers(central, dependence, BLOCK, generator)
        own = generator.standard_normal((BLOCK, models, YEARS), dtype=np.float32)
        noise = generator.standard_normal((BLOCK, models), dtype=np.float32)
        share, spread = dependence.common_measurement, dependence.own_volume
        for n in range(BLOCK):
            p = block * BLOCK + n
            latent = np.sqrt(share) * drawn.common_measurement[n] + np.sqrt(1 - share) * noise[n]
            error = np.exp(sigma * latent - sigma**2 / 2)
            fixed: set[int] = set()
            for t in range(YEARS):
                walk = own[n, :, : t + 1].sum(axis=1) * spread - spread**2 / 2 * (t + 1)
                used = energy * error * drawn.volume[n, t] * np.exp(walk)
                emitted = used * carbon / energy * drawn.grid[n, t]
                allowed = central.cap[t] * carbon.sum()
                over = max(emitted.sum() - allowed, 0.0) / emitted.sum()
                floor = np.inf
                if central.floor_quantile[t] < 1:
                    floor = np.quantile(intensity, central.floor_quantile[t])
                for i in range(models):
                    pi = bank.provider_pass_through if cloud[i] else 1.0
                    price = pi * bank.power_price_per_kwh["any"]
                    market = bank.wholesale_share * (drawn.energy[n, t] - 1)
                    tonne = drawn.grid[n, t] * drawn.carbon[n, t] - central.carbon_budget[t]
                    passed = bank.carbon_to_power_pass_through * tonne / 1000
                    hours = drawn.hours[n, t]
                    rules = central.disclosure[t] + emitted[i] * over * central.penalty[t] / 1000
                    if i not in fixed and intensity[i] * error[i] > floor:
                        fixed.add(i)
                        rules += frame["remediation_cost"].iloc[i]
                    loss[p, i] += [
                        price * energy[i] * (error[i] - 1),
                        price * (used[i] - energy[i] * error[i]),
                        price * used[i] * market,
                        pi * carbon[i] / energy[i] * used[i] * passed,
                        hours * cost[i] * shed[i],
                        hours * cost[i] * (still[i] - shed[i]),
                        rules,
                    ]
    return loss


def test_every_figure_of_the_stress_test_agrees_with_the_formulas_written_out(
    portfolio: Callable[..., pd.DataFrame], bank: BankFigures
) -> None:
    frame = portfolio(9).assign(feeds=["m3;m4", "", "m0", "", "", "", "", "", ""])
    bank = bank.model_copy(update={"budget_carbon_price_per_t": None})
    dependence, shelf = read_dependence(), library()
    settings = StressSettings(first_year=2027, years=YEARS, paths=PATHS, seed=SEED, tail_level=0.9)
    scenario = shelf.scenario("severe")
    got = stress_test(frame, scenario, bank, dependence, shelf, settings).before
    loss = written_out(frame, bank, dependence)
    total = loss.sum(axis=(1, 2))
    scale = np.abs(total).mean()

    assert got.losses == pytest.approx(total, rel=1e-4)
    assert got.expected == pytest.approx(loss.mean(axis=0), abs=1e-5 * scale)
    assert got.var(0.9).value == pytest.approx(np.sort(total)[224], rel=1e-4)
    worst = np.argsort(total)[-25:]
    assert got.shortfall().value == pytest.approx(total[worst].mean(), rel=1e-4)
    assert got.tail == pytest.approx(loss[worst].mean(axis=0), abs=1e-5 * scale)
    assert got.tail.sum() == pytest.approx(got.shortfall().value, rel=1e-5)
    assert got.by_year.sum(axis=1) == pytest.approx(loss.sum(axis=1), abs=1e-4 * scale)
