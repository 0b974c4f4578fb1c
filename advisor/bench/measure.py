"""From the events of a run to the figures of its candidates: a pure function, bit for bit.

Joules: `energy`; what is uncertain about them, by named source: `uncertainty`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from advisor.bench import statistics
from advisor.bench.cautions import cautions
from advisor.bench.collected import (
    PERCENTILES,
    Record,
    counted_meters,
    started_from,
    tables,
)
from advisor.bench.energy import above_idle, energy_draws, energy_per_inference, ratio
from advisor.bench.events import Event, Scored
from advisor.bench.measurement import Measurement, Window
from advisor.bench.plan import Plan
from advisor.bench.statistics import Array, Blocks
from advisor.bench.two_ways import judged
from advisor.bench.uncertainty import (
    UNREPEATED_CV,
    half_width,
    shared_loadings,
    smallest_difference,
)
from advisor.meters.coverage import coverage_statement
from advisor.quantities import Z95, Provenance, Quantity


def measure(events: Iterable[Event | Window], plan: Plan | None = None) -> list[Measurement]:
    """The figures of every candidate with at least one window that counts.

    `events` are those of a run, in order, or windows alone; then `plan` tells the rest. Pure: the
    same events give bit-identical figures.
    """
    record = Record()
    if plan is not None:
        record.take(started_from(plan))
    for event in (*(plan.done if plan else ()), *events):
        record.take(event)
    return measure_record(record)


def measure_record(record: Record) -> list[Measurement]:
    """The figures from collected events; see `measure`."""
    candidates = record.candidates
    if not candidates or not record.meters:
        return []
    made = tables(record)
    candidates_energy = made["energy"]
    usable = [bool(there.any()) for there in candidates_energy.present()]
    draws = statistics.paired_draws(candidates_energy, record.seed)
    loadings = shared_loadings(candidates_energy, record.seed)
    return [
        _measurement(record, made, row, candidate, draws[row], float(loadings[row]))
        for row, candidate in enumerate(candidates)
        if usable[row]
    ]


def _measurement(
    record: Record,
    made: dict[str, Blocks],
    row: int,
    candidate: str,
    draws: Array,
    loading: float,
) -> Measurement:
    windows = record.of(candidate)
    meters = judged(counted_meters(record.meters), windows)
    energy = energy_per_inference(record, made["energy"], row, candidate, meters, loading)
    above = above_idle(record, made, row, candidate, meters, loading)
    reached = half_width(made["energy"], row, record.seed)
    excluded = [w for (c, _), w in record.windows.items() if c == candidate and w.excluded]
    said = cautions(record, candidate, windows, excluded, meters, reached, above)
    score = record.scores.get(candidate)
    covered = coverage_statement(meters, record.wall)
    return Measurement(
        run_id=record.run_id,
        candidate=candidate,
        workload_sha256=record.workload_sha256,
        device=" + ".join(dict.fromkeys(m.device for m in meters)),
        batch_size=record.batch_sizes.get(candidate, 1),
        energy_j=energy,
        energy_above_idle_j=above,
        latency_ms={
            f"p{p}": _plain(record, made[f"p{p}"], row, candidate, "ms", f"latency p{p}")
            for p in PERCENTILES
            if not np.isnan(made[f"p{p}"].numerator[row]).all()
        },
        throughput_per_s=_plain(
            record, made["throughput"], row, candidate, "inference/s", "throughput"
        ),
        metric=score.metric if score else None,
        accuracy=_accuracy(record, score),
        group_accuracy=_groups(record, score),
        windows_used=len(windows),
        windows_excluded=len(excluded),
        coverage=covered.text(),
        covered=covered,
        warnings=tuple(str(c) for c in said),
        cautions=tuple(said),
        energy_draws_j=energy_draws(record, draws, made["energy"], row, meters, windows),
        loss_draws=score.loss_draws if score else (),
        half_width_reached=reached,
        smallest_difference=smallest_difference(made["energy"], row),
    )


# -- the other figures -------------------------------------------------------------------------


def _plain(
    record: Record, blocks: Blocks, row: int, candidate: str, unit: str, what: str
) -> Quantity:
    value = ratio(blocks, row)
    half = half_width(blocks, row, record.seed)
    sigma = UNREPEATED_CV if half is None else half / Z95
    return Quantity.from_spread(
        value,
        unit,
        Provenance.MEASURED,
        f"run {record.run_id}, {record.names.get(candidate, candidate[:12])}",
        {f"{what} {record.run_id}/{candidate}": sigma * value},
    )


def _accuracy(record: Record, score: Scored | None) -> Quantity | None:
    if score is None:
        return None
    return Quantity.from_spread(
        score.value,
        score.unit,
        Provenance.MEASURED,
        f"{score.metric} on {score.samples} samples, run {record.run_id}",
        {f"samples {record.workload_sha256[:12]}/{score.candidate}": score.std},
        log=False,
    )


def _groups(record: Record, score: Scored | None) -> dict[str, Quantity]:
    if score is None:
        return {}
    return {
        group: Quantity.from_spread(
            value,
            score.unit,
            Provenance.MEASURED,
            f"{score.metric}, group {group}, run {record.run_id}",
            {f"samples {record.workload_sha256[:12]}/{score.candidate}/{group}": std},
            log=False,
        )
        for group, (value, std) in score.groups.items()
    }
