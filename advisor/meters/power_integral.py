"""Joules from a power sensor: polled by a small thread, integrated between the sensor's updates.

A sensor shows a new sample each update period τ (often 0.1 s) and the old one in between. So what
counts is not when it was asked but when it moved: sample P_k is dated at the move t_k (halfway
between the poll that still saw the old value and the one that saw the new), and

    E_k = E_{k−1} + P_{k−1} · (t_k − t_{k−1} − r) + (P_{k−1} + P_k)/2 · r
    r = min(τ, t_k − t_{k−1}).

That is the trapezoid rule over the last period; where a longer time passed without a move, equal
samples hid the updates, and the old value held. The cumulative joules therefore tick with the
sensor, like a counter: windows between two ticks hold whole trapezoids with a sample at each end.
A reading is dated at its last move, where its joules end: a poll that came late shifts both.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

HELD = 1.25
"""After this many periods without a move, the sensor has shown an equal sample."""

QUIET = 0.7
"""Share of a period after a move in which the sensor is not asked."""
MOST_LOAD = 0.02
"""Share of one core that polling may take where it may be slowed down."""


class PowerIntegral:
    """Integrates `power_w()` over time until closed.

    `sensor_s` is the update period τ of the sensor; set it when it is known better. `power_w` may
    raise; the error is kept, and raised again by `read`, so that a gap in the samples never passes
    for a measurement. `after_poll` runs in the thread after each sample. A driver whose calls cost
    much processor time is polled less often, up to `longest_s` apart (default: never slowed down).
    """

    def __init__(
        self,
        power_w: Callable[[], float],
        period_s: float,
        clock: Callable[[], float] = time.monotonic,
        after_poll: Callable[[], None] | None = None,
        sensor_s: float = 0.1,
        longest_s: float = 0.0,
    ) -> None:
        self._power_w, self._period_s, self._clock = power_w, period_s, clock
        self._longest_s, self._poll_cpu_s = longest_s, 0.0
        self._after_poll = after_poll
        self.sensor_s = sensor_s
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._watts = power_w()
        self._moved_s = self._seen_s = clock()
        self._energy_j = 0.0
        self._steps_w: deque[float] = deque(maxlen=100)
        self._thread = threading.Thread(target=self._poll, name="power-integral", daemon=True)
        self._thread.start()

    def read(self) -> tuple[float, float]:
        """(moment of the sensor's last move in s, joules until then) after a fresh sample.

        Raises what the sensor raised.
        """
        with self._lock:
            self._sample()
            return self._moved_s, self._energy_j

    def read_up_to_now(self) -> tuple[float, float]:
        """The same with the last sample held until now: for long times with edges anywhere."""
        with self._lock:
            self._sample()
            held_s = self._seen_s - self._moved_s
            return self._seen_s, self._energy_j + self._watts * held_s

    @property
    def watts(self) -> float:
        """The last sample."""
        return self._watts

    @property
    def typical_step_w(self) -> float:
        """Root mean square of the last hundred moves of the sensor: what a stale sample hides."""
        steps = list(self._steps_w)
        return math.sqrt(sum(s * s for s in steps) / len(steps)) if steps else 0.0

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=2.0)

    def _sample(self) -> None:
        if self._error:
            raise self._error
        watts = self._power_w()
        now = self._clock()
        if watts != self._watts:
            self._move((self._seen_s + now) / 2, watts)
        elif now - self._moved_s >= HELD * self.sensor_s:
            self._energy_j += watts * (now - self._moved_s)
            self._moved_s = now
        self._seen_s = now

    def _move(self, at_s: float, watts: float) -> None:
        passed_s = at_s - self._moved_s
        ramp_s = min(self.sensor_s, passed_s)
        self._energy_j += self._watts * (passed_s - ramp_s) + (self._watts + watts) / 2 * ramp_s
        self._steps_w.append(abs(watts - self._watts))
        self._moved_s, self._watts = at_s, watts

    def _pause_s(self) -> float:
        """The poll's period; right after a move, longer: the next is not due yet."""
        affordable_s = min(self._poll_cpu_s / MOST_LOAD, self._longest_s)
        quiet_s = self._moved_s + QUIET * self.sensor_s - self._clock()
        return max(self._period_s, quiet_s, affordable_s)

    def _poll(self) -> None:
        while not self._stop.wait(self._pause_s()):
            begun_s = time.thread_time()
            try:
                with self._lock:
                    self._sample()
                if self._after_poll:
                    self._after_poll()
                # The mean of the last few: one slow call is no reason to look away.
                self._poll_cpu_s += 0.2 * (time.thread_time() - begun_s - self._poll_cpu_s)
            except Exception as error:
                self._error = error
                return
