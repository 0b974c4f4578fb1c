"""From the events of a run to the figures of its candidates: a pure function, bit for bit.

Energy per inference is ΣE / ΣN over the windows that count; above idle, ΣE is lessened by the idle
power (interpolated between the idle measurements around the window) times the window's duration.
The uncertainty is kept by named source:

- `shared drift <run>`: what the candidates of a block have in common (mean covariance of their
  influences over the blocks); it cancels in the ratio of two candidates of the run;
- `windows <run>/<candidate>`: the rest of the studentised block bootstrap;
- `meter gain <device>` (for an estimate: `power curve <device>`): systematic, shared by all
  candidates on the device;
- `tick <run>/<candidate>`: bound of the counter's quantisation, taken as uniform: bound ÷ √3;
- `idle drift <run>` (above idle only): half the range of the idle powers, taken as uniform.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import numpy as np
from scipy import stats

from advisor.bench import statistics
from advisor.bench.cautions import cautions
from advisor.bench.collected import (
    PERCENTILES,
    Record,
    counted_meters,
    energy_of,
    started_from,
    tables,
)
from advisor.bench.events import Event, Scored
from advisor.bench.measurement import Measurement, Window
from advisor.bench.plan import Plan
from advisor.bench.statistics import Array, Blocks
from advisor.candidates.metrics import metric_named
from advisor.meters.meter import MeterFacts
from advisor.quantities import Z95, Provenance, Quantity

UNREPEATED_CV = 0.067
"""Scatter assumed when a single window leaves it unknown: 90th percentile of the coefficient of
variation over 417 groups of ten repeats of published runs on one GPU."""


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
    common = _common_variance(candidates_energy)
    return [
        _measurement(record, made, row, candidate, draws[row], common)
        for row, candidate in enumerate(candidates)
        if usable[row]
    ]


def _measurement(
    record: Record,
    made: dict[str, Blocks],
    row: int,
    candidate: str,
    draws: Array,
    common: float,
) -> Measurement:
    meters = counted_meters(record.meters)
    windows = record.of(candidate)
    energy = _energy(record, made["energy"], row, candidate, meters, common)
    above = _above_idle(record, made, row, candidate, meters, common)
    reached = _half_width(made["energy"], row, record.seed)
    excluded = [w for (c, _), w in record.windows.items() if c == candidate and w.excluded]
    said = cautions(record, candidate, windows, excluded, meters, reached, above)
    score = record.scores.get(candidate)
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
        coverage="; ".join(dict.fromkeys(m.coverage.statement for m in meters)),
        warnings=tuple(str(c) for c in said),
        cautions=tuple(said),
        energy_draws_j=_energy_draws(record, draws, made["energy"], row, meters, windows),
        loss_draws=score.loss_draws if score else (),
        half_width_reached=reached,
        smallest_difference=smallest_difference(made["energy"], row),
    )


# -- energy ------------------------------------------------------------------------------------


def _common_variance(blocks: Blocks) -> float:
    """Variance (log units) that all candidates of a block share: mean covariance of influences."""
    there = blocks.present().all(axis=0)
    n = int(there.sum())
    if blocks.numerator.shape[0] < 2 or n < 2:
        return 0.0
    full = Blocks(blocks.numerator[:, there], blocks.denominator[:, there])
    _, influences = statistics.log_ratios(full, np.ones((1, n)))
    u = influences[:, 0, :]
    covariance = u @ u.T / (n * (n - 1))
    off = covariance[~np.eye(len(u), dtype=bool)].mean()
    return float(np.clip(off, 0.0, 0.95 * covariance.diagonal().min()))


def _half_width(blocks: Blocks, row: int, seed: int) -> float | None:
    if blocks.present()[row].sum() < 2:
        return None
    return statistics.interval(blocks.of([row]), seed).half_width


def _window_spread(
    record: Record, blocks: Blocks, row: int, candidate: str, common: float
) -> dict[str, float]:
    """Relative standard uncertainty from the windows, split into shared and own."""
    own = f"windows {record.run_id}/{candidate}"
    if blocks.present()[row].sum() < 2:
        return {own: UNREPEATED_CV}
    found = statistics.interval(blocks.of([row]), record.seed)
    sigma = found.half_width / Z95
    if found.se == 0.0 or common <= 0.0:
        return {own: sigma}
    shared = min(common * (sigma / found.se) ** 2, 0.95 * sigma**2)
    return {
        f"shared drift {record.run_id}": float(np.sqrt(shared)),
        own: float(np.sqrt(sigma**2 - shared)),
    }


def _systematic(
    record: Record, candidate: str, windows: Sequence[Window], meters: Sequence[MeterFacts]
) -> dict[str, float]:
    """Relative standard uncertainty by systematic source."""
    total = sum(energy_of(w, meters) for w in windows)
    spread: dict[str, float] = {}
    ticks = 0.0
    for meter in meters:
        share = sum(w.energy_j.get(meter.name, 0.0) for w in windows) / total if total else 0.0
        name = gain_name(meter)
        spread[name] = spread.get(name, 0.0) + meter.gain_relative_std * share
        ticks += sum(w.quantisation_j.get(meter.name, 0.0) ** 2 for w in windows)
    if total and ticks:
        spread[f"tick {record.run_id}/{candidate}"] = float(np.sqrt(ticks / 3)) / total
    return spread


def gain_name(meter: MeterFacts) -> str:
    """Name of a meter's systematic source of uncertainty."""
    estimated = meter.provenance is not Provenance.MEASURED and "process" in meter.coverage.domains
    return f"{'power curve' if estimated else 'meter gain'} {meter.device}"


