"""Calibration of the bench's intervals by simulation: a machine whose truth is known.

    python tests/benchmarks/calibration.py [--runs 4000] [--level]

For each machine, this many runs of two candidates go through the bench's own edges, stopping rule
and figures, within the blocks of the preset *quick* (5 to 32 of 10 s: what the power analysis
plans). The table says how often a 95 % interval holds the truth (of one candidate's joules per
inference, and of the ratio of two), how often a true difference of 3 % is found, and how often two
equal candidates are called different; a cell outside its promise is marked with “!”. The second
table holds the power analysis to its word: the difference that it says will be found in 80 of 100
runs, and how often it is. `--level` shows why the level of a look is 0.035.
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
from advisor.bench.plan import PRESETS, Precision
from advisor.bench.simulation import Simulation, Truth
from advisor.bench.stopping import blocks_needed, detectable

DIFFERENCE = 0.03
TARGET = 0.02

MACHINES: dict[str, Truth] = {
    "GPU counter, 100 ms ticks": Truth(gain=0.02),
    "GPU counter, 20 ms ticks, quiet": Truth(tick_s=0.02, window_noise=0.006, block_noise=0.003),
    "RAPL, 61 µJ steps, 1 ms": Truth(tick_s=0.001, step_j=61e-6, power_w=45.0, calls_per_s=300.0),
    "RAPL that wraps every 1000 J": Truth(tick_s=0.001, step_j=61e-6, power_w=45.0, wrap_j=1000.0),
    "noisy windows (2.5 %)": Truth(window_noise=0.025),
    "noisy windows (3.3 %)": Truth(window_noise=0.033),
    "rare bad windows (skewed)": Truth(window_noise=0.012, skewed=True),
    "drift of 3 % over the run": Truth(drift=0.03),
    "throttled every 8th window": Truth(throttled=0.125),
    "late time stamps (5 ms)": Truth(read_jitter_s=0.005),
}


COVERAGE = (0.93, 0.97)
POWER = (0.80, 1.0)
FALSE_ALARMS = (0.0, 0.05)
PROMISES = {
    "absolute": COVERAGE,
    "ratio": COVERAGE,
    "quantity_ratio": COVERAGE,
    "found": POWER,
    "called": FALSE_ALARMS,
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

    def kept(self, name: str) -> bool:
        """Whether one cell keeps its promise."""
        least, most = PROMISES[name]
        return least <= getattr(self, name) / self.runs <= most


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
        cells = [
            f"{100 * getattr(tally, cell) / runs:.1f} %{' ' if tally.kept(cell) else '!'}"
            for cell in PROMISES
        ]
        print(
            f"{name:<34}" + "".join(f"{c:>18}" for c in cells) + f"{tally.blocks / runs:>18.1f}",
            flush=True,
        )
    return tallies


def power_table(runs: int) -> bool:
    """What the power analysis says before a run, and how often it comes true; False when not."""
    print(f"{'scatter':<10}{'planned blocks':>16}{'will be found':>16}{'found':>12}{'blocks':>10}")
    kept = True
    preset = PRESETS[Precision.QUICK]
    for number, scatter in enumerate((0.01, 0.02, 0.033, 0.05)):
        truth = Truth(window_noise=scatter, block_noise=0.0)
        blocks = min(max(blocks_needed(scatter, TARGET), preset.blocks_min), preset.blocks_max)
        difference = detectable(scatter, blocks)
        better = replace(truth, power_w=truth.power_w * math.exp(-difference))
        found = measured = 0
        for run in range(runs):
            seed = 50_000_000 + 1_000_000 * number + run
            record = Simulation((truth, better), seed, target=TARGET).run()
            interval = paired(record, seed)
            found += not interval.low <= 0 <= interval.high
            measured += len({block for _, block in record.windows})
        kept &= found >= (0.8 - 2 * math.sqrt(0.16 / runs)) * runs
        print(
            f"{100 * scatter:>6.1f} %  {blocks:>16}{100 * difference:>14.2f} %"
            f"{100 * found / runs:>10.1f} %{measured / runs:>10.1f}",
            flush=True,
        )
    return kept


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
    parser.add_argument("--runs", type=int, default=4000)
    parser.add_argument("--level", action="store_true")
    arguments = parser.parse_args()
    if arguments.level:
        level_table(max(arguments.runs, 20_000))
        return 0
    begun = time.perf_counter()
    tallies = table(arguments.runs, MACHINES)
    kept = all(tally.kept(cell) for tally in tallies.values() for cell in PROMISES)
    kept &= power_table(max(arguments.runs // 4, 1))
    print(f"{arguments.runs} pairs of runs a machine, {time.perf_counter() - begun:.0f} s")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
