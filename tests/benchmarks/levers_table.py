"""Every lever on six real models: energy, latency, size, accuracy, verdict; and the search's time.

    python tests/benchmarks/levers_table.py [--models cnn,mlp] [--blocks 3] [--compare]

Builds the models, makes every variant that applies, guards and measures them all. `--compare` also
runs the search and says how long it took against measuring everything, and whether the frontier is
the same.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import onnx

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "candidates"))
import true_models

from advisor.bench import CandidateMeasured, Measurement, Precision, run
from advisor.bench.search import (
    Measuring,
    SearchFinished,
    VariantDropped,
    VariantGuarded,
    VariantMade,
    VariantRefused,
    finalists_of,
    plan_search,
    search,
)
from advisor.bench.search_plan import SearchPlan
from advisor.candidates import Candidate, read_candidate, read_workload
from advisor.candidates.levers.why import processor_flags, why_no_gain
from advisor.figures import written

MODELS = {
    "logistic": lambda: true_models.logistic(),
    "boosting": lambda: true_models.boosting(60),
    "forest": lambda: true_models.forest(200),
    "mlp": lambda: true_models.mlp(2048, 2048, epochs=4),
    "cnn": lambda: true_models.cnn(),
    "transformer": lambda: true_models.transformer(256, 3),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--blocks", type=int, default=3)
    parser.add_argument("--window", type=float, default=1.0)
    parser.add_argument("--compare", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        test, train = true_models.save_data(Path(folder))
        for name in asked.models.split(","):
            path = Path(folder) / f"{name}.onnx"
            onnx.save(MODELS[name](), str(path))
            parent = read_candidate(path)
            plan = plan_search(
                [parent],
                read_workload(test, parent.facts.inputs),
                Path(folder) / "variants",
                calibration=read_workload(train, parent.facts.inputs),
                precision=Precision.GLANCE,
                bench={
                    "threads": 1,
                    "window_s": asked.window,
                    "blocks_min": asked.blocks,
                    "blocks_max": asked.blocks,
                },
            )
            measured, seconds = everything(plan)
            if asked.compare:
                compare(plan, measured, seconds)


def everything(plan: SearchPlan) -> tuple[dict[str, tuple[Candidate, Measurement, float]], float]:
    """Make and guard by the search's own stages, then measure all that was made, in full."""
    parent = plan.parents[0]
    began = time.perf_counter()
    made: dict[str, Candidate] = {parent.key: parent}
    losses: dict[str, float] = {parent.key: 0.0}
    print(f"\n{parent.name}: {parent.facts.parameters:,} parameters, {parent.family}")
    for event in search(plan):
        if isinstance(event, VariantMade):
            made[event.candidate.key] = event.candidate
        elif isinstance(event, VariantGuarded):
            losses[event.candidate] = event.result.loss.value
        elif isinstance(event, VariantRefused):
            print(f"  {event.lever}: {event.reason}")
        elif isinstance(event, VariantDropped) and event.stage == "make":
            print(f"  {made.pop(event.candidate).name}: {event.reason}")
        elif isinstance(event, Measuring):
            break
    measured: dict[str, Measurement] = {}
    for event in run(plan.full_plan(list(made.values()), "everything")):
        if isinstance(event, CandidateMeasured):
            measured[event.measurement.candidate] = event.measurement
    seconds = time.perf_counter() - began
    found = {k: (made[k], m, losses.get(k, 0.0)) for k, m in measured.items()}
    show(parent, found)
    for entry in plan.entries:
        if entry.obstacle:
            print(f"  {entry.lever}: {entry.obstacle}")
    return found, seconds


def show(parent: Candidate, found: dict[str, tuple[Candidate, Measurement, float]]) -> None:
    base = found[parent.key][1]
    print("  | variant | energy | ÷ parent | p50 | size | accuracy | verdict |")
    for candidate, m, loss in found.values():
        ratio = m.energy_j / base.energy_j
        draws = [a / b for a, b in zip(m.energy_draws_j, base.energy_draws_j, strict=False)]
        draws.sort()
        low, high = draws[int(0.025 * len(draws))], draws[int(0.975 * len(draws)) - 1]
        verdict = verdict_of(candidate, parent, low, high, loss)
        accuracy, size = written(m.accuracy).value, candidate.facts.weight_bytes / 1000
        print(
            f"  | {candidate.name.removeprefix(parent.name).strip('., ') or 'parent'} "
            f"| {written(m.energy_j).text} | {ratio.value:.2f} ({low:.2f} – {high:.2f}) "
            f"| {written(m.latency_ms['p50']).text} | {size:,.0f} kB "
            f"| {accuracy} | {verdict} |"
        )


def verdict_of(
    candidate: Candidate, parent: Candidate, low: float, high: float, loss: float
) -> str:
    if candidate.key == parent.key:
        return "baseline"
    quality = "" if loss <= 0 else f", loses {loss:.2f} points"
    if high < 1:
        return "saves" + quality
    reasons = " ".join(str(r) for r in why_no_gain(parent, candidate, processor_flags()))
    if low > 1:
        return f"hungrier{quality}. {reasons}"
    return f"no distinguishable difference{quality}. {reasons}"


def compare(
    plan: SearchPlan, measured: dict[str, tuple[Candidate, Measurement, float]], seconds: float
) -> None:
    """The search against everything in full: time and frontier, within the limits."""
    events = list(search(plan))
    spent = next(e.spent_s for e in events if isinstance(e, SearchFinished))
    finalists = {c.key for c in finalists_of(events)} | {plan.parents[0].key}
    limit = plan.limits.most_loss_points or float("inf")
    allowed = {k: v for k, v in measured.items() if v[2] <= limit}
    best = {k: (m.energy_j.value, loss) for k, (_, m, loss) in allowed.items()}
    frontier = {
        k
        for k, (energy, loss) in best.items()
        if not any(e < energy and x <= loss for o, (e, x) in best.items() if o != k)
    }
    missed = [measured[k][0].name for k in frontier - finalists]
    print(f"  search {spent:.0f} s, everything {seconds:.0f} s: {spent / seconds:.0%}")
    print(f"  frontier {[measured[k][0].name for k in frontier]}; missed {missed}")


if __name__ == "__main__":
    main()
