"""The portfolio in one call, in the natural order: footprint, options, ranking, totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from advisor.portfolio.footprint import FootprintSettings, footprint, predicted_energy
from advisor.portfolio.frontier import abatement_curve, rank_portfolio
from advisor.portfolio.options import portfolio_options
from advisor.portfolio.totals import PortfolioTotal, totals
from advisor.rank.option import Option


@dataclass(frozen=True)
class Study:
    """What the window and the command line show of a portfolio."""

    inventory: pd.DataFrame
    footprint: pd.DataFrame
    options: pd.DataFrame
    ranked: pd.DataFrame
    curve: pd.DataFrame
    totals: PortfolioTotal
    predicted: bool
    """Whether energies nobody measured were predicted, or left unknown."""


def study(
    inventory: pd.DataFrame,
    *,
    predict: bool = True,
    local: pd.DataFrame | None = None,
    settings: FootprintSettings | None = None,
    measured: Mapping[str, Sequence[Option]] | None = None,
    tier_weight: dict[float, float] | None = None,
) -> Study:
    """Footprint, options and ranking of an inventory. Raises `PortfolioError`.

    `local` are this machine's measurements (see `advisor.predict.predict_inventory`); with
    `predict=False` what was not measured or stated stays unknown.
    """
    inventory = inventory.reset_index(drop=True)
    predictions = predicted_energy(inventory, local) if predict else None
    found = footprint(inventory, predictions, settings)
    options = portfolio_options(inventory, found, measured)
    ranked = rank_portfolio(options, inventory, tier_weight)
    return Study(inventory, found, options, ranked, abatement_curve(ranked), totals(found), predict)
