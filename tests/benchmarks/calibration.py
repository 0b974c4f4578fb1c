"""Calibration of the bench's intervals by simulation: a machine whose truth is known.

    python tests/benchmarks/calibration.py [--runs 1000] [--level]

For each machine, this many runs of two candidates go through the bench's own edges, stopping rule
and figures. The table says how often a 95 % interval holds the truth (of one candidate's joules per
inference, and of the ratio of two), how often a true difference of 3 % is found, and how often two
equal candidates are called different. `--level` shows why the level of a look is 0.035.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from advisor.bench import statistics
from advisor.bench.collected import Record, tables
from advisor.bench.measure import measure_record
from advisor.bench.simulation import Simulation, Truth

DIFFERENCE = 0.03
TARGET = 0.02

MACHINES: dict[str, Truth] = {
    "GPU counter, 100 ms ticks": Truth(gain=0.02),
    "GPU counter, 20 ms ticks, quiet": Truth(tick_s=0.02, window_noise=0.006, block_noise=0.003),
    "RAPL, 61 µJ steps, 1 ms": Truth(tick_s=0.001, step_j=61e-6, power_w=45.0, calls_per_s=300.0),
    "RAPL that wraps every 1000 J": Truth(tick_s=0.001, step_j=61e-6, power_w=45.0, wrap_j=1000.0),
    "noisy windows (2.5 %)": Truth(window_noise=0.025),
    "rare bad windows (skewed)": Truth(window_noise=0.012, skewed=True),
    "drift of 3 % over the run": Truth(drift=0.03),
    "throttled every 8th window": Truth(throttled=0.125),
    "late time stamps (5 ms)": Truth(read_jitter_s=0.005),
}


@dataclass
class Tally:
    """What happened over the runs of one machine."""

    runs: int = 0
    absolute: int = 0
    ratio: int = 0
    quantity_ratio: int = 0
    found: int = 0
    called: int = 0
    blocks: int = 0
    intervals: int = 0


def paired(record: Record, seed: int) -> statistics.Interval:
    """Interval of log(joules of the second ÷ joules of the first)."""
    return statistics.paired_interval(tables(record)["energy"], seed)


def one_run(truth: Truth, seed: int, tally: Tally) -> None:
    """Two candidates that differ by 3 %, then two equal ones, on machines of the same kind."""
    better = replace(truth, power_w=truth.power_w * (1 - DIFFERENCE))
    different = Simulation((truth, better), seed, target=TARGET)
    record = different.run()
    found = paired(record, seed)
    tally.found += not found.low <= 0 <= found.high
    equal = Simulation((truth, truth), seed + 500_000, target=TARGET).run()
    same = paired(equal, seed)
    tally.called += not same.low <= 0 <= same.high
    true_ratio = math.log(different.true_j[1] / different.true_j[0])
    tally.ratio += found.low <= true_ratio <= found.high
    a, b = (m.energy_j for m in measure_record(record))
    ratio = b / a
    tally.quantity_ratio += ratio.low <= math.exp(true_ratio) <= ratio.high
    tally.absolute += a.low <= different.true_j[0] <= a.high
    tally.blocks += len({block for _, block in record.windows})
    tally.runs += 1


def table(runs: int, machines: dict[str, Truth]) -> dict[str, Tally]:
    """Print the table row by row; returns its figures."""
    head = ("machine", "energy", "ratio", "ratio, by source", "3 % found", "equal called", "blocks")
    print(f"{head[0]:<34}" + "".join(f"{h:>18}" for h in head[1:]), flush=True)
    tallies: dict[str, Tally] = {}
    for row, (name, truth) in enumerate(machines.items()):
        tally = tallies[name] = Tally()
        for run in range(runs):
            one_run(truth, 1_000_000 * row + run, tally)
        shares = (tally.absolute, tally.ratio, tally.quantity_ratio, tally.found, tally.called)
        print(
            f"{name:<34}"
            + "".join(f"{100 * s / tally.runs:>16.1f} %" for s in shares)
            + f"{tally.blocks / tally.runs:>18.1f}",
            flush=True,
        )
    return tallies


def level_table(runs: int) -> None:
    """Intervals that exclude the truth, over scatter and number of blocks, for three levels.

    Normal noise and Student's t alone, so that a hundred thousand runs are affordable.
    """
    print("Level of a look → worst share of stopped intervals (ratio) that exclude the truth")
    for level in (0.05, 0.036, statistics.LEVEL, 0.03):
        shares = [
            missed(level, scatter * TARGET, least, most, runs)
            for least, most in ((5, 12), (5, 30), (10, 30), (5, 100))
            for scatter in (0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0)
        ]
        print(f"  {level:.3f} → {100 * max(shares):.1f} %", flush=True)


def missed(level: float, scatter: float, least: int, most: int, runs: int) -> float:
    """Share of runs, stopped by width, whose paired interval misses a true difference of zero."""
    noise = np.random.default_rng(3).normal(scale=scatter, size=(2, runs, most))
    series = (noise[0], noise[1], noise[1] - noise[0])
    stopped_at = np.full(runs, most)
    running = np.ones(runs, bool)
    reach = {n: stats.t.ppf(1 - level / 2, n - 1) / math.sqrt(n) for n in range(least, most + 1)}
    for n in range(least, most):
        width = np.maximum.reduce([reach[n] * s[:, :n].std(axis=1, ddof=1) for s in series])
        stops = running & (width <= TARGET)
        stopped_at[stops] = n
        running &= ~stops
    misses = 0
    for n in np.unique(stopped_at):
        part = series[2][stopped_at == n, :n]
        misses += int((np.abs(part.mean(1)) > reach[n] * part.std(axis=1, ddof=1)).sum())
    return misses / runs


def main() -> int:
    """Print what was asked for; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--level", action="store_true")
    arguments = parser.parse_args()
    if arguments.level:
        level_table(max(arguments.runs, 20_000))
        return 0
    begun = time.perf_counter()
    tallies = table(arguments.runs, MACHINES)
    print(f"{arguments.runs} pairs of runs a machine, {time.perf_counter() - begun:.0f} s")
    whole = Tally()
    for tally in tallies.values():
        for name in vars(whole):
            setattr(whole, name, getattr(whole, name) + getattr(tally, name))
    covered = 0.93 <= whole.ratio / whole.runs <= 0.97 and whole.absolute / whole.runs >= 0.93
    kept = covered and whole.found >= 0.8 * whole.runs and whole.called <= 0.05 * whole.runs
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
