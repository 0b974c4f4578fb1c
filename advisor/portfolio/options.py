"""Options for every model of the inventory, in columns: one row an option.

Where they come from, strongest first:
- *measured* variants of the model's candidate (`advisor.rank` options keyed by model id);
- *overlap*: two models of one purpose and metric; the one that is weaker and hungrier is proposed
  for retirement with the other as fallback, whose energy for the inherited calls is charged;
- *unused*: no calls to speak of, and capacity held or training going on;
- *move*: to the cleanest region the bank uses already;
- *expected effects* of levers by kind of model (`profiles/levers/effects.csv`): wide, marked so.

The loss of an overlap is the difference of the models' own reported metrics, not one measured on
the same population, so it carries at least ±1 point. Draws are made from the intervals: savings
share a normal, losses another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from advisor.candidates.metrics import METRICS
from advisor.portfolio.model import Stage
from advisor.profiles import layered_rows, profile_paths, read_profile
from advisor.quantities import Z95
from advisor.rank.option import Option, OptionKind

UNUSED_CALLS = 1000.0
"""Calls a year below which a model counts as unused."""
REPORTED_METRIC_STD = 0.5
"""Points, 1σ, of a difference of metrics reported on different populations."""
COLUMNS = (
    "id",
    "option",
    "kind",
    "name",
    "saved_kg",
    "saved_low_kg",
    "saved_high_kg",
    "loss",
    "loss_low",
    "loss_high",
    "cost_eur",
    "engineer_days",
    "revalidation_days",
    "money_saved_eur",
    "energy_saved_kwh",
    "fallback",
    "evidence",
    "provenance",
    "group_loss",
)


class LeverEffect(BaseModel):
    """The expected effect of a lever on a kind of model; intervals are 95 %."""

    model_config = ConfigDict(frozen=True)

    lever: str
    option_kind: OptionKind
    model_kind: str
    minimum_parameters: float
    energy_saved: float
    energy_saved_low: float
    energy_saved_high: float
    loss: float
    loss_low: float
    loss_high: float
    one_off_cost_eur: float
    engineer_days: float
    source: str


def lever_effects() -> list[tuple[LeverEffect, str]]:
    """Every expected effect with its citation; the user's own replace the shipped ones."""
    rows = layered_rows("levers", "effects.csv", LeverEffect, lambda r: f"{r.lever}/{r.model_kind}")
    return [(row, profile.citation) for row, profile in rows.values()]


def portfolio_options(
    inventory: pd.DataFrame,
    footprint: pd.DataFrame,
    measured: Mapping[str, Sequence[Option]] | None = None,
) -> pd.DataFrame:
    """All options of all models; columns as in `COLUMNS`, `option` unique.

    `inventory` and `footprint` have the same rows. Models that are never to be touched, retired or
    of unknown carbon get none. `measured` gives `rank` options by model id (saved against the model
    in use); then the expected effects of the same kind are left out.
    """
    open_ = (
        footprint["carbon_kg_location"].notna()
        & ~inventory["never_touch"].astype(bool)
        & (inventory["stage"] != Stage.RETIRED.value)
    ).to_numpy()
    table = inventory[open_].reset_index(drop=True)
    found = footprint[open_].reset_index(drop=True)
    covered = {
        (model, o.kind.value)
        for model, options in (measured or {}).items()
        for o in options
        if o.kind is not OptionKind.KEEP
    }
    parts = [
        _measured(table, found, measured or {}),
        _overlaps(table, found),
        _unused(table, found),
        _moves(table, found),
        *(_expected(table, found, effect, source) for effect, source in lever_effects()),
    ]
    options = pd.concat([p for p in parts if len(p)] or [_frame({})], ignore_index=True)
    if options.empty:  # nothing is known of any model, or none may be touched
        return options[list(COLUMNS)]
    if covered:
        keys = pd.Series(list(zip(options["id"], options["kind"], strict=True)))
        weaker = keys.isin(covered) & (options["provenance"] != "measured")
        options = options[~weaker.to_numpy()].reset_index(drop=True)
    _add_revalidation(options, table)
    options["option"] = options["id"] + "/" + options["name"]
    twice = options.groupby("option").cumcount()
    options["option"] += np.where(twice > 0, " " + (twice + 1).astype(str), "")
    return options[list(COLUMNS)]


def _frame(columns: dict[str, Any]) -> pd.DataFrame:
    made = pd.DataFrame(columns)
    for name in COLUMNS:
        if name not in made:
            made[name] = None if name in ("fallback", "option") else np.nan
    return made[list(COLUMNS)]


