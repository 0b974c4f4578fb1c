"""Loss along driver paths: what AI costs above the budget, by driver and model.

Loss is the cost on the path less the cost of the budget, in real money of the bank's price year.
For model i, year t and path p, with planned energy E (kWh), common volume V, the model's own volume
G and the footprint's error U (all of mean one), power price P and share π of it that reaches the
bank (1 on own machines, the provider's pass-through in the cloud):

    measurement    π P E (U − 1)
    volume         π P E U (V G − 1)
    energy price   π P E U V G · w (M − 1)
    carbon price   π k E U V G · ρ (γ τ − τ⁰) / 1000
    supply         h · c · shed
    dependence     h · c · (standstill − shed)
    regulation     disclosure + remediation below a floor + penalty on emissions above the cap

so that quantity is judged at budgeted prices and prices at the quantity that came about: the
quantity and price variances of standard costing; their sum is exact. M is the wholesale price as a
multiple of budget and w its share in the tariff; τ and τ⁰ carbon prices on the path and in the
budget, k kgCO2e per kWh of the price-setting plant, γ the grid's multiple, ρ the pass-through into
the power price; h hours rationed, c money per hour of standstill.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.risk.bank import BankFigures
from advisor.risk.driver_paths import CentralPath, DriverDraws
from advisor.risk.exposures import log_spread
from advisor.risk.standstill import shed_shares, standstill_shares

Array = NDArray[np.float64]
Array32 = NDArray[np.float32]

LOSS_DRIVERS = (
    "measurement",
    "volume",
    "energy_price",
    "carbon_price",
    "supply",
    "model_dependence",
    "regulation",
)


@dataclass(frozen=True)
class LossBasis:
    """A portfolio as arrays: what every path is multiplied with. I models, T years."""

    energy: Array
    """Planned kWh, shape (I, T)."""
    price_weight: Array
    """π P, money per kWh. Shape (I,)."""
    carbon_weight: Array
    """π k, kg per kWh. Shape (I,)."""
    emission: Array
    """Average kg per kWh. Shape (I,)."""
    supply_per_hour: Array
    dependence_per_hour: Array
    intensity: Array
    """kWh per 1,000 decisions; NaN where unknown. Shape (I,)."""
    remediation: Array
    log_sigma: Array
    active: NDArray[np.bool_]
    today_kg: float
    """Emissions of the whole bank today, kg per year."""
    not_covered: dict[str, int]
    """Models for which a loss cannot be said, by the column that is missing."""
    assumed: dict[str, int]
    """Models for which a default stands in, by the column that is empty."""


def loss_basis(table: pd.DataFrame, central: CentralPath, bank: BankFigures) -> LossBasis:
    """The arrays of a checked table of exposures. Raises `RiskError` where no price is known.

    Where a figure is missing that only some losses need, the model is counted in `not_covered` and
    contributes nothing to those losses.
    """
    steps = np.arange(1, len(central.years) + 1)
    growth = table["planned_growth"].fillna(0.0).to_numpy(float)
    base = table["energy_kwh"].to_numpy(float)
    cloud = (table["scope"].fillna(2.0) == 3.0).to_numpy()
    share = np.where(cloud, bank.provider_pass_through, 1.0)
    carbon = table["carbon_kg"].to_numpy(float)
    average = np.divide(carbon, base, out=np.zeros_like(base), where=base > 0)
    marginal = table["marginal_kg_per_kwh"].to_numpy(float)
    marginal = np.where(np.isnan(marginal), average, marginal)
    outage = bank.outage_costs(table)
    shed = shed_shares(table, central.shed_depth)
    still = standstill_shares(table, shed)
    known_outage = np.nan_to_num(outage, nan=0.0)
    calls = table["calls_per_year"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        intensity = np.where(calls > 0, base / calls * 1000.0, np.nan)
    remediation = bank.remediation_costs(table)
    missing: dict[str, int] = {}
    if central.hours.any():
        missing["outage_cost_per_hour"] = int(np.isnan(outage).sum())
    if (central.floor_quantile < 1).any():
        missing["calls_per_year"] = int(np.isnan(intensity).sum())
        missing["remediation_cost"] = int(np.isnan(remediation).sum())
    return LossBasis(
        energy=base[:, None] * (1.0 + growth)[:, None] ** steps,
        price_weight=share * bank.power_prices(table),
        carbon_weight=share * marginal,
        emission=average,
        supply_per_hour=known_outage * shed,
        dependence_per_hour=known_outage * (still - shed),
        intensity=intensity,
        remediation=np.nan_to_num(remediation, nan=0.0),
        log_sigma=log_spread(table),
        active=base > 0,
        today_kg=float(carbon.sum()),
        not_covered={name: count for name, count in missing.items() if count},
        assumed=_empty(table, ("scope", "energy_low_kwh", "planned_growth")),
    )


def _empty(table: pd.DataFrame, columns: tuple[str, ...]) -> dict[str, int]:
    """How many models lack each column, of those that some lack."""
    running = table["energy_kwh"] > 0
    counts = {name: int((table[name].isna() & running).sum()) for name in columns}
    return {name: count for name, count in counts.items() if count}


@dataclass(frozen=True)
class Rules:
    """What regulation asks for, fixed on today's portfolio: a plan does not move its own goals."""

    norms: Array
    """Efficiency floor in kWh per 1,000 decisions by year; infinite where there is none. (T,)."""
    allowance: Array
    """Emissions allowed to the whole bank, kg per year; infinite where there is no cap. (T,)."""
    penalty: Array
    """Money per tonne above the allowance. Shape (T,)."""


