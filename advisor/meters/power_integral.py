"""Joules from a power sensor: polled by a small thread and integrated by the trapezoid rule.

E(t) = Σ (P_i + P_{i+1})/2 · (t_{i+1} − t_i). Reading takes a fresh sample first, so the integral
ends at the moment of the reading and not at the last poll.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable


class PowerIntegral:
    """Integrates `power_w()` over time until closed.

    `power_w` may raise; the error is kept, and raised again by `read`, so that a gap in the samples
    never passes for a measurement. `after_poll` runs in the thread after each sample.
    """

    def __init__(
        self,
        power_w: Callable[[], float],
        period_s: float,
        clock: Callable[[], float] = time.monotonic,
        after_poll: Callable[[], None] | None = None,
    ) -> None:
        self._power_w, self._period_s, self._clock = power_w, period_s, clock
        self._after_poll = after_poll
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._time_s = clock()
        self._watts = power_w()
        self._energy_j = 0.0
        self._steps_w: deque[float] = deque(maxlen=100)
        self.samples = 1
        self.longest_gap_s = 0.0
        self._thread = threading.Thread(target=self._poll, name="power-integral", daemon=True)
        self._thread.start()

    def read(self) -> tuple[float, float]:
        """(time in s, joules since start) after a fresh sample. Raises what the sensor raised."""
        if self._error:
            raise self._error
        return self._sample()

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

    def _sample(self) -> tuple[float, float]:
        with self._lock:
            watts = self._power_w()
            now = self._clock()
            gap = now - self._time_s
            if gap > 0:
                self._energy_j += (self._watts + watts) / 2 * gap
                self._time_s = now
                self.longest_gap_s = max(self.longest_gap_s, gap)
            if watts != self._watts:
                self._steps_w.append(abs(watts - self._watts))
            self._watts = watts
            self.samples += 1
            return self._time_s, self._energy_j

    def _poll(self) -> None:
        while not self._stop.wait(self._period_s):
            try:
                self._sample()
                if self._after_poll:
                    self._after_poll()
            except Exception as error:
                self._error = error
                return
