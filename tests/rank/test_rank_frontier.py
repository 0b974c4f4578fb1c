"""The frontier against brute force, on any points."""

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from advisor.rank import efficient_frontier

points = st.lists(st.tuples(st.integers(1, 40), st.integers(-10, 60)), min_size=0, max_size=12).map(
    lambda p: ([float(a) for a, _ in p], [float(b) for _, b in p])
)


def best_mixture(losses, savings, start, at):
    """The most that any mixture of two points (or one) saves at a loss of at most `at`."""
    every = [start, *zip(losses, savings, strict=True)]
    best = max(s for loss, s in every if loss <= at)
    for a in every:
        for b in every:
            if a[0] < at < b[0]:
                t = (at - a[0]) / (b[0] - a[0])
                best = max(best, a[1] + t * (b[1] - a[1]))
    return best


@given(points)
def test_what_is_on_the_frontier_no_mixture_beats_and_what_is_off_it_some_mixture_reaches(given_):
    losses, savings = given_
    start = (0.0, 0.0)
    found = efficient_frontier(losses, savings, start)
    assert len(found.on) + len(found.dominated) + len(found.extended) == len(losses)
    for i in range(len(losses)):
        best = best_mixture(losses, savings, start, losses[i])
        if i in found.on:
            assert math.isclose(savings[i], best)
        else:
            assert savings[i] <= best + 1e-9


@given(points)
def test_ratios_fall_strictly_along_the_frontier(given_):
    losses, savings = given_
    steps, before = [], (0.0, 0.0)
    for i in efficient_frontier(losses, savings).on:
        now = (losses[i], savings[i])
        steps.append((now[1] - before[1]) / (now[0] - before[0]))
        before = now
    assert all(a > b for a, b in pairwise(steps))
    assert all(s > 0 for s in steps)


@given(points)
def test_who_dominates_really_does(given_):
    losses, savings = given_
    found = efficient_frontier(losses, savings)
    for out, by in found.dominated.items():
        loss, saved = (0.0, 0.0) if by < 0 else (losses[by], savings[by])
        assert loss <= losses[out]
        assert saved >= savings[out]
    for out, (left, right) in found.extended.items():
        a = (0.0, 0.0) if left < 0 else (losses[left], savings[left])
        b = (losses[right], savings[right])
        t = (losses[out] - a[0]) / (b[0] - a[0])
        assert savings[out] <= a[1] + t * (b[1] - a[1]) + 1e-9


@given(points, st.integers(1, 1000))
def test_the_scale_of_carbon_does_not_matter(given_, scale):
    losses, savings = given_
    found = efficient_frontier(losses, savings)
    scaled = efficient_frontier(losses, [s * scale for s in savings])
    assert found.on == scaled.on
