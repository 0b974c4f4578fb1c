"""The optimum against every plan there is, under all limits and rules at once, on small portfolios.

The rules are written anew here, as a reader of the method would check a plan by hand.
"""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.portfolio import Budgets, optimum, take_in
from advisor.portfolio.plan import Relaxation

LIMITS = ("loss_budget", "cost_budget_eur", "engineer_days")
USES = dict(zip(LIMITS, ("weighted", "cost_eur", "engineer_days"), strict=True))
WEIGHT = {1.0: 4.0, 2.0: 2.0, 3.0: 1.0, 4.0: 0.5}
IDS = ("a", "b", "c", "d")

option = st.fixed_dictionaries(
    {
        "saved_kg": st.integers(1, 60),
        "loss": st.integers(-2, 6),
        "cost_eur": st.integers(0, 40),
        "engineer_days": st.integers(0, 20),
        "kind": st.sampled_from(["replace", "retire"]),
        "fallback": st.sampled_from([None, *IDS]),
    }
)
model = st.fixed_dictionaries(
    {
        "tier": st.integers(1, 4),
        "floor": st.none() | st.integers(0, 6),
        "feeds": st.lists(st.sampled_from(IDS), max_size=2, unique=True),
        "group": st.sampled_from(["", "", "g"]),
        "options": st.lists(option, max_size=3),
    }
)
limits = st.fixed_dictionaries(
    {
        "loss_budget": st.none() | st.integers(0, 20),
        "cost_budget_eur": st.none() | st.integers(0, 80),
        "engineer_days": st.none() | st.integers(0, 40),
        "carbon_target_kg": st.none() | st.integers(0, 120),
    }
)


def case(models):
    """Inventory and options tables of drawn models."""
    stock = take_in(
        pd.DataFrame(
            {
                "id": IDS[: len(models)],
                "tier": [m["tier"] for m in models],
                "metric": "auc",
                "metric_value": 80,
                "metric_floor": [
                    "" if m["floor"] is None else str(80 - m["floor"]) for m in models
                ],
                "feeds": [
                    ";".join(f for f in m["feeds"] if f != i)
                    for m, i in zip(models, IDS, strict=False)
                ],
                "group": [m["group"] for m in models],
            }
        )
    ).inventory
    rows = [
        {"id": i, "option": f"{i}/{k}", "name": str(k), **o}
        for m, i in zip(models, IDS, strict=False)
        for k, o in enumerate(m["options"])
    ]
    table = pd.DataFrame(rows)
    if rows:
        table["fallback"] = [
            None if r["kind"] != "retire" or r["fallback"] == r["id"] else r["fallback"]
            for r in rows
        ]
        for name, low, high in (
            ("saved_kg", "saved_low_kg", "saved_high_kg"),
            ("loss", "loss_low", "loss_high"),
        ):
            table[low], table[high] = table[name] - 0.1, table[name] + 0.1
    return stock, table


def plans(models, stock):
    """Every choice of at most one option a model that keeps all rules, as lists of options."""
    floors = [np.inf if m["floor"] is None else m["floor"] for m in models]
    choices = [
        [None, *({"id": i, **o} for o in m["options"] if o["loss"] <= floor)]
        for m, i, floor in zip(models, IDS, floors, strict=False)
    ]
    feeds = dict(zip(stock["id"], stock["feeds"], strict=True))
    groups = dict(zip(stock["id"], stock["group"], strict=True))
    for pick in product(*choices):
        taken = [o for o in pick if o is not None]
        retired = {o["id"] for o in taken if o["kind"] == "retire"}
        changed = {o["id"] for o in taken}
        backs = {o["fallback"] for o in taken if o["kind"] == "retire" and o["fallback"] != o["id"]}
        stranded = any(c in feeds and c not in retired for m in retired for c in feeds[m])
        named = {g for g in groups.values() if g}
        members = [{m for m, g in groups.items() if g == name} for name in named]
        apart = any(0 < len(own & changed) < len(own) for own in members)
        if not (backs & retired) and not stranded and not apart:
            yield taken


def uses(taken, models, name):
    tiers = {i: float(m["tier"]) for m, i in zip(models, IDS, strict=False)}
    if name == "weighted":
        return sum(max(o["loss"], 0) * WEIGHT[tiers[o["id"]]] for o in taken)
    return sum(o[name] for o in taken)


def feasible(taken, models, budgets):
    target = budgets["carbon_target_kg"]
    return all(
        budgets[n] is None or uses(taken, models, USES[n]) <= budgets[n] for n in LIMITS
    ) and (target is None or uses(taken, models, "saved_kg") >= target)


@pytest.mark.parametrize("core", [1000, 1])
@settings(max_examples=60, deadline=None)
@given(models=st.lists(model, min_size=1, max_size=4), budgets=limits)
def test_the_optimum_is_the_best_of_all_plans(core, models, budgets):
    """`core` 1 sends all but the closest calls and ruled models past the solver, as at 100,000."""
    stock, table = case(models)
    if table.empty:
        return
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(optimum.__globals__, "WHOLE_MODELS", core)
        plan = optimum(table, stock, Budgets(**budgets), draws=1)
    good = [p for p in plans(models, stock) if feasible(p, models, budgets)]
    assert plan.feasible == bool(good)
    if not good:
        _check_relaxations(plan.relaxations, models, stock, budgets)
        return
    pairs = zip(plan.chosen["id"], plan.chosen["name"], strict=True)
    chosen = [{"id": i, **models[IDS.index(i)]["options"][int(k)]} for i, k in pairs]
    assert feasible(chosen, models, budgets)
    target = budgets["carbon_target_kg"]
    if target is None:
        best = max(uses(p, models, "saved_kg") for p in good)
        assert uses(chosen, models, "saved_kg") >= best * (1 - 1.1e-3) - 1e-6
    else:
        least = min(uses(p, models, "weighted") for p in good)
        assert uses(chosen, models, "weighted") <= least * (1 + 1.1e-3) + 1e-4


def _check_relaxations(said: tuple[Relaxation, ...], models, stock, budgets):
    """Each names the least that a limit has to be, the others kept; none is left out."""
    everything = list(plans(models, stock))
    found = {r.limit: r.needed for r in said}
    for name in (*LIMITS, "carbon_target_kg"):
        if budgets[name] is None:
            assert name not in found
            continue
        lifted = budgets | {name: None}
        rest = [p for p in everything if feasible(p, models, lifted)]
        column = USES.get(name, "saved_kg")
        reached = [uses(p, models, column) for p in rest]
        if not reached:
            assert name not in found
        elif name == "carbon_target_kg":
            assert found[name] == pytest.approx(max(reached), rel=1e-3, abs=1e-4)
        else:
            assert found[name] == pytest.approx(min(reached), rel=1e-3, abs=1e-4)
