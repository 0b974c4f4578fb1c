"""The arithmetic of Quantity, guarded by properties."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.quantities import Z95, Provenance, Quantity, UnitError, total

positive = st.floats(1e-9, 1e9)
relative = st.floats(1e-6, 0.5)


def energy(value, relative_std, source="windows"):
    return Quantity.from_spread(
        value, "J", Provenance.MEASURED, "test", {source: value * relative_std}
    )


@given(positive, relative, positive, relative)
def test_independent_sums_add_in_quadrature(a, ra, b, rb):
    q = energy(a, ra, "a") + energy(b, rb, "b")
    assert q.value == pytest.approx(a + b)
    assert q.std == pytest.approx(math.hypot(a * ra, b * rb))


@given(positive, positive, relative)
def test_a_shared_source_does_not_average_out_in_a_sum(a, b, r):
    assert (energy(a, r, "gain") + energy(b, r, "gain")).std == pytest.approx((a + b) * r)


@given(positive, positive, relative)
def test_a_shared_source_cancels_in_a_ratio(a, b, r):
    ratio = energy(a, r, "gain") / energy(b, r, "gain")
    assert ratio.unit == "1"
    assert ratio.std == pytest.approx(0, abs=1e-9 * ratio.value)


@given(positive, relative, positive, relative)
def test_relative_spreads_of_independent_factors_add_in_quadrature(a, ra, b, rb):
    q = energy(a, ra, "a") * energy(b, rb, "b")
    assert q.std / q.value == pytest.approx(math.hypot(ra, rb))
    assert q.low > 0


@given(positive, relative)
def test_a_figure_less_itself_is_exactly_nothing(a, r):
    q = energy(a, r)
    assert ((q - q).value, (q - q).std) == (0, 0)


@given(positive, relative)
def test_the_interval_of_a_positive_figure_never_reaches_zero(a, r):
    q = energy(a, r)
    assert 0 < q.low < q.value < q.high
    assert math.log(q.high / q.low) == pytest.approx(2 * Z95 * r)


@given(positive, relative)
def test_conversion_keeps_the_relative_interval(a, r):
    q = energy(a, r).to("kWh")
    assert q.value == pytest.approx(a / 3.6e6)
    assert q.high / q.low == pytest.approx(energy(a, r).high / energy(a, r).low)


@given(st.sampled_from(list(Provenance)), st.sampled_from(list(Provenance)))
def test_the_weakest_provenance_is_carried_along(p, q):
    a = Quantity.exact(1, "J", p, "a")
    b = Quantity.exact(2, "J", q, "b")
    weakest = max(p, q, key=lambda x: x.rank)
    assert (a + b).provenance == (a * b).provenance == (a - b).provenance == weakest


@given(positive, st.floats(1.01, 3), st.floats(1.01, 3))
def test_an_interval_given_from_outside_is_kept_as_it_is(value, down, up):
    q = Quantity.from_interval(
        value, value / down, value * up, "J", Provenance.PREDICTED, "model", "prediction"
    )
    assert (q.low, q.high) == (value / down, value * up)
    assert set(q.spread) == {"prediction"}


def test_joules_times_intensity_is_grams_with_the_kilowatt_hour_converted():
    grid = Quantity.exact(360, "gCO2e/kWh", Provenance.IMPORTED, "grid")
    assert (energy(3.6e6, 0.1) * grid).to("gCO2e").value == pytest.approx(360)


def test_dimensions_are_checked():
    grams = Quantity.exact(1, "gCO2e", Provenance.MEASURED, "x")
    with pytest.raises(UnitError, match="cannot be converted"):
        _ = energy(1, 0.1) + grams
    with pytest.raises(ValueError, match="not a unit"):
        Quantity.exact(1, "joules per fortnight per cow", Provenance.MEASURED, "x")


def test_nan_and_upside_down_intervals_are_refused():
    with pytest.raises(ValueError, match="never NaN"):
        Quantity.exact(math.nan, "J", Provenance.MEASURED, "x")
    with pytest.raises(ValueError, match="upside down"):
        Quantity(value=1, low=2, high=0, unit="J", provenance=Provenance.MEASURED, source="x")


def test_the_sum_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no figures"):
        total([])


def test_a_quantity_survives_json():
    q = energy(1.5, 0.1)
    assert Quantity.model_validate_json(q.model_dump_json()) == q


def test_a_figure_drowned_in_noise_has_an_interval_that_holds_zero():
    q = Quantity.from_spread(1e-9, "J", Provenance.MEASURED, "difference", {"windows": 1e-3})
    assert q.low < 0 < q.high
