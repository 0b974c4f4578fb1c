"""The core problem and the split of machines against brute force."""

import math
from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.carbon.allocation import Allocation, Tenant, allocate
from advisor.portfolio.core import clear_choice, close_calls, prices


@st.composite
def knapsacks(draw):
    models = draw(st.integers(1, 4))
    sizes = [draw(st.integers(1, 3)) for _ in range(models)]
    code = np.repeat(np.arange(models), sizes)
    figures = st.floats(0.1, 10.0)
    cost = -np.array([draw(figures) for _ in code])
    uses = np.array([[draw(figures) for _ in code] for _ in range(draw(st.integers(1, 2)))])
    limits = uses.sum(axis=1) * draw(st.floats(0.1, 0.9))
    return cost, uses, limits, code.astype(np.intp)


def best_of_all(cost, uses, limits, code):
    """The cheapest feasible choice of at most one option a model, by trying every one."""
    ways = [[None, *np.flatnonzero(code == m)] for m in range(code.max() + 1)]
    best = 0.0
    for way in product(*ways):
        picked = [i for i in way if i is not None]
        if (uses[:, picked].sum(axis=1) <= limits + 1e-12).all():
            best = min(best, cost[picked].sum())
    return best


@given(knapsacks())
@settings(max_examples=60, deadline=None)
def test_the_prices_bound_the_true_optimum_from_below(problem):
    cost, uses, limits, code = problem
    found = prices(cost, uses, limits, code)
    assert (found.values >= 0).all()
    assert found.bound <= best_of_all(cost, uses, limits, code) + 1e-9


@given(knapsacks())
@settings(max_examples=60, deadline=None)
def test_clear_choices_minimise_the_reduced_cost_of_each_model(problem):
    cost, uses, limits, code = problem
    found = prices(cost, uses, limits, code)
    chosen = set(clear_choice(found, code).tolist())
    for model in range(code.max() + 1):
        mine = np.flatnonzero(code == model)
        least = found.reduced[mine].min()
        taken = chosen & set(mine.tolist())
        assert len(taken) == (1 if least < 0 else 0)
        assert all(found.reduced[i] == least for i in taken)


def test_without_limits_every_model_takes_its_best_and_nothing_is_a_close_call():
    cost = np.array([-1.0, -3.0, 2.0, -0.5])
    code = np.array([0, 0, 1, 2], np.intp)
    found = prices(cost, np.zeros((0, 4)), np.zeros(0), code)
    assert found.bound == pytest.approx(-3.5)
    assert clear_choice(found, code).tolist() == [1, 3]
    bound_by_rule = np.array([False, True, False])
    assert close_calls(found, code, 1, bound_by_rule).tolist() == [1]


machines = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5).filter(lambda r: max(r) > 0.01)


def standing_value(reserved, idle):
    """Mean marginal cost over every order of arrival: the definition of the Shapley value."""
    share = np.zeros(len(reserved))
    top = max(reserved)
    for order in permutations(range(len(reserved))):
        so_far = 0.0
        for i in order:
            grown = max(so_far, reserved[i])
            share[i] += idle * (grown - so_far) / top
            so_far = grown
    return share / math.factorial(len(reserved))


@given(machines, st.floats(1.0, 1e4))
@settings(max_examples=60, deadline=None)
def test_shapley_is_the_mean_over_all_orders_and_lies_in_the_core(reserved, idle):
    tenants = [Tenant(model_id=str(i), used=0.0, reserved=r) for i, r in enumerate(reserved)]
    found = allocate(0.0, idle, tenants, Allocation.SHAPLEY)
    parts = np.array([found[str(i)] for i in range(len(reserved))])
    np.testing.assert_allclose(parts, standing_value(reserved, idle), rtol=1e-9, atol=1e-9 * idle)
    assert math.fsum(parts) == idle
    top = max(reserved)
    for size in range(1, len(reserved)):
        for coalition in combinations(range(len(reserved)), size):
            alone = idle * max(reserved[i] for i in coalition) / top
            assert parts[list(coalition)].sum() <= alone + 1e-9 * idle, "nobody gains by leaving"
