"""The footprint of every model of the inventory, in columns, and of the whole.

    production  = calls · J per call ÷ 3.6e6 · PUE                   [kWh a year, at site]
    standing    = idle power · reserved share · 8.766 h·10³ · (1 − utilisation) · PUE
    training    = runs a year · kWh a run · PUE
    validation  = kWh a year · PUE
    retirement  = what a model still uses after its day of retirement (must be zero)
    carbon      = kWh · grid intensity (location) and · contract, residual mix or location (market)
    embodied    = carbon of the hardware ÷ lifetime · reserved share

Measured energy per call holds the idle power of busy hours, so standing energy counts the idle
hours only: nothing is counted twice. A part that nobody stated is unknown (NaN) and counted as
such; the total covers what is known and says how much that is.

Uncertainty by source, as columns of *relative variance*: `rv_energy` (the model's own figure),
`rv_prediction` (its share common to all predictions), `rv_volume`, `rv_pue`, `rv_grid`. In the
total own sources add in quadrature, common ones (grid of a region, predictions, PUE) linearly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from advisor.carbon.allocation import Allocation
from advisor.carbon.footprint import HOURS_PER_YEAR, embodied_footprint
from advisor.carbon.grid import intensities, market_intensity
from advisor.portfolio.allocation import MachineMeter, allocate_machines, put_in_place
from advisor.portfolio.data_quality import data_quality, missing_parts
from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.model import Stage
from advisor.quantities import Z95, Provenance
from advisor.sentences import sentence

if TYPE_CHECKING:
    from advisor.predict.local_runs import Learnt

STAGE_COLUMNS = ("training", "validation", "production", "standing", "retirement")
REACH = ("grade", "distance", "outside", "outside_factor")
"""How far a prediction reaches beyond what was measured (`advisor.predict.reach`)."""
HALF_WIDTH = {"measured": 0.10, "imported": 0.25, "declared": 0.25, "estimated": 0.50}
"""95 % half-width of an energy figure without an interval of its own, by provenance: the grades
high, medium and low of BoAmps 1.1 (±10, ±25, ±50 %)."""
_EMBODIED = (("h100", "h100"), ("a100", "a100"), ("nvidia", "gpu"), ("", "server"))


class FootprintSettings(BaseModel):
    """What the bank states once for all models; every figure taken from here is marked."""

    model_config = ConfigDict(frozen=True)

    year: int | None = None
    """Year of the grid figures; None: the newest."""
    assumed_pue: float | None = 1.56
    """Where a row states none: the mean of Uptime Institute's Global Data Center Survey 2024. None
    leaves such rows unknown."""
    assumed_pue_std: float = 0.2
    pue_std: float = 0.03
    """Relative, of a stated PUE."""
    calls_std: float = Field(default=0.05, ge=0)
    """Relative, of a stated number of calls."""
    prediction_shared: float = Field(default=0.5, ge=0, le=1)
    """Share of a prediction's variance that all predictions have in common."""
    assumed_region: str | None = None
    """Where a row states none; None leaves its carbon unknown."""


def footprint(
    inventory: pd.DataFrame,
    predictions: pd.DataFrame | None = None,
    settings: FootprintSettings | None = None,
    *,
    measured: pd.DataFrame | None = None,
    meters: Sequence[MachineMeter] = (),
    allocation: Allocation = Allocation.PROPORTIONAL,
) -> pd.DataFrame:
    """One row a model, in the inventory's order.

    `predictions` are rows of `advisor.predict.predict_inventory` (same index); they fill rows that
    have no energy per call. `measured` (energy_j with `_low`, `_high`; same index) replaces what a
    row states. On machines with a meter production and standing energy are the meter's, split by
    `allocation` and adding up to it exactly.

    Columns: id, name, owner, business_line, purpose, kind, tier, stage, region, scope;
    energy_per_call_j with `_low`, `_high`, `_provenance`; where it is predicted grade, distance,
    outside, outside_factor; `<stage>_kwh`; energy_kwh with `_low`,
    `_high`; carbon_kg_location with `_low`, `_high`, `<stage>_kg`, carbon_kg_market, embodied_kg;
    provenance, quality (1 to 5), metered, rv_energy, rv_prediction, rv_volume, rv_pue, rv_grid,
    grid_g_per_kwh, market_g_per_kwh, grid_source, pue_assumed, unknown (what is missing).
    Raises `PortfolioError` and `CarbonError`.
    """
    settings = settings or FootprintSettings()
    made = _identity(inventory, settings)
    _energy_per_call(made, inventory, predictions, measured)
    _stages(made, inventory, settings)
    put_in_place(made, allocate_machines(made, inventory, meters, allocation))
    _whole(made)
    _carbon(made, inventory, settings)
    _variances(made, inventory, settings)
    made["embodied_kg"] = _embodied(inventory)
    made["quality"] = data_quality(made, inventory)
    made["unknown"] = missing_parts(made, inventory)
    return made


