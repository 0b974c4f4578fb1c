"""Large portfolios: Lagrange prices of the budgets, and the few models that are close calls.

    minimise Σ c_o x_o,  at most one option a model,  A x ≤ b
    D(λ) = −λ·b + Σ_models min(0, min_o (c_o + λ·A_o))          (concave; a lower bound for λ ≥ 0)

With at most four budgets D is a function of four numbers, maximised by cutting planes (Kelley 1960)
that start from the exact prices of a sample of models. At the best λ almost every model has one
clearly best option; only close calls, and models bound by rules, go to the MILP (the core problem
of Balas & Zemel 1980). D(λ) proves how far the result can be from the optimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
CUTS = 60
SAMPLE_MODELS = 1500


@dataclass(frozen=True)
class Prices:
    """Prices of the budgets (λ ≥ 0), the bound they prove, and each model's reduced costs."""

    values: Array
    bound: float
    reduced: Array
    """c + λ·A by option."""


def prices(cost: Array, uses: Array, limits: Array, code: Ints) -> Prices:
    """The best prices found. `uses` has shape (budgets, options); `code` numbers the models."""
    groups = _Groups(code)
    if not len(limits):
        return Prices(np.zeros(0), groups.bound(cost), cost)
    values = _sampled(cost, uses, limits, code)
    reach = (
        4.0 * values
        + 1e-9
        + 0.05 * np.array([np.abs(cost).mean() / max(np.abs(u).mean(), 1e-12) for u in uses])
    )
    rows: list[Array] = []
    ends: list[float] = []
    best, best_values = -np.inf, values
    for _ in range(CUTS):
        reduced = cost + values @ uses
        chosen = groups.chosen(reduced)
        bound = groups.bound(reduced) - float(values @ limits)
        if bound > best:
            best, best_values = bound, values
        slope = uses[:, chosen].sum(axis=1) - limits
        rows.append(np.append(-slope, 1.0))
        ends.append(bound - float(slope @ values))
        master = linprog(
            np.append(np.zeros(len(limits)), -1.0),
            A_ub=np.array(rows),
            b_ub=np.array(ends),
            bounds=[*((0.0, float(r)) for r in reach), (None, None)],
            method="highs",
        )
        if master.x is None or -float(master.fun or 0.0) - best <= 1e-6 * max(abs(best), 1e-12):
            break
        values = np.asarray(master.x[:-1])
    return Prices(best_values, best, cost + best_values @ uses)


def close_calls(found: Prices, code: Ints, count: int, always: NDArray[np.bool_]) -> Ints:
    """The `count` models whose best option is least clear, and those that rules bind."""
    margin = _Groups(code).margin(found.reduced)
    margin[always] = -1.0
    return np.argsort(margin, kind="stable")[: max(count, int(always.sum()))]


def clear_choice(found: Prices, code: Ints) -> Ints:
    """The option each model would take at the prices (positions; models that keep have none)."""
    return _Groups(code).chosen(found.reduced)


class _Groups:
    """Minima over the options of each model, without loops."""

    def __init__(self, code: Ints) -> None:
        self.order = np.argsort(code, kind="stable")
        ordered = code[self.order]
        self.starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
        self.sizes = np.diff(np.append(self.starts, len(ordered)))

    def bound(self, reduced: Array) -> float:
        return float(np.minimum(np.minimum.reduceat(reduced[self.order], self.starts), 0.0).sum())

    def chosen(self, reduced: Array) -> Ints:
        ordered = reduced[self.order]
        least = np.minimum.reduceat(ordered, self.starts)
        hits = np.flatnonzero((ordered == np.repeat(least, self.sizes)) & (ordered < 0))
        model = np.repeat(np.arange(len(self.sizes)), self.sizes)[hits]
        _, first = np.unique(model, return_index=True)
        return self.order[hits[first]]

    def margin(self, reduced: Array) -> Array:
        """Second best less best, keeping the model (0) being one of the choices."""
        ordered = reduced[self.order].copy()
        least = np.minimum.reduceat(ordered, self.starts)
        is_least = np.flatnonzero(ordered == np.repeat(least, self.sizes))
        model = np.repeat(np.arange(len(self.sizes)), self.sizes)[is_least]
        _, first = np.unique(model, return_index=True)
        ordered[is_least[first]] = np.inf
        second = np.minimum.reduceat(ordered, self.starts)
        return np.where(least < 0, np.minimum(second, 0.0) - least, least)


def _sampled(cost: Array, uses: Array, limits: Array, code: Ints) -> Array:
    """Exact prices of the relaxed problem for a sample of models with its share of the budgets."""
    models = int(code.max()) + 1
    rng = np.random.default_rng(20261124)
    picked = np.zeros(models, bool)
    picked[rng.permutation(models)[:SAMPLE_MODELS]] = True
    at = np.flatnonzero(picked[code])
    share = float(picked.sum()) / models
    local = np.unique(code[at], return_inverse=True)[1]
    each = sparse.csr_array((np.ones(len(at)), (local, np.arange(len(at)))))
    matrix: Any = sparse.vstack([each, sparse.csr_array(uses[:, at])], format="csr")
    found = linprog(
        cost[at],
        A_ub=matrix,
        b_ub=np.append(np.ones(int(local.max()) + 1), limits * share),
        bounds=(0, 1),
        method="highs",
    )
    if found.status != 0:
        return np.zeros(len(limits))
    return np.maximum(-np.asarray(found.ineqlin.marginals)[-len(limits) :], 0.0)
