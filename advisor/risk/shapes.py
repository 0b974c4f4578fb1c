"""Shapes of a stress test for charts: histogram, fan over the years, tables. No chance in here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from advisor.risk.losses import LossDistribution

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def loss_histogram(distributions: Sequence[LossDistribution], bins: int = 60) -> pd.DataFrame:
    """Shares of paths by loss, on common bins: columns `middle`, then a label each.

    Bins run from the smallest loss to the 99.95 % quantile; what lies beyond is in the last one.
    """
    everything = np.concatenate([d.losses for d in distributions])
    low, high = float(everything.min()), float(np.quantile(everything, 0.9995))
    edges = np.linspace(low, high if high > low else low + 1.0, bins + 1)
    table = pd.DataFrame({"middle": (edges[:-1] + edges[1:]) / 2})
    for losses in distributions:
        counts, _ = np.histogram(np.clip(losses.losses, edges[0], edges[-1]), edges)
        table[losses.label] = counts / len(losses.losses)
    return table


def yearly_fan(losses: LossDistribution) -> pd.DataFrame:
    """Quantiles of the bank's loss by year: index `year`, columns `q01` … `q99`, and `mean`."""
    annual = losses.annual()
    table = pd.DataFrame(
        {f"q{q * 100:02.0f}": np.quantile(annual, q, axis=0) for q in QUANTILES},
        index=pd.Index(losses.years, name="year"),
    )
    table["mean"] = annual.mean(axis=0)
    return table
