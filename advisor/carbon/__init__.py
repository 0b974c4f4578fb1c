"""Joules to gCO2e: grid, PUE, life cycle, embodied, and the allocation of shared machines."""

from advisor.carbon.allocation import (
    Allocation,
    Tenant,
    allocate,
    allocation_range,
)
from advisor.carbon.errors import CarbonError
from advisor.carbon.footprint import (
    annual_footprint,
    calls_quantity,
    embodied_footprint,
    pue_quantity,
    sci,
    standing_footprint,
    training_footprint,
)
from advisor.carbon.grid import grid_intensity, grid_rows, intensities, market_intensity

__all__ = [
    "Allocation",
    "CarbonError",
    "Tenant",
    "allocate",
    "allocation_range",
    "annual_footprint",
    "calls_quantity",
    "embodied_footprint",
    "grid_intensity",
    "grid_rows",
    "intensities",
    "market_intensity",
    "pue_quantity",
    "sci",
    "standing_footprint",
    "training_footprint",
]
