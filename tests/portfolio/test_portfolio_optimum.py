"""The optimum: exact, agreeing with the greedy order where it must, honest when nothing fits."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.portfolio import (
    Budgets,
    abatement_curve,
    footprint,
    greedy,
    optimum,
    portfolio_options,
    rank_portfolio,
    sample_inventory,
    take_in,
)

ONE = {1.0: 1.0, 2.0: 1.0, 3.0: 1.0, 4.0: 1.0}


def inventory(ids, **columns):
    return take_in(pd.DataFrame({"id": ids, "tier": 3, **columns})).inventory


def options(*rows):
    made = pd.DataFrame(rows, columns=["id", "name", "saved_kg", "loss"])
    return made.assign(
        option=made["id"] + "/" + made["name"],
        kind="replace",
        saved_low_kg=made["saved_kg"] * 0.9,
        saved_high_kg=made["saved_kg"] * 1.1,
        loss_low=made["loss"] * 0.9,
        loss_high=made["loss"] * 1.1,
        cost_eur=100.0,
        engineer_days=5.0,
        revalidation_days=0.0,
        money_saved_eur=0.0,
        energy_saved_kwh=0.0,
        fallback=None,
        evidence="test",
        provenance="measured",
        group_loss=np.nan,
    )


cases = st.lists(
    st.lists(st.tuples(st.integers(1, 100), st.integers(1, 20)), min_size=0, max_size=3),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(cases, st.integers(0, 50))
def test_the_optimum_is_that_of_brute_force(models, budget):
    rows = [
        (f"m{m}", f"o{k}", float(s), float(loss))
        for m, own in enumerate(models)
        for k, (s, loss) in enumerate(own)
    ]
    if not rows:
        return
    plan = optimum(
        options(*rows),
        inventory([f"m{m}" for m in range(len(models))]),
        Budgets(loss_budget=budget, tier_weight=ONE),
        draws=1,
    )
    best = max(
        sum(s for s, _ in pick)
        for pick in product(*[[(0, 0), *own] for own in models])
        if sum(loss for _, loss in pick) <= budget
    )
    assert plan.feasible
    assert plan.saved_kg == pytest.approx(best, rel=2e-4)
    assert plan.loss <= budget + 1e-6


@settings(max_examples=30, deadline=None)
@given(cases, st.integers(0, 40))
def test_greedy_and_milp_differ_by_at_most_the_step_that_no_longer_fitted(models, budget):
    rows = [
        (f"m{m}", f"o{k}", float(s), float(loss))
        for m, own in enumerate(models)
        for k, (s, loss) in enumerate(own)
    ]
    if not rows:
        return
    stock = inventory([f"m{m}" for m in range(len(models))])
    ranked = rank_portfolio(options(*rows), stock, ONE)
    _, saved, lost = greedy(ranked, budget)
    exact = optimum(options(*rows), stock, Budgets(loss_budget=budget, tier_weight=ONE), draws=1)
    assert lost <= budget + 1e-9
    assert saved <= exact.saved_kg * (1 + 2e-4) + 1e-6
    steps = ranked.loc[ranked["place"].notna(), "step_saved_kg"]
    assert exact.saved_kg - saved <= (steps.max() if len(steps) else 0) + 1e-6
    # with room for every step both take all of it
    _, everything, used = greedy(ranked, 1e9)
    whole = optimum(
        options(*rows), stock, Budgets(loss_budget=used + 1e-6, tier_weight=ONE), draws=1
    )
    assert whole.saved_kg == pytest.approx(everything, rel=2e-4)


def test_the_average_ratio_would_have_chosen_wrongly():
    """b/far averages 20 kg a point, more than a's 19; its last step buys 2.5 a point."""
    stock = inventory(["a", "b"])
    choices = options(
        ("a", "only", 190.0, 10.0), ("b", "near", 375.0, 10.0), ("b", "far", 400.0, 20.0)
    )
    by_average = choices.assign(average=choices["saved_kg"] / choices["loss"])
    order = by_average.sort_values("average", ascending=False)["option"].tolist()
    assert order == ["b/near", "b/far", "a/only"]
    # by average, after b/near comes b/far: 20 points for 400 kg. The increment says 2.5 a point.
    ranked = rank_portfolio(choices, stock, ONE).set_index("option")
    assert ranked.loc["b/far", "ratio_kg_per_point"] == pytest.approx(2.5)
    assert ranked.loc["a/only", "place"] < ranked.loc["b/far", "place"]
    taken, saved, _ = greedy(ranked.reset_index(), 20.0)
    plan = optimum(choices, stock, Budgets(loss_budget=20, tier_weight=ONE))
    assert set(taken) == set(plan.chosen["option"]) == {"a/only", "b/near"}
    assert saved == plan.saved_kg == 565.0  # the average order ends at 400


