"""Batch and thread sweeps: the point of least energy under a latency bound.

Each point of a sweep is a candidate of the same file with other `run_options`, so that a sweep is
an ordinary interleaved run, with the same intervals and the same pairing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from advisor.bench.measurement import Measurement
from advisor.candidates.candidate import Candidate
from advisor.sentences import Sentence, sentence


@dataclass(frozen=True)
class LeastEnergy:
    """The result of a sweep."""

    best: Measurement | None
    """Least joules per inference among the points that keep the bound; None when none does."""
    undecided: tuple[Measurement, ...]
    """Points that keep the bound and cannot be told from the best."""
    too_slow: tuple[Measurement, ...]
    """Points whose 99th percentile may break the bound (upper end of its interval)."""

    def said(self, names: Mapping[str, str]) -> Sentence:
        """The result for a reader; `names` by candidate key."""
        slow = len(self.too_slow)
        if self.best is None:
            return sentence(
                "None of the {count} points surely keeps the latency bound; allow a longer "
                "latency, or sweep smaller batches.",
                count=slow,
            )
        known = {
            "name": names.get(self.best.candidate, self.best.candidate),
            "energy": self.best.energy_j,
        }
        ties = len(self.undecided)
        if ties and slow:
            return sentence(
                "Least energy: {name}, {energy}; {ties} more cannot be told from it, {slow} may "
                "break the latency bound.",
                ties=ties,
                slow=slow,
                **known,
            )
        if ties:
            return sentence(
                "Least energy: {name}, {energy}; {ties} more cannot be told from it.",
                ties=ties,
                **known,
            )
        if slow:
            return sentence(
                "Least energy: {name}, {energy}; {slow} may break the latency bound.",
                slow=slow,
                **known,
            )
        return sentence("Least energy: {name}, {energy}.", **known)


def sweep(
    candidate: Candidate, batch_sizes: Sequence[int] = (), threads: Sequence[int] = ()
) -> tuple[Candidate, ...]:
    """One candidate for each batch size and number of threads.

    A graph whose first dimension is fixed takes no other batch size; the sizes asked are then left
    aside.
    """
    fixed = any(i.shape and isinstance(i.shape[0], int) for i in candidate.facts.inputs)
    sizes: Sequence[int | None] = [None] if fixed or not batch_sizes else batch_sizes
    counts: Sequence[int | None] = threads or [None]
    points: list[Candidate] = []
    for size in sizes:
        for count in counts:
            options = dict(candidate.run_options)
            words: list[str] = []
            if size is not None:
                options["batch_size"] = size
                words.append(f"batch {size}")
            if count is not None:
                options["intra_op_threads"] = count
                words.append(f"{count} threads" if count > 1 else "1 thread")
            name = ", ".join([candidate.name, *words])
            points.append(candidate.model_copy(update={"name": name, "run_options": options}))
    return tuple(points)


def least_energy(
    measurements: Iterable[Measurement], latency_bound_ms: float | None = None
) -> LeastEnergy:
    """The measured point of least energy per inference whose latency keeps the bound.

    The bound holds for the upper end of the 99th percentile's interval: a point that only perhaps
    keeps it does not count. Two points are told apart when one uses less energy in at least 97.5 %
    of the paired draws. A batch's latency is that of the whole batch.
    """
    kept: list[Measurement] = []
    slow: list[Measurement] = []
    for m in measurements:
        p99 = m.latency_ms.get("p99")
        fits = latency_bound_ms is None or (p99 is not None and p99.high <= latency_bound_ms)
        (kept if fits else slow).append(m)
    if not kept:
        return LeastEnergy(None, (), tuple(slow))
    kept.sort(key=lambda m: m.energy_j.value)
    best, *others = kept
    undecided = tuple(m for m in others if not _clearly_less(best, m))
    return LeastEnergy(best, undecided, tuple(slow))


def _clearly_less(one: Measurement, other: Measurement) -> bool:
    if one.run_id != other.run_id or not one.energy_draws_j or not other.energy_draws_j:
        return one.energy_j.high < other.energy_j.low
    less = np.asarray(one.energy_draws_j) < np.asarray(other.energy_draws_j)
    return bool(less.mean() >= 0.975)
