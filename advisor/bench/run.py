"""Run a plan: yields events as they happen; closing the iterator cancels.

The child process runs the model by itself for the whole of a window; this process sleeps, reads
the meters at the two edges (on their ticks) and now and then for the live chart. It yields at least
twice a second, so that whoever consumes the events can cancel by closing the iterator: the child is
killed then, and everything measured before stays with the consumer.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.bench import warm_up
from advisor.bench.accuracy import metric_of, score_outputs
from advisor.bench.child import Child, ChildCrashedError
from advisor.bench.collected import Record, counted_meters, started_from
from advisor.bench.edges import Edge, bench_clock_offset, quantisation_j, read_on_tick
from advisor.bench.environment import (
    environment,
    foreign_share,
    hurt_by,
    processor_time,
)
from advisor.bench.events import (
    CandidateMeasured,
    Event,
    Failed,
    Finished,
    IdleMeasured,
    PowerSampled,
    Progress,
    Scored,
    WarmedUp,
    WindowMeasured,
)
from advisor.bench.measure import measure_record, metric_unit
from advisor.bench.measurement import Window
from advisor.bench.plan import LoadPattern, Plan
from advisor.bench.stopping import expected_s, target_reached
from advisor.bench.worker import Reply
from advisor.candidates.candidate import Candidate
from advisor.meters.meter import Meter, MeterError
from advisor.sentences import Sentence, sentence

HEARTBEAT_S = 0.5
"""Longest silence of the iterator."""
LEAD_IN_S = 0.15
"""The load runs this long before a window opens, plus two periods of the meter."""
WARM_UP_CHUNK_S = 0.2
LATENCIES_KEPT = 200
GRACE_S = 120.0
"""How long a single call may take before the candidate is given up."""


class GaveUpError(RuntimeError):
    """A candidate cannot go on; `said` tells why."""

    def __init__(self, said: Sentence) -> None:
        super().__init__(str(said))
        self.said = said


def run(plan: Plan) -> Iterator[Event]:
    """Measure a plan's candidates; yields typed events (see `advisor.bench.events`).

    Raises nothing for a candidate that fails: it yields `Failed` and goes on with the others. The
    figures come as `CandidateMeasured` after each block and at the end; `measure` over the same
    events gives the same figures. Closing the iterator cancels within a second.
    """
    bench = Bench(plan)
    try:
        for event in bench.events():
            bench.record.take(event)
            yield event
    finally:
        bench.close()


@dataclass
class Bench:
    """The state of a run."""

    plan: Plan
    record: Record = field(default_factory=Record)
    child: Child | None = None
    meters: tuple[Meter, ...] = ()
    alive: list[Candidate] = field(default_factory=list)
    begun_s: float = field(default_factory=time.perf_counter)
    offset_s: float = field(default_factory=bench_clock_offset)
    idle_w: dict[str, float] = field(default_factory=dict)
    runtime: str = ""
    loop_seed: int = 0
    block_s: float = 0.0
    whole_s: float = 0.0
    """How long the whole run is expected to take, renewed after each block."""

    # -- the whole run ---------------------------------------------------------------------

    def events(self) -> Iterator[Event]:
        """All events of the run, in order."""
        plan = self.plan
        self.meters = plan.meters if plan.meters is not None else _discovered()
        if not self.meters:
            yield self._failed(None, sentence("No meter can be read on this machine."))
            return
        self.record.take(started_from(plan, [m.facts for m in self.meters]))
        for earlier in plan.done:
            self.record.take(earlier)
        self.whole_s = expected_s(plan, [m.facts for m in self.meters])
        yield started_from(plan, [m.facts for m in self.meters]).model_copy(
            update={"expected_s": self.whole_s, "environment": environment()}
        )
        self._restart()
        self.alive = list(plan.candidates)
        for candidate in plan.candidates:
            yield from self._guarded(candidate, self._prepare(candidate))
        if not self.alive:
            yield self._finished(sentence("No candidate could be run."))
            return
        yield from self._idle()
        yield from self._blocks()

    def close(self) -> None:
        """Kill the child and release the meters this run opened."""
        if self.child:
            self.child.kill()
        if self.plan.meters is None:
            for meter in self.meters:
                meter.close()

    def _blocks(self) -> Iterator[Event]:
        plan = self.plan
        first = 1 + max((block for _, block in self.record.windows), default=-1)
        reason: Sentence | None = self._reason_to_end()
        block = first
        since_idle = 0
        while reason is None and self.alive:
            begun = time.perf_counter()
            for position, candidate in enumerate(self._order(block)):
                if candidate in self.alive:
                    yield from self._guarded(candidate, self._window(candidate, block, position))
            self.block_s = time.perf_counter() - begun
            facts = [m.facts for m in self.meters]
            self.whole_s = expected_s(plan, facts, self.record, self.block_s)
            yield from self._figures()
            block, since_idle = block + 1, since_idle + 1
            reason = self._reason_to_end()
            if reason is None and since_idle >= plan.idle_every:
                yield from self._idle()
                since_idle = 0
        if block > first and self.alive:
            yield from self._idle()
        yield from self._left_without_window()
        yield from self._figures()
        yield self._finished(reason or sentence("nothing more could be measured"))

    def _order(self, block: int) -> list[Candidate]:
        """Random order for even blocks, its reverse for the odd ones after them (ABBA)."""
        candidates = self.plan.candidates
        rng = np.random.default_rng([self.plan.seed, block // 2])
        order = [candidates[i] for i in rng.permutation(len(candidates))]
        return order if block % 2 == 0 else order[::-1]

    def _reason_to_end(self) -> Sentence | None:
        plan = self.plan
        counts = [len(self.record.of(c.key)) for c in self.alive]
        blocks = len({block for _, block in self.record.windows})
        if blocks >= plan.blocks_max:
            return sentence("the greatest number of blocks ({count}) was measured", count=blocks)
        if (
            counts
            and min(counts) >= plan.blocks_min
            and target_reached(self.record, [c.key for c in self.alive], plan)
        ):
            return sentence(
                "every interval is within the target of ±{target} %",
                target=round(100 * plan.target_half_width, 2),
            )
        spent = self.now()
        if (
            plan.time_budget_s is not None
            and blocks >= 1
            and spent + self.block_s > plan.time_budget_s
        ):
            return sentence("the time budget of {budget} s is spent", budget=plan.time_budget_s)
        return None

    def _figures(self) -> Iterator[Event]:
        for measurement in measure_record(self.record):
            yield CandidateMeasured(**self._stamp(), measurement=measurement)

    def _left_without_window(self) -> Iterator[Event]:
        """Candidates whose windows were all left out have no figure: say so."""
        for candidate in self.alive:
            mine = [w for (c, _), w in self.record.windows.items() if c == candidate.key]
            if mine and all(w.excluded for w in mine):
                reasons = "; ".join(dict.fromkeys(w.excluded for w in mine))
                yield self._failed(
                    candidate.key,
                    sentence(
                        "All {count} windows had to be left out ({reasons}); end what disturbs "
                        "them and measure again.",
                        count=len(mine),
                        reasons=reasons,
                    ),
                )

    # -- one candidate ---------------------------------------------------------------------

    def _guarded(self, candidate: Candidate, steps: Iterator[Event]) -> Iterator[Event]:
        """Steps of one candidate; when they fail, it leaves the run and the others go on."""
        try:
            yield from steps
        except GaveUpError as error:
            yield from self._drop(candidate, error.said)
        except ChildCrashedError as error:
            yield from self._drop(candidate, error.said)
        except MeterError as error:
            yield self._failed(None, sentence("{reason}", reason=str(error)))
            self.alive.clear()

    def _drop(self, candidate: Candidate, said: Sentence) -> Iterator[Event]:
        self.alive.remove(candidate)
        yield self._failed(candidate.key, said)
        if self.child is None or self.child.ended:
            self._restart()
            for other in list(self.alive):
                if other.key in self.record.warm_ups:
                    yield from self._guarded(other, self._load_again(other))

    def _restart(self) -> None:
        if self.child:
            self.child.kill()
        self.child = Child()
        for meter in self.meters:
            meter.watch((self.child.process_id,))
        self.child.ask(do="inputs", inputs=self.plan.workload.inputs)

    def _load(self, candidate: Candidate) -> Generator[Event, None, Reply]:
        options = candidate.run_options
        return (
            yield from self._ask(
                candidate,
                sentence("loading {name}", name=candidate.name),
                do="load",
                key=candidate.key,
                path=str(candidate.path),
                batch_size=self.plan.batch_size_of(candidate),
                threads=int(options.get("intra_op_threads") or self.plan.threads or 0),
                sequential=options.get("execution_mode", "sequential") == "sequential",
                providers=tuple(options.get("providers") or self.plan.providers or ()),
            )
        )

    def _load_again(self, candidate: Candidate) -> Iterator[Event]:
        """After a crash of another candidate: load, and warm up as long as before."""
        yield from self._load(candidate)
        yield from self._ask(
            candidate,
            sentence("warming up {name}", name=candidate.name),
            do="loop",
            key=candidate.key,
            seconds=self.record.warm_ups[candidate.key].duration_s,
        )

    def _prepare(self, candidate: Candidate) -> Iterator[Event]:
        """Load, score on the labels, warm up."""
        loaded = yield from self._load(candidate)
        if metric_of(self.plan.workload) is not None:
            yield from self._score(candidate)
        yield from self._warm_up(candidate, loaded.get("providers", ()))

    def _score(self, candidate: Candidate) -> Iterator[Event]:
        reply = yield from self._ask(
            candidate,
            sentence("answering the labelled data with {name}", name=candidate.name),
            do="outputs",
            key=candidate.key,
        )
        try:
            score = score_outputs(self.plan.workload, reply.get("outputs", []), self.plan.seed)
        except ValueError as error:
            # The energy can still be measured; the accuracy stays unknown, and this says why.
            said = sentence("Accuracy is unknown: {reason}", reason=str(error))
            yield Progress(**self._stamp(), **self._ahead(), doing=str(said), said=said)
            return
        if score:
            yield Scored(
                **self._stamp(),
                candidate=candidate.key,
                unit=metric_unit(score.metric),
                **score._asdict(),
            )

    def _warm_up(self, candidate: Candidate, providers: tuple[str, ...]) -> Iterator[Event]:
        begun, latencies, powers, calls = time.perf_counter(), [], [], 0
        doing = sentence("warming up {name}", name=candidate.name)
        verdict = warm_up.stationary([])
        while not verdict.reached and time.perf_counter() - begun < self.plan.warm_up_max_s:
            before = self._power_reading()
            reply = yield from self._ask(
                candidate, doing, do="loop", key=candidate.key, seconds=WARM_UP_CHUNK_S
            )
            latencies.append(float(np.mean(_latencies(reply))))
            powers.append(_power_between(before, self._power_reading()))
            calls += len(_ends(reply)) * reply.get("stride", 1)
            verdict = warm_up.stationary(latencies, [p for p in powers if p is not None])
        yield WarmedUp(
            **self._stamp(),
            candidate=candidate.key,
            duration_s=time.perf_counter() - begun,
            inferences=calls * self.plan.batch_size_of(candidate),
            stationary=verdict.reached,
            reason=str(verdict.said),
            said=verdict.said,
            providers=providers,
        )

    def _window(self, candidate: Candidate, block: int, position: int) -> Iterator[Event]:
        """One window: lead-in, edges on ticks, and the calls between them counted afterwards."""
        child, facts = self._child(), [m.facts for m in self.meters]
        slowest = max(f.update_period_s for f in facts)
        length = self.plan.window_length_s(facts)
        self.loop_seed += 1
        server = self.plan.load is LoadPattern.SERVER
        asked = child.ask(
            do="loop",
            key=candidate.key,
            seconds=length * 4 + GRACE_S,
            seed=self.plan.seed + 1000 * block + self.loop_seed,
            **({"rate_per_s": self.plan.arrival_rate_per_s} if server else {}),
        )
        doing = sentence("measuring {name}, block {block}", name=candidate.name, block=block + 1)
        yield from self._wait(LEAD_IN_S + 2 * slowest, candidate, doing)
        for meter in self.meters:
            meter.condition()  # what happened before the window is forgotten
        load = processor_time((child.process_id,))
        opened = [read_on_tick(m, self.offset_s) for m in self.meters]
        at_s = self.now()
        yield from self._wait(length, candidate, doing)
        closed = [read_on_tick(m, self.offset_s) for m in self.meters]
        foreign = foreign_share(load, processor_time((child.process_id,)))
        child.stop_loop()
        condition = self._condition() | {"foreign_cpu_share": round(foreign, 4)}
        reply = yield from self._reply(candidate, doing, asked)
        window = self._counted(candidate, reply, opened, closed)
        hurt = hurt_by(tuple(facts), condition, foreign)
        yield WindowMeasured(
            **self._stamp(),
            window=window.model_copy(
                update={
                    "block": block,
                    "position": position,
                    "started_s": at_s,
                    "condition": condition,
                    "excluded": str(hurt) if hurt else "",
                    "said": hurt,
                }
            ),
        )

    def _counted(
        self, candidate: Candidate, reply: Reply, opened: Sequence[Edge], closed: Sequence[Edge]
    ) -> Window:
        """The window between the edges of the first counted meter; others give their power."""
        first = [m.facts.name for m in self.meters].index(
            counted_meters([m.facts for m in self.meters])[0].name
        )
        start, end = opened[first].time_s, closed[first].time_s
        ends, latencies = _ends(reply), _latencies(reply)
        times = np.concatenate([[reply.get("started", start)], ends])
        calls = np.arange(len(times)) * reply.get("stride", 1)
        done = float(np.interp(end, times, calls) - np.interp(start, times, calls))
        inside = latencies[(ends > start) & (ends <= end)]
        energy: dict[str, float] = {}
        bounds: dict[str, float] = {}
        for meter, a, b in zip(self.meters, opened, closed, strict=True):
            share = (end - start) / max(b.time_s - a.time_s, 1e-9)
            energy[meter.facts.name] = (b.energy_j - a.energy_j) * share
            bounds[meter.facts.name] = quantisation_j(a, b, meter.facts.resolution_j)
        return Window(
            candidate=candidate.key,
            block=0,
            position=0,
            started_s=0.0,
            duration_s=end - start,
            inferences=done * self.plan.batch_size_of(candidate),
            energy_j=energy,
            idle_energy_j={m: w * (end - start) for m, w in self.idle_w.items()},
            quantisation_j=bounds,
            latency_s=_order_statistics(inside),
            readings={
                m.facts.name: (a.time_s, a.energy_j, b.time_s, b.energy_j)
                for m, a, b in zip(self.meters, opened, closed, strict=True)
            },
        )

    # -- idle and power --------------------------------------------------------------------

    def _idle(self) -> Iterator[Event]:
        if self.plan.idle_s <= 0:
            return
        doing = sentence("measuring idle power")
        yield from self._wait(LEAD_IN_S, None, doing)
        try:
            opened = [read_on_tick(m, self.offset_s) for m in self.meters]
            yield from self._wait(self.plan.idle_s, None, doing)
            closed = [read_on_tick(m, self.offset_s) for m in self.meters]
        except MeterError as error:
            yield self._failed(None, sentence("{reason}", reason=str(error)))
            self.alive.clear()
            return
        self.idle_w = {
            m.facts.name: (b.energy_j - a.energy_j) / max(b.time_s - a.time_s, 1e-9)
            for m, a, b in zip(self.meters, opened, closed, strict=True)
        }
        yield IdleMeasured(
            **self._stamp(),
            duration_s=closed[0].time_s - opened[0].time_s,
            power_w=self.idle_w,
            meters=tuple(m.facts for m in self.meters),
        )

    def _power_reading(self) -> tuple[float, float] | None:
        """Time and joules over the counted meters, for the chart; None when it cannot be read."""
        counted = {f.name for f in counted_meters([m.facts for m in self.meters])}
        try:
            readings = [m.read() for m in self.meters if m.facts.name in counted]
        except MeterError:
            return None  # the edges of the next window will say what is wrong
        return readings[0].time_s, sum(r.energy_j for r in readings)

    def _condition(self) -> dict[str, float | str]:
        found: dict[str, float | str] = {}
        for meter in self.meters:
            found |= {f"{meter.facts.name} {k}": v for k, v in meter.condition().items()}
        return found

    # -- waiting ---------------------------------------------------------------------------

    def _wait(
        self, seconds: float, candidate: Candidate | None, doing: Sentence
    ) -> Iterator[Event]:
        """Sleep in steps, telling power and progress; notices a crash of the child."""
        until = time.perf_counter() + seconds
        before = self._power_reading()
        while (left := until - time.perf_counter()) > 0:
            time.sleep(min(left, HEARTBEAT_S))
            if self._child().ended:
                self._child().poll(0.0)  # raises with what happened
            if left <= HEARTBEAT_S:
                break
            now = self._power_reading()
            power = _power_between(before, now)
            before = now
            if power is not None:
                key = candidate.key if candidate else None
                yield PowerSampled(**self._stamp(), candidate=key, power_w=power)
            yield Progress(**self._stamp(), **self._ahead(), doing=str(doing), said=doing)

    def _ask(
        self, candidate: Candidate, doing: Sentence, **command: object
    ) -> Generator[Event, None, Reply]:
        """Ask the child and wait for its reply, with signs of life. Raises `GaveUpError`."""
        return (yield from self._reply(candidate, doing, self._child().ask(**command)))

    def _reply(
        self, candidate: Candidate, doing: Sentence, number: int
    ) -> Generator[Event, None, Reply]:
        waited = 0.0
        while True:
            reply = self._child().poll(HEARTBEAT_S)
            if reply is None:
                waited += HEARTBEAT_S
                if waited > max(GRACE_S, 10 * self.plan.window_s):
                    self._restart()
                    raise GaveUpError(
                        sentence("The model gave no answer for {seconds} s.", seconds=waited)
                    )
                yield Progress(**self._stamp(), **self._ahead(), doing=str(doing), said=doing)
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

    # -- small words -----------------------------------------------------------------------

    def now(self) -> float:
        """Seconds since the run started, over all its parts."""
        return self.plan.done_s + time.perf_counter() - self.begun_s

    def _child(self) -> Child:
        if self.child is None:
            self._restart()
        assert self.child is not None
        return self.child

    def _stamp(self) -> dict[str, Any]:
        return {"run_id": self.plan.run_id, "at_s": self.now()}

    def _ahead(self) -> dict[str, Any]:
        """How far the run is; worked out between blocks, so that windows are left in peace."""
        spent = self.now()
        whole = max(self.whole_s, spent + 0.1)
        return {"fraction": min(spent / whole, 0.999), "remaining_s": whole - spent}

    def _failed(self, candidate: str | None, said: Sentence) -> Failed:
        return Failed(**self._stamp(), candidate=candidate, reason=str(said), said=said)

    def _finished(self, said: Sentence) -> Finished:
        return Finished(**self._stamp(), reason=str(said), said=said)


def _discovered() -> tuple[Meter, ...]:
    from advisor.meters import discover

    return tuple(discover().meters)


def _power_between(
    before: tuple[float, float] | None, now: tuple[float, float] | None
) -> float | None:
    if before is None or now is None or now[0] <= before[0]:
        return None
    return max((now[1] - before[1]) / (now[0] - before[0]), 0.0)


def _ends(reply: Reply) -> NDArray[np.float64]:
    return reply.get("ends", np.empty(0))


def _latencies(reply: Reply) -> NDArray[np.float64]:
    return reply.get("latencies", np.empty(0))


def _order_statistics(latencies: NDArray[np.float64]) -> tuple[float, ...]:
    """All latencies, or as many evenly spaced quantiles as are kept."""
    if len(latencies) <= LATENCIES_KEPT:
        return tuple(np.sort(latencies).tolist())
    at = (np.arange(LATENCIES_KEPT) + 0.5) / LATENCIES_KEPT
    return tuple(np.quantile(latencies, at).tolist())