def _provenance(meters: Sequence[MeterFacts]) -> Provenance:
    return Provenance.weakest(m.provenance for m in meters)


def _energy(
    record: Record,
    blocks: Blocks,
    row: int,
    candidate: str,
    meters: Sequence[MeterFacts],
    common: float,
) -> Quantity:
    value = _ratio(blocks, row) * (record.wall_factor or 1.0)
    relative = _window_spread(record, blocks, row, candidate, common) | _systematic(
        record, candidate, record.of(candidate), meters
    )
    return Quantity.from_spread(
        value,
        "J/inference",
        _provenance(meters),
        _source(record, candidate, meters),
        {k: v * value for k, v in relative.items()},
    )


def _above_idle(
    record: Record,
    made: dict[str, Blocks],
    row: int,
    candidate: str,
    meters: Sequence[MeterFacts],
    common: float,
) -> Quantity | None:
    """Energy above idle; None where idle was not measured or more than the load itself."""
    known = record.idles or any(w.idle_energy_j for w in record.of(candidate))
    value = _ratio(made["above_idle"], row)
    if not known or value <= 0:
        return None
    total = _ratio(made["energy"], row)
    wall = record.wall_factor or 1.0
    spread = {
        k: v * total * wall
        for k, v in (
            _window_spread(record, made["energy"], row, candidate, common)
            | _systematic(record, candidate, record.of(candidate), meters)
        ).items()
    }
    # Gain is a factor on what is left, not on the total from which idle was taken.
    for meter in meters:
        spread[gain_name(meter)] = spread.get(gain_name(meter), 0.0) * value / total
    seconds = 1.0 / _ratio(made["throughput"], row)
    for meter in meters:
        powers = [i.power_w[meter.name] for i in record.idles if meter.name in i.power_w]
        if len(powers) > 1:
            drift = (max(powers) - min(powers)) / 2 / np.sqrt(3)
            spread[f"idle drift {record.run_id}"] = -drift * seconds * wall
    return Quantity.from_spread(
        value * wall,
        "J/inference",
        _provenance(meters),
        _source(record, candidate, meters) + ", above idle",
        spread,
    )


def _ratio(blocks: Blocks, row: int) -> float:
    return float(np.nansum(blocks.numerator[row]) / np.nansum(blocks.denominator[row]))


def _source(record: Record, candidate: str, meters: Sequence[MeterFacts]) -> str:
    name = record.names.get(candidate, candidate[:12])
    used = " + ".join(m.name for m in meters)
    return f"run {record.run_id}, {name}, {len(record.of(candidate))} windows, meter {used}"


def _energy_draws(
    record: Record,
    logs: Array,
    blocks: Blocks,
    row: int,
    meters: Sequence[MeterFacts],
    windows: Sequence[Window],
) -> tuple[float, ...]:
    """Draws of joules per inference; systematic sources draw alike for all who share them."""
    shift = np.zeros_like(logs)
    for name, sigma in _systematic(record, record.candidates[row], windows, meters).items():
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        shift += sigma * rng.standard_normal(len(logs))
    if blocks.present()[row].sum() < 2:
        rng = np.random.default_rng(record.seed + 1 + row)
        shift += UNREPEATED_CV * rng.standard_normal(len(logs))
    return tuple(((record.wall_factor or 1.0) * np.exp(logs + shift)).tolist())


def smallest_difference(blocks: Blocks, row: int, power: float = 0.8) -> float | None:
    """Relative difference from any other candidate that had been found with this probability.

    (t₀.₉₇₅ + z_power) · se of the paired log ratio, the largest over the other candidates; against
    an equal candidate of the same scatter when there is no other.
    """
    others = [r for r in range(blocks.numerator.shape[0]) if r != row]
    found: list[tuple[float, int]] = []
    for other in others:
        pair = blocks.of([row, other])
        n = int(pair.present().all(axis=0).sum())
        if n >= 2:
            found.append((statistics.paired_interval(pair, 0).se, n))
    if not found and not others and (n := int(blocks.present()[row].sum())) >= 2:
        found.append((float(np.sqrt(2)) * statistics.interval(blocks.of([row]), 0).se, n))
    if not found:
        return None
    se, n = max(found)
    return float((stats.t.ppf(0.975, n - 1) + stats.norm.ppf(power)) * se)


# -- the other figures -------------------------------------------------------------------------


def _plain(
    record: Record, blocks: Blocks, row: int, candidate: str, unit: str, what: str
) -> Quantity:
    value = _ratio(blocks, row)
    half = _half_width(blocks, row, record.seed)
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


def metric_unit(metric: str) -> str:
    """Unit in which accuracy is given: points for shares, the target's own unit otherwise."""
    return "point" if metric_named(metric).points_per_unit == 100.0 else "1"
