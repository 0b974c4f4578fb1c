"""Exposures from the inventory: what the portfolio room knows, under this room's column names."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from advisor.portfolio.model import Model, Stage
from advisor.risk.errors import RiskError

JOULES_PER_KWH = 3.6e6


def exposures_of(models: Sequence[Model]) -> pd.DataFrame:
    """The table of exposures of an inventory. Raises `RiskError`."""
    raise RiskError("The inventory has no footprint yet; give a footprint as a table.")


__all__ = ["Model", "Stage", "exposures_of"]