def _expected(
    table: pd.DataFrame, found: pd.DataFrame, effect: LeverEffect, source: str
) -> pd.DataFrame:
    applies = (
        (table["kind"] == effect.model_kind)
        & ~(table["parameters"] < effect.minimum_parameters)
        & (found["production_kg"] > 0)
    ).to_numpy()
    if effect.lever in ("int8-dynamic", "int8-static"):
        applies = applies & (table["precision"].fillna("float32") == "float32").to_numpy()
    if effect.option_kind is OptionKind.BATCH:
        applies = applies & ~(table["batch_size"] > 1).to_numpy()
    base = found.loc[applies, "production_kg"].to_numpy(float)
    base_kwh = found.loc[applies, "production_kwh"].to_numpy(float)
    return _frame(
        {
            "id": table.loc[applies, "id"].to_numpy(),
            "kind": effect.option_kind.value,
            "name": effect.lever,
            "saved_kg": base * effect.energy_saved,
            "saved_low_kg": base * effect.energy_saved_low,
            "saved_high_kg": base * effect.energy_saved_high,
            "energy_saved_kwh": base_kwh * effect.energy_saved,
            "loss": effect.loss,
            "loss_low": effect.loss_low,
            "loss_high": effect.loss_high,
            "cost_eur": effect.one_off_cost_eur,
            "engineer_days": effect.engineer_days,
            "evidence": f"{effect.source} – {source}",
            "provenance": "estimated",
        }
    )


