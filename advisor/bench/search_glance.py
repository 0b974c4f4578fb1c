"""A first estimate of every variant: processor time of a few calls, before anything is measured.

Each model is called in this process for some hundredths of a second, a few times over, in changing
order. Processor time does not count what other programs take, so it tells large differences on a
busy machine too. It says nothing of a GPU: there the short measurements are the first look.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from advisor.bench.plan import Plan
from advisor.candidates.candidate import Candidate
from advisor.candidates.inference import open_session

REPEATS = 4
_REPEAT_S = 0.04
_FEEDS = 64
_LARGEST_BYTES = 500_000_000
"""Models above this are left to the measurements, for all sessions are open at once."""


def glance(plan: Plan) -> dict[str, tuple[float, ...]]:
    """Processor seconds an inference by candidate, one figure a repeat.

    Empty where a GPU does the work. A candidate that is too large or does not run is absent.
    """
    if _on_gpu(plan):
        return {}
    calls = {
        candidate.key: call
        for candidate in plan.candidates
        if candidate.facts.weight_bytes < _LARGEST_BYTES and (call := _call_of(plan, candidate))
    }
    clocks = {
        key: time.thread_time if threads == 1 else time.process_time
        for key, threads in ((c.key, _threads(plan, c)) for c in plan.candidates)
    }
    found: dict[str, list[float]] = {key: [] for key in calls}
    for repeat in range(REPEATS):
        for key in list(calls) if repeat % 2 == 0 else reversed(list(calls)):
            found[key].append(_seconds(calls[key], clocks[key]))
    sizes = {c.key: plan.batch_size_of(c) for c in plan.candidates}
    return {key: tuple(s / sizes[key] for s in seconds) for key, seconds in found.items()}


def clearly_hungrier(mine: Sequence[float], other: Sequence[float], factor: float = 1.25) -> bool:
    """Whether every repeat of `mine` takes more than `factor` times its counterpart."""
    pairs = list(zip(mine, other, strict=False))
    return bool(pairs) and all(a > factor * b for a, b in pairs)


def _seconds(call: Callable[[], object], clock: Callable[[], float]) -> float:
    """Processor seconds of one call, from as many calls as fit."""
    call()
    calls, begun, until = 0, clock(), time.perf_counter() + _REPEAT_S
    while not calls or time.perf_counter() < until:
        call()
        calls += 1
    return (clock() - begun) / calls


def _call_of(plan: Plan, candidate: Candidate) -> Callable[[], object] | None:
    parallel = candidate.run_options.get("execution_mode") == "parallel"
    try:
        session = open_session(
            candidate.path, candidate.name, _threads(plan, candidate), parallel=parallel
        )
        wanted = [entry.name for entry in session.get_inputs()]
        feeds = itertools.cycle(list(_feeds(plan, candidate, wanted)))
        session.run(None, next(feeds))
    except Exception:  # whatever is wrong with it, the measurement will say it
        return None
    return lambda: session.run(None, next(feeds))


def _feeds(plan: Plan, candidate: Candidate, names: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    size, samples = plan.batch_size_of(candidate), plan.workload.samples
    for start in range(0, min(samples, _FEEDS * size), size):
        rows = np.arange(start, start + size) % samples
        yield {name: plan.workload.inputs[name][rows] for name in names}


def _threads(plan: Plan, candidate: Candidate) -> int:
    return int(candidate.run_options.get("intra_op_threads") or plan.threads or 0)


def _on_gpu(plan: Plan) -> bool:
    import onnxruntime as ort

    wanted = plan.providers or ort.get_available_providers()
    return any(p not in ("CPUExecutionProvider", "AzureExecutionProvider") for p in wanted)
