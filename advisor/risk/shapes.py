"""Shapes of a stress test for charts: histogram, fan over the years, tables. No chance in here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.risk.dependence import Dependence
from advisor.risk.driver_paths import CentralPath, draw_drivers
from advisor.risk.losses import LossDistribution

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def loss_histogram(distributions: Sequence[LossDistribution], bins: int = 60) -> pd.DataFrame:
    """Shares of paths by loss, on common bins: columns `middle`, then a label each.

    Bins run from the 0.1 % quantile to the largest VaR 99.9 %; the outer ones hold the rest.
    """
    everything = np.concatenate([d.losses for d in distributions])
    low = float(np.quantile(everything, 0.001))
    high = max(d.var(0.999).value for d in distributions)
    edges = np.linspace(low, high if high > low else low + 1.0, bins + 1)
    table = pd.DataFrame({"middle": (edges[:-1] + edges[1:]) / 2})
    for losses in distributions:
        counts, _ = np.histogram(np.clip(losses.losses, edges[0], edges[-1]), edges)
        table[losses.label] = counts / len(losses.losses)
    return table


def yearly_fan(losses: LossDistribution) -> pd.DataFrame:
    """Quantiles of the bank's loss by year: index `year`, columns `q01` … `q99`, and `mean`."""
    return _fan(losses.annual(), losses.years)


def driver_fans(
    central: CentralPath, dependence: Dependence, paths: int = 4000, seed: int = 1
) -> dict[str, pd.DataFrame]:
    """How the drivers of a scenario may run: a fan as `yearly_fan`'s for each driver that moves.

    Keys: `energy_price` (multiple of budget), `carbon_price` (money per tonne), `grid_intensity`,
    `volume` (multiples), `supply_hours` (hours a year).
    """
    drawn = draw_drivers(central, dependence, paths, np.random.default_rng(seed))
    moved = {
        "energy_price": drawn.energy,
        "carbon_price": drawn.carbon,
        "grid_intensity": drawn.grid,
        "volume": drawn.volume,
        "supply_hours": drawn.hours,
    }
    return {name: _fan(values, central.years) for name, values in moved.items() if values.any()}


def _fan(values: NDArray[np.float64], years: Sequence[int]) -> pd.DataFrame:
    table = pd.DataFrame(
        {f"q{q * 100:02.0f}": np.quantile(values, q, axis=0) for q in QUANTILES},
        index=pd.Index(years, name="year"),
    )
    table["mean"] = values.mean(axis=0)
    return table
