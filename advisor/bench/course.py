"""The course of a run: its clock, its child process and meters, and its signs of life.

Everything that waits goes through here: it yields at least twice a second, so that whoever consumes
the events can cancel by closing the iterator, and it notices when the child is gone.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

from advisor.bench.child import Child
from advisor.bench.collected import Record, counted_meters
from advisor.bench.edges import Edge, bench_clock_offset, read_on_tick
from advisor.bench.events import Event, Failed, Finished, PowerSampled, Progress
from advisor.bench.plan import Plan
from advisor.bench.worker import Reply
from advisor.candidates.candidate import Candidate
from advisor.meters.meter import Meter, MeterError, MeterFacts
from advisor.sentences import Sentence, sentence

HEARTBEAT_S = 0.5
"""Longest silence of the iterator."""
GRACE_S = 120.0
"""How long a single call may take before the candidate is given up."""


class GaveUpError(RuntimeError):
    """A candidate cannot go on; `said` tells why."""

    def __init__(self, said: Sentence) -> None:
        super().__init__(str(said))
        self.said = said


@dataclass
class Course:
    """The state of a run, shared by its steps."""

    plan: Plan
    record: Record = field(default_factory=Record)
    meters: tuple[Meter, ...] = ()
    alive: list[Candidate] = field(default_factory=list)
    idle_w: dict[str, float] = field(default_factory=dict)
    whole_s: float = 0.0
    """How long the whole run is expected to take, renewed after each block."""
    block_s: float = 0.0
    """How long the last block took."""
    begun_s: float = field(default_factory=time.perf_counter)
    offset_s: float = field(default_factory=bench_clock_offset)
    ticks: dict[str, Edge] = field(default_factory=dict)
    """The last edge of each meter, by its name: from it the next tick is expected."""
    _child: Child | None = None

    # -- clock and words -------------------------------------------------------------------

    @property
    def facts(self) -> list[MeterFacts]:
        """The meters' facts now."""
        return [m.facts for m in self.meters]

    def now(self) -> float:
        """Seconds since the run started, over all its parts."""
        return self.plan.done_s + time.perf_counter() - self.begun_s

    def stamp(self) -> dict[str, Any]:
        """What every event carries: run and moment."""
        return {"run_id": self.plan.run_id, "at_s": self.now()}

    def ahead(self) -> dict[str, Any]:
        """How far the run is; worked out between blocks, so that windows are left in peace."""
        spent = self.now()
        whole = max(self.whole_s, spent + 0.1)
        return {"fraction": min(spent / whole, 0.999), "remaining_s": whole - spent}

    def failed(self, candidate: str | None, said: Sentence) -> Failed:
        """The event that says so."""
        return Failed(**self.stamp(), candidate=candidate, reason=str(said), said=said)

    def finished(self, said: Sentence) -> Finished:
        """The event that says so."""
        return Finished(**self.stamp(), reason=str(said), said=said)

    # -- the child ---------------------------------------------------------------------------

    def child(self) -> Child:
        """The process that runs the models; started where there is none."""
        return self._child or self.restart()

    def restart(self) -> Child:
        """A fresh child with the workload's inputs, watched by the meters."""
        if self._child:
            self._child.kill()
        child = self._child = Child()
        for meter in self.meters:
            meter.watch((child.process_id,))
        child.ask(do="inputs", inputs=self.plan.workload.inputs)
        return child

    @property
    def child_ended(self) -> bool:
        """Whether no child runs."""
        return self._child is None or self._child.ended

    def close(self) -> None:
        """Kill the child and release the meters this run opened."""
        if self._child:
            self._child.kill()
        if self.plan.meters is None:
            for meter in self.meters:
                meter.close()

    # -- waiting -----------------------------------------------------------------------------

    def wait(self, seconds: float, candidate: Candidate | None, doing: Sentence) -> Iterator[Event]:
        """Sleep in steps, telling power and progress; notices a crash of the child."""
        until = time.perf_counter() + seconds
        before = self.power_reading()
        while (left := until - time.perf_counter()) > 0:
            time.sleep(min(left, HEARTBEAT_S))
            if self.child().ended:
                self.child().poll(0.0)  # raises with what happened
            if left <= HEARTBEAT_S:
                break
            now = self.power_reading()
            power = power_between(before, now)
            before = now
            if power is not None:
                key = candidate.key if candidate else None
                yield PowerSampled(**self.stamp(), candidate=key, power_w=power)
            yield Progress(**self.stamp(), **self.ahead(), doing=str(doing), said=doing)

    def ask(
        self, candidate: Candidate, doing: Sentence, **command: object
    ) -> Generator[Event, None, Reply]:
        """Ask the child and wait for its reply, with signs of life. Raises `GaveUpError`."""
        return (yield from self.reply(candidate, doing, self.child().ask(**command)))

    def reply(
        self, candidate: Candidate, doing: Sentence, number: int
    ) -> Generator[Event, None, Reply]:
        """Wait for the reply of this number, with signs of life. Raises `GaveUpError`."""
        waited = 0.0
        while True:
            reply = self.child().poll(HEARTBEAT_S)
            if reply is None:
                waited += HEARTBEAT_S
                if waited > max(GRACE_S, 10 * self.plan.window_s):
                    self.restart()
                    raise GaveUpError(
                        sentence("The model gave no answer for {seconds} s.", seconds=waited)
                    )
                yield Progress(**self.stamp(), **self.ahead(), doing=str(doing), said=doing)
            elif reply["number"] == number:
                if reply["error"]:
                    raise GaveUpError(
                        sentence(
                            "ONNX Runtime cannot run {name}: {reason}",
                            name=candidate.name,
                            reason=reply["error"],
                        )
                    )
                return reply

    def edges(self) -> list[Edge]:
        """An edge of every meter, now. Raises `MeterError`."""
        found: list[Edge] = []
        for meter in self.meters:
            name = meter.facts.name
            self.ticks[name] = read_on_tick(meter, self.offset_s, after=self.ticks.get(name))
            found.append(self.ticks[name])
        return found

    def power_reading(self) -> tuple[float, float] | None:
        """Time and joules over the counted meters, for the chart; None when it cannot be read."""
        counted = {f.name for f in counted_meters(self.facts)}
        try:
            readings = [m.read() for m in self.meters if m.facts.name in counted]
        except MeterError:
            return None  # the edges of the next window will say what is wrong
        return readings[0].time_s, sum(r.energy_j for r in readings)


def power_between(
    before: tuple[float, float] | None, now: tuple[float, float] | None
) -> float | None:
    """Watts between two power readings; None where they tell nothing."""
    if before is None or now is None or now[0] <= before[0]:
        return None
    return max((now[1] - before[1]) / (now[0] - before[0]), 0.0)