def _overlaps(table: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The best-placed model of each purpose, metric and region takes over from hungrier ones.

    Within a group the fallback is the model with the best metric among those that use less carbon
    per call than the one that is retired; without one, nothing is proposed.
    """
    per_call = found["production_kg"] / table["calls_per_year"].where(table["calls_per_year"] > 0)
    better = direction(table["metric"])
    work = pd.DataFrame(
        {
            "at": np.arange(len(table)),
            "purpose": table["purpose"],
            "metric": table["metric"],
            "score": table["metric_value"] * better,
            "per_call": per_call,
        }
    ).dropna()
    retired, fallback = _pairs(work)
    calls = table["calls_per_year"].to_numpy(float)[retired]
    grid = found["grid_g_per_kwh"].to_numpy(float)
    inherited = per_call.to_numpy(float)[fallback] * calls
    inherited_kwh = inherited * 1000 / np.where(grid[fallback] > 0, grid[fallback], np.nan)
    whole = found["carbon_kg_location"].to_numpy(float)[retired]
    sigma = np.sqrt(found[["rv_energy", "rv_volume", "rv_grid"]].sum(axis=1).to_numpy(float))
    saved = whole - inherited
    reach = Z95 * np.hypot(whole * sigma[retired], inherited * sigma[fallback])
    scores = (table["metric_value"] * better).to_numpy(float)
    loss = scores[retired] - scores[fallback]
    ids = table["id"].to_numpy(object)
    keep = saved > 0
    return _frame(
        {
            "id": ids[retired],
            "kind": OptionKind.RETIRE.value,
            "name": [f"retire, {f} takes over" for f in ids[fallback]],
            "saved_kg": saved,
            "saved_low_kg": saved - reach,
            "saved_high_kg": saved + reach,
            "energy_saved_kwh": found["energy_kwh"].to_numpy(float)[retired]
            - np.nan_to_num(inherited_kwh),
            "loss": loss,
            "loss_low": loss - Z95 * REPORTED_METRIC_STD,
            "loss_high": loss + Z95 * REPORTED_METRIC_STD,
            "cost_eur": 2000.0,
            "engineer_days": 8.0,
            "fallback": ids[fallback],
            "evidence": "inventory: same purpose and metric; reported metrics compared",
            "provenance": "estimated",
        }
    )[keep].reset_index(drop=True)


def _pairs(work: pd.DataFrame) -> tuple[Any, Any]:
    """Positions of (retired, fallback): of those that use less per call, the best-scoring one."""
    ordered = work.sort_values(["purpose", "metric", "per_call"], kind="stable")
    grouped = ordered.groupby(["purpose", "metric"], sort=False)
    best = grouped["score"].cummax().groupby([ordered["purpose"], ordered["metric"]]).shift()
    # position of the row that holds the running best, among cheaper ones
    is_best = ordered["score"] >= grouped["score"].cummax()
    holder = ordered["at"].where(is_best).groupby([ordered["purpose"], ordered["metric"]])
    before = holder.ffill().groupby([ordered["purpose"], ordered["metric"]]).shift()
    close = best.notna() & (ordered["score"] - best <= 5.0)
    return (
        ordered.loc[close, "at"].to_numpy(np.intp),
        before[close].to_numpy(np.intp),
    )


def direction(metrics: pd.Series) -> pd.Series[float]:
    """+1 where higher is better (also for metrics this program does not know), −1 where lower."""
    words = metrics.astype("string").str.casefold()
    signs = {
        w: (1.0 if w not in METRICS or METRICS[w].higher_is_better else -1.0)
        for w in words.dropna().unique()
    }
    return words.map(signs).astype(float)


def _unused(table: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Nobody calls it, but it is kept on or trained."""
    idle = (
        (table["calls_per_year"] < UNUSED_CALLS)
        & table["stage"].isin([Stage.PRODUCTION.value, Stage.RETIRING.value])
        & (found["carbon_kg_location"] > 0)
    ).to_numpy()
    rows = found[idle]
    return _frame(
        {
            "id": rows["id"].to_numpy(),
            "kind": OptionKind.RETIRE.value,
            "name": "retire, unused",
            "saved_kg": rows["carbon_kg_location"].to_numpy(float),
            "saved_low_kg": rows["carbon_kg_location_low"].to_numpy(float),
            "saved_high_kg": rows["carbon_kg_location_high"].to_numpy(float),
            "energy_saved_kwh": rows["energy_kwh"].to_numpy(float),
            "loss": 0.0,
            "loss_low": 0.0,
            "loss_high": 0.0,
            "cost_eur": 500.0,
            "engineer_days": 2.0,
            "evidence": "inventory: calls a year below 1,000",
            "provenance": "declared",
        }
    )


def _moves(table: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """To the cleanest region the bank runs models in already (energy stays, carbon changes)."""
    grids = found.groupby("region")["grid_g_per_kwh"].first().dropna()
    if len(grids) < 2:
        return _frame({})
    target, cleanest = str(grids.idxmin()), float(grids.min())
    movable = (found["grid_g_per_kwh"] > 1.5 * cleanest) & (found["carbon_kg_location"] > 0)
    rows = found[movable.to_numpy()]
    grid = rows["grid_g_per_kwh"].to_numpy(float)
    saved = rows["carbon_kg_location"].to_numpy(float) * (1 - cleanest / grid)
    cleanest_rv = float(found.loc[found["region"] == target, "rv_grid"].iloc[0])
    relative = np.sqrt(
        rows["rv_energy"]
        + rows["rv_volume"]
        + (rows["rv_grid"] + (cleanest / grid) ** 2 * cleanest_rv) / (1 - cleanest / grid) ** 2
    )
    reach = np.minimum(Z95 * relative, 0.95)
    return _frame(
        {
            "id": rows["id"].to_numpy(),
            "kind": OptionKind.MOVE.value,
            "name": f"move to {target}",
            "saved_kg": saved,
            "saved_low_kg": saved * (1 - reach),
            "saved_high_kg": saved * (1 + reach),
            "energy_saved_kwh": 0.0,
            "loss": 0.0,
            "loss_low": 0.0,
            "loss_high": 0.0,
            "cost_eur": 3000.0,
            "engineer_days": 10.0,
            "evidence": "grid profiles; check data residency and latency before moving",
            "provenance": "estimated",
        }
    )


def _measured(
    table: pd.DataFrame, found: pd.DataFrame, measured: Mapping[str, Sequence[Option]]
) -> pd.DataFrame:
    known = dict(zip(table["id"], found["grid_g_per_kwh"], strict=True))
    rows = [
        {
            "id": model,
            "kind": o.kind.value,
            "name": o.name,
            "saved_kg": o.carbon_saved_kg.value,
            "saved_low_kg": o.carbon_saved_kg.low,
            "saved_high_kg": o.carbon_saved_kg.high,
            "energy_saved_kwh": o.carbon_saved_kg.value * 1000 / known[model]
            if known[model]
            else np.nan,
            "loss": np.nan if o.accuracy_loss is None else o.accuracy_loss.value,
            "loss_low": np.nan if o.accuracy_loss is None else o.accuracy_loss.low,
            "loss_high": np.nan if o.accuracy_loss is None else o.accuracy_loss.high,
            "group_loss": np.nan if o.group_loss is None else o.group_loss.value,
            "cost_eur": 500.0 if o.one_off_cost is None else o.one_off_cost.value,
            "engineer_days": 3.0 if o.engineer_days is None else o.engineer_days,
            "evidence": "; ".join(o.evidence),
            "provenance": "measured",
        }
        for model, options in measured.items()
        if model in known
        for o in options
        if o.kind is not OptionKind.KEEP
    ]
    return _frame({k: [r[k] for r in rows] for k in rows[0]}) if rows else _frame({})


def _add_revalidation(options: pd.DataFrame, table: pd.DataFrame) -> None:
    """Days and money that a change of this tier brings; running cost saved at the power price."""
    paths = profile_paths("levers").get("revalidation.toml", [])
    document = read_profile(paths[-1]).document
    days: dict[str, float] = document["days"]
    tiers = options["id"].map(dict(zip(table["id"], table["tier"], strict=True))).astype(float)
    full = tiers.map({float(k): float(v) for k, v in days.items() if k != "unknown"})
    share = options["kind"].map(document["share_by_option"]).astype(float).fillna(1.0)
    options["revalidation_days"] = full.fillna(float(days["unknown"])) * share
    options["cost_eur"] = options["cost_eur"].astype(float) + options["revalidation_days"] * float(
        document["cost"]["eur_per_day"]
    )
    options["engineer_days"] = options["engineer_days"].astype(float) + options["revalidation_days"]
    options["money_saved_eur"] = options["energy_saved_kwh"].astype(float) * float(
        document["cost"]["eur_per_kwh"]
    )
