"""Driver paths: a scenario's figures in the bank's money, and random draws around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from advisor.risk.bank import BankFigures
from advisor.risk.dependence import LATENT, Dependence, Latent
from advisor.risk.library import Library
from advisor.risk.money import conversion
from advisor.risk.pathways import Driver, Scenario
from advisor.sentences import Sentence, sentence

Array = NDArray[np.float64]
HOURS_A_YEAR = 8760.0


@dataclass(frozen=True)
class CentralPath:
    """A scenario over a horizon, in the bank's currency and price year. Arrays of shape (T,)."""

    scenario: Scenario
    years: tuple[int, ...]
    energy: Array
    """Multiple of the budgeted wholesale power price."""
    carbon: Array
    """Carbon price, money per tonne."""
    carbon_budget: Array
    """Carbon price that the budget already holds, money per tonne."""
    grid: Array
    volume: Array
    hours: Array
    shed_depth: float
    supply_probability: float
    disclosure: Array
    floor_quantile: Array
    cap: Array
    penalty: Array
    regulation_probability: float
    labels: tuple[Sentence, ...]
    """How each price was converted: price year and deflator of every figure."""

    @property
    def model_label(self) -> str:
        """The models behind the scenario; `none` where no pathway comes from one."""
        return ", ".join(self.scenario.models) or "none"


def central_path(
    scenario: Scenario, years: Sequence[int], bank: BankFigures, shelf: Library
) -> CentralPath:
    """The scenario's own path, without chance. Raises `RiskError`.

    The carbon price of the budget is the bank's own (`budget_carbon_price_per_t`) or, where it
    declares none, the pathway's baseline (for NGFS: Current Policies of the same model and region),
    or the pathway's value in the year before the horizon.
    """
    labels: list[Sentence] = []
    carbon, budget = np.zeros(len(years)), np.zeros(len(years))
    for pathway in scenario.of(Driver.CARBON_PRICE):
        if pathway.form != "level":
            continue
        money = conversion(pathway.unit, bank.currency, bank.price_year, bank.exchange)
        labels.append(money.label)
        carbon = scenario.over(Driver.CARBON_PRICE, years) * money.factor
        baseline = shelf.baseline_of(pathway)
        own = (
            baseline.over(years) if baseline else np.full(len(years), pathway.over([years[0] - 1]))
        )
        budget = own * money.factor
    if bank.budget_carbon_price_per_t is not None:
        budget = np.full(len(years), bank.budget_carbon_price_per_t)
        if not scenario.of(Driver.CARBON_PRICE):
            carbon = budget
    priced: dict[Driver, Array] = {}
    for driver in (Driver.DISCLOSURE_COST, Driver.PENALTY):
        factor = 1.0
        for pathway in scenario.of(driver):
            if pathway.form == "level":
                money = conversion(pathway.unit, bank.currency, bank.price_year, bank.exchange)
                factor = money.factor
                labels.append(money.label)
        priced[driver] = scenario.over(driver, years) * factor
    supply = scenario.of(Driver.SUPPLY_HOURS)
    rules = [
        p
        for d in (
            Driver.DISCLOSURE_COST,
            Driver.EFFICIENCY_FLOOR,
            Driver.EMISSION_CAP,
            Driver.PENALTY,
        )
        for p in scenario.of(d)
    ]
    return CentralPath(
        scenario=scenario,
        years=tuple(years),
        energy=scenario.over(Driver.ENERGY_PRICE, years),
        carbon=carbon,
        carbon_budget=budget,
        grid=scenario.over(Driver.GRID_INTENSITY, years),
        volume=scenario.over(Driver.VOLUME, years),
        hours=scenario.over(Driver.SUPPLY_HOURS, years),
        shed_depth=max((p.depth for p in supply), default=1.0),
        supply_probability=min((p.probability for p in supply), default=1.0),
        disclosure=priced[Driver.DISCLOSURE_COST],
        floor_quantile=scenario.over(Driver.EFFICIENCY_FLOOR, years),
        cap=scenario.over(Driver.EMISSION_CAP, years),
        penalty=priced[Driver.PENALTY],
        regulation_probability=min((p.probability for p in rules), default=1.0),
        labels=tuple(labels) or (sentence("no published price in this scenario"),),
    )


@dataclass(frozen=True)
class DriverDraws:
    """Drivers along n paths. Arrays of shape (n, T), unless said otherwise."""

    energy: Array
    carbon: Array
    grid: Array
    volume: Array
    hours: Array
    in_force: Array
    """1 where the tightening is in force, else 0. Shape (n,)."""
    common_measurement: Array
    """Latent normal of what all footprints have in common. Shape (n,)."""


def draw_drivers(
    central: CentralPath, dependence: Dependence, paths: int, generator: np.random.Generator
) -> DriverDraws:
    """n paths of every driver around the central path, with the declared dependence."""
    latent = latent_paths(dependence, paths, len(central.years), generator)

    def factor(name: Latent) -> Array:
        sigma = dependence.sigma(name)
        x = latent[:, :, LATENT.index(name)]
        return np.exp(sigma * x - sigma * sigma / 2)

    x_supply = latent[:, :, LATENT.index("supply")]
    x_rule = latent[:, 0, LATENT.index("regulation")]
    return DriverDraws(
        energy=central.energy * factor("energy_price"),
        carbon=central.carbon * factor("carbon_price"),
        grid=central.grid * factor("grid_intensity"),
        volume=central.volume * factor("volume"),
        hours=np.minimum(
            central.hours
            * _zero_inflated(x_supply, central.supply_probability, dependence.sigma("supply")),
            HOURS_A_YEAR,
        ),
        in_force=(special.ndtr(x_rule) > 1 - central.regulation_probability).astype(float),
        common_measurement=latent[:, 0, LATENT.index("measurement")],
    )


def latent_paths(
    dependence: Dependence, paths: int, years: int, generator: np.random.Generator
) -> Array:
    """Standard normals, AR(1) over years, correlated by R within a year. Shape (n, T, K)."""
    shocks = generator.standard_normal((paths, years, len(LATENT))) @ dependence.root().T
    keep = dependence.year_to_year
    latent = np.empty_like(shocks)
    latent[:, 0] = shocks[:, 0]
    for t in range(1, years):
        latent[:, t] = keep * latent[:, t - 1] + np.sqrt(1 - keep * keep) * shocks[:, t]
    return latent


def _zero_inflated(x: Array, probability: float, sigma: float) -> Array:
    """Event with a probability, of lognormal size with mean one given the event.

    With U = Φ(x), the event is U > 1 − p, and (U − 1 + p)/p is again uniform given the event: one
    latent normal carries both, so the copula holds for the whole marginal.
    """
    if probability >= 1.0:
        return np.exp(sigma * x - sigma * sigma / 2)
    uniform = (special.ndtr(x) - (1 - probability)) / probability
    event = uniform > 0
    size = special.ndtri(np.clip(uniform, 1e-12, 1 - 1e-12))
    return np.where(event, np.exp(sigma * size - sigma * sigma / 2), 0.0)
