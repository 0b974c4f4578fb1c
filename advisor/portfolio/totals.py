"""The whole portfolio's footprint as figures, its data quality, and its reconciliation.

A total's spread by source: the models' own energies in quadrature; the common part of predictions,
PUE and the grid of each region linearly, since an error there hits all models alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from advisor.carbon.allocation import Allocation, Tenant, allocate
from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.footprint import STAGE_COLUMNS
from advisor.quantities import Z95, Provenance, Quantity
from advisor.sentences import Sentence, sentence


class PortfolioTotal(BaseModel):
    """The portfolio in a few figures; None is unknown."""

    model_config = ConfigDict(frozen=True)

    models: int
    covered: int
    """Models whose carbon is known."""
    energy_kwh: Quantity
    carbon_location_kg: Quantity
    carbon_market_kg: Quantity
    embodied_kg: Quantity | None
    by_stage_kg: dict[str, float]
    share_by_provenance: dict[str, float]
    """Share of the location-based carbon whose energy per call is measured, predicted, …"""
    quality: float
    """Mean data-quality score weighted by carbon, 1 (measured) to 5, as PCAF weighs by exposure."""
    unknown: dict[str, int]
    """How many models lack what."""


def totals(footprint: pd.DataFrame) -> PortfolioTotal:
    """The portfolio's totals. Raises `PortfolioError` when no model's carbon is known."""
    known = footprint[footprint["carbon_kg_location"].notna()]
    if known.empty:
        raise PortfolioError(
            sentence(
                "No model's carbon is known: give calls, energy (or size) and region of at least "
                "one."
            )
        )
    carbon = known["carbon_kg_location"]
    weight = carbon.sum()
    words = known["energy_per_call_j_provenance"].fillna("declared")
    lacking = footprint["unknown"].str.split("; ").explode()
    embodied = footprint["embodied_kg"].dropna()
    return PortfolioTotal(
        models=len(footprint),
        covered=len(known),
        energy_kwh=column_total(footprint, "energy_kwh"),
        carbon_location_kg=column_total(footprint, "carbon_kg_location"),
        carbon_market_kg=column_total(footprint, "carbon_kg_market"),
        embodied_kg=_embodied(embodied) if len(embodied) else None,
        by_stage_kg={s: float(known[f"{s}_kg"].sum()) for s in STAGE_COLUMNS},
        share_by_provenance={
            str(k): float(v / weight) for k, v in carbon.groupby(words).sum().items() if weight
        },
        quality=float((known["quality"] * carbon).sum() / weight)
        if weight
        else float(known["quality"].mean()),
        unknown={str(k): int(v) for k, v in lacking[lacking != ""].value_counts().items()},
    )


def column_total(footprint: pd.DataFrame, column: str) -> Quantity:
    """Sum of `energy_kwh`, `carbon_kg_location` or `carbon_kg_market` with its interval."""
    known = footprint[footprint[column].notna()]
    values = known[column].to_numpy(float)
    spread = {
        "energy of single models": float(np.sqrt((values**2 * known["rv_energy"]).sum())),
        "volume of single models": float(np.sqrt((values**2 * known["rv_volume"]).sum())),
        "prediction": float((values * np.sqrt(known["rv_prediction"])).sum()),
    }
    stated = ~known["pue_assumed"].to_numpy(bool)
    pue = values * np.sqrt(known["rv_pue"])
    by_site = pd.Series(pue[stated]).groupby(known["region"].to_numpy()[stated]).sum()
    spread["PUE of sites"] = float(np.sqrt((by_site**2).sum()))
    spread["assumed PUE"] = float(pue[~stated].sum())
    if column != "energy_kwh":
        on_grid = values * np.sqrt(known["rv_grid"].fillna(0.0))
        if column == "carbon_kg_market":  # a contract's factor is not the grid's
            same = known["market_g_per_kwh"] == known["grid_g_per_kwh"]
            on_grid = np.where(same, on_grid, 0.0)
        for source, sigma in (
            pd.Series(on_grid).groupby(known["grid_source"].to_numpy()).sum().items()
        ):
            spread[str(source)] = float(sigma)
    provenance = Provenance.weakest(
        [Provenance(p) for p in known["provenance"].dropna().unique()] or [Provenance.DECLARED]
    )
    unit = "kWh/year" if column == "energy_kwh" else "kgCO2e/year"
    return Quantity.from_spread(
        math.fsum(values), unit, provenance, f"sum of {len(known)} models", spread
    )


def _embodied(values: pd.Series[float]) -> Quantity:
    total = float(values.sum())
    return Quantity.from_spread(
        total,
        "kgCO2e/year",
        Provenance.IMPORTED,
        f"hardware of {len(values)} models",
        {"embodied factors": 0.35 * total},
    )


# -- shared machines ---------------------------------------------------------------------------


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


# -- reconciliation ----------------------------------------------------------------------------


class Statement(BaseModel):
    """A meter's or invoice's figure for the year: of a machine, a region (site, account) or all."""

    model_config = ConfigDict(frozen=True)

    scope: str
    """`machine`, `region` or `all`."""
    name: str
    kwh: float
    half_width: float = 0.02
    """Relative, 95 %: revenue meters of class 1 to 2."""
    source: str = "invoice"


class Reconciliation(BaseModel):
    """The models' sum beside the statement, with the residual as a line of its own."""

    model_config = ConfigDict(frozen=True)

    statement: Statement
    models: int
    uncovered: int
    """Models there whose energy is unknown."""
    modelled_kwh: Quantity
    stated_kwh: Quantity
    residual_kwh: Quantity
    """Stated less modelled: what no model explains (negative: models claim more than was used)."""
    finding: Sentence


