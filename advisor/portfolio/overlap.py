"""Retirements: models that overlap with a leaner one, and models that nobody uses.

Overlap: two models of one purpose and metric; the hungrier one is proposed for retirement with the
other as fallback, whose energy for the inherited calls is charged. The loss is the difference of
the models' own reported metrics, not one measured on the same population, so it is never exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from advisor.portfolio.model import Stage
from advisor.portfolio.option_table import direction, option_table
from advisor.portfolio.planning import Overlap, Unused
from advisor.quantities import Z95
from advisor.rank.option import OptionKind
from advisor.sentences import sentence


def overlaps(table: pd.DataFrame, found: pd.DataFrame, rule: Overlap) -> pd.DataFrame:
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
    retired, fallback = _pairs(work, rule.largest_gap_points)
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
    said = sentence(
        "Inventory: same purpose and metric; the reported metrics are compared, not measured on "
        "the same population."
    )
    return option_table(
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
            "loss_low": loss - Z95 * rule.reported_metric_std_points,
            "loss_high": loss + Z95 * rule.reported_metric_std_points,
            "cost_eur": rule.one_off_cost_eur,
            "engineer_days": rule.engineer_days,
            "fallback": ids[fallback],
            "evidence": [said] * len(ids[retired]),
            "provenance": "estimated",
        }
    )[keep].reset_index(drop=True)


def _pairs(work: pd.DataFrame, largest_gap: float) -> tuple[Any, Any]:
    """Positions of (retired, fallback): of those that use less per call, the best-scoring one."""
    ordered = work.sort_values(["purpose", "metric", "per_call"], kind="stable")
    grouped = ordered.groupby(["purpose", "metric"], sort=False)
    best = grouped["score"].cummax().groupby([ordered["purpose"], ordered["metric"]]).shift()
    # position of the row that holds the running best, among cheaper ones
    is_best = ordered["score"] >= grouped["score"].cummax()
    holder = ordered["at"].where(is_best).groupby([ordered["purpose"], ordered["metric"]])
    before = holder.ffill().groupby([ordered["purpose"], ordered["metric"]]).shift()
    close = best.notna() & (ordered["score"] - best <= largest_gap)
    return (
        ordered.loc[close, "at"].to_numpy(np.intp),
        before[close].to_numpy(np.intp),
    )


def unused(table: pd.DataFrame, found: pd.DataFrame, rule: Unused) -> pd.DataFrame:
    """Nobody calls it, but it is kept on or trained."""
    idle = (
        (table["calls_per_year"] < rule.calls_per_year)
        & table["stage"].isin([Stage.PRODUCTION.value, Stage.RETIRING.value])
        & (found["carbon_kg_location"] > 0)
    ).to_numpy()
    rows = found[idle]
    said = sentence(
        "Inventory: fewer than {calls} calls a year, but capacity is held or it is trained.",
        calls=rule.calls_per_year,
    )
    return option_table(
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
            "cost_eur": rule.one_off_cost_eur,
            "engineer_days": rule.engineer_days,
            "evidence": [said] * len(rows),
            "provenance": "declared",
        }
    )
