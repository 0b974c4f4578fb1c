"""When to stop, how long it will take, and what could have been seen."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from advisor.bench import statistics
from advisor.bench.measure import Record, tables
from advisor.bench.plan import Plan
from advisor.meters.meter import MeterFacts

TYPICAL_CV = 0.033
"""Median coefficient of variation of 417 groups of ten repeats of published runs on one GPU."""
LOOKS_LEVEL = 0.05


def look_level(blocks: int, plan: Plan) -> float:
    """Level of the interval that decides at a look: Pocock-type alpha spending over the looks.

    α(t) = α·ln(1 + (e − 1)·t) at the share t = blocks / blocks_max of the information (Lan & DeMets
    1983); the look gets what was not spent before.
    """
    spent = [
        LOOKS_LEVEL * math.log(1 + (math.e - 1) * min(b / plan.blocks_max, 1.0))
        for b in (blocks - 1, blocks)
    ]
    first = blocks <= plan.blocks_min
    return spent[1] if first else spent[1] - spent[0]


def target_reached(record: Record, candidates: Sequence[str], plan: Plan) -> bool:
    """Whether every interval, and every paired ratio to the first candidate, is narrow enough."""
    blocks = tables(record)["energy"]
    rows = [n for n, c in enumerate(record.candidates) if c in candidates]
    present = blocks.present()
    if not rows or min(int(present[r].sum()) for r in rows) < max(plan.blocks_min, 2):
        return False
    level = look_level(int(present[rows[0]].sum()), plan)
    widths = [statistics.interval(blocks.of([r]), plan.seed, level).half_width for r in rows]
    widths += [
        statistics.paired_interval(blocks.of([rows[0], r]), plan.seed, level).half_width
        for r in rows[1:]
        if int(present[[rows[0], r]].all(axis=0).sum()) >= 2
    ]
    return max(widths) <= plan.target_half_width


def blocks_needed(cv: float, target: float) -> int:
    """Blocks until a paired ratio of two candidates has this relative half-width.

    Smallest n with t₀.₉₇₅,ₙ₋₁ · √2 · cv / √n ≤ target.
    """
    n = np.arange(2, 2000)
    reach = stats.t.ppf(0.975, n - 1) * math.sqrt(2) * cv / np.sqrt(n)
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
    window_s = max(plan.window_s, 100 * slowest) + 0.3 + 3 * slowest
    count = len(plan.candidates)
    measured = len({b for _, b in record.windows}) if record else len({w.block for w in plan.done})
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