@dataclass(frozen=True)
class BlockLoss:
    """Losses of n paths."""

    by_model: Array32
    """Weighted over the years, shape (n, I, D)."""
    by_year: Array
    """Of the whole bank, shape (n, T, D), not weighted."""


def block_loss(
    basis: LossBasis,
    rules: Rules,
    central: CentralPath,
    bank: BankFigures,
    drivers: DriverDraws,
    own_volume: Array32,
    error: Array32,
    weights: Array,
) -> BlockLoss:
    """Losses along n paths.

    `own_volume` is G, shape (n, I, T); `error` is U, shape (n, I); `weights` how much each year
    counts in `by_model`, shape (T,) (discount factors, or one year alone).
    """
    n = len(error)
    per_kwh_price = bank.wholesale_share * (drivers.energy - 1.0)
    per_kg_carbon = (
        bank.carbon_to_power_pass_through
        * (drivers.grid * drivers.carbon - central.carbon_budget)
        / 1000.0
    )
    quantity = own_volume * basis.energy.astype(np.float32)
    totals = _bank_totals(basis, quantity, error)
    fine = _fine_per_kg(rules, drivers, totals[:, 2])

    volume = drivers.volume
    over_years = np.stack(
        [volume, volume * per_kwh_price, volume * per_kg_carbon, volume * drivers.grid * fine], -1
    )
    weighted = (over_years * weights[:, None]).astype(np.float32)
    folded = np.matmul(quantity, weighted) * error[:, :, None]  # (n, I, 4)
    planned = (basis.energy @ weights).astype(np.float32)
    price = basis.price_weight.astype(np.float32)
    fixed = _fixed_by_year(basis, rules.norms, central, drivers, error)
    hours = drivers.hours @ weights

    loss = np.empty((n, len(planned), len(LOSS_DRIVERS)), dtype=np.float32)
    loss[:, :, 0] = price * planned * (error - 1.0)
    loss[:, :, 1] = price * (folded[:, :, 0] - planned * error)
    loss[:, :, 2] = price * folded[:, :, 1]
    loss[:, :, 3] = basis.carbon_weight.astype(np.float32) * folded[:, :, 2]
    loss[:, :, 4] = hours[:, None] * basis.supply_per_hour
    loss[:, :, 5] = hours[:, None] * basis.dependence_per_hour
    loss[:, :, 6] = basis.emission.astype(np.float32) * folded[:, :, 3]
    loss[:, :, 6] += _fixed_by_model(basis, rules.norms, central, drivers, error, weights)

    priced = price @ basis.energy
    by_year = np.empty((n, len(weights), len(LOSS_DRIVERS)))
    plain = error.astype(float) @ (basis.price_weight[:, None] * basis.energy)
    by_year[:, :, 0] = plain - priced
    by_year[:, :, 1] = totals[:, 0] * volume - plain
    by_year[:, :, 2] = totals[:, 0] * volume * per_kwh_price
    by_year[:, :, 3] = totals[:, 1] * volume * per_kg_carbon
    by_year[:, :, 4] = drivers.hours * basis.supply_per_hour.sum()
    by_year[:, :, 5] = drivers.hours * basis.dependence_per_hour.sum()
    by_year[:, :, 6] = totals[:, 2] * volume * drivers.grid * fine + fixed
    return BlockLoss(loss, by_year)