def reconcile(footprint: pd.DataFrame, statements: Iterable[Statement]) -> list[Reconciliation]:
    """One reconciliation per statement. Raises `PortfolioError` for a name nobody runs under."""
    return [_reconciled(footprint, s) for s in statements]


def _reconciled(footprint: pd.DataFrame, statement: Statement) -> Reconciliation:
    if statement.scope == "all":
        rows = footprint
    elif statement.scope in ("machine", "region"):
        rows = footprint[footprint[statement.scope] == statement.name]
    else:
        raise PortfolioError(
            sentence(
                "A statement is for a machine, a region or all, not for “{scope}”.",
                scope=statement.scope,
            )
        )
    known = rows[rows["energy_kwh"].notna()]
    if known.empty:
        raise PortfolioError(
            sentence(
                "No model with known energy runs under “{name}”; check the name of the statement.",
                name=statement.name,
            )
        )
    modelled = column_total(known, "energy_kwh")
    sigma = statement.half_width * statement.kwh / Z95
    stated = Quantity.from_spread(
        statement.kwh,
        "kWh/year",
        Provenance.IMPORTED,
        statement.source,
        {f"statement {statement.name}": sigma},
    )
    residual = (stated - modelled).named("stated less modelled")
    return Reconciliation(
        statement=statement,
        models=len(known),
        uncovered=len(rows) - len(known),
        modelled_kwh=modelled,
        stated_kwh=stated,
        residual_kwh=residual,
        finding=_finding(residual, stated),
    )


def _finding(residual: Quantity, stated: Quantity) -> Sentence:
    if not residual.excludes_zero:
        return sentence("The models explain {stated} within their interval.", stated=stated)
    if residual.value > 0:
        return sentence(
            "{residual} ({percent} %) of {stated} are explained by no model: look for models that "
            "are not in the inventory, and for standing energy that nobody reserved.",
            residual=residual,
            percent=round(100 * residual.value / stated.value, 1),
            stated=stated,
        )
    return sentence(
        "The models claim {excess} more than {stated}: energies or volumes are too high, or the "
        "statement does not cover them all.",
        excess=residual * -1.0,
        stated=stated,
    )


def as_exposures(footprint: pd.DataFrame) -> pd.DataFrame:
    """The covered models in the columns of `advisor.risk` (`checked_exposures` takes it)."""
    known = footprint[footprint["carbon_kg_location"].notna()]
    renamed = known.rename(
        columns={
            "id": "model_id",
            "carbon_kg_location": "carbon_kg",
            "carbon_kg_market": "carbon_market_kg",
            "energy_kwh_low": "energy_low_kwh",
            "energy_kwh_high": "energy_high_kwh",
        }
    )
    wanted = [
        "model_id",
        "name",
        "owner",
        "business_line",
        "vendor",
        "region",
        "kind",
        "stage",
        "tier",
        "energy_kwh",
        "energy_low_kwh",
        "energy_high_kwh",
        "carbon_kg",
        "carbon_market_kg",
        "provenance",
        "scope",
        "calls_per_year",
        "validated",
        "next_review",
        "fallback",
        "feeds",
    ]
    return renamed[wanted].reset_index(drop=True)
