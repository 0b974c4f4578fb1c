"""Every lever on six real models: energy, latency, size, accuracy, verdict; and the search's time.

    python tests/benchmarks/levers_table.py [--models cnn,mlp] [--blocks 6] [--compare] [--keep F]

Builds the models, makes every variant that applies, guards and measures them all in full.
`--compare` then runs the search with the same full measurement and says how long it took against
measuring everything, and whether it ends with the same frontier: each variant of the frontier is a
finalist, or a finalist cannot be told from it (paired energy within noise or 5 %, and accuracy).
`--keep` keeps models and measurements in a folder, and takes over those that are there.
"""

from __future__ import annotations

import argparse
import pickle
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime as ort

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "candidates"))
import true_models

from advisor.bench import CandidateMeasured, Measurement, Precision, run
from advisor.bench.search import (
    SearchEvent,
    SearchFinished,
    StageStarted,
    VariantDropped,
    VariantGuarded,
    VariantMade,
    VariantRefused,
    finalists_of,
    plan_search,
    search,
)
from advisor.bench.search_halving import counted_loss
from advisor.bench.search_plan import SearchPlan
from advisor.candidates import Candidate, read_candidate, read_workload
from advisor.candidates.guard import GuardResult
from advisor.candidates.levers.why import processor_flags, why_no_gain
from advisor.figures import written

MODELS: dict[str, Callable[[], onnx.ModelProto]] = {
    "logistic": true_models.logistic,
    "boosting": lambda: true_models.boosting(60),
    "forest": lambda: true_models.forest(200),
    "mlp": lambda: true_models.mlp(2048, 2048, epochs=4),
    "cnn": true_models.cnn,
    "transformer": lambda: true_models.transformer(256, 3),
}
_ALIKE = 0.05
"""Energies this close count as equal, as the short rounds cannot tell them apart either."""


class Row(NamedTuple):
    """One variant of one model: what it is, what it takes, what it loses."""

    candidate: Candidate
    measured: Measurement
    guarded: GuardResult | None

    @property
    def loss(self) -> float:
        return self.guarded.loss.value if self.guarded else 0.0

    @property
    def counted(self) -> float:
        return counted_loss(self.guarded) if self.guarded else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--blocks", type=int, default=6)
    parser.add_argument("--window", type=float, default=3.0)
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    times: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        folder.mkdir(exist_ok=True)
        for name in asked.models.split(","):
            bench = {
                "threads": 1,
                "window_s": asked.window,
                "blocks_min": asked.blocks,
                "blocks_max": asked.blocks,
            }
            found, whole_s = everything(planned(name, folder / "all", bench))
            if asked.compare:
                plan = planned(name, folder / "search", bench)
                shutil.rmtree(plan.folder, ignore_errors=True)
                times[name] = compare(plan, found, whole_s), whole_s
    if times:
        print("\n| model | search | everything in full | share |\n|---|---|---|---|")
        searched, whole = (sum(column) for column in zip(*times.values(), strict=True))
        for name, (spent, all_of_it) in [*times.items(), ("all", (searched, whole))]:
            print(f"| {name} | {spent:.0f} s | {all_of_it:.0f} s | {spent / all_of_it:.0%} |")


def planned(name: str, folder: Path, bench: dict[str, object]) -> SearchPlan:
    folder.mkdir(exist_ok=True)
    test, train = true_models.save_data(folder)
    path = folder / f"{name}.onnx"
    if not path.is_file():
        onnx.save(MODELS[name](), str(path))
    parent = read_candidate(path)
    return plan_search(
        [parent],
        read_workload(test, parent.facts.inputs),
        folder / f"{name}-variants",
        calibration=read_workload(train, parent.facts.inputs),
        precision=Precision.GLANCE,
        bench=bench,
    )


def everything(plan: SearchPlan) -> tuple[dict[str, Row], float]:
    """Make and guard by the search's own stages, then measure all that was made, in full."""
    parent = plan.parents[0]
    kept = plan.folder.with_suffix(".pickle")
    if kept.is_file():
        made, guarded, said, measured, seconds = pickle.loads(kept.read_bytes())
    else:
        began = time.perf_counter()
        made, guarded, said = _made(search(plan), parent)
        measured = {}
        for event in run(plan.full_plan(list(made.values()), "everything")):
            if isinstance(event, CandidateMeasured):
                measured[event.measurement.candidate] = event.measurement
        seconds = time.perf_counter() - began
        kept.write_bytes(pickle.dumps((made, guarded, said, measured, seconds)))
    print(f"\n### {parent.name}: {parent.facts.parameters:,} parameters, {parent.family}\n")
    found = {k: Row(made[k], m, guarded.get(k)) for k, m in measured.items()}
    show(parent, found)
    for line in (*said, *(f"{e.lever}: {e.obstacle}" for e in plan.entries if e.obstacle)):
        print(f"- {line}")
    return found, seconds


def _made(
    events: Iterator[SearchEvent], parent: Candidate
) -> tuple[dict[str, Candidate], dict[str, GuardResult], list[str]]:
    made: dict[str, Candidate] = {parent.key: parent}
    guarded: dict[str, GuardResult] = {}
    said: list[str] = []
    for event in events:
        if isinstance(event, VariantMade):
            made[event.candidate.key] = event.candidate
        elif isinstance(event, VariantGuarded):
            guarded[event.candidate] = event.result
        elif isinstance(event, VariantRefused):
            said.append(f"{event.lever}: {event.reason}")
        elif isinstance(event, VariantDropped) and event.stage == "make":
            said.append(f"{made.pop(event.candidate).name}: {event.reason}")
        elif isinstance(event, StageStarted) and event.stage == "glance":
            break
    return made, guarded, said


