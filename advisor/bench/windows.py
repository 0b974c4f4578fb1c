"""One window of a candidate, and one of the idle machine: edges on ticks, and what lies between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from advisor.bench.collected import counted_meters
from advisor.bench.course import GRACE_S, Course
from advisor.bench.edges import Edge, quantisation_j
from advisor.bench.environment import foreign_share, hurt_by, processor_time
from advisor.bench.events import Event, IdleMeasured, WindowMeasured
from advisor.bench.measurement import Window
from advisor.bench.plan import LoadPattern
from advisor.bench.worker import Reply
from advisor.candidates.candidate import Candidate
from advisor.meters.meter import MeterError, MeterFacts
from advisor.sentences import sentence

LEAD_IN_S = 0.15
"""The load runs this long before a window opens, plus two periods of the meter."""
SETTLING = 0.2
"""Share of the idle time that passes first: clocks and power take a while to fall."""
LATENCIES_KEPT = 200


def window(course: Course, candidate: Candidate, block: int, position: int) -> Iterator[Event]:
    """One window: lead-in, edges on ticks, and the calls between them counted afterwards."""
    child, facts = course.child(), course.facts
    length = course.plan.window_length_s(facts)
    server = course.plan.load is LoadPattern.SERVER
    asked = child.ask(
        do="loop",
        key=candidate.key,
        seconds=length * 4 + GRACE_S,
        seed=1_000_000 * course.plan.seed + block,  # a block's candidates see the same arrivals
        **({"rate_per_s": course.plan.arrival_rate_per_s} if server else {}),
    )
    doing = sentence("measuring {name}, block {block}", name=candidate.name, block=block + 1)
    yield from course.wait(_lead_in_s(facts), candidate, doing)
    for meter in course.meters:
        meter.condition()  # what happened before the window is forgotten
    load = processor_time((child.process_id,))
    opened = course.edges()
    at_s = course.now()
    yield from course.wait(length, candidate, doing)
    closed = course.edges()
    foreign = foreign_share(load, processor_time((child.process_id,)))
    child.stop_loop()
    condition = _condition(course) | {"foreign_cpu_share": round(foreign, 4)}
    reply = yield from course.reply(candidate, doing, asked)
    measured = _counted(course, candidate, reply, opened, closed)
    hurt = hurt_by(tuple(facts), condition, foreign)
    yield WindowMeasured(
        **course.stamp(),
        window=measured.model_copy(
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
    course: Course,
    candidate: Candidate,
    reply: Reply,
    opened: Sequence[Edge],
    closed: Sequence[Edge],
) -> Window:
    """The window between the edges of the first counted meter; others give their power."""
    facts = course.facts
    first = [f.name for f in facts].index(counted_meters(facts)[0].name)
    start, end = opened[first].time_s, closed[first].time_s
    ends, latencies = reply.get("ends", np.empty(0)), reply.get("latencies", np.empty(0))
    times = np.concatenate([[reply.get("started", start)], ends])
    calls = np.arange(len(times)) * reply.get("stride", 1)
    done = float(np.interp(end, times, calls) - np.interp(start, times, calls))
    inside = latencies[(ends > start) & (ends <= end)]
    energy: dict[str, float] = {}
    bounds: dict[str, float] = {}
    for meter, a, b in zip(facts, opened, closed, strict=True):
        share = (end - start) / max(b.time_s - a.time_s, 1e-9)
        energy[meter.name] = (b.energy_j - a.energy_j) * share
        bounds[meter.name] = quantisation_j(a, b, meter.resolution_j)
    return Window(
        candidate=candidate.key,
        block=0,
        position=0,
        started_s=0.0,
        duration_s=end - start,
        inferences=done * course.plan.batch_size_of(candidate),
        energy_j=energy,
        idle_energy_j={m: w * (end - start) for m, w in course.idle_w.items()},
        quantisation_j=bounds,
        latency_s=_order_statistics(inside),
        readings={
            m.name: (a.time_s, a.energy_j, b.time_s, b.energy_j)
            for m, a, b in zip(facts, opened, closed, strict=True)
        },
    )


def idle(course: Course) -> Iterator[Event]:
    """Power of the idle machine with the sessions loaded, once it has settled."""
    if course.plan.idle_s <= 0:
        return
    doing = sentence("measuring idle power")
    settling_s = _lead_in_s(course.facts) + SETTLING * course.plan.idle_s
    yield from course.wait(settling_s, None, doing)
    try:
        opened = course.edges()
        yield from course.wait(course.plan.idle_s, None, doing)
        closed = course.edges()
    except MeterError as error:
        yield course.failed(None, sentence("{reason}", reason=str(error)))
        course.alive.clear()
        return
    course.idle_w = {
        m.facts.name: (b.energy_j - a.energy_j) / max(b.time_s - a.time_s, 1e-9)
        for m, a, b in zip(course.meters, opened, closed, strict=True)
    }
    yield IdleMeasured(
        **course.stamp(),
        duration_s=closed[0].time_s - opened[0].time_s,
        power_w=course.idle_w,
        meters=tuple(course.facts),
    )


def _condition(course: Course) -> dict[str, float | str]:
    found: dict[str, float | str] = {}
    for meter in course.meters:
        found |= {f"{meter.facts.name} {k}": v for k, v in meter.condition().items()}
    return found


def _lead_in_s(facts: Sequence[MeterFacts]) -> float:
    return LEAD_IN_S + 2 * max(f.update_period_s for f in facts)


def _order_statistics(latencies: NDArray[np.float64]) -> tuple[float, ...]:
    """All latencies, or as many evenly spaced quantiles as are kept."""
    if len(latencies) <= LATENCIES_KEPT:
        return tuple(np.sort(latencies).tolist())
    at = (np.arange(LATENCIES_KEPT) + 0.5) / LATENCIES_KEPT
    return tuple(np.quantile(latencies, at).tolist())