def predicted_energy(inventory: pd.DataFrame, learnt: Learnt | None = None) -> pd.DataFrame:
    """Predictions for the rows without energy per call (same index).

    By what a project has `learnt` (`advisor.project.prediction`), else by the shipped runs alone.
    """
    from advisor.predict.local_runs import from_inventory
    from advisor.predict.prior import predict_inventory

    lacking = inventory[inventory["energy_per_call_j"].isna() & _describable(inventory)]
    if lacking.empty:
        return pd.DataFrame(columns=["energy_j", "energy_j_low", "energy_j_high", *REACH, "used"])
    asked = from_inventory(lacking)
    return predict_inventory(asked) if learnt is None else learnt.predict(asked, shares=0)


def _describable(inventory: pd.DataFrame) -> pd.Series[bool]:
    sizes = inventory[["parameters", "flops_per_call", "throughput_per_s"]]
    return (sizes > 0).any(axis=1)


# -- parts -------------------------------------------------------------------------------------


def _identity(inventory: pd.DataFrame, settings: FootprintSettings) -> pd.DataFrame:
    if inventory.empty:
        raise PortfolioError(sentence("The inventory is empty; import at least one model."))
    names = [
        "id",
        "name",
        "owner",
        "business_line",
        "purpose",
        "kind",
        "family",
        "vendor",
        "tier",
        "stage",
        "region",
        "machine",
        "account",
        "calls_per_year",
        "feeds",
        "fallback",
        "validated",
        "next_review",
    ]
    growth = [n for n in ("planned_growth", "carbon_kg_last_year") if n in inventory]
    made = inventory[[*names, *growth]].copy()
    if settings.assumed_region:
        made["region"] = made["region"].fillna(settings.assumed_region)
    cloud = made["region"].astype("string").str.contains("/", regex=False).fillna(False)
    made["scope"] = np.where(cloud | made["vendor"].notna(), 3, 2)
    return made


def _energy_per_call(
    made: pd.DataFrame,
    inventory: pd.DataFrame,
    predictions: pd.DataFrame | None,
    measured: pd.DataFrame | None,
) -> None:
    energy = inventory["energy_per_call_j"].to_numpy(float).copy()
    known = np.isfinite(energy)
    provenance = inventory["energy_provenance"].astype(object).to_numpy().copy()
    provenance[known & pd.isna(provenance)] = Provenance.DECLARED.value
    provenance[~known] = None
    half = np.array([HALF_WIDTH.get(str(p), np.nan) for p in provenance])
    sigma = np.log1p(half) / Z95
    reach = pd.DataFrame("", index=range(len(made)), columns=list(REACH), dtype=object)
    if predictions is not None and len(predictions):
        at = inventory.index.get_indexer(predictions.index)
        fill = ~known[at]
        rows = predictions[fill]
        at = at[fill]
        energy[at] = rows["energy_j"]
        provenance[at] = Provenance.PREDICTED.value
        sigma[at] = np.log(rows["energy_j_high"] / rows["energy_j_low"]) / (2 * Z95)
        reach.iloc[at] = rows[list(REACH)].to_numpy(object)
    if measured is not None and len(measured):
        at = inventory.index.get_indexer(measured.index)
        energy[at] = measured["energy_j"]
        provenance[at] = Provenance.MEASURED.value
        sigma[at] = np.log(measured["energy_j_high"] / measured["energy_j_low"]) / (2 * Z95)
        reach.iloc[at] = ""
    made["energy_per_call_j"] = energy
    made["energy_per_call_j_low"] = energy * np.exp(-Z95 * sigma)
    made["energy_per_call_j_high"] = energy * np.exp(Z95 * sigma)
    made["energy_per_call_j_provenance"] = provenance
    made["sigma_energy"] = sigma
    made[list(REACH)] = reach.to_numpy()


def _stages(made: pd.DataFrame, inventory: pd.DataFrame, settings: FootprintSettings) -> None:
    pue = inventory["pue"].to_numpy(float)
    made["pue_assumed"] = ~np.isfinite(pue)
    assumed = np.nan if settings.assumed_pue is None else settings.assumed_pue
    made["pue"] = pue = np.where(np.isfinite(pue), pue, assumed)
    calls = inventory["calls_per_year"].to_numpy(float)
    production = np.where(calls == 0, 0.0, calls * made["energy_per_call_j"] / 3.6e6) * pue
    reserved = inventory["reserved_share"].to_numpy(float)
    busy = _utilisation(inventory)
    standing = inventory["idle_power_w"] * reserved * HOURS_PER_YEAR * (1 - busy) / 1000 * pue
    runs = inventory["training_runs_per_year"].to_numpy(float)
    training = np.where(runs == 0, 0.0, runs * inventory["training_energy_kwh"]) * pue
    retired = (inventory["stage"] == Stage.RETIRED.value).to_numpy()
    standing = np.where(reserved == 0, 0.0, standing)
    made["training_kwh"] = training
    made["validation_kwh"] = inventory["validation_energy_kwh"].to_numpy(float) * pue
    made["production_kwh"] = np.where(retired, 0.0, production)
    made["standing_kwh"] = np.where(retired, 0.0, standing)
    after = _sum(np.stack([production, standing]))
    made["retirement_kwh"] = np.where(retired, after, 0.0)


