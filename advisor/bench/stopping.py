"""When to stop, how long it will take, and what could have been seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from advisor.bench import statistics
from advisor.bench.collected import Record, tables
from advisor.bench.plan import Plan, Precision
from advisor.bench.statistics import LEVEL, Blocks, students_t
from advisor.candidates import Candidate, synthetic_workload
from advisor.meters.meter import MeterFacts
from advisor.sentences import Sentence, sentence

TYPICAL_CV = 0.033
"""Median coefficient of variation of 417 groups of ten repeats of published runs on one GPU."""
MOST_BLOCKS = 2000
"""Where looking for the number of blocks ends."""


def target_reached(record: Record, candidates: Sequence[str], plan: Plan) -> bool:
    """Whether the run may stop: see `narrow_enough`, over the candidates still alive."""
    rows = [n for n, c in enumerate(record.candidates) if c in candidates]
    if not rows:
        return False
    energy = tables(record)["energy"].of(rows)
    return narrow_enough(energy, plan.blocks_min, plan.target_half_width, plan.seed)


def narrow_enough(energy: Blocks, blocks_min: int, target: float, seed: int) -> bool:
    """Whether each candidate's interval and each paired ratio to the first is within the target.

    By Student's t and by the bootstrap: a run never stops on the narrower of the two. Student's t
    is tried first, and most looks end there.
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


def blocks_needed(cv: float, target: float, paired: bool = True) -> int:
    """Blocks until a paired ratio of two candidates (or one of them) has this relative half-width.

    Smallest n with t(1−α/2, n−1) · √2 · cv / √n ≤ target, α = `statistics.LEVEL`; without √2 for
    one candidate alone.
    """
    n = 2
    while n < MOST_BLOCKS and reach(cv, n, paired) > target:
        n += 1
    return n


def reach(cv: float, blocks: int, paired: bool = True) -> float:
    """Relative half-width that this many blocks (2 or more) of this scatter give."""
    return students_t(LEVEL, blocks) * _standard_error(cv, blocks, paired)


def detectable(cv: float, blocks: int, power: float = 0.8) -> float:
    """Relative difference of two candidates that this many blocks find with this probability."""
    return (students_t(LEVEL, blocks) + float(stats.norm.ppf(power))) * _standard_error(
        cv, blocks, True
    )


def _standard_error(cv: float, blocks: int, paired: bool) -> float:
    return (math.sqrt(2) if paired else 1.0) * cv / math.sqrt(blocks)


@dataclass(frozen=True)
class Forecast:
    """The power analysis of a plan: what it will take, and what it will be able to tell."""

    cv: float
    """Scatter of windows that it rests on."""
    from_this_run: bool
    """Whether the scatter was seen in this run; else it is that of published repeats."""
    needed: int
    """Blocks that the target half-width takes."""
    blocks: int
    """Blocks that will be measured: as many as needed, within the plan's limits and its time."""
    seconds: float
    """How long the whole run will take."""
    seconds_needed: float
    """How long it would take with all blocks needed."""
    half_width: float
    """Relative half-width that will be reached (of the paired ratio, with two candidates)."""
    smallest_difference: float
    """Relative difference that will be found with a probability of 80 %."""
    target: float

    @property
    def reaches_target(self) -> bool:
        """Whether the wished precision fits into the plan."""
        return self.needed <= self.blocks

    @property
    def said(self) -> Sentence:
        """The same for a reader, before the run."""
        known: dict[str, float | int] = {
            "cv": round(100 * self.cv, 1),
            "target": round(100 * self.target, 1),
            "needed": self.needed,
            "needed_min": float(f"{self.seconds_needed / 60:.2g}"),
            "blocks": self.blocks,
            "half": round(100 * self.half_width, 1),
            "smallest": round(100 * self.smallest_difference, 1),
            "minutes": float(f"{self.seconds / 60:.2g}"),
        }
        if self.reaches_target:
            return sentence(
                "Planned: up to {blocks} blocks, {minutes} min, for ±{target} % at a scatter of "
                "{cv} % from window to window; steadier machines end sooner. A difference of "
                "{smallest} % is then found in 80 of 100 runs.",
                **known,
            )
        return sentence(
            "The wished ±{target} % will probably not be reached: at a scatter of {cv} % from "
            "window to window it takes {needed} blocks ({needed_min} min), and the plan allows "
            "{blocks} ({minutes} min). Expect ±{half} %; a difference of {smallest} % is found in "
            "80 of 100 runs.",
            **known,
        )


def forecast(
    plan: Plan,
    meters: Sequence[MeterFacts],
    record: Record | None = None,
    block_s: float = 0.0,
) -> Forecast:
    """The power analysis before a run, and during it from its own windows (`record`, `block_s`).

    The scatter is that of published repeats until windows of this run tell better.
    """
    slowest = max((m.update_period_s for m in meters), default=0.0)
    count = len(plan.candidates)
    each_s = block_s or count * (plan.window_length_s(meters) + 0.3 + 3 * slowest)
    measured = len({b for _, b in record.windows}) if record else 0
    seen = _scatter(record)
    cv, paired = seen or TYPICAL_CV, count > 1
    needed = max(blocks_needed(cv, plan.target_half_width, paired), plan.blocks_min)

    def takes_s(blocks: int) -> float:
        idles = 2 + (blocks - 1) // plan.idle_every
        return 2.5 * count + blocks * each_s + idles * plan.idle_s

    blocks = min(max(needed, measured), plan.blocks_max)
    if plan.time_budget_s is not None:
        while blocks > max(measured, 1) and takes_s(blocks) > plan.time_budget_s:
            blocks -= 1
    telling = max(blocks, 2)
    return Forecast(
        cv=cv,
        from_this_run=seen is not None,
        needed=needed,
        blocks=blocks,
        seconds=takes_s(blocks),
        seconds_needed=takes_s(needed),
        half_width=reach(cv, telling, paired),
        smallest_difference=detectable(cv, telling),
        target=plan.target_half_width,
    )


def foreseen(
    candidates: Sequence[Candidate],
    meters: Sequence[MeterFacts] = (),
    *,
    precision: Precision,
    **changes: Any,
) -> Sentence:
    """What the power analysis says of a benchmark that is not started yet, without its data.

    `changes` are further fields of `Plan`. Raises `PlanError` for settings that make no plan.
    """
    data = synthetic_workload(candidates[0].facts, samples=1)
    return forecast(Plan.of(precision, tuple(candidates), data, **changes), meters).said


def expected_s(
    plan: Plan,
    meters: Sequence[MeterFacts],
    record: Record | None = None,
    block_s: float = 0.0,
) -> float:
    """How long the whole run will take, in seconds; see `forecast`."""
    whole = forecast(plan, meters, record, block_s).seconds
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
