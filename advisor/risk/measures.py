"""Risk measures of a sample of losses, each with its standard error.

Value at risk is the ⌈αN⌉-th order statistic; its 95 % interval comes from the binomial law of ranks
(Conover 1999, § 3.2), free of any assumption on the density. Expected shortfall is the mean of the
N(1 − α) largest losses; its variance is that of Manistre and Hancock (2005), NAAJ 9(2):
[Var(L | tail) + α (ES − VaR)²] / (N (1 − α)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.quantities import Z95, Provenance, Quantity

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A figure with its Monte Carlo 95 % interval and standard error."""

    value: float
    low: float
    high: float
    standard_error: float

    def quantity(self, unit: str, source: str) -> Quantity:
        """As a figure for a reader; its only interval is that of the simulation."""
        low, high = min(self.low, self.value), max(self.high, self.value)
        return Quantity(
            value=self.value,
            low=low,
            high=high,
            unit=unit,
            provenance=Provenance.PREDICTED,
            source=source,
            spread={"simulation": self.standard_error} if self.standard_error else {},
        )


def expected_loss(losses: Array) -> Estimate:
    """Mean loss."""
    error = float(losses.std(ddof=1) / math.sqrt(len(losses))) if len(losses) > 1 else 0.0
    return _normal(float(losses.mean()), error)


def value_at_risk(losses: Array, level: float) -> Estimate:
    """The loss that is not exceeded with probability `level`."""
    ordered, n = np.sort(losses), len(losses)
    half = Z95 * math.sqrt(n * level * (1 - level))
    low = ordered[max(math.floor(n * level - half), 1) - 1]
    high = ordered[min(math.ceil(n * level + half), n) - 1]
    value = ordered[max(math.ceil(n * level - 1e-9), 1) - 1]
    return Estimate(float(value), float(low), float(high), float((high - low) / (2 * Z95)))


def expected_shortfall(losses: Array, level: float) -> Estimate:
    """Mean of the losses beyond the value at risk."""
    worst = np.sort(losses)[-tail_size(len(losses), level) :]
    value = float(worst.mean())
    spread = float(worst.var(ddof=1)) if len(worst) > 1 else 0.0
    excess = (value - float(worst[0])) ** 2
    return _normal(value, math.sqrt((spread + level * excess) / len(worst)))


def tail_size(paths: int, level: float) -> int:
    """Number of paths in the tail beyond a level; at least one."""
    return max(round(paths * (1 - level)), 1)


def _normal(value: float, error: float) -> Estimate:
    return Estimate(value, value - Z95 * error, value + Z95 * error, error)
