"""Frontier and incremental ratios of every model at once, and the abatement curve over all.

Arrays of shape (models, options) instead of loops: 100,000 models in seconds. The rule is that of
`advisor.rank`: what saves distinguishably without a distinguishable loss is no regret and the
frontier starts there; from a step the next is the option with the steepest further saving.

The curve takes no-regret steps first, by carbon; then the frontier steps of all models by ratio.
That order solves the relaxed multiple-choice knapsack (Sinha & Zoltners 1979). No-regret steps
never enter a ratio: ordering negative costs by cost per tonne puts the smaller saving first
(Taylor 2012; Ward 2012).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.portfolio.option_table import direction

Array = NDArray[np.float64]
TIER_WEIGHT = {1.0: 4.0, 2.0: 2.0, 3.0: 1.0, 4.0: 0.5}
"""Weight of one accuracy point by tier where the bank states none."""


def tier_weights(tiers: pd.Series, weights: dict[float, float] | None = None) -> Array:
    """Weight of a point for each model; an unknown tier weighs as tier 2."""
    table = weights or TIER_WEIGHT
    weight = tiers.astype(float).map(table).fillna(table.get(2.0, 1.0))
    return np.asarray(weight, np.float64)


def verdicts(options: pd.DataFrame, allowed: Array | None = None) -> NDArray[np.object_]:
    """First verdict of each option: no regret, trade-off, or why it is out. Shape (options,)."""
    saved_low = options["saved_low_kg"].to_numpy(float)
    saved_high = options["saved_high_kg"].to_numpy(float)
    loss = options["loss"].to_numpy(float)
    said = np.full(len(options), "trade-off", dtype=object)
    said[options["loss_low"].to_numpy(float) <= 0] = "no regret"
    if allowed is not None:
        said[loss > allowed] = "below the accuracy floor"
    said[~np.isfinite(loss)] = "accuracy unknown"
    said[saved_low <= 0] = "no distinguishable difference"
    said[saved_high < 0] = "saves nothing"
    return said


def floor_room(options: pd.DataFrame, inventory: pd.DataFrame) -> Array:
    """Largest loss each option's model may suffer before its floor; infinite without a floor."""
    room = (inventory["metric_value"] - inventory["metric_floor"]) * direction(inventory["metric"])
    by_model = dict(zip(inventory["id"], room.fillna(np.inf), strict=True))
    return np.asarray(options["id"].map(by_model).astype(float).fillna(np.inf), np.float64)


def rank_portfolio(
    options: pd.DataFrame, inventory: pd.DataFrame, weights: dict[float, float] | None = None
) -> pd.DataFrame:
    """Every option with its verdict, and steps in the order of the abatement curve.

    Adds to the options: verdict, place (1 is first; NaN: not recommended), step_saved_kg,
    step_loss and ratio_kg_per_point (incremental, from the step before; NaN for no regret),
    weighted_ratio (per point weighted by tier), previous (option of the step before).
    """
    table = options.reset_index(drop=True).copy()
    table["verdict"] = verdicts(table, floor_room(table, inventory))
    code, ids = pd.factorize(table["id"])
    steps = _steps(table, np.asarray(code), len(ids))
    out = table["verdict"].isin(["trade-off"]) & ~table.index.isin(steps["at"])
    table["verdict"] = table["verdict"].mask(out, "dominated")
    table["verdict"] = table["verdict"].replace("trade-off", "on the frontier")
    for name in ("step_saved_kg", "step_loss"):
        table[name] = np.nan
        table.loc[steps["at"], name] = steps[name].to_numpy()
    table["previous"] = None
    has = steps["previous"] >= 0
    table.loc[steps.loc[has, "at"], "previous"] = table["option"].to_numpy()[
        steps.loc[has, "previous"]
    ]
    frontier = table["verdict"] == "on the frontier"
    tiers = table["id"].map(dict(zip(inventory["id"], inventory["tier"], strict=True)))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = table["step_saved_kg"] / table["step_loss"]
    table["ratio_kg_per_point"] = ratio.where(frontier)
    table["weighted_ratio"] = table["ratio_kg_per_point"] / tier_weights(tiers, weights)
    return _placed(table)


