"""What is uncertain about the joules of a candidate, by named source.

- `shared drift <run>`: what the candidates of a block have in common (mean correlation of their
  influences over the blocks); it cancels in the ratio of two candidates of the run;
- `windows <run>/<candidate>`: the rest of the block bootstrap's interval;
- `meter gain <device>` (for an estimate: `power curve <device>`): systematic, shared by all
  candidates on the device;
- `tick <run>/<candidate>`: bound of the counter's quantisation, taken as uniform: bound ÷ √3.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from advisor.bench import statistics
from advisor.bench.collected import Record, energy_of
from advisor.bench.measurement import Window
from advisor.bench.statistics import Array, Blocks
from advisor.meters.meter import MeterFacts
from advisor.quantities import Z95, Provenance

UNREPEATED_CV = 0.067
"""Scatter assumed when a single window leaves it unknown: 90th percentile of the coefficient of
variation over 417 groups of ten repeats of published runs on one GPU."""


def shared_loadings(blocks: Blocks, seed: int) -> Array:
    """Share of each candidate's standard uncertainty that blocks share, signed, in [−1, 1].

    A correlation ρ gives ±√|ρ|. Of two candidates ρ is the one by which their ratio gets exactly
    the paired interval's width, (σ₁² + σ₂² − σ₁₂²) / 2σ₁σ₂ within −1 and 1, a negative one by a
    negative sign. Of more it is the mean correlation of their influences over the blocks; below
    zero it is none.
    """
    count = blocks.numerator.shape[0]
    there = blocks.present().all(axis=0)
    if count < 2 or there.sum() < 2:
        return np.zeros(count)
    full = Blocks(blocks.numerator[:, there], blocks.denominator[:, there])
    rho = _paired_correlation(full, seed) if count == 2 else max(_mean_correlation(full), 0.0)
    loadings = np.full(count, np.sqrt(abs(rho)))
    if rho < 0:
        loadings[1] *= -1
    return loadings


def _paired_correlation(blocks: Blocks, seed: int) -> float:
    one, other = (statistics.interval(blocks.of([row]), seed).half_width for row in (0, 1))
    both = statistics.paired_interval(blocks, seed).half_width
    if one * other == 0.0:
        return 0.0
    return float(np.clip((one**2 + other**2 - both**2) / (2 * one * other), -1.0, 1.0))


def _mean_correlation(blocks: Blocks) -> float:
    _, influences = statistics.log_ratios(blocks, np.ones((1, blocks.count)))
    u = influences[:, 0, :]
    size = np.sqrt((u**2).sum(axis=1))
    if not size.all():
        return 0.0
    correlation = (u @ u.T) / np.outer(size, size)
    return float(correlation[~np.eye(len(u), dtype=bool)].mean())


def half_width(blocks: Blocks, row: int, seed: int) -> float | None:
    """Relative half-width of a candidate's interval from its windows; None with fewer than two."""
    if blocks.present()[row].sum() < 2:
        return None
    return statistics.interval(blocks.of([row]), seed).half_width


def window_spread(
    record: Record, blocks: Blocks, row: int, candidate: str, loading: float
) -> dict[str, float]:
    """Relative standard uncertainty from the windows, split into shared and own."""
    own = f"windows {record.run_id}/{candidate}"
    if blocks.present()[row].sum() < 2:
        return {own: UNREPEATED_CV}
    found = statistics.interval(blocks.of([row]), record.seed)
    sigma = found.half_width / Z95
    return {
        f"shared drift {record.run_id}": loading * sigma,
        own: float(np.sqrt(max(1 - loading**2, 0.0))) * sigma,
    }


def systematic(
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


def smallest_difference(blocks: Blocks, row: int, power: float = 0.8) -> float | None:
    """Relative difference from any other candidate that had been found with this probability.

    (t(1 − α/2) + z_power) · se of the paired log ratio, α = `statistics.LEVEL`, the largest over
    the other candidates; against an equal candidate of the same scatter when there is no other.
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
    return (statistics.students_t(statistics.LEVEL, n) + float(stats.norm.ppf(power))) * se
