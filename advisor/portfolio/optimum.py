"""The exact optimum under budgets: a multiple-choice knapsack, solved as a MILP (HiGHS by SciPy).

    x_o ∈ {0, 1}; at most one option a model
    maximise Σ saved_o x_o,  or with a carbon target: minimise Σ w·max(loss_o, 0) x_o
    Σ w·max(loss_o, 0) x_o ≤ accuracy budget   (w: weight of a point by tier; a gain pays no loss)
    Σ cost_o x_o ≤ one-off money,  Σ days_o x_o ≤ engineer days,  Σ saved_o x_o ≥ carbon target
    retire(a → b) + retire(b) ≤ 1                (a fallback stays)
    retire(a) ≤ retire(c) for every c that a feeds
    Σ_o x_o equal within a group                 (must go together)

When nothing fits, each limit is lifted in turn, and the least it would have to be is said.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from advisor.portfolio.core import clear_choice, close_calls, prices
from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.plan import Budgets, Plan, Relaxation
from advisor.portfolio.probability import in_carbon, probability_right
from advisor.portfolio.problem import Array, Problem, eligible, problem_of
from advisor.quantities import Z95
from advisor.sentences import sentence

_LIMITS = ("loss_budget", "cost_budget_eur", "engineer_days", "carbon_target_kg")
WHOLE_MODELS = 1000
"""Models up to which all of them go to the MILP at once."""


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
    problem = problem_of(eligible(options, inventory), inventory, budgets)
    if problem.table.empty:
        target = budgets.carbon_target_kg or 0.0  # no option keeps the floors: nothing is saved
        lifted = () if target == 0 else (_relaxation("carbon_target_kg", target, 0.0),)
        return Plan(budgets, problem.table, feasible=target == 0, relaxations=lifted)
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


def _solve(
    problem: Problem,
    budgets: Budgets,
    gap: float,
    time_limit_s: float,
    *,
    minimise: str | None = None,
) -> tuple[NDArray[np.bool_], float, dict[str, float]] | None:
    """Chosen options, proven gap and prices; None when infeasible. `minimise`: a limit lifted.

    Above `WHOLE_MODELS` models only the close calls, and the models of rules that the clear choices
    break, go to the MILP; more of them until the gap is proven (see `advisor.portfolio.core`).
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
    clear = np.zeros(len(code), bool)
    clear[clear_choice(found, code)] = True
    bound_by_rule = np.zeros(models, bool)
    bound_by_rule[code[problem.broken(clear)]] = True
    size = WHOLE_MODELS
    while True:
        core = np.zeros(models, bool)
        core[close_calls(found, code, size, bound_by_rule)] = True
        inside = core[code]
        choice = clear & ~inside
        left = limits - uses[:, choice].sum(axis=1)
        part = _milp(problem, cost, uses, left, inside, choice, gap, time_limit_s)
        if part is not None:
            choice[inside] = part[0]
            value = float(cost[choice].sum())
            proven = part[1] if size >= models else (value - found.bound) / max(abs(value), 1e-12)
            if size >= models or proven <= max(gap, 1e-3):
                return choice, max(proven, 0.0), paid
        elif size >= models:
            return None
        size = models if size * 4 >= models else size * 4


def _objective(problem: Problem, budgets: Budgets, minimise: str | None) -> Array:
    if minimise == "carbon_target_kg" or (minimise is None and budgets.carbon_target_kg is None):
        return -problem.saved
    if minimise is not None:
        return problem.column(minimise)
    # least loss; of equal loss the cheaper
    return problem.loss + 1e-6 * problem.cost / max(float(problem.cost.sum()), 1.0)


def _milp(
    problem: Problem,
    cost: Array,
    uses: Array,
    limits: Array,
    inside: NDArray[np.bool_],
    fixed: NDArray[np.bool_],
    gap: float,
    time_limit_s: float,
) -> tuple[NDArray[np.bool_], float] | None:
    """The MILP over the options `inside`, those `fixed` being chosen; None when infeasible."""
    constraints = [rule.over(inside, fixed) for rule in problem.rules]
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


def _relaxations(problem: Problem, budgets: Budgets, time_limit_s: float) -> list[Relaxation]:
    said: list[Relaxation] = []
    for name in _LIMITS:
        given = getattr(budgets, name)
        if given is None:
            continue
        solved = _solve(problem, budgets, 1e-4, time_limit_s, minimise=name)
        if solved is None:
            continue
        needed = float(problem.column(name)[solved[0]].sum())
        said.append(_relaxation(name, given, needed))
    return said


def _relaxation(limit: str, given: float, needed: float) -> Relaxation:
    return Relaxation(
        limit=limit,
        given=given,
        needed=needed,
        said=sentence(
            "Nothing fits; with {limit} at {needed} instead of {given} (a change of {change}) it "
            "would.",
            limit=limit.replace("_", " "),
            needed=needed,
            given=given,
            change=abs(needed - given),
        ),
    )


def _plan(
    problem: Problem,
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