def _whole(made: pd.DataFrame) -> None:
    parts = made[[f"{s}_kwh" for s in STAGE_COLUMNS]].to_numpy(float)
    needed = made["production_kwh"].notna() | (made["stage"] == Stage.DEVELOPMENT.value)
    made["energy_kwh"] = np.where(needed, _sum(parts.T), np.nan)


def _utilisation(inventory: pd.DataFrame) -> NDArray[np.float64]:
    """As stated, else the share of the year the calls take at the stated throughput."""
    stated = inventory["utilisation"].to_numpy(float)
    seconds = inventory["calls_per_year"] / inventory["throughput_per_s"]
    derived = (seconds / (HOURS_PER_YEAR * 3600)).clip(upper=1.0).to_numpy(float)
    return np.where(np.isfinite(stated), stated, derived)


def _sum(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum over the first axis of what is known; NaN where nothing is."""
    known = np.isfinite(parts)
    return np.where(known.any(axis=0), np.where(known, parts, 0.0).sum(axis=0), np.nan)


def _carbon(made: pd.DataFrame, inventory: pd.DataFrame, settings: FootprintSettings) -> None:
    regions = made["region"].astype(object)
    found = intensities(list(regions.dropna().unique()), settings.year)
    known = {r: q for r, q in found.items() if q is not None}
    made["grid_g_per_kwh"] = regions.map({r: q.value for r, q in known.items()}).astype(float)
    made["rv_grid"] = regions.map(
        {r: (q.std / q.value) ** 2 if q.value else 0.0 for r, q in known.items()}
    ).astype(float)
    made["grid_source"] = regions.map({r: next(iter(q.spread), "") for r, q in known.items()})
    market = {r: market_intensity(r, settings.year).value for r in known}
    contract = inventory["contract_g_per_kwh"].to_numpy(float)
    made["market_g_per_kwh"] = np.where(
        np.isfinite(contract), contract, regions.map(market).astype(float)
    )
    for stage in STAGE_COLUMNS:
        made[f"{stage}_kg"] = made[f"{stage}_kwh"] * made["grid_g_per_kwh"] / 1000
    made["carbon_kg_location"] = made["energy_kwh"] * made["grid_g_per_kwh"] / 1000
    made["carbon_kg_market"] = made["energy_kwh"] * made["market_g_per_kwh"] / 1000


def _variances(made: pd.DataFrame, inventory: pd.DataFrame, settings: FootprintSettings) -> None:
    predicted = (made["energy_per_call_j_provenance"] == "predicted").to_numpy()
    share = (made["production_kwh"] / made["energy_kwh"]).clip(0, 1).fillna(0.0).to_numpy()
    variance = np.where(share > 0, (np.nan_to_num(made["sigma_energy"]) * share) ** 2, 0.0)
    common = np.where(predicted, settings.prediction_shared, 0.0)
    made["rv_energy"] = variance * (1 - common)
    made["rv_prediction"] = variance * common
    made["rv_volume"] = (settings.calls_std * share) ** 2
    pue = made["pue"].to_numpy(float)
    made["rv_pue"] = np.where(
        made["pue_assumed"],
        (settings.assumed_pue_std / pue) ** 2,
        (settings.pue_std * (pue - 1) / pue) ** 2,
    )
    metered = made["metered"].to_numpy(bool)
    made["rv_energy"] = np.where(metered, made["rv_allocation"], made["rv_energy"])
    for name in ("rv_prediction", "rv_volume", "rv_pue"):  # a meter at the site knows none of them
        made[name] = np.where(metered, 0.0, made[name])
    energy = made[["rv_energy", "rv_prediction", "rv_volume", "rv_pue"]].sum(axis=1)
    for column, extra in (("energy_kwh", 0.0), ("carbon_kg_location", made["rv_grid"])):
        reach = np.exp(Z95 * np.sqrt(energy + extra))
        made[f"{column}_low"] = made[column] / reach
        made[f"{column}_high"] = made[column] * reach
    provenance = made["energy_per_call_j_provenance"].astype(object)
    words = provenance.where(provenance.notna() & (share > 0), Provenance.DECLARED.value)
    # volumes and shares are declared, so nothing here is stronger than that
    stronger = words.isin([Provenance.MEASURED.value, Provenance.IMPORTED.value])
    words = words.mask(stronger, Provenance.DECLARED.value)
    words = words.mask(metered, Provenance.IMPORTED.value)
    made["provenance"] = words.where(made["energy_kwh"].notna(), None)


def _embodied(inventory: pd.DataFrame) -> pd.Series[float]:
    words = inventory["hardware"].astype("string").str.casefold()
    per_machine = {
        name: next(
            embodied_footprint(item, 1.0).value for word, item in _EMBODIED if word in str(name)
        )
        for name in words.dropna().unique()
    }
    a_year = words.map(per_machine).astype(float)
    return a_year * inventory["reserved_share"]
