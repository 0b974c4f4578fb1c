"""A meter where no counter can be read: CPU time × watts of a busy thread of the processor.

Cumulative joules like any other meter, labelled *estimated*, with the spread of the known
load-power curves as its gain uncertainty (see `load_power`). It counts only the processes it
watches: idle power and other programs stay outside, so the idle machine reads about zero.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from advisor.meters.cpu_time import TICK_S, CpuTime
from advisor.meters.load_power import ThreadPower, thread_power
from advisor.meters.meter import Coverage, MeterError, MeterFacts, Reading
from advisor.meters.surroundings import Surroundings, look_around
from advisor.quantities import Provenance
from advisor.sentences import Sentence, sentence


class EstimateMeter:
    """Joules from the CPU time of the watched processes, children included.

    Before `watch` is called it watches this process.
    """

    def __init__(
        self,
        machine: Surroundings | None = None,
        power: ThreadPower | None = None,
        cpu_time: Callable[[tuple[int, ...]], CpuTime] = CpuTime,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._machine = machine or look_around(Path("/"))
        self._power = power or thread_power(self._machine)
        self._new_cpu_time, self._clock = cpu_time, clock
        self._cpu_time = cpu_time(())
        self._base_j = 0.0
        self._origin_s = self._cpu_time.read()
        self._closed = False
        watts = self._power.watts
        self._facts = MeterFacts(
            name="estimate",
            device=self._machine.cpu_name,
            provenance=Provenance.ESTIMATED,
            coverage=Coverage(
                domains=("process",),
                excludes=("idle power", "other processes", "DRAM", "GPU", "fans", "supply losses"),
                statement="CPU time of the measured processes × load-power curves "
                f"({self._power.source}).",
            ),
            resolution_j=watts.value * TICK_S,
            update_period_s=TICK_S,
            gain_relative_std=watts.relative_std,
            gain_source=self._power.source,
            notes=(self._note(),),
            state={
                "watts_per_busy_thread": f"{watts.value:.3g}",
                "basis": self._power.basis,
                "known_as": self._power.known_as,
                "source": self._power.source,
            },
        )

    @property
    def facts(self) -> MeterFacts:
        """What the estimate rests on."""
        return self._facts

    @property
    def watts(self) -> ThreadPower:
        """Watts of one busy thread, with range and source."""
        return self._power

    def read(self) -> Reading:
        """Joules so far. Raises `MeterError` when every watched process has ended."""
        if self._closed:
            raise MeterError(
                sentence("The estimate was read after it was closed; discover meters again.")
            )
        now = self._clock()
        seconds = self._cpu_time.read() - self._origin_s
        if not self._cpu_time.any_alive():
            raise MeterError(
                sentence(
                    "The measured process ended, so its CPU time cannot be read any more; "
                    "start the run again."
                )
            )
        return Reading(now, self._base_j + seconds * self._power.watts.value)

    def watch(self, process_ids: tuple[int, ...]) -> None:
        """Count these processes and their children from now on; the joules so far are kept."""
        seconds = self._cpu_time.read() - self._origin_s
        self._base_j += seconds * self._power.watts.value
        self._cpu_time = self._new_cpu_time(process_ids)
        self._origin_s = self._cpu_time.read()

    def condition(self) -> dict[str, float | str]:
        """Nothing of the device can be seen here."""
        return {}

    def close(self) -> None:
        """Stop counting."""
        self._closed = True

    def _note(self) -> Sentence:
        texts = {
            "processor": "CPU estimate: {name}, {watts} W for each busy thread ({low} to {high} "
            "W).",
            "architecture": "CPU estimate: a processor of the architecture {name}, {watts} W for "
            "each busy thread ({low} to {high} W).",
            "unknown": "CPU estimate: “{name}” does not say which processor it is, so all known "
            "architectures count: {watts} W for each busy thread ({low} to {high} W). Only large "
            "differences can be told.",
        }
        watts = self._power.watts
        low, high = (float(f"{w:.2g}") for w in watts.interval)
        return sentence(
            texts[self._power.basis],
            name=self._power.known_as,
            watts=float(f"{watts.value:.2g}"),
            low=low,
            high=high,
        )