def _steps(table: pd.DataFrame, code: NDArray[np.intp], models: int) -> pd.DataFrame:
    """Steps of all models: position, previous position (−1: none), saved and lost on the way."""
    count = int(np.bincount(code, minlength=max(models, 1)).max()) if len(code) else 0
    slot = table.groupby(code).cumcount().to_numpy() if len(code) else np.empty(0, int)
    at = np.full((models, count), -1)
    at[code, slot] = np.arange(len(table))
    saved, loss = _dense(table["saved_kg"], at), _dense(table["loss"], at)
    words = np.append(table["verdict"].to_numpy(object), "")[at]
    no_regret, trade = words == "no regret", words == "trade-off"
    rows = np.arange(models)
    start = np.where(no_regret, saved, -np.inf).argmax(axis=1) if count else rows * 0
    has = no_regret.any(axis=1) if count else np.zeros(models, bool)
    now_saved = np.where(has, saved[rows, start], 0.0) if count else np.zeros(models)
    now_loss = np.zeros(models)
    now_at = np.where(has, at[rows, start], -1) if count else np.full(models, -1)
    # every no-regret option is listed; the frontier starts from the best of each model
    parts = [
        pd.DataFrame(
            {
                "at": at[no_regret],
                "previous": -1,
                "step_saved_kg": saved[no_regret],
                "step_loss": 0.0,
            }
        )
    ]
    for _ in range(count):
        further = trade & (saved > now_saved[:, None]) & (loss > now_loss[:, None])
        if not further.any():
            break
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(
                further, (saved - now_saved[:, None]) / (loss - now_loss[:, None]), -np.inf
            )
        # of equal slopes the longest step, so that points on one line are one step
        best = np.where(slope >= slope.max(axis=1, keepdims=True) * (1 - 1e-12), loss, -np.inf)
        pick, moves = best.argmax(axis=1), further.any(axis=1)
        m = rows[moves]
        k = pick[moves]
        parts.append(
            pd.DataFrame(
                {
                    "at": at[m, k],
                    "previous": now_at[m],
                    "step_saved_kg": saved[m, k] - now_saved[m],
                    "step_loss": loss[m, k] - now_loss[m],
                }
            )
        )
        now_saved[m], now_loss[m], now_at[m] = saved[m, k], loss[m, k], at[m, k]
    return pd.concat(parts, ignore_index=True).astype({"at": int, "previous": int})


def _dense(column: pd.Series, at: NDArray[np.int_]) -> Array:
    return np.append(column.to_numpy(float), np.nan)[at]


def _placed(table: pd.DataFrame) -> pd.DataFrame:
    recommended = table["verdict"].isin(["no regret", "on the frontier"])
    order = table[recommended].assign(
        _first=(table["verdict"] != "no regret"),
        _key=np.where(
            table["verdict"] == "no regret", -table["saved_kg"], -table["weighted_ratio"]
        )[recommended],
    )
    order = order.sort_values(["_first", "_key"], kind="stable")
    table["place"] = np.nan
    table.loc[order.index, "place"] = np.arange(1, len(order) + 1)
    return table.sort_values(
        ["place", "saved_kg"], ascending=[True, False], kind="stable", na_position="last"
    ).reset_index(drop=True)


def abatement_curve(ranked: pd.DataFrame) -> pd.DataFrame:
    """The curve: steps in order with cumulated carbon and loss, one best no-regret step a model.

    Columns: option, id, name, verdict, step_saved_kg, step_loss, ratio_kg_per_point,
    cumulated_kg, cumulated_loss (points, unweighted).
    """
    steps = ranked[ranked["place"].notna()]
    first = steps["verdict"] == "no regret"
    best = steps[first].drop_duplicates("id")
    curve = pd.concat([best, steps[~first]]).sort_values("place", kind="stable")
    curve = curve[
        [
            "option",
            "id",
            "name",
            "kind",
            "verdict",
            "step_saved_kg",
            "step_loss",
            "ratio_kg_per_point",
        ]
    ].reset_index(drop=True)
    curve["cumulated_kg"] = curve["step_saved_kg"].cumsum()
    curve["cumulated_loss"] = curve["step_loss"].cumsum()
    return curve


def in_order(chosen: pd.DataFrame, ranked: pd.DataFrame) -> pd.DataFrame:
    """A plan's options in the order of the abatement curve, those beside it last by carbon.

    Adds `place` (1 is first) and the option's `verdict`; `ranked` as `rank_portfolio` makes it.
    """
    by_option = ranked.set_index("option")
    known = chosen.assign(
        place=chosen["option"].map(by_option["place"]),
        verdict=chosen["option"].map(by_option["verdict"]),
    )
    known = known.sort_values(
        ["place", "saved_kg"], ascending=[True, False], na_position="last", ignore_index=True
    )
    return known.assign(place=range(1, len(known) + 1))


def greedy(ranked: pd.DataFrame, loss_budget: float) -> tuple[list[str], float, float]:
    """The relaxed order: steps of the abatement curve until the weighted budget is used up.

    Returns the options in force, the carbon saved and the weighted loss. It differs from the MILP
    (with the accuracy budget alone) by at most the step that no longer fitted.
    """
    steps = ranked[ranked["place"].notna()].sort_values("place")
    columns = ("id", "option", "verdict", "step_saved_kg", "weighted_ratio")
    in_force: dict[str, str] = {}
    saved = lost = 0.0
    for row in steps[list(columns)].to_dict("records"):
        model, step = str(row["id"]), float(row["step_saved_kg"])
        if row["verdict"] == "no regret":
            if model in in_force:
                continue
        else:
            cost = step / float(row["weighted_ratio"]) if row["weighted_ratio"] else np.inf
            if lost + cost > loss_budget:
                break
            lost += cost
        in_force[model] = str(row["option"])
        saved += step
    return list(in_force.values()), saved, lost
