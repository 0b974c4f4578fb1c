"""The one rounding rule, and the unit a reader meets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.figures import decimals, gain_text, percent, reader_unit, rounded, written
from advisor.quantities import Provenance, Quantity


def figure(value, half, unit="J"):
    return Quantity(
        value=value,
        low=value - half,
        high=value + half,
        unit=unit,
        provenance=Provenance.MEASURED,
        source="test",
    )


@pytest.mark.parametrize(
    ("value", "half", "expected"),
    [
        (1.23456, 0.0123, "1.235"),
        (1.23456, 0.123, "1.23"),
        (123456.0, 1234.0, "123.5"),  # shown in kJ
        (1.23456, 0, "1.235"),
        (5.0, 50.0, "5"),
    ],
)
def test_digits_follow_the_interval(value, half, expected):
    assert written(figure(value, half)).value == expected


@given(st.floats(1e-6, 1e6), st.floats(1e-4, 1))
def test_rounding_moves_a_figure_by_less_than_a_tenth_of_its_interval(value, relative):
    q = figure(value, value * relative)
    assert abs(rounded(q) - value) <= 0.051 * value * relative + 5.1e-6 * value


@given(st.floats(1e-8, 1e9), st.sampled_from(["J", "kWh", "gCO2e/year", "s"]))
def test_the_reader_unit_keeps_the_dimension_and_suits_the_size(value, unit):
    q = figure(value, 0, unit)
    shown = q.to(reader_unit(q))
    assert shown.to(unit).value == pytest.approx(value)
    ladder_ends = shown.unit.split("/")[0] in (
        "nJ",
        "kJ",
        "GWh",
        "mWh",
        "tCO2e",
        "µgCO2e",
        "s",
        "µs",
    )
    assert ladder_ends or 1 <= shown.value < 1000


def test_an_unknown_figure_is_said_and_never_zero():
    assert written(None).text == "unknown"
    assert written(None, "ja").text == "不明"


def test_thousands_minus_and_subscript():
    assert written(figure(-1234.5, 50, "kgCO2e/year"), unit="kgCO2e/year").text == (
        "−1,234 kg CO₂e / year"
    )


def test_a_rounded_negative_nothing_has_no_sign():
    assert written(figure(-0.0001, 1.0), unit="J").value == "0.0"


def test_decimals_of_nothing():
    assert decimals(0, 0, 0) == 0


def test_a_hair_on_one_side_of_a_wide_interval_buys_no_digits():
    assert decimals(15.843, 15.842, 17.9) == 2
    assert decimals(1.0, 0.02, 50.0) == 2, "a small lower end is not rounded away"


def test_percent_and_gain_are_written_with_the_space_of_si():
    assert percent(0.744) == "74\N{NO-BREAK SPACE}%"
    assert percent(0.0123, 1) == "1.2\N{NO-BREAK SPACE}%"
    assert gain_text(0.0255) == "±5\N{NO-BREAK SPACE}%"
    assert gain_text(0.54) == "×÷\N{NO-BREAK SPACE}2.9"