def rules_of(basis: LossBasis, central: CentralPath) -> Rules:
    """Floor, cap and penalty on a portfolio as it is today.

    The floor is a quantile of today's kWh per 1,000 decisions and, once set, never lowered again;
    the cap is a share of today's emissions.
    """
    known = basis.intensity[~np.isnan(basis.intensity) & basis.active]
    norms = np.full(len(central.years), np.inf)
    if len(known):
        quantiles = np.clip(central.floor_quantile, 0.0, 1.0)
        norms = np.where(quantiles < 1.0, np.quantile(known, quantiles), np.inf)
    return Rules(
        norms=np.minimum.accumulate(norms),
        allowance=central.cap * basis.today_kg,
        penalty=central.penalty,
    )


def _bank_totals(basis: LossBasis, quantity: Array32, error: Array32) -> Array:
    """Σᵢ over models of (πP, πk, κ) · U · G · E, by path and year. Shape (n, 3, T)."""
    coefficients = np.stack([basis.price_weight, basis.carbon_weight, basis.emission])
    left = coefficients.astype(np.float32)[None] * error[:, None, :]
    return np.matmul(left, quantity).astype(float)


def _fine_per_kg(rules: Rules, drivers: DriverDraws, emitted: Array) -> Array:
    """Money per kg emitted: the penalty on what lies above the bank's cap, spread over all of it.

    The cap holds for the bank, so models offset each other; the fine is carried in proportion to
    what each emits. Shape (n, T).
    """
    if not rules.penalty.any() or not np.isfinite(rules.allowance).any():
        return np.zeros_like(drivers.volume)
    emissions = emitted * drivers.volume * drivers.grid
    excess = np.maximum(emissions - rules.allowance, 0.0)
    share = np.divide(excess, emissions, out=np.zeros_like(excess), where=emissions > 0)
    return share * rules.penalty / 1000.0 * drivers.in_force[:, None]


def _first_above(
    basis: LossBasis, norms: Array, error: Array32
) -> list[tuple[int, NDArray[np.bool_]]]:
    """For each year in which the floor tightens: who lies above it for the first time, (n, I)."""
    intensity = np.nan_to_num(basis.intensity, nan=0.0).astype(np.float32)
    found: list[tuple[int, NDArray[np.bool_]]] = []
    before = np.inf
    for t, norm in enumerate(norms):
        if norm < before:
            actual = intensity * error
            above = (actual > norm) & (actual <= before) & basis.active
            found.append((t, above))
            before = norm
    return found


def _fixed_by_year(
    basis: LossBasis, norms: Array, central: CentralPath, drivers: DriverDraws, error: Array32
) -> Array:
    """Disclosure and remediation of the whole bank. Shape (n, T)."""
    loss = np.tile(central.disclosure * basis.active.sum(), (len(error), 1))
    for t, above in _first_above(basis, norms, error):
        loss[:, t] += above @ basis.remediation
    return loss * drivers.in_force[:, None]


def _fixed_by_model(
    basis: LossBasis,
    norms: Array,
    central: CentralPath,
    drivers: DriverDraws,
    error: Array32,
    weights: Array,
) -> Array32:
    """Disclosure and remediation of each model, weighted over the years. Shape (n, I)."""
    loss = np.tile((central.disclosure @ weights) * basis.active, (len(error), 1))
    for t, above in _first_above(basis, norms, error):
        loss += above * (basis.remediation * weights[t])
    return (loss * drivers.in_force[:, None]).astype(np.float32)
