"""The exact optimum under budgets: a multiple-choice knapsack, solved as a MILP (HiGHS by SciPy).

    x_o ∈ {0, 1}; at most one option a model
    maximise Σ saved_o x_o,  or with a carbon target: minimise Σ w·max(loss_o, 0) x_o
    Σ w·max(loss_o, 0) x_o ≤ accuracy budget   (w: weight of a point by tier; a gain pays no loss)
    Σ cost_o x_o ≤ one-off money,  Σ days_o x_o ≤ engineer days,  Σ saved_o x_o ≥ carbon target
    retire(a → b) + retire(b) ≤ 1                (a fallback stays)
    retire(a) ≤ retire(c) for every c that a feeds
    Σ_o x_o equal within a group                 (must go together)

Options below a model's floor, of unknown accuracy, or without a distinguishable saving are no
candidates. When nothing fits, each limit is lifted in turn, and the least it would have to be is
said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from advisor.portfolio.core import clear_choice, close_calls, prices
from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.frontier import floor_room, tier_weights, verdicts
from advisor.quantities import Z95
from advisor.rank.option import OptionKind
from advisor.sentences import Sentence, sentence

Array = NDArray[np.float64]
_LIMITS = ("loss_budget", "cost_budget_eur", "engineer_days", "carbon_target_kg")
_PAID = ("cost_budget_eur", "engineer_days")
WHOLE_MODELS = 1000
"""Models up to which all of them go to the MILP at once."""
_OUT = (
    "accuracy unknown",
    "no distinguishable difference",
    "saves nothing",
    "below the accuracy floor",
)


class Budgets(BaseModel):
    """What the bank allows; None is no limit."""

    model_config = ConfigDict(frozen=True)

    carbon_target_kg: float | None = Field(default=None, ge=0)
    """kgCO2e a year to be saved at least."""
    loss_budget: float | None = Field(default=None, ge=0)
    """Accuracy points weighted by tier, in all."""
    cost_budget_eur: float | None = Field(default=None, ge=0)
    engineer_days: float | None = Field(default=None, ge=0)
    tier_weight: dict[float, float] | None = None


class Relaxation(BaseModel):
    """What one limit would have to be for a plan to exist, the others kept."""

    model_config = ConfigDict(frozen=True)

    limit: str
    given: float
    needed: float
    said: Sentence


@dataclass(frozen=True)
class Plan:
    """A choice of options with its sums; empty and with `relaxations` when nothing fits."""

    budgets: Budgets
    chosen: pd.DataFrame
    """Rows of the options table, with weight, probability_right."""
    feasible: bool
    saved_kg: float = 0.0
    saved_low_kg: float = 0.0
    saved_high_kg: float = 0.0
    loss: float = 0.0
    cost_eur: float = 0.0
    engineer_days: float = 0.0
    gap: float = 0.0
    """Proven relative distance from the optimum."""
    relaxations: tuple[Relaxation, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class _Rule:
    """low ≤ matrix · x ≤ high."""

    matrix: Any
    """Sparse, shape (rows, options)."""
    low: Array
    high: Array


@dataclass(frozen=True)
class _Problem:
    table: pd.DataFrame
    saved: Array
    loss: Array
    """Weighted, gains counted as zero."""
    cost: Array
    days: Array
    rules: list[_Rule]
    ruled: NDArray[np.bool_]
    """Options that a rule between models binds."""

    def column(self, limit: str) -> Array:
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


def optimum(
    options: pd.DataFrame,
    inventory: pd.DataFrame,
    budgets: Budgets,
    *,
    gap: float = 1e-4,
    time_limit_s: float = 60.0,
    draws: int = 200,
) -> Plan:
    """The best plan within the budgets. Raises `PortfolioError` when the solver gives up."""
    problem = _problem(eligible(options, inventory), inventory, budgets)
    if problem.table.empty:
        target = budgets.carbon_target_kg or 0.0
        return Plan(budgets, problem.table, feasible=target == 0)
    solved = _solve(problem, budgets, gap, time_limit_s)
    if solved is None:
        return Plan(
            budgets,
            problem.table.iloc[:0],
            feasible=False,
            relaxations=tuple(_relaxations(problem, budgets, time_limit_s)),
        )
    choice, proven, paid = solved
    return _plan(problem, budgets, choice, proven, in_carbon(paid, budgets), draws)


def _problem(table: pd.DataFrame, inventory: pd.DataFrame, budgets: Budgets) -> _Problem:
    tiers = table["id"].map(dict(zip(inventory["id"], inventory["tier"], strict=True)))
    table = table.assign(weight=tier_weights(tiers, budgets.tier_weight))
    loss = np.maximum(table["loss"].to_numpy(float), 0.0) * table["weight"].to_numpy(float)
    rules = _rules(table, inventory) if len(table) else []
    return _Problem(
        table,
        table["saved_kg"].to_numpy(float),
        loss,
        table["cost_eur"].fillna(0.0).to_numpy(float),
        table["engineer_days"].fillna(0.0).to_numpy(float),
        rules,
        _ruled(rules, len(table)),
    )


def _rules(table: pd.DataFrame, inventory: pd.DataFrame) -> list[_Rule]:
    code, ids = pd.factorize(table["id"])
    count = len(table)
    each = sparse.csr_array((np.ones(count), (code, np.arange(count))), shape=(len(ids), count))
    rules = [_Rule(each, np.full(len(ids), -np.inf), np.ones(len(ids)))]
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
        rules.append(_Rule(matrix, low, high))
    return rules


def _ruled(rules: list[_Rule], count: int) -> NDArray[np.bool_]:
    """Options in any rule but the first (at most one a model)."""
    ruled = np.zeros(count, bool)
    for rule in rules[1:]:
        ruled[rule.matrix.indices] = True
    return ruled


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


def _solve(
    problem: _Problem,
    budgets: Budgets,
    gap: float,
    time_limit_s: float,
    *,
    minimise: str | None = None,
) -> tuple[NDArray[np.bool_], float, dict[str, float]] | None:
    """Chosen options, proven gap and prices; None when infeasible. `minimise`: a limit lifted.

    Above `WHOLE_MODELS` models only the close calls go to the MILP, more of them until the gap is
    proven (see `advisor.portfolio.core`).
    """
    names = [n for n in _LIMITS if getattr(budgets, n) is not None and n != minimise]
    signs = np.array([-1.0 if n == "carbon_target_kg" else 1.0 for n in names])
    uses = np.array([problem.column(n) for n in names]).reshape(len(names), len(problem.table))
    uses = uses * signs[:, None]
    limits = signs * np.array([float(getattr(budgets, n)) for n in names])
    cost = _objective(problem, budgets, minimise)
    code = np.asarray(pd.factorize(problem.table["id"])[0], np.intp)
    models = int(code.max()) + 1
    found = prices(cost, uses, limits, code)
    paid = dict(zip(names, found.values.tolist(), strict=True))
    bound_by_rule = np.zeros(models, bool)
    bound_by_rule[code[problem.ruled]] = True
    size = WHOLE_MODELS
    while True:
        core = np.zeros(models, bool)
        core[close_calls(found, code, size, bound_by_rule)] = True
        inside = core[code]
        choice = np.zeros(len(code), bool)
        clear = clear_choice(found, code)
        choice[clear[~inside[clear]]] = True
        left = limits - uses[:, choice].sum(axis=1)
        part = _milp(problem, cost, uses, left, inside, gap, time_limit_s)
        if part is not None:
            choice[inside] = part[0]
            value = float(cost[choice].sum())
            proven = part[1] if size >= models else (value - found.bound) / max(abs(value), 1e-12)
            if size >= models or proven <= max(gap, 1e-3):
                return choice, max(proven, 0.0), paid
        elif size >= models:
            return None
        size = models if size * 4 >= models else size * 4


def _objective(problem: _Problem, budgets: Budgets, minimise: str | None) -> Array:
    if minimise == "carbon_target_kg" or (minimise is None and budgets.carbon_target_kg is None):
        return -problem.saved
    if minimise is not None:
        return problem.column(minimise)
    # least loss; of equal loss the cheaper
    return problem.loss + 1e-6 * problem.cost / max(float(problem.cost.sum()), 1.0)


def _milp(
    problem: _Problem,
    cost: Array,
    uses: Array,
    limits: Array,
    inside: NDArray[np.bool_],
    gap: float,
    time_limit_s: float,
) -> tuple[NDArray[np.bool_], float] | None:
    """The MILP over some of the options; None when infeasible."""
    constraints = [
        LinearConstraint(rule.matrix[:, np.flatnonzero(inside)], rule.low, rule.high)
        for rule in problem.rules
    ]
    if len(limits):
        constraints.append(LinearConstraint(sparse.csr_array(uses[:, inside]), -np.inf, limits))
    found = milp(
        cost[inside],
        constraints=constraints,
        integrality=np.ones(int(inside.sum()), dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": gap, "time_limit": time_limit_s},
    )
    if found.x is None:
        if found.status == 2:
            return None
        raise PortfolioError(
            sentence(
                "The optimum was not found in {seconds} s; allow more time or fewer rules.",
                seconds=time_limit_s,
            )
        )
    return found.x > 0.5, float(found.mip_gap or 0.0)


def _relaxations(problem: _Problem, budgets: Budgets, time_limit_s: float) -> list[Relaxation]:
    said: list[Relaxation] = []
    for name in _LIMITS:
        given = getattr(budgets, name)
        if given is None:
            continue
        solved = _solve(problem, budgets, 1e-4, time_limit_s, minimise=name)
        if solved is None:
            continue
        needed = float(problem.column(name)[solved[0]].sum())
        said.append(
            Relaxation(
                limit=name,
                given=given,
                needed=needed,
                said=sentence(
                    "Nothing fits; with {limit} at {needed} instead of {given} (a change of "
                    "{change}) it would.",
                    limit=name.replace("_", " "),
                    needed=needed,
                    given=given,
                    change=abs(needed - given),
                ),
            )
        )
    return said


def _plan(
    problem: _Problem,
    budgets: Budgets,
    choice: NDArray[np.bool_],
    gap: float,
    paid: dict[str, float],
    draws: int,
) -> Plan:
    table = problem.table
    chosen = table[choice].copy()
    chosen["probability_right"] = probability_right(problem, choice, paid, draws)
    sigma = (chosen["saved_high_kg"] - chosen["saved_low_kg"]).to_numpy(float) / (2 * Z95)
    # models of one portfolio share grids and assumptions: half of the variance is taken as common
    reach = Z95 * float(np.sqrt(0.5 * (sigma**2).sum() + 0.5 * sigma.sum() ** 2))
    saved = float(problem.saved[choice].sum())
    return Plan(
        budgets,
        chosen.sort_values("saved_kg", ascending=False).reset_index(drop=True),
        feasible=True,
        saved_kg=saved,
        saved_low_kg=saved - reach,
        saved_high_kg=saved + reach,
        loss=float(problem.loss[choice].sum()),
        cost_eur=float(problem.cost[choice].sum()),
        engineer_days=float(problem.days[choice].sum()),
        gap=gap,
    )


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
    problem: _Problem, choice: NDArray[np.bool_], paid: dict[str, float], draws: int
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
