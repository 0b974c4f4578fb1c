"""The whole portfolio's footprint as figures, and their data quality.

A total's spread by source: the models' own energies in quadrature; the common part of predictions,
PUE and the grid of each region linearly, since an error there hits all models alike.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.footprint import STAGE_COLUMNS
from advisor.quantities import Provenance, Quantity
from advisor.sentences import sentence


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
    growth = [n for n in ("planned_growth", "carbon_kg_last_year") if n in renamed]
    return renamed[[*wanted, *growth]].reset_index(drop=True)
