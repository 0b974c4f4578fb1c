"""The integral of a power sensor: dated at the sensor's own moves, whenever it was asked."""

import itertools
import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.meters.power_integral import MOST_LOAD, PowerIntegral


class Sensor:
    """Shows the power at the last multiple of its period; time stands until it is moved on."""

    def __init__(self, power_w, period_s=0.1):
        self.power_at, self.period_s, self.now_s = power_w, period_s, 0.0

    def clock(self):
        return self.now_s

    def watts(self):
        ticks = math.floor(self.now_s / self.period_s + 1e-9)
        return self.power_at(ticks * self.period_s)


def polled(sensor, pauses_s):
    """Readings after each pause; the thread of the integral sleeps through all of it."""
    integral = PowerIntegral(sensor.watts, 3600.0, sensor.clock, sensor_s=sensor.period_s)
    readings = []
    for pause in pauses_s:
        sensor.now_s += pause
        readings.append(integral.read())
    integral.close()
    return readings


pauses = st.lists(st.floats(0.001, 0.03), min_size=40, max_size=80)


@given(pauses, st.floats(1.0, 700.0))
@settings(max_examples=30, deadline=None)
def test_steady_power_is_exact_between_any_two_readings(pauses_s, watts):
    readings = polled(Sensor(lambda _: watts), pauses_s)
    (t0, e0), (t1, e1) = readings[0], readings[-1]
    assert e1 - e0 == pytest.approx(watts * (t1 - t0), rel=1e-9, abs=1e-9)


@given(pauses)
@settings(max_examples=30, deadline=None)
def test_a_ramp_is_right_within_what_the_dates_of_its_moves_leave(pauses_s):
    """Moves are dated within half a poll: of a ramp of 100 W/s, that much and no more is lost."""
    readings = polled(Sensor(lambda t: 100.0 + 100.0 * t), pauses_s)
    (t0, e0), (t1, e1) = readings[len(readings) // 3], readings[-1]
    true = 100.0 * (t1 - t0) + 50.0 * (t1**2 - t0**2)
    # Each of the samples is off by at most 100 W/s · 15 ms, over the whole time between.
    assert abs(e1 - e0 - true) <= 1.5 * (t1 - t0) + 1e-9


def test_joules_never_fall_and_end_at_the_moment_they_are_dated():
    readings = polled(Sensor(lambda t: 300.0 if t < 1.0 else 10.0), [0.02] * 100)
    assert all(a[1] <= b[1] and a[0] <= b[0] for a, b in itertools.pairwise(readings))
    true = 300.0 * 1.0 + 10.0 * (readings[-1][0] - 1.0)
    # Where in its period the power fell, a sensor does not say: half a period of the step.
    assert readings[-1][1] == pytest.approx(true, abs=290.0 * 0.05 + 1e-9)


def test_equal_samples_hold_and_the_change_takes_one_period():
    """A value that stood for a second was held; only its last period is a ramp."""
    readings = polled(Sensor(lambda t: 100.0 if t < 0.95 else 200.0), [0.01] * 120)
    moved_s, joules = readings[-1]
    true = 100.0 * 0.95 + 200.0 * (moved_s - 0.95)
    assert joules == pytest.approx(true, abs=100.0 * 0.06)


def test_a_failed_sample_is_raised_at_the_next_reading():
    sensor = Sensor(lambda _: 100.0)
    integral = PowerIntegral(sensor.watts, 3600.0, sensor.clock)
    sensor.power_at = None
    with pytest.raises(TypeError):
        integral.read()
    integral.close()


def test_a_driver_that_costs_processor_time_is_asked_less_often():
    """A call of 3 ms, as measured on a GPU behind a virtual machine: 50 calls a second are 15 %."""
    asked: list[float] = []

    def slow() -> float:
        asked.append(time.monotonic())
        until = time.thread_time() + 0.003
        while time.thread_time() < until:
            pass
        return 100.0 + len(asked)

    integral = PowerIntegral(slow, 0.02, sensor_s=0.001, longest_s=0.5)
    begun = time.monotonic()
    time.sleep(1.0)
    integral.close()
    settled = [at for at in asked if at > begun + 0.4]
    assert len(settled) <= (time.monotonic() - begun) / (0.5 * 0.003 / MOST_LOAD)
