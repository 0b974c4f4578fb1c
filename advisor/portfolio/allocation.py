"""The energy of shared machines by their meters, split among the models by the method picked."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from pydantic import BaseModel, ConfigDict

from advisor.carbon.allocation import Allocation, Tenant, allocate
from advisor.portfolio.errors import PortfolioError
from advisor.sentences import sentence


class MachineMeter(BaseModel):
    """What the meter of a shared machine counted in the year, at the site (PUE included)."""

    model_config = ConfigDict(frozen=True)

    machine: str
    dynamic_kwh: float
    idle_kwh: float
    source: str = "meter"


def allocate_machines(
    footprint: pd.DataFrame,
    inventory: pd.DataFrame,
    meters: Iterable[MachineMeter],
    method: Allocation = Allocation.PROPORTIONAL,
) -> pd.DataFrame:
    """Energy of models on metered machines by the meter instead of by model.

    A frame with one row per model on such a machine: id, machine, allocated_kwh (by `method`),
    allocated_low_kwh and allocated_high_kwh (least and most over the three methods), modelled_kwh.
    The allocated energies of a machine add up to its meter exactly. Use is the modelled production
    energy where known, else the utilisation; raises `PortfolioError` for a machine without models.
    """
    parts: list[pd.DataFrame] = []
    for meter in meters:
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
        by_method = {m: allocate(meter.dynamic_kwh, meter.idle_kwh, tenants, m) for m in Allocation}
        table = pd.DataFrame(by_method).loc[rows["id"]]
        parts.append(
            pd.DataFrame(
                {
                    "id": rows["id"].to_numpy(),
                    "machine": meter.machine,
                    "allocated_kwh": table[method].to_numpy(),
                    "allocated_low_kwh": table.min(axis=1).to_numpy(),
                    "allocated_high_kwh": table.max(axis=1).to_numpy(),
                    "modelled_kwh": (rows["production_kwh"] + rows["standing_kwh"]).to_numpy(),
                }
            )
        )
    columns = [
        "id",
        "machine",
        "allocated_kwh",
        "allocated_low_kwh",
        "allocated_high_kwh",
        "modelled_kwh",
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
