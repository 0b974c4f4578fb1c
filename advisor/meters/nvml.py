"""NVIDIA GPUs: the total-energy counter, or polled power where the counter is missing or stuck.

While the counter is used, power is polled slowly beside it: a counter that stands still under load
is noticed and replaced, throttling between two readings is seen, and both ways to the same joules
are compared (`advisor.meters.pair`): more than 3 % apart degrades the label.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pynvml

from advisor.meters.meter import Coverage, MeterError, MeterFacts, Reading
from advisor.meters.nvml_device import (
    HURTING_REASONS,
    OTHER_REASONS,
    NvmlDevice,
    own_process_ids,
    reason_names,
    standing_notes,
)
from advisor.meters.pair import Comparison, noted
from advisor.meters.power_integral import PowerIntegral
from advisor.quantities import Provenance
from advisor.sentences import Sentence, sentence

POLL_POWER_S = 0.02
"""Polling where power is the measurement."""
POLL_BESIDE_COUNTER_S, LONGEST_BESIDE_COUNTER_S = 0.1, 0.5
"""Polling where power only watches over the counter: so often, less where the driver is slow."""
GAIN_STD = 0.025
"""±5 % (95 %)."""
GAIN_SOURCE = "Yang, Adamek, Armour: Part-time power measurements, arXiv:2312.02741"
STANDSTILL_S = 1.0
"""A counter of a powered GPU that does not move for this long is not counting."""

SENSOR_S = 0.1
"""Update period of the power sensor until it is probed."""

AVERAGED_S = 1.0
"""What an average power looks back over."""
_PERIOD_S = {"counter": 0.1, "instant": SENSOR_S, "sensor": SENSOR_S, "average": AVERAGED_S}


class NvmlMeter:
    """Cumulative joules of one GPU. Construct through `open_gpus`."""

    def __init__(
        self,
        device: NvmlDevice,
        clock: Callable[[], float] = time.monotonic,
        standstill_s: float = STANDSTILL_S,
        container: bool = False,
    ) -> None:
        self._device, self._clock, self._standstill_s = device, clock, standstill_s
        self._container = container
        self._closed = False
        self._watched: tuple[int, ...] = ()
        self._reasons_seen = 0
        self._counter_lock = threading.Lock()
        self._notes: list[Sentence] = []
        self._probed: tuple[float, float] | None = None
        self._state = {**device.identity(), **device.modes()}
        self._counting = self._counter_works()
        self._method = "counter" if self._counting else "power"
        self._power: PowerIntegral | None = None
        if device.power_kind != "none":
            self._power = PowerIntegral(
                device.power_w,
                POLL_BESIDE_COUNTER_S if self._counting else POLL_POWER_S,
                clock,
                self._look,
                SENSOR_S,
                LONGEST_BESIDE_COUNTER_S if self._counting else 0.0,
            )
        elif not self._counting:
            raise MeterError(
                sentence(
                    "GPU {index} ({name}) gives neither energy nor power; measure it with "
                    "another tool, or use the estimate.",
                    index=str(device.index),
                    name=str(device.name),
                )
            )
        self._last_j = device.counter_j() or 0.0
        at_s, integral_j = self._power.read_up_to_now() if self._power else (clock(), 0.0)
        # The counter's last move seen, with the integrated power of that moment: one tuple, so
        # that both threads see it whole.
        self._first = self._last_look = self._moved = (at_s, self._last_j, integral_j)

    # -- Meter -----------------------------------------------------------------------------

    @property
    def facts(self) -> MeterFacts:
        """Facts, with what probing found so far."""
        kind = "counter" if self._method == "counter" else self._device.power_kind
        resolution, period = self._probed or (0.001, _PERIOD_S[kind])
        if self._method == "power" and self._power:
            # A sample stands for up to a period before its move, so it may be half a period old:
            # 2 · rms(ΔP) · τ/2 joules at an edge, in 95 %. An average is as old as its second.
            period = max(period, AVERAGED_S) if kind == "average" else period
            resolution = max(self._power.typical_step_w * period, 0.001 * period)
        averages = self._method == "power" and self._device.power_kind == "average"
        return MeterFacts(
            name=f"nvml:{self._device.index}:{self._method}",
            device=self._device.name,
            provenance=Provenance.MEASURED,
            coverage=Coverage(
                domains=(f"gpu:{self._device.index}",),
                excludes=("CPU", "DRAM", "fans", "supply losses"),
                statement="The whole GPU board as its driver counts it, memory included.",
            ),
            resolution_j=resolution,
            update_period_s=period,
            gain_relative_std=GAIN_STD,
            gain_source=GAIN_SOURCE,
            probed=self._probed is not None,
            notes=(*standing_notes(averages, self._state), *self._notes),
            state=self._state,
        )

    def read(self) -> Reading:
        """Joules since the driver was loaded (counter) or since opening (power)."""
        if self._closed:
            raise MeterError(
                sentence("The GPU's meter was read after it was closed; discover meters again.")
            )
        if self._method == "power":
            assert self._power is not None
            return Reading(*self._power.read())
        if self._counting:
            # The clock is read after the driver: a reading is never dated before its joules.
            joules = self._read_counter()
            now = self._clock()
            self._notice_standstill(now)
            if self._counting:
                return Reading(now, joules)
        assert self._power is not None
        now, integral = self._power.read_up_to_now()
        _, counted, integral_then = self._moved
        return Reading(now, counted + integral - integral_then)

    def watch(self, process_ids: tuple[int, ...]) -> None:
        """These processes are ours; any other on the device is foreign."""
        self._watched = process_ids

    def condition(self) -> dict[str, float | str]:
        """State now; since the last call: throttle reasons, counter against integrated power."""
        self._reasons_seen |= self._device.clock_reasons()
        seen, self._reasons_seen = self._reasons_seen, 0
        found = self._device.condition()
        found["throttle_reasons"] = ",".join(reason_names(seen, HURTING_REASONS))
        found["clock_reasons"] = ",".join(reason_names(seen, HURTING_REASONS | OTHER_REASONS))
        found["other_processes"] = float(self._foreign())
        if self._power:
            found["power_w"] = self._power.watts
        comparison = self._compared(self._last_look, self._moved)
        self._last_look = self._moved
        return found | noted(comparison) if comparison else found

    def close(self) -> None:
        """End polling."""
        self._closed = True
        if self._power:
            self._power.close()

    # -- what the other modules of this room use -------------------------------------------

    def refine(self, resolution_j: float, update_period_s: float) -> None:
        """Take over what `probe` found."""
        self._probed = (resolution_j, update_period_s)
        if self._method == "power" and self._power:
            self._power.sensor_s = update_period_s

    def sensor_w(self) -> float | None:
        """The raw power sensor where power is the measurement, for probing; else None."""
        return self._device.power_w() if self._method == "power" else None

    def comparison(self) -> Comparison | None:
        """Counter against integrated power since opening; None where only one of them exists."""
        return self._compared(self._first, self._moved)

    # -- inside ----------------------------------------------------------------------------

    def _compared(
        self, begin: tuple[float, float, float], end: tuple[float, float, float]
    ) -> Comparison | None:
        if not (self._counting and self._power) or self._closed:
            return None
        seconds, counted, integrated = (b - a for a, b in zip(begin, end, strict=True))
        if seconds <= 0 or counted <= 0:
            return None
        lag = _PERIOD_S[self._device.power_kind] + self._beat_s()
        return Comparison(duration_s=seconds, counter_j=counted, power_j=integrated, edge_s=lag)

    def _beat_s(self) -> float:
        return self._probed[1] if self._probed else _PERIOD_S["counter"]

    def _counter_works(self) -> bool:
        first = self._device.counter_j()
        if first is None:
            self._notes.append(
                sentence(
                    "This GPU has no energy counter (before Volta, or virtual): "
                    "its power is polled and integrated."
                )
            )
            return False
        if self._device.power_kind == "none":
            return True
        until = self._clock() + self._standstill_s
        while self._clock() < until:
            if self._device.counter_j() != first:
                return True
            time.sleep(0.005)
        self._notes.append(
            sentence(
                "The energy counter of this GPU stands still: its power is polled and integrated."
            )
        )
        return False

    def _read_counter(self) -> float:
        index = self._device.index
        with self._counter_lock:
            joules = self._device.counter_j()
            if joules is None:
                raise MeterError(
                    sentence(
                        "The energy counter of GPU {index} vanished while it was read; check the "
                        "driver with nvidia-smi and start the run again.",
                        index=str(index),
                    )
                )
            if joules < self._last_j:
                raise MeterError(
                    sentence(
                        "The energy counter of GPU {index} fell from {last_j} J to {joules} J (was "
                        "the driver reloaded?); start the run again.",
                        index=str(index),
                        last_j=f"{self._last_j:.3f}",
                        joules=f"{joules:.3f}",
                    )
                )
            self._last_j = joules
            return joules

    def _look(self) -> None:
        """In the polling thread: throttling, and whether the counter still moves."""
        self._reasons_seen |= self._device.clock_reasons()
        if self._counting:
            joules = self._read_counter()
            if joules != self._moved[1] and self._power:
                at_s, integral_j = self._power.read_up_to_now()
                self._moved = (at_s, joules, integral_j)

    def _notice_standstill(self, now: float) -> None:
        at_s, counted, _ = self._moved
        if not self._power or now - at_s < 2 * self._standstill_s:
            return
        if self._device.counter_j() != counted:
            return
        self._counting = False
        self._notes.append(
            sentence(
                "The energy counter stopped moving during the run: from there on power was "
                "integrated."
            )
        )

    def _foreign(self) -> int:
        present = self._device.process_ids()
        own = own_process_ids(self._watched)
        if self._container and not present & own:
            # The driver numbers processes as the host does: only their count tells.
            return max(len(present) - max(len(self._watched), 1), 0)
        return len(present - own)


def open_gpus(
    clock: Callable[[], float] = time.monotonic,
    container: bool = False,
    standstill_s: float = STANDSTILL_S,
) -> tuple[list[NvmlMeter], list[str]]:
    """A meter for each GPU, and the sentences of those that cannot be read.

    Raises `pynvml.NVMLError` when the driver cannot be opened at all.
    """
    pynvml.nvmlInit()
    meters: list[NvmlMeter] = []
    failures: list[str] = []
    for index in range(pynvml.nvmlDeviceGetCount()):
        try:
            meters.append(NvmlMeter(NvmlDevice(index), clock, standstill_s, container))
        except (MeterError, pynvml.NVMLError) as error:
            failures.append(
                f"GPU {index}: {error}" if not isinstance(error, MeterError) else str(error)
            )
    return meters, failures
