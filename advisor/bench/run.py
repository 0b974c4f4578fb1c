"""Run a plan: yields events as they happen; closing the iterator cancels.

The child process runs the model by itself for the whole of a window; this process sleeps, reads
the meters at the two edges (on their ticks) and now and then for the live chart. Whoever consumes
the events can cancel by closing the iterator: the child is killed then, and everything measured
before stays with the consumer. The steps: `preparing` (load, score, warm up), `windows` (of a
candidate, of the idle machine); what they share: `course`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from advisor.bench.child import ChildCrashedError
from advisor.bench.collected import started_from
from advisor.bench.course import Course, GaveUpError
from advisor.bench.environment import environment
from advisor.bench.events import CandidateMeasured, Event
from advisor.bench.measure import measure_record
from advisor.bench.plan import Plan
from advisor.bench.preparing import load_again, prepare
from advisor.bench.stopping import expected_s, forecast, target_reached
from advisor.bench.windows import idle, window
from advisor.candidates.candidate import Candidate
from advisor.meters.meter import Meter, MeterError
from advisor.sentences import Sentence, sentence


def run(plan: Plan) -> Iterator[Event]:
    """Measure a plan's candidates; yields typed events (see `advisor.bench.events`).

    Raises nothing for a candidate that fails: it yields `Failed` and goes on with the others. The
    figures come as `CandidateMeasured` after each block and at the end; `measure` over the same
    events gives the same figures. Closing the iterator cancels within a second.
    """
    course = Course(plan)
    try:
        for event in _events(course):
            course.record.take(event)
            yield event
    finally:
        course.close()


def _events(course: Course) -> Iterator[Event]:
    """All events of the run, in order."""
    plan = course.plan
    course.meters = plan.meters if plan.meters is not None else _discovered()
    if not course.meters:
        yield course.failed(None, sentence("No meter can be read on this machine."))
        return
    course.record.take(started_from(plan, course.facts))
    for earlier in plan.done:
        course.record.take(earlier)
    course.whole_s = expected_s(plan, course.facts)
    yield started_from(plan, course.facts).model_copy(
        update={
            "expected_s": course.whole_s,
            "forecast": forecast(plan, course.facts).said,
            "environment": environment(),
        }
    )
    course.restart()
    course.alive = list(plan.candidates)
    for candidate in plan.candidates:
        yield from _guarded(course, candidate, prepare(course, candidate))
    if not course.alive:
        yield course.finished(sentence("No candidate could be run."))
        return
    yield from idle(course)
    yield from _blocks(course)


def _blocks(course: Course) -> Iterator[Event]:
    plan = course.plan
    first = 1 + max((block for _, block in course.record.windows), default=-1)
    reason: Sentence | None = _reason_to_end(course)
    block = first
    since_idle = 0
    while reason is None and course.alive:
        begun = time.perf_counter()
        for position, candidate in enumerate(_order(course, block)):
            if candidate in course.alive:
                yield from _guarded(course, candidate, window(course, candidate, block, position))
        course.block_s = time.perf_counter() - begun
        course.whole_s = expected_s(plan, course.facts, course.record, course.block_s)
        yield from _figures(course)
        block, since_idle = block + 1, since_idle + 1
        reason = _reason_to_end(course)
        if reason is None and since_idle >= plan.idle_every:
            yield from idle(course)
            since_idle = 0
    if block > first and course.alive:
        yield from idle(course)
    yield from _left_without_window(course)
    yield from _figures(course)
    yield course.finished(reason or sentence("nothing more could be measured"))


def _order(course: Course, block: int) -> list[Candidate]:
    """Random order for even blocks, its reverse for the odd ones after them (ABBA)."""
    candidates = course.plan.candidates
    rng = np.random.default_rng([course.plan.seed, block // 2])
    order = [candidates[i] for i in rng.permutation(len(candidates))]
    return order if block % 2 == 0 else order[::-1]


def _reason_to_end(course: Course) -> Sentence | None:
    plan = course.plan
    counts = [len(course.record.of(c.key)) for c in course.alive]
    blocks = len({block for _, block in course.record.windows})
    if blocks >= plan.blocks_max:
        return sentence("the greatest number of blocks ({count}) was measured", count=blocks)
    if (
        counts
        and min(counts) >= plan.blocks_min
        and target_reached(course.record, [c.key for c in course.alive], plan)
    ):
        return sentence(
            "every interval is within the target of ±{target} %",
            target=round(100 * plan.target_half_width, 2),
        )
    spent = course.now()
    if (
        plan.time_budget_s is not None
        and blocks >= 1
        and spent + course.block_s > plan.time_budget_s
    ):
        return sentence("the time budget of {budget} s is spent", budget=plan.time_budget_s)
    return None


def _figures(course: Course) -> Iterator[Event]:
    for measurement in measure_record(course.record):
        yield CandidateMeasured(**course.stamp(), measurement=measurement)


def _left_without_window(course: Course) -> Iterator[Event]:
    """Candidates whose windows were all left out have no figure: say so."""
    for candidate in course.alive:
        mine = [w for (c, _), w in course.record.windows.items() if c == candidate.key]
        if mine and all(w.excluded for w in mine):
            reasons = "; ".join(dict.fromkeys(w.excluded for w in mine))
            yield course.failed(
                candidate.key,
                sentence(
                    "All {count} windows had to be left out ({reasons}); end what disturbs "
                    "them and measure again.",
                    count=len(mine),
                    reasons=reasons,
                ),
            )


def _guarded(course: Course, candidate: Candidate, steps: Iterator[Event]) -> Iterator[Event]:
    """Steps of one candidate; when they fail, it leaves the run and the others go on."""
    try:
        yield from steps
    except GaveUpError as error:
        yield from _drop(course, candidate, error.said)
    except ChildCrashedError as error:
        yield from _drop(course, candidate, error.said)
    except MeterError as error:
        yield course.failed(None, sentence("{reason}", reason=str(error)))
        course.alive.clear()


def _drop(course: Course, candidate: Candidate, said: Sentence) -> Iterator[Event]:
    course.alive.remove(candidate)
    yield course.failed(candidate.key, said)
    if course.child_ended:
        course.restart()
        for other in list(course.alive):
            if other.key in course.record.warm_ups:
                yield from _guarded(course, other, load_again(course, other))


def _discovered() -> tuple[Meter, ...]:
    from advisor.meters import discover

    return tuple(discover().meters)
