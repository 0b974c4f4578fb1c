"""Exposures of an inventory: the portfolio's footprint under this room's column names.

A footprint's own provenance is never stronger than `declared`, since volumes are declared. Here
`provenance` says how the *energy per call* was got, which is what the share of the footprint that
is measured asks about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from advisor.portfolio.model import Model
from advisor.risk.errors import RiskError
from advisor.risk.exposures import checked_exposures


@dataclass(frozen=True)
class PortfolioExposures:
    """Exposures of the covered models, and the ids of those whose footprint is unknown."""

    table: pd.DataFrame
    not_covered: tuple[str, ...]


def exposures_of(models: Sequence[Model]) -> PortfolioExposures:
    """The exposures of an inventory; energy that nobody stated is predicted. Raises `RiskError`.

    Predicting the first time takes seconds: call it in a job.
    """
    from advisor.portfolio.footprint import footprint, predicted_energy
    from advisor.portfolio.inventory import inventory_frame

    if not models:
        raise RiskError("The project holds no inventory; import one, or give a footprint.")
    inventory = inventory_frame(models)
    return exposures_of_footprint(footprint(inventory, predicted_energy(inventory)))


def exposures_of_footprint(footprint: pd.DataFrame) -> PortfolioExposures:
    """The exposures of a footprint as `advisor.portfolio.footprint` makes it."""
    from advisor.portfolio.totals import as_exposures

    covered = footprint["carbon_kg_location"].notna()
    if not covered.any():
        raise RiskError(
            "No model of the inventory has a known footprint; give regions, volumes and energies."
        )
    table = as_exposures(footprint)
    per_call = footprint.loc[covered, "energy_per_call_j_provenance"].reset_index(drop=True)
    table["provenance"] = per_call.where(per_call.notna(), table["provenance"])
    return PortfolioExposures(checked_exposures(table), tuple(footprint.loc[~covered, "id"]))
