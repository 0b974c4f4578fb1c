"""The search over real models, with measurements by a stand-in bench of known energies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from advisor.bench import CandidateMeasured, Event, Finished, Measurement, Plan, Precision
from advisor.bench import search as search_module
from advisor.bench.search import (
    SEARCH_EVENT,
    Measuring,
    SearchFinished,
    StageStarted,
    VariantDropped,
    VariantGuarded,
    VariantMade,
    finalists_of,
    plan_search,
    search,
)
from advisor.bench.search_plan import Rung, SearchPlan
from advisor.candidates import Candidate, UnusableDataError, Workload
from advisor.quantities import Provenance, Quantity

ENERGY = {"batch": 0.5, "int8-static": 0.7, "mixed-int8": 0.8, "fp16": 1.3, "threads": 1.1}
"""Joules by lever; the parent and all others take 1."""


def bench_of_known_energies(calls: list[list[str]]) -> Callable[[Plan], Iterator[Event]]:
    def run(plan: Plan) -> Iterator[Event]:
        calls.append([c.name for c in plan.candidates])
        rng = np.random.default_rng(plan.seed)
        noise = rng.normal(1, 0.01, 200)
        for candidate in plan.candidates:
            joules = ENERGY.get(candidate.lever or "", 1.0)
            draws = joules * noise * rng.normal(1, 0.001, 200)
            energy = Quantity.from_interval(
                joules, joules * 0.9, joules * 1.1, "J/inference", Provenance.MEASURED, "x", "w"
            )
            made = Measurement(
                run_id=plan.run_id, candidate=candidate.key, workload_sha256="w", device="d",
                batch_size=1, energy_j=energy, energy_above_idle_j=None, latency_ms={},
                throughput_per_s=energy, metric=None, accuracy=None, windows_used=2,
                windows_excluded=0, coverage="", energy_draws_j=tuple(draws),
            )  # fmt: skip
            yield CandidateMeasured(run_id=plan.run_id, at_s=1.0, measurement=made)
        yield Finished(run_id=plan.run_id, at_s=2.0, reason="done")

    return run


@pytest.fixture
def plan(
    candidate: Callable[..., Candidate], workload: Callable[..., Workload], tmp_path: Path
) -> SearchPlan:
    cnn = candidate("cnn")
    return plan_search(
        [cnn], workload(cnn), tmp_path, calibration=workload(cnn, train=True),
        precision=Precision.GLANCE, meters=(), rungs=(Rung(),),
    )  # fmt: skip


def test_the_plan_shows_obstacles_and_can_be_edited(plan: SearchPlan) -> None:
    blocked = {e.lever: str(e.obstacle) for e in plan.entries if e.obstacle}
    assert "no trees" in blocked["fewer-trees"]
    fewer = plan.choosing({"fp16": False})
    assert len(fewer.wanted) == len(plan.wanted) - 1
    standard = replace(plan, precision=Precision.STANDARD, rungs=(Rung(), Rung(blocks=4)))
    assert standard.expected_s([]) < 0.5 * standard.everything_s([])


def test_search_guards_retries_halves_and_ends_with_the_best(
    plan: SearchPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []
    monkeypatch.setattr(search_module, "run", bench_of_known_energies(calls))
    events = list(search(plan, measure_full=bench_of_known_energies(calls)))
    stages = [e.stage for e in events if isinstance(e, StageStarted)]
    assert stages == ["make", "guard", "short 1", "full"]
    dropped = {
        e.candidate: (e.stage, str(e.reason)) for e in events if isinstance(e, VariantDropped)
    }
    made = {e.candidate.key: e.candidate for e in events if isinstance(e, VariantMade)}
    by_lever = {made[key].lever: why for key, why in dropped.items()}
    assert by_lever["int8-static"][0] == "guard"
    assert "clearly less energy" in by_lever["fp16"][1]
    finalists = [c.lever for c in finalists_of(events)]
    assert "mixed-int8" in finalists  # made because static int8 lost too much
    assert "batch" in finalists
    assert set(calls[-1]) >= {"cnn"}
    assert len(calls[-1]) < len(calls[0])
    restored = [SEARCH_EVENT.validate_json(e.model_dump_json()) for e in events]
    assert [e.kind for e in restored] == [e.kind for e in events]


def test_a_search_goes_on_where_it_broke_off(
    plan: SearchPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []
    monkeypatch.setattr(search_module, "run", bench_of_known_energies(calls))
    whole = list(search(plan, measure_full=bench_of_known_energies(calls)))
    guarded = max(n for n, e in enumerate(whole) if isinstance(e, VariantGuarded))
    part = whole[: guarded + 1]
    written = {p: p.stat().st_mtime_ns for p in plan.folder.iterdir()}
    rest = list(search(plan, part, measure_full=bench_of_known_energies(calls)))
    rewritten = [p.name for p in written if p.stat().st_mtime_ns != written[p]]
    assert not [name for name in rewritten if "mixed" not in name]  # only a retry is made again
    ends = [e for e in (whole[-1], rest[-1]) if isinstance(e, SearchFinished)]
    assert set(ends[0].finalists) == set(ends[1].finalists)
    assert any(isinstance(e, Measuring) and e.stage == "full" for e in rest)


def test_calibration_on_evaluation_data_is_refused(
    candidate: Callable[..., Candidate], workload: Callable[..., Workload], tmp_path: Path
) -> None:
    cnn = candidate("cnn")
    with pytest.raises(UnusableDataError, match="evaluation samples too"):
        plan_search([cnn], workload(cnn), tmp_path, calibration=workload(cnn))
