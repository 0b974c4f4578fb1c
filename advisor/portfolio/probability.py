"""How probable it is that each choice of a plan is right, by draws."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.portfolio.plan import Budgets
from advisor.portfolio.problem import Array, Problem
from advisor.quantities import Z95

_PAID = ("cost_budget_eur", "engineer_days")


def in_carbon(prices_: dict[str, float], budgets: Budgets) -> dict[str, float]:
    """kgCO2e that one more unit of each limit would buy; limits that do not bind cost nothing.

    With a carbon target the prices are in loss, and are turned into kg by the target's own price;
    a target met without any loss makes nothing scarce.
    """
    if budgets.carbon_target_kg is None:
        return prices_
    others = dict(prices_)
    per_kg = others.pop("carbon_target_kg", 0.0)
    if per_kg <= 1e-12:
        return {}
    return {"loss_budget": 1.0 / per_kg} | {n: v / per_kg for n, v in others.items()}


def probability_right(
    problem: Problem, choice: NDArray[np.bool_], paid: dict[str, float], draws: int
) -> Array:
    """Share of draws in which each chosen option is the best of its model's by net benefit.

    NB = saved − Σ price · use over the limits that bind (accuracy, money, days), against the model
    as it is (0) and its other options; savings and losses are drawn from their intervals (normal).
    Shape (chosen,).
    """
    rng = np.random.default_rng(20261124)
    models = set(problem.table.loc[choice, "id"])
    rows = problem.table["id"].isin(models).to_numpy()
    part, picked = problem.table[rows], choice[rows]
    code, _ = pd.factorize(part["id"])
    spent = np.zeros(len(part))
    for name in _PAID:
        spent += paid.get(name, 0.0) * problem.column(name)[rows]
    saved = part["saved_kg"].to_numpy(float)
    saved_sigma = (part["saved_high_kg"] - part["saved_low_kg"]).to_numpy(float) / (2 * Z95)
    lost = part["loss"].to_numpy(float)
    lost_sigma = (part["loss_high"] - part["loss_low"]).to_numpy(float) / (2 * Z95)
    worth = paid.get("loss_budget", 0.0) * part["weight"].to_numpy(float)
    right = np.zeros(int(picked.sum()))
    place = np.asarray(code)[picked]
    count = int(np.max(code)) + 1 if len(code) else 0
    for _ in range(draws):
        drawn = np.maximum(lost + lost_sigma * rng.standard_normal(len(lost)), 0.0)
        benefit = saved + saved_sigma * rng.standard_normal(len(saved)) - worth * drawn - spent
        best = np.zeros(count)
        np.maximum.at(best, code, benefit)
        right += benefit[picked] >= best[place]
    return right / draws
