"""When to stop, how long it will take, and what could have been seen."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from advisor.bench import statistics
from advisor.bench.collected import Record, tables
from advisor.bench.plan import Plan
from advisor.bench.statistics import LEVEL, Blocks
from advisor.meters.meter import MeterFacts

TYPICAL_CV = 0.033
"""Median coefficient of variation of 417 groups of ten repeats of published runs on one GPU."""


def target_reached(record: Record, candidates: Sequence[str], plan: Plan) -> bool:
    """Whether the run may stop: see `narrow_enough`, over the candidates still alive."""
    rows = [n for n, c in enumerate(record.candidates) if c in candidates]
    if not rows:
        return False
    energy = tables(record)["energy"].of(rows)
    return narrow_enough(energy, plan.blocks_min, plan.target_half_width, plan.seed)


def narrow_enough(energy: Blocks, blocks_min: int, target: float, seed: int) -> bool:
    """Whether each candidate's interval and each paired ratio to the first is within the target.

    Student's t is tried before the bootstrap, which is never narrower: most looks end there.
    """
    present = energy.present()
    if int(present.sum(axis=1).min()) < max(blocks_min, 2):
        return False
    first, *others = range(len(energy.numerator))
    pairs = [energy.of([first, r]) for r in others]
    pairs = [p for p in pairs if int(p.present().all(axis=0).sum()) >= 2]
    singles = [energy.of([r]) for r in range(len(energy.numerator))]
    return all(
        statistics.interval(s, seed, bootstrap=exact).half_width <= target
        for exact in (False, True)
        for s in singles
    ) and all(
        statistics.paired_interval(p, seed, bootstrap=exact).half_width <= target
        for exact in (False, True)
        for p in pairs
    )


def blocks_needed(cv: float, target: float) -> int:
    """Blocks until a paired ratio of two candidates has this relative half-width.

    Smallest n with t(1−α/2, n−1) · √2 · cv / √n ≤ target, α = `statistics.LEVEL`.
    """
    n = np.arange(2, 2000)
    reach = stats.t.ppf(1 - LEVEL / 2, n - 1) * math.sqrt(2) * cv / np.sqrt(n)
    enough = np.flatnonzero(reach <= target)
    return int(n[enough[0]]) if len(enough) else int(n[-1])


def expected_s(
    plan: Plan,
    meters: Sequence[MeterFacts],
    record: Record | None = None,
    block_s: float = 0.0,
) -> float:
    """How long the whole run will take, in seconds: the power analysis before and during it.

    The scatter is that of published repeats until windows of this run tell better.
    """
    slowest = max((m.update_period_s for m in meters), default=0.0)
    window_s = plan.window_length_s(meters) + 0.3 + 3 * slowest
    count = len(plan.candidates)
    measured = len({b for _, b in record.windows}) if record else 0
    needed = blocks_needed(_scatter(record) or TYPICAL_CV, plan.target_half_width)
    blocks = min(max(needed, plan.blocks_min, measured), plan.blocks_max)
    idles = 2 + (blocks - 1) // plan.idle_every
    preparing = 2.5 * count
    whole = preparing + blocks * (block_s or count * window_s) + idles * plan.idle_s
    return min(whole, plan.time_budget_s) if plan.time_budget_s else whole


def _scatter(record: Record | None) -> float | None:
    if record is None or not record.candidates or not record.meters:
        return None
    blocks = tables(record)["energy"]
    if blocks.count < 3:
        return None
    ratio = np.log(blocks.numerator) - np.log(blocks.denominator)
    ratio = ratio - np.nanmean(ratio, axis=0, keepdims=True) if len(ratio) > 1 else ratio
    spread = np.nanstd(ratio, axis=1, ddof=1)
    return float(np.nanmax(spread)) if np.isfinite(spread).any() else None
