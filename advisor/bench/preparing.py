"""What happens to a candidate before its windows: load, score on the labels, warm up."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator

import numpy as np

from advisor.bench import warm_up
from advisor.bench.accuracy import metric_of, score_outputs
from advisor.bench.course import Course, power_between
from advisor.bench.events import Event, NotScored, Scored, WarmedUp
from advisor.bench.worker import Reply
from advisor.candidates.candidate import Candidate
from advisor.candidates.metrics import metric_named
from advisor.sentences import SaidError, sentence

WARM_UP_CHUNK_S = 0.2


def prepare(course: Course, candidate: Candidate) -> Iterator[Event]:
    """Load, score on the labels, warm up."""
    loaded = yield from _load(course, candidate)
    if metric_of(course.plan.workload) is not None:
        yield from _score(course, candidate)
    yield from _warm_up(course, candidate, loaded.get("providers", ()))


def _load(course: Course, candidate: Candidate) -> Generator[Event, None, Reply]:
    options = candidate.run_options
    return (
        yield from course.ask(
            candidate,
            sentence("loading {name}", name=candidate.name),
            do="load",
            key=candidate.key,
            path=str(candidate.path),
            batch_size=course.plan.batch_size_of(candidate),
            threads=int(options.get("intra_op_threads") or course.plan.threads or 0),
            sequential=options.get("execution_mode", "sequential") == "sequential",
            providers=tuple(options.get("providers") or course.plan.providers or ()),
        )
    )


def load_again(course: Course, candidate: Candidate) -> Iterator[Event]:
    """After a crash of another candidate: load, and warm up as long as before."""
    yield from _load(course, candidate)
    yield from course.ask(
        candidate,
        sentence("warming up {name}", name=candidate.name),
        do="loop",
        key=candidate.key,
        seconds=course.record.warm_ups[candidate.key].duration_s,
    )


def _score(course: Course, candidate: Candidate) -> Iterator[Event]:
    reply = yield from course.ask(
        candidate,
        sentence("answering the labelled data with {name}", name=candidate.name),
        do="outputs",
        key=candidate.key,
    )
    try:
        score = score_outputs(course.plan.workload, reply.get("outputs", []), course.plan.seed)
    except ValueError as error:
        # The energy can still be measured; the accuracy stays unknown, and this says why.
        reason = error.said if isinstance(error, SaidError) else str(error)
        said = sentence("Accuracy is unknown: {reason}", reason=reason)
        yield NotScored(**course.stamp(), candidate=candidate.key, said=said)
        return
    if score:
        yield Scored(
            **course.stamp(),
            candidate=candidate.key,
            unit=metric_named(score.metric).unit,
            **score._asdict(),
        )


def _warm_up(course: Course, candidate: Candidate, providers: tuple[str, ...]) -> Iterator[Event]:
    begun, latencies, powers, calls = time.perf_counter(), [], [], 0
    doing = sentence("warming up {name}", name=candidate.name)
    verdict = warm_up.stationary([])
    while not verdict.reached and time.perf_counter() - begun < course.plan.warm_up_max_s:
        before = course.power_reading()
        reply = yield from course.ask(
            candidate, doing, do="loop", key=candidate.key, seconds=WARM_UP_CHUNK_S
        )
        latencies.append(float(np.mean(reply.get("latencies", np.empty(0)))))
        powers.append(power_between(before, course.power_reading()))
        calls += len(reply.get("ends", np.empty(0))) * reply.get("stride", 1)
        verdict = warm_up.stationary(latencies, [p for p in powers if p is not None])
    yield WarmedUp(
        **course.stamp(),
        candidate=candidate.key,
        duration_s=time.perf_counter() - begun,
        inferences=calls * course.plan.batch_size_of(candidate),
        stationary=verdict.reached,
        reason=str(verdict.said),
        said=verdict.said,
        providers=providers,
    )
