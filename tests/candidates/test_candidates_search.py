"""The search over real models, with measurements by a stand-in bench of known energies."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.bench import CandidateMeasured, Event, Finished, Measurement, Plan, Precision
from advisor.bench import search as search_module
from advisor.bench.search import (
    SEARCH_EVENT,
    SearchFinished,
    SensitivityFound,
    StageStarted,
    VariantDropped,
    VariantGuarded,
    VariantMade,
    VariantRefused,
    finalists_of,
    plan_search,
    search,
)
from advisor.bench.search_glance import clearly_hungrier, glance
from advisor.bench.search_halving import Field
from advisor.bench.search_plan import Rung, SearchPlan, SearchPlanError
from advisor.candidates import Candidate, UnusableDataError, Workload
from advisor.candidates.levers import LeverError
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


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> tuple[list[list[str]], dict[str, object]]:
    """The benches' calls, and the arguments that make a search use benches of known energies."""
    calls: list[list[str]] = []
    monkeypatch.setattr(search_module, "glance", lambda _plan: {})
    bench = bench_of_known_energies(calls)
    return calls, {"measure_full": bench, "measure_short": bench}


def test_the_plan_shows_obstacles_and_can_be_edited(plan: SearchPlan) -> None:
    blocked = {e.lever: str(e.obstacle) for e in plan.entries if e.obstacle}
    assert "no trees" in blocked["fewer-trees"]
    fewer = plan.choosing({"fp16": False})
    assert len(fewer.wanted) == len(plan.wanted) - 1
    static = next(e for e in plan.wanted if e.lever == "int8-static")
    edited = plan.setting(static.id, {"method": "entropy", "per_channel": False})
    assert {"method": "entropy", "per_channel": False} in [e.settings for e in edited.wanted]
    with pytest.raises(LeverError, match="no setting “metod”"):
        plan.setting(static.id, {"metod": "entropy"})
    standard = replace(plan, precision=Precision.STANDARD, rungs=(Rung(), Rung(blocks=6)))
    assert standard.expected_s([]) < standard.everything_s([]) / 3


def test_search_guards_retries_halves_and_ends_with_the_best(
    plan: SearchPlan, known: tuple[list[list[str]], dict[str, Any]]
) -> None:
    calls, benches = known
    events = list(search(plan, **benches))
    stages = [e.stage for e in events if isinstance(e, StageStarted)]
    assert stages == ["make", "guard", "glance", "short 1", "full"]
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
    found = {e.base: e.layers for e in events if isinstance(e, SensitivityFound)}
    assert [layer.nodes for layer in found["static"]] == [("conv1",), ("conv2",), ("head",)]
    assert set(calls[-1]) >= {"cnn"}
    assert len(calls[-1]) < len(calls[0])
    restored = [SEARCH_EVENT.validate_json(e.model_dump_json()) for e in events]
    assert [e.kind for e in restored] == [e.kind for e in events]


@pytest.mark.parametrize("stage", ["make", "guard", "short 1", "full"])
def test_a_search_goes_on_where_it_broke_off(
    plan: SearchPlan, known: tuple[list[list[str]], dict[str, Any]], stage: str
) -> None:
    calls, benches = known
    whole = list(search(plan, **benches))
    starts = {e.stage: n for n, e in enumerate(whole) if isinstance(e, StageStarted)}
    part = whole[: starts[stage] + 3]
    made_before = {e.candidate.path for e in part if isinstance(e, VariantMade)}
    written = {p: p.stat().st_mtime_ns for p in plan.folder.iterdir()}
    calls.clear()
    rest = list(search(plan, part, **benches))
    assert not [p for p in made_before if p in written and p.stat().st_mtime_ns != written[p]]
    judged = {e.candidate for e in part if isinstance(e, VariantGuarded)}
    assert not judged & {e.candidate for e in rest if isinstance(e, VariantGuarded)}
    assert len(calls) == (1 if stage == "full" else 2)  # the short round was over
    ends = [e for e in (whole[-1], rest[-1]) if isinstance(e, SearchFinished)]
    assert set(ends[0].finalists) == set(ends[1].finalists)
    assert rest[0].at_s >= part[-1].at_s