def show(parent: Candidate, found: dict[str, Row]) -> None:
    base = found[parent.key].measured
    print("| variant | energy | ÷ parent (95 %) | p50 | size | accuracy | verdict |")
    print("|---|---|---|---|---|---|---|")
    for row in found.values():
        low, high = ratio_interval(row.measured, base)
        ratio = row.measured.energy_j.value / base.energy_j.value
        name = row.candidate.name.removeprefix(parent.name).strip("., ") or "parent"
        print(
            f"| {name} | {written(row.measured.energy_j).text} "
            f"| {ratio:.2f} ({low:.2f} – {high:.2f}) "
            f"| {written(row.measured.latency_ms['p50']).text} "
            f"| {row.candidate.facts.weight_bytes / 1000:,.0f} kB "
            f"| {written(row.measured.accuracy).value} | {verdict_of(row, parent, low, high)} |"
        )


def ratio_interval(one: Measurement, other: Measurement) -> tuple[float, float]:
    """95 % interval of the ratio of energies, from paired draws."""
    draws = np.asarray(one.energy_draws_j) / np.asarray(other.energy_draws_j)
    low, high = np.quantile(draws, (0.025, 0.975))
    return float(low), float(high)


def verdict_of(row: Row, parent: Candidate, low: float, high: float) -> str:
    if row.candidate.key == parent.key:
        return "baseline"
    lost = "" if row.counted <= 0 else f", loses {row.loss:.2f} points"
    if row.guarded and not row.guarded.passes:
        return f"breaks a limit{lost}"
    if high < 1:
        return "saves" + lost
    gpu = "CUDAExecutionProvider" in ort.get_available_providers()
    why = why_no_gain(parent, row.candidate, processor_flags(), gpu=gpu)
    reasons = " ".join(map(str, why))
    if low > 1:
        return f"hungrier{lost}. {reasons}"
    return f"no distinguishable difference{lost}. {reasons}"


def compare(plan: SearchPlan, found: dict[str, Row], whole_s: float) -> float:
    """The search against everything in full: time and frontier, within the limits."""
    began = time.perf_counter()
    stages: list[tuple[str, float, int]] = []
    events: list[SearchEvent] = []
    for event in search(plan):
        events.append(event)
        if isinstance(event, StageStarted):
            stages.append((event.stage, event.at_s, event.candidates))
        elif isinstance(event, VariantDropped) and event.stage != "make":
            print(f"  {event.stage}: {_name(found, event.candidate)}: {event.reason}")
    spent_s = time.perf_counter() - began
    ends = [at for _, at, _ in stages[1:]] + [
        e.spent_s for e in events if isinstance(e, SearchFinished)
    ]
    told = ", ".join(
        f"{name} {end - at:.0f} s ({count})"
        for (name, at, count), end in zip(stages, ends, strict=True)
    )
    by_name = {row.candidate.name: key for key, row in found.items()}  # made anew: other digests
    chosen = [by_name.get(c.name, c.key) for c in finalists_of(events)]
    finalists = dict.fromkeys([plan.parents[0].key, *chosen])
    missed = [k for k in frontier(found) if not any(alike(found, k, f) for f in finalists)]
    print(f"\nSearch {spent_s:.0f} s of {whole_s:.0f} s: {spent_s / whole_s:.0%} ({told})")
    print(f"Frontier: {', '.join(_name(found, k) for k in frontier(found))}")
    print(f"Finalists: {', '.join(_name(found, k) for k in finalists)}")
    print(f"Missed: {', '.join(_name(found, k) for k in missed) or 'none'}", flush=True)
    return spent_s


def frontier(found: dict[str, Row]) -> list[str]:
    """Of what keeps the limits, what none beats in energy and accuracy; batches by themselves."""
    allowed = {k: r for k, r in found.items() if r.guarded is None or r.guarded.passes}

    def beaten(key: str) -> bool:
        mine = allowed[key]
        return any(
            other.measured.energy_j.value < mine.measured.energy_j.value
            and other.counted <= mine.counted
            for k, other in allowed.items()
            if k != key and _batched(other) in (_batched(mine), False)
            if _batched(other) == _batched(mine) or other.candidate.lever is None
        )

    return [key for key in allowed if not beaten(key)]


def alike(found: dict[str, Row], key: str, other: str) -> bool:
    """Whether a finalist is the variant, or cannot be told from it, or is better."""
    if key == other:
        return True
    if other not in found or found[other].counted > found[key].counted:
        return False
    if _batched(found[key]) != _batched(found[other]):
        return False
    low, _ = ratio_interval(found[other].measured, found[key].measured)
    value = found[other].measured.energy_j.value / found[key].measured.energy_j.value
    return low <= 1 or value <= 1 + _ALIKE


def _batched(row: Row) -> bool:
    return row.candidate.run_options.get("batch_size") is not None


def _name(found: dict[str, Row], key: str) -> str:
    return found[key].candidate.name if key in found else key[:8]


if __name__ == "__main__":
    main()
