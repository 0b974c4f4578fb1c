"""The energy of shared machines by their meters, split among the models by the method picked.

What the meter of a machine counted is handed out exactly (`advisor.carbon.allocate`); the spread
between reservation, proportional and Shapley is the uncertainty of having picked one of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from advisor.carbon.allocation import Allocation, Tenant, allocate
from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.model import Stage
from advisor.quantities import Z95
from advisor.sentences import sentence

COLUMNS = (
    "id",
    "machine",
    "allocated_kwh",
    "allocated_low_kwh",
    "allocated_high_kwh",
    "standing_kwh",
    "modelled_kwh",
    "relative_variance",
)


class MachineMeter(BaseModel):
    """What the meter of a shared machine counted in the year, at the site (PUE included)."""

    model_config = ConfigDict(frozen=True)

    machine: str = Field(min_length=1)
    dynamic_kwh: float = Field(ge=0)
    idle_kwh: float = Field(ge=0)
    source: str = "meter"
    half_width: float = Field(default=0.02, ge=0)
    """Relative, 95 %: meters of class 1 to 2."""


def allocate_machines(
    footprint: pd.DataFrame,
    inventory: pd.DataFrame,
    meters: Iterable[MachineMeter],
    method: Allocation = Allocation.PROPORTIONAL,
) -> pd.DataFrame:
    """One row a model on a metered machine, columns as in `COLUMNS`.

    allocated_kwh is by `method` and adds up to the machine's meter exactly; `_low` and `_high` are
    least and most over the three methods; standing_kwh is the idle part of it; modelled_kwh is what
    the model alone would say; relative_variance is that of the method (uniform over the range) and
    of the meter. Use is the modelled production energy, where known. Raises `PortfolioError` for a
    machine without models, `CarbonError` where nobody used or reserved anything.
    """
    parts = [_machine(footprint, inventory, meter, method) for meter in meters]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def _machine(
    footprint: pd.DataFrame, inventory: pd.DataFrame, meter: MachineMeter, method: Allocation
) -> pd.DataFrame:
    on = (footprint["machine"] == meter.machine).to_numpy()
    if not on.any():
        raise PortfolioError(
            sentence(
                "No model of the inventory runs on the machine “{machine}”; check its name.",
                machine=meter.machine,
            )
        )
    rows = footprint[on]
    used = rows["production_kwh"].fillna(0.0).to_numpy(float)
    held = inventory.loc[on, "reserved_share"].fillna(0.0).to_numpy(float)
    tenants = [
        Tenant(model_id=i, used=u, reserved=r)
        for i, u, r in zip(rows["id"], used, held, strict=True)
    ]
    table = _by_method(meter.dynamic_kwh, meter.idle_kwh, tenants).loc[rows["id"]]
    given = table[method].to_numpy(float)
    low, high = table.min(axis=1).to_numpy(float), table.max(axis=1).to_numpy(float)
    standing = allocate(0.0, meter.idle_kwh, tenants, method)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(given > 0, (high - low) / (2 * math.sqrt(3)) / given, 0.0)
    return pd.DataFrame(
        {
            "id": rows["id"].to_numpy(),
            "machine": meter.machine,
            "allocated_kwh": given,
            "allocated_low_kwh": low,
            "allocated_high_kwh": high,
            "standing_kwh": np.minimum([standing[i] for i in rows["id"]], given),
            "modelled_kwh": (
                rows["production_kwh"].fillna(0.0) + rows["standing_kwh"].fillna(0.0)
            ).to_numpy(),
            "relative_variance": relative**2 + (meter.half_width / Z95) ** 2,
        }
    )


def _by_method(dynamic_kwh: float, idle_kwh: float, tenants: Sequence[Tenant]) -> pd.DataFrame:
    """One row a model, one column a method."""
    return pd.DataFrame({m: allocate(dynamic_kwh, idle_kwh, tenants, m) for m in Allocation})


def put_in_place(made: pd.DataFrame, allocated: pd.DataFrame) -> None:
    """Production and standing energy of metered models by their machine's meter, in place.

    A retired model's share is what it still uses after its retirement; the energy per call becomes
    what the meter's busy share says. Adds `rv_allocation` (relative variance of the allocated
    energy; 0 elsewhere) and `metered` (whether a meter says it).
    """
    at = pd.Index(made["id"]).get_indexer(pd.Index(allocated["id"]))
    standing = allocated["standing_kwh"].to_numpy(float)
    busy = allocated["allocated_kwh"].to_numpy(float) - standing
    retired = (made["stage"] == Stage.RETIRED.value).to_numpy()[at]
    columns = {
        "production_kwh": np.where(retired, 0.0, busy),
        "standing_kwh": np.where(retired, 0.0, standing),
        "retirement_kwh": np.where(retired, busy + standing, 0.0),
    }
    for name, values in columns.items():
        column = made[name].to_numpy(float).copy()
        column[at] = values
        made[name] = column
    for name, values in (
        ("rv_allocation", allocated["relative_variance"].to_numpy(float)),
        ("metered", np.ones(len(at), bool)),
    ):
        column = np.zeros(len(made), values.dtype)
        column[at] = values
        made[name] = column
    _per_call(made, at, busy)


def _per_call(made: pd.DataFrame, at: np.ndarray, busy_kwh: np.ndarray) -> None:
    calls = made["calls_per_year"].to_numpy(float)[at]
    sigma = np.sqrt(made["rv_allocation"].to_numpy(float)[at])
    with np.errstate(divide="ignore", invalid="ignore"):
        joules = np.where(calls > 0, busy_kwh * 3.6e6 / calls / made["pue"].to_numpy(float)[at], 0)
    for name, values in (
        ("energy_per_call_j", joules),
        ("energy_per_call_j_low", joules * np.exp(-Z95 * sigma)),
        ("energy_per_call_j_high", joules * np.exp(Z95 * sigma)),
        ("sigma_energy", sigma),
        ("grade", np.full(len(at), "", object)),
        ("energy_per_call_j_provenance", np.full(len(at), "imported", object)),
    ):
        column = made[name].to_numpy().copy()
        column[at] = values
        made[name] = column
