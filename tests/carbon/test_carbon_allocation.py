"""Shared machines: the parts are the whole, exactly, by every method."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.carbon import Allocation, CarbonError, Tenant, allocate, allocation_range
from advisor.quantities import Provenance, Quantity

kwh = st.floats(0, 1e7, allow_subnormal=False)
weight = st.floats(0, 1e6, allow_subnormal=False)
tenants = st.lists(st.tuples(weight, weight), min_size=1, max_size=30).map(
    lambda pairs: [Tenant(model_id=f"m{i}", used=u, reserved=r) for i, (u, r) in enumerate(pairs)]
)


@settings(max_examples=300)
@given(kwh, kwh, tenants, st.sampled_from(Allocation))
def test_the_parts_add_up_to_the_meter_exactly(dynamic, idle, who, method):
    if not any(t.used or t.reserved for t in who):
        with pytest.raises(CarbonError, match="cannot be split"):
            allocate(dynamic, idle, who, method)
        return
    parts = allocate(dynamic, idle, who, method)
    assert math.fsum(parts.values()) == dynamic + idle
    assert all(p >= -1e-6 for p in parts.values())


def test_equal_reservations_share_the_standing_part_equally():
    who = [Tenant(model_id=m, used=u, reserved=1) for m, u in (("a", 9), ("b", 1), ("c", 0))]
    parts = allocate(90, 30, who, Allocation.SHAPLEY)
    assert parts == pytest.approx({"a": 91, "b": 19, "c": 10})


def test_shapley_of_the_airport_game_by_brute_force():
    from itertools import permutations

    reserved = {"a": 1.0, "b": 3.0, "c": 7.0}
    who = [Tenant(model_id=m, used=0, reserved=r) for m, r in reserved.items()]
    values = dict.fromkeys(reserved, 0.0)
    orders = list(permutations(reserved))
    for order in orders:
        top = 0.0
        for m in order:
            values[m] += max(reserved[m] - top, 0) / len(orders)
            top = max(top, reserved[m])
    assert allocate(0, 7, who, Allocation.SHAPLEY) == pytest.approx(values)


def test_idle_goes_by_reservation_and_dynamic_by_use():
    who = [Tenant(model_id="a", used=3, reserved=1), Tenant(model_id="b", used=1, reserved=3)]
    assert allocate(100, 100, who) == pytest.approx({"a": 100, "b": 100})
    assert allocate(100, 100, who, Allocation.RESERVATION) == pytest.approx({"a": 50, "b": 150})


def test_the_spread_between_methods_is_an_uncertainty_of_its_own():
    who = [Tenant(model_id="a", used=3, reserved=1), Tenant(model_id="b", used=1, reserved=3)]
    meter = Quantity.from_spread(100, "kWh", Provenance.MEASURED, "meter", {"meter gain": 1.0})
    found = allocation_range(meter, meter, who, Allocation.PROPORTIONAL)
    assert found["a"].spread["allocation method a"] > 0
    assert math.isclose(sum(q.value for q in found.values()), 200)


def test_a_model_twice_or_no_model_is_refused():
    twice = [Tenant(model_id="a", used=1, reserved=1)] * 2
    with pytest.raises(CarbonError, match="twice"):
        allocate(1, 1, twice)
    with pytest.raises(CarbonError, match="no models"):
        allocate(1, 1, [])
