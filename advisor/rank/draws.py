"""Draws that keep what figures share: one stream of random numbers per named source.

A source of uncertainty is drawn from a generator seeded by its name, so two options on one grid get
the same grid draw by draw, and what is shared cancels in their difference. `advisor.bench` draws
its systematic sources in the same way, so a measurement's draws and these go together.
"""

from __future__ import annotations

import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from advisor.quantities import Quantity

Array = NDArray[np.float64]
DRAWS = 1000


@lru_cache(maxsize=512)
def source_draws(name: str, count: int = DRAWS) -> Array:
    """Standard normal draws of one named source, shape (count,); the same at every call."""
    draws = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(count)
    draws.flags.writeable = False
    return draws


def quantity_draws(quantity: Quantity, count: int = DRAWS) -> Array:
    """Draws of a figure from its spread by source, in its unit, shape (count,).

    Figures with multiplicative intervals are drawn in log space.
    """
    shift = np.zeros(count)
    for name, sigma in quantity.spread.items():
        shift += sigma * source_draws(name, count)
    if quantity.log and quantity.value > 0:
        return quantity.value * np.exp(shift / quantity.value)
    return quantity.value + shift


def with_interval_of(quantity: Quantity, draws: Array) -> Quantity:
    """The figure with the 95 % interval of its draws, centred on its value.

    Draws of a bootstrap may be off-centre; their deviations are taken from their median.
    """
    low, middle, high = np.quantile(draws, [0.025, 0.5, 0.975])
    return quantity.model_copy(
        update={
            "low": quantity.value - float(middle - low),
            "high": quantity.value + float(high - middle),
            "log": False,
        }
    )
