"""The optimum's problem in columns and rules, ready for the solver.

Options below a model's floor, of unknown accuracy, or without a distinguishable saving are no
candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import LinearConstraint

from advisor.portfolio.frontier import floor_room, tier_weights, verdicts
from advisor.portfolio.plan import Budgets
from advisor.rank.option import OptionKind

Array = NDArray[np.float64]
_OUT = (
    "accuracy unknown",
    "no distinguishable difference",
    "saves nothing",
    "below the accuracy floor",
)


@dataclass(frozen=True)
class Rule:
    """low ≤ matrix · x ≤ high."""

    matrix: Any
    """Sparse, shape (rows, options)."""
    low: Array
    high: Array

    def over(self, inside: NDArray[np.bool_], fixed: NDArray[np.bool_]) -> LinearConstraint:
        """The rule over the options `inside`, those `fixed` being chosen already."""
        used = self.matrix @ fixed.astype(float)
        part = self.matrix[:, np.flatnonzero(inside)]
        rows = np.flatnonzero(np.diff(part.indptr))
        return LinearConstraint(part[rows], (self.low - used)[rows], (self.high - used)[rows])


@dataclass(frozen=True)
class Problem:
    """The candidates in columns of equal length, and the rules between models."""

    table: pd.DataFrame
    saved: Array
    loss: Array
    """Weighted, gains counted as zero."""
    cost: Array
    days: Array
    rules: list[Rule]

    def broken(self, choice: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Options in any rule between models that a choice breaks."""
        found = np.zeros(len(choice), bool)
        for rule in self.rules:
            value = rule.matrix @ choice.astype(float)
            rows = np.flatnonzero((value < rule.low - 1e-9) | (value > rule.high + 1e-9))
            found[rule.matrix[rows].indices] = True
        return found

    def column(self, limit: str) -> Array:
        """What each option uses of a limit (of `Budgets`)."""
        return {
            "loss_budget": self.loss,
            "cost_budget_eur": self.cost,
            "engineer_days": self.days,
            "carbon_target_kg": self.saved,
        }[limit]


def eligible(options: pd.DataFrame, inventory: pd.DataFrame) -> pd.DataFrame:
    """The options a plan may choose from."""
    said = verdicts(options, floor_room(options, inventory))
    return options[~np.isin(said.astype(str), _OUT)].reset_index(drop=True)


def problem_of(table: pd.DataFrame, inventory: pd.DataFrame, budgets: Budgets) -> Problem:
    """The problem of an `eligible` table of options."""
    tiers = table["id"].map(dict(zip(inventory["id"], inventory["tier"], strict=True)))
    table = table.assign(weight=tier_weights(tiers, budgets.tier_weight))
    loss = np.maximum(table["loss"].to_numpy(float), 0.0) * table["weight"].to_numpy(float)
    rules = _rules(table, inventory) if len(table) else []
    return Problem(
        table,
        table["saved_kg"].to_numpy(float),
        loss,
        table["cost_eur"].fillna(0.0).to_numpy(float),
        table["engineer_days"].fillna(0.0).to_numpy(float),
        rules,
    )


def _rules(table: pd.DataFrame, inventory: pd.DataFrame) -> list[Rule]:
    code, ids = pd.factorize(table["id"])
    count = len(table)
    each = sparse.csr_array((np.ones(count), (code, np.arange(count))), shape=(len(ids), count))
    rules = [Rule(each, np.full(len(ids), -np.inf), np.ones(len(ids)))]
    rows: list[tuple[list[int], list[float], float, float]] = []
    retires = (table["kind"] == OptionKind.RETIRE.value).to_numpy()
    ids_of = table["id"].to_numpy(object)
    mine: dict[str, list[int]] = {}
    for at in np.flatnonzero(retires):
        mine.setdefault(str(ids_of[at]), []).append(int(at))
    fallback = table["fallback"].to_numpy(object)
    for at in np.flatnonzero(retires):
        back = mine.get(str(fallback[at]), [])
        if back:
            rows.append(([int(at), *back], [1.0] * (1 + len(back)), -np.inf, 1.0))
    feeds = inventory.loc[inventory["feeds"].map(len) > 0, ["id", "feeds"]]
    alive = set(inventory.loc[inventory["stage"] != "retired", "id"])
    for model, consumers in zip(feeds["id"], feeds["feeds"], strict=True):
        own = mine.get(str(model), [])
        for consumer in consumers if own else ():
            if consumer not in alive:
                continue
            theirs = mine.get(str(consumer), [])
            rows.append((own + theirs, [1.0] * len(own) + [-1.0] * len(theirs), -np.inf, 0.0))
    rows += _groups(table, inventory)
    if rows:
        lengths = [len(r[0]) for r in rows]
        matrix = sparse.csr_array(
            (
                np.concatenate([r[1] for r in rows]),
                (np.repeat(np.arange(len(rows)), lengths), np.concatenate([r[0] for r in rows])),
            ),
            shape=(len(rows), count),
        )
        low, high = np.array([r[2] for r in rows]), np.array([r[3] for r in rows])
        rules.append(Rule(matrix, low, high))
    return rules


def _groups(
    table: pd.DataFrame, inventory: pd.DataFrame
) -> list[tuple[list[int], list[float], float, float]]:
    """Members of a group change together or not at all."""
    rows: list[tuple[list[int], list[float], float, float]] = []
    members = inventory[inventory["group"].notna()].groupby("group")["id"].agg(list)
    by_model = table.groupby("id").indices
    for ids in members:
        first = [int(i) for i in by_model.get(ids[0], [])]
        for other in ids[1:]:
            theirs = [int(i) for i in by_model.get(other, [])]
            if first or theirs:
                signs = [1.0] * len(first) + [-1.0] * len(theirs)
                rows.append((first + theirs, signs, 0.0, 0.0))
    return rows
