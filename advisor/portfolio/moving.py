"""Moves to the cleanest region that the bank uses already."""

from __future__ import annotations

import numpy as np
import pandas as pd

from advisor.portfolio.option_table import option_table
from advisor.portfolio.planning import Move
from advisor.quantities import Z95
from advisor.rank.option import OptionKind
from advisor.sentences import sentence


def moves(found: pd.DataFrame, rule: Move) -> pd.DataFrame:
    """To the cleanest region the bank runs models in already (energy stays, carbon changes)."""
    grids = found.groupby("region")["grid_g_per_kwh"].first().dropna()
    if len(grids) < 2:
        return option_table({})
    target, cleanest = str(grids.idxmin()), float(grids.min())
    movable = (found["grid_g_per_kwh"] > rule.least_ratio * cleanest) & (
        found["carbon_kg_location"] > 0
    )
    rows = found[movable.to_numpy()]
    said = sentence(
        "Grid intensities of both regions; check data residency and latency before moving."
    )
    grid = rows["grid_g_per_kwh"].to_numpy(float)
    saved = rows["carbon_kg_location"].to_numpy(float) * (1 - cleanest / grid)
    cleanest_rv = float(found.loc[found["region"] == target, "rv_grid"].iloc[0])
    relative = np.sqrt(
        rows["rv_energy"]
        + rows["rv_volume"]
        + (rows["rv_grid"] + (cleanest / grid) ** 2 * cleanest_rv) / (1 - cleanest / grid) ** 2
    )
    reach = np.minimum(Z95 * relative, 0.95)
    return option_table(
        {
            "id": rows["id"].to_numpy(),
            "kind": OptionKind.MOVE.value,
            "name": f"move to {target}",
            "saved_kg": saved,
            "saved_low_kg": saved * (1 - reach),
            "saved_high_kg": saved * (1 + reach),
            "energy_saved_kwh": 0.0,
            "loss": 0.0,
            "loss_low": 0.0,
            "loss_high": 0.0,
            "cost_eur": rule.one_off_cost_eur,
            "engineer_days": rule.engineer_days,
            "evidence": [said] * len(rows),
            "provenance": "estimated",
        }
    )
