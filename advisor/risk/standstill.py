"""Which models stand still when power is rationed: tiers shed from the bottom up, and consumers.

Load is shed from the least material tier upwards until the rationed share of the load is reached; a
model whose tier is unknown counts as the least material. A model stands still too when one that
feeds it does.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LOWEST_TIER = 4.0


def shed_shares(table: pd.DataFrame, depth: float) -> NDArray[np.float64]:
    """Share of each model's time without power while `depth` of the load is rationed. Shape (I,).

    Within the tier in which the rationed share is reached all models are shed in proportion.
    """
    load = table["energy_kwh"].to_numpy(float)
    tier = table["tier"].fillna(LOWEST_TIER).to_numpy(float)
    shares = np.zeros(len(table))
    left = depth * load.sum()
    for level in sorted(set(tier), reverse=True):
        inside = tier == level
        in_tier = load[inside].sum()
        if left <= 0:
            break
        shares[inside] = 1.0 if in_tier <= left else left / in_tier
        left -= in_tier
    return shares


def standstill_shares(table: pd.DataFrame, shed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of time at a standstill, own or of a model upstream. Shape (I,).

    `feeds` of a model lists its consumers. The share is the largest over all models upstream: a
    consumer is not charged twice for two feeders that are shed together.
    """
    place = {identity: i for i, identity in enumerate(table["model_id"])}
    edges = [
        (i, place[consumer])
        for i, feeds in enumerate(table["feeds"])
        for consumer in feeds
        if consumer in place
    ]
    still = shed.copy()
    if not edges:
        return still
    source, target = (np.array(side) for side in zip(*edges, strict=True))
    for _ in range(len(table)):  # a path has at most so many steps; rings settle as well
        before = still.copy()
        np.maximum.at(still, target, still[source])
        if np.array_equal(before, still):
            break
    return still