def test_no_regret_is_ordered_by_carbon_not_by_a_negative_ratio():
    choices = options(("a", "x", 10.0, -5.0), ("b", "y", 500.0, -0.1))
    curve = abatement_curve(rank_portfolio(choices, inventory(["a", "b"])))
    assert curve["option"].tolist() == ["b/y", "a/x"]
    assert curve["ratio_kg_per_point"].isna().all()


def test_a_gain_in_one_model_pays_no_loss_in_another():
    choices = options(("a", "x", 10.0, -5.0), ("b", "y", 500.0, 4.0))
    plan = optimum(choices, inventory(["a", "b"]), Budgets(loss_budget=1, tier_weight=ONE))
    assert plan.chosen["option"].tolist() == ["a/x"]


def test_with_a_target_the_least_loss_is_sought():
    choices = options(("a", "x", 100.0, 5.0), ("b", "y", 100.0, 1.0), ("b", "z", 90.0, 0.5))
    plan = optimum(choices, inventory(["a", "b"]), Budgets(carbon_target_kg=95, tier_weight=ONE))
    assert plan.chosen["option"].tolist() == ["b/y"]


def test_infeasible_says_which_limit_and_by_how_much():
    choices = options(("a", "x", 100.0, 5.0), ("b", "y", 100.0, 1.0))
    plan = optimum(
        choices,
        inventory(["a", "b"]),
        Budgets(carbon_target_kg=150, engineer_days=5, loss_budget=10, tier_weight=ONE),
    )
    assert not plan.feasible
    needed = {r.limit: r.needed for r in plan.relaxations}
    assert needed["engineer_days"] == pytest.approx(10)
    assert needed["carbon_target_kg"] == pytest.approx(100)
    assert "loss_budget" not in needed
    assert "150" in plan.relaxations[-1].said.text("ja")


def test_fallbacks_stay_groups_go_together_and_consumers_are_not_stranded():
    choices = options(("a", "r", 100.0, 1.0), ("b", "r", 90.0, 1.0), ("c", "q", 50.0, 1.0))
    choices.loc[:1, "kind"] = "retire"
    choices.loc[0, "fallback"] = "b"
    choices.loc[1, "fallback"] = "a"
    stock = inventory(["a", "b", "c", "d"])
    plan = optimum(choices, stock, Budgets(tier_weight=ONE))
    assert set(plan.chosen["id"]) == {"a", "c"}  # one of the two stays as the other's fallback
    fed = inventory(["a", "b", "c", "d"], feeds=["d", "", "", ""])
    assert set(optimum(choices, fed, Budgets(tier_weight=ONE)).chosen["id"]) == {"b", "c"}
    tied = inventory(["a", "b", "c", "d"], group=["", "", "g", "g"])
    assert "c" not in set(optimum(choices, tied, Budgets(tier_weight=ONE)).chosen["id"])


def test_a_floor_takes_options_out():
    stock = inventory(["a"], metric="auc", metric_value=80.0, metric_floor=78.0)
    plan = optimum(options(("a", "x", 100.0, 3.0)), stock, Budgets())
    assert plan.chosen.empty


def test_probability_of_being_right_is_one_half_between_equals():
    choices = options(("a", "x", 100.0, 0.0), ("a", "y", 100.0, 0.0), ("b", "z", 100.0, 0.0))
    plan = optimum(choices, inventory(["a", "b"]), Budgets(), draws=500)
    right = plan.chosen.set_index("id")["probability_right"]
    assert 0.4 < right["a"] < 0.6
    assert right["b"] == 1.0


def test_the_sample_gives_a_plan_within_every_budget():
    stock = sample_inventory()
    found = footprint(stock)
    choices = portfolio_options(stock, found)
    limits = Budgets(engineer_days=400, cost_budget_eur=3e5, loss_budget=20)
    plan = optimum(choices, stock, limits)
    assert plan.feasible
    assert plan.engineer_days <= 400 + 1e-6
    assert plan.cost_eur <= 3e5 + 1e-6
    assert plan.chosen["id"].is_unique
    touched = set(stock.loc[stock["never_touch"], "id"])
    assert not touched & set(plan.chosen["id"])
    retired = set(plan.chosen.loc[plan.chosen["kind"] == "retire", "id"])
    assert not retired & set(plan.chosen["fallback"].dropna())
