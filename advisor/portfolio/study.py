"""The portfolio in one call, in the natural order: footprint, options, ranking, totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from advisor.bench import Measurement
from advisor.candidates import Candidate
from advisor.carbon.allocation import Allocation
from advisor.portfolio.allocation import MachineMeter, allocate_machines
from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.footprint import footprint
from advisor.portfolio.frontier import abatement_curve, rank_portfolio
from advisor.portfolio.inventory import with_consumers
from advisor.portfolio.measured import measured_energy, measured_options
from advisor.portfolio.options import portfolio_options
from advisor.portfolio.totals import PortfolioTotal, totals


@dataclass(frozen=True)
class Evidence:
    """What is known beside the inventory: measurements, meters of machines, predictions."""

    measurements: Sequence[Measurement] = ()
    candidates: Sequence[Candidate] = ()
    meters: Sequence[MachineMeter] = ()
    allocation: Allocation = Allocation.PROPORTIONAL
    predictions: pd.DataFrame | None = field(default=None, repr=False)
    """As `advisor.portfolio.predicted_energy` makes them; None leaves those rows unknown."""


@dataclass(frozen=True)
class Study:
    """What window, command line and documents show of a portfolio."""

    inventory: pd.DataFrame
    footprint: pd.DataFrame
    options: pd.DataFrame
    ranked: pd.DataFrame
    curve: pd.DataFrame
    total: PortfolioTotal | None
    """None where nothing is known of any model."""
    allocated: pd.DataFrame
    """Models on metered machines: the energy split by each method."""
    predicted: bool
    """Whether energies nobody measured were predicted, or left unknown."""


def study(
    inventory: pd.DataFrame,
    evidence: Evidence | None = None,
    *,
    tier_weight: dict[float, float] | None = None,
) -> Study:
    """Footprint, options and ranking of an inventory. Raises `PortfolioError`, `CarbonError`."""
    known = evidence or Evidence()
    inventory = with_consumers(inventory.reset_index(drop=True))
    energy = measured_energy(inventory, known.measurements, known.candidates)
    alone = footprint(inventory, known.predictions, measured=energy)
    allocated = allocate_machines(alone, inventory, known.meters, known.allocation)
    found = alone
    if known.meters:
        found = footprint(
            inventory,
            known.predictions,
            measured=energy,
            meters=known.meters,
            allocation=known.allocation,
        )
    measured = measured_options(inventory, found, known.measurements, known.candidates)
    options = portfolio_options(inventory, found, measured)
    ranked = rank_portfolio(options, inventory, tier_weight)
    try:
        total = totals(found)
    except PortfolioError:  # nothing is known of any model yet: shown as unknown
        total = None
    return Study(
        inventory,
        found,
        options,
        ranked,
        abatement_curve(ranked),
        total,
        allocated,
        known.predictions is not None,
    )