def test_a_time_budget_is_kept(
    plan: SearchPlan, known: tuple[list[list[str]], dict[str, Any]]
) -> None:
    _, benches = known
    with pytest.raises(SearchPlanError, match="allow more time"):
        search(replace(plan, time_budget_s=5))
    times = itertools.count(0.0, 0.4)  # every look at the clock takes four tenths of a second
    short = replace(plan, time_budget_s=40)
    events = list(search(short, clock=lambda: next(times), **benches))
    late = [e.lever for e in events if isinstance(e, VariantRefused) and "time" in str(e.reason)]
    made = [e.candidate.lever for e in events if isinstance(e, VariantMade)]
    assert made
    assert late
    assert not set(made[:1]) & set(late)
    end = events[-1]
    assert isinstance(end, SearchFinished)
    assert end.spent_s < 40
    assert end.finalists


def test_the_budget_decides_how_many_finalists_there_is_room_for(plan: SearchPlan) -> None:
    quick = replace(plan, precision=Precision.QUICK)
    assert quick.room_for(None, 7) == 7
    assert quick.room_for(1.0, 7) == 1
    assert 1 < quick.room_for(150.0, 7) < 7
    full = quick.full_plan(quick.parents, "run", 150.0)
    assert full.time_budget_s is not None
    assert full.time_budget_s + full.idle_s < 150
    assert full.warm_up_max_s < quick.full_plan(quick.parents, "run").warm_up_max_s


def test_what_is_distinguishably_less_accurate_pushes_nothing_out(
    candidate: Callable[..., Candidate],
) -> None:
    """Neither loss can be told from none, but on the same rows one of the two is clearly worse."""
    parent = candidate("dense")
    fair, coarse = (parent.model_copy(update={"run_options": {"n": n}}) for n in (1, 2))
    rows = np.random.default_rng(0).normal(0, 1, 1000)
    draws = {fair.key: tuple(rows - 0.2), coarse.key: tuple(rows + 0.6)}
    field = Field(
        {c.key: c for c in (fair, coarse)}, {c.key: parent.key for c in (fair, coarse)},
        {fair.key: 0.0, coarse.key: 0.0}, {c.key: c.name for c in (parent, fair, coarse)},
        loss_draws=draws,
    )  # fmt: skip
    energies = {parent.key: 3.0, fair.key: 2.0, coarse.key: 1.0}
    assert field.contested([fair.key, coarse.key], energies) == []
    alike = replace(field, loss_draws={**draws, coarse.key: draws[fair.key]})
    assert alike.contested([fair.key, coarse.key], energies) == [fair.key]


@pytest.mark.parametrize("joules", [(86.0, 85.9), (100.0, 96.0, 92.0)])
def test_of_batches_that_beat_one_another_one_stays(
    candidate: Callable[..., Candidate], joules: tuple[float, ...]
) -> None:
    """The larger one saves too little to wait for, the smaller one uses more: neither is lost."""
    parent = candidate("dense")
    made = [
        parent.model_copy(update={"run_options": {"batch_size": 4**n}})
        for n, _ in enumerate(joules, start=1)
    ]
    keys = [c.key for c in made]
    field = Field(
        dict(zip(keys, made, strict=True)), dict.fromkeys(keys, parent.key),
        dict.fromkeys(keys, 0.0), dict.fromkeys([parent.key, *keys], "x"), least_gain=0.05,
    )  # fmt: skip
    energies = {parent.key: 150.0, **dict(zip(keys, joules, strict=True))}
    assert len(field.contested(keys, energies)) == len(keys) - 1
    assert keys[len(keys) - 2] not in field.contested(keys, energies)


def test_the_glance_tells_a_large_model_from_a_small_one(
    candidate: Callable[..., Candidate], workload: Callable[..., Workload]
) -> None:
    small, large = candidate("dense"), candidate("dense", hidden=4096)
    batched = small.model_copy(update={"run_options": {"batch_size": 64}})
    found = glance(
        Plan((small, large, batched), workload(small), threads=1, precision=Precision.GLANCE)
    )
    assert clearly_hungrier(found[large.key], found[small.key])
    assert clearly_hungrier(found[small.key], found[batched.key])
    assert not clearly_hungrier(found[small.key], found[small.key])


def test_calibration_on_evaluation_data_is_refused(
    candidate: Callable[..., Candidate], workload: Callable[..., Workload], tmp_path: Path
) -> None:
    cnn = candidate("cnn")
    with pytest.raises(UnusableDataError, match="evaluation samples too"):
        plan_search([cnn], workload(cnn), tmp_path, calibration=workload(cnn))
