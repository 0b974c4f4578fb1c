"""A benchmark over real ONNX Runtime in a real child process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import psutil
import pytest
from onnx import numpy_helper

from advisor.bench import (
    CandidateMeasured,
    Event,
    Failed,
    Finished,
    LoadPattern,
    NotScored,
    Plan,
    PlanError,
    Precision,
    Scored,
    Started,
    WarmedUp,
    WindowMeasured,
    measure,
    record,
    replay,
    run,
)
from advisor.bench.load import least_energy, sweep
from advisor.candidates.candidate import Candidate
from advisor.candidates.workload import Workload

SHORT = {"window_s": 0.2, "blocks_min": 3, "blocks_max": 3, "idle_s": 0.1, "warm_up_max_s": 0.5}
Make = Callable[..., Candidate]


def windows_of(events: list[Event]) -> list[WindowMeasured]:
    return [e for e in events if isinstance(e, WindowMeasured)]


def children() -> list[psutil.Process]:
    found = psutil.Process(os.getpid()).children(recursive=True)
    return [c for c in found if any("worker.py" in part for part in c.cmdline())]


def test_the_whole_job_measures_each_candidate(
    make_candidate: Make, workload: Workload, tmp_path: Path
) -> None:
    small, large = make_candidate("small"), make_candidate("large", width=20000, noise=2.0)
    plan = Plan.of(Precision.QUICK, (small, large), workload, **SHORT)
    path = tmp_path / "run.jsonl"
    events = list(record(run(plan), path))
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert {e.candidate for e in events if isinstance(e, WarmedUp)} == {small.key, large.key}
    scores = {e.candidate: e for e in events if isinstance(e, Scored)}
    assert scores[small.key].value > 80 > scores[large.key].value
    assert len(windows_of(events)) == 6
    last = {
        e.measurement.candidate: e.measurement for e in events if isinstance(e, CandidateMeasured)
    }
    assert last[large.key].energy_j.value > 3 * last[small.key].energy_j.value
    assert last[small.key].group_accuracy.keys() == {"a", "b"}
    assert last[small.key].accuracy is not None
    assert len(last[small.key].energy_draws_j) == len(last[small.key].loss_draws) == 1000
    # Replayed from the file, through the same code: the same figures, bit for bit.
    assert list(replay(path)) == events
    assert measure(replay(path)) == [last[c] for c in (small.key, large.key)]
    assert not children()


def test_each_block_holds_every_candidate_once_and_its_neighbour_the_reverse(
    make_candidate: Make, workload: Workload
) -> None:
    candidates = tuple(make_candidate(f"c{n}", noise=n / 10) for n in range(3))
    plan = Plan.of(Precision.QUICK, candidates, workload, **SHORT | {"blocks_max": 4, "seed": 3})
    windows = [e.window for e in windows_of(list(run(plan)))]
    orders = [[w.candidate for w in windows if w.block == b] for b in range(4)]
    assert all(sorted(o) == sorted(c.key for c in candidates) for o in orders)
    assert orders[1] == orders[0][::-1]
    assert orders[3] == orders[2][::-1]


def test_a_closed_iterator_cancels_and_leaves_no_child(
    make_candidate: Make, workload: Workload
) -> None:
    plan = Plan.of(Precision.STANDARD, (make_candidate("small"),), workload, idle_s=0.1)
    events = run(plan)
    for event in events:
        if getattr(event, "kind", "") == "power_sampled" and getattr(event, "candidate", None):
            break  # in the middle of a window of thirty seconds
    assert len(children()) == 1
    events.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert not children()


def test_a_crash_of_one_candidate_leaves_the_others(
    make_candidate: Make, workload: Workload
) -> None:
    good, bad = make_candidate("good"), make_candidate("bad", noise=0.5)
    plan = Plan.of(Precision.QUICK, (bad, good), workload, **SHORT)
    events: list[Event] = []
    killed = False
    for event in run(plan):
        events.append(event)
        if not killed and getattr(event, "kind", "") == "idle_measured":
            children()[0].kill()  # as the kernel does when memory runs out
            killed = True
    failed = [e for e in events if isinstance(e, Failed)]
    assert len(failed) == 1
    assert "memory" in failed[0].reason
    survivors = {good.key, bad.key} - {failed[0].candidate}
    assert {m.candidate for m in measure(events)} == survivors
    assert len([w for w in windows_of(events) if w.window.candidate in survivors]) == 3


def test_a_file_that_is_no_model_fails_alone(
    make_candidate: Make, workload: Workload, tmp_path: Path
) -> None:
    broken = make_candidate("broken")
    broken.path.write_bytes(b"not a model")
    good = make_candidate("good", noise=0.1)
    plan = Plan.of(Precision.QUICK, (broken, good), workload, **SHORT)
    events = list(run(plan))
    assert [e.candidate for e in events if isinstance(e, Failed)] == [broken.key]
    assert [m.candidate for m in measure(events)] == [good.key]


def test_a_run_that_broke_off_goes_on_where_it_stood(
    make_candidate: Make, workload: Workload
) -> None:
    candidates = (make_candidate("a"), make_candidate("b", noise=0.2))
    plan = Plan.of(Precision.QUICK, candidates, workload, **SHORT)
    first: list[Event] = []
    events = run(plan)
    for event in events:
        first.append(event)
        if len(windows_of(first)) == 3:  # one block and a half
            break
    events.close()  # pyright: ignore[reportAttributeAccessIssue]
    again = plan.with_done(tuple(first), max(e.at_s for e in first))
    second = list(run(again))
    both = [*windows_of(first), *windows_of(second)]
    assert [w.window.block for w in both] == [0, 0, 1, 2, 2]
    assert {w.run_id for w in both} == {plan.run_id}
    assert second[0].at_s >= first[-1].at_s
    last = {
        e.measurement.candidate: e.measurement for e in second if isinstance(e, CandidateMeasured)
    }
    assert sorted(m.windows_used for m in last.values()) == [2, 3]
    assert measure([*first, *second]) == [last[c.key] for c in candidates]


def test_the_server_pattern_serves_at_its_rate(make_candidate: Make, workload: Workload) -> None:
    plan = Plan.of(
        Precision.QUICK,
        (make_candidate("small"),),
        workload,
        **SHORT | {"window_s": 1.0},
        load=LoadPattern.SERVER,
        arrival_rate_per_s=200.0,
    )
    (figures,) = measure(list(run(plan)))
    # 600 Poisson arrivals: five standard deviations are 20 %.
    assert 150 < figures.throughput_per_s.value < 250


def test_requests_that_come_too_fast_are_said(make_candidate: Make, workload: Workload) -> None:
    plan = Plan.of(
        Precision.QUICK,
        (make_candidate("large", width=20000),),
        workload,
        **SHORT,
        load=LoadPattern.SERVER,
        arrival_rate_per_s=1e6,
        latency_bound_ms=1e-3,
    )
    (figures,) = measure(list(run(plan)))
    assert any("faster" in w for w in figures.warnings)
    assert any("breaks the bound" in w for w in figures.warnings)


def test_a_batch_sweep_finds_that_batches_save_energy(
    make_candidate: Make, workload: Workload
) -> None:
    points = sweep(make_candidate("small"), batch_sizes=(1, 64), threads=(1,))
    plan = Plan.of(Precision.QUICK, points, workload, **SHORT, load=LoadPattern.OFFLINE)
    measured = measure(list(run(plan)))
    assert {m.batch_size for m in measured} == {1, 64}
    assert least_energy(measured).best == min(measured, key=lambda m: m.energy_j.value)
    found = least_energy(measured, latency_bound_ms=1e-6)
    assert found.best is None
    assert len(found.too_slow) == 2


def test_a_fixed_batch_of_the_graph_wins_and_the_last_batch_is_padded(
    make_candidate: Make, workload: Workload
) -> None:
    fixed = make_candidate("fixed", batch=8)  # 203 samples: the last batch holds three
    plan = Plan.of(Precision.QUICK, (fixed,), workload, **SHORT, batch_size=4)
    events = list(run(plan))
    assert not [e for e in events if isinstance(e, Failed)]
    free = replace(plan, candidates=(make_candidate("free"),), run_id="other")
    scores = [e.value for e in events if isinstance(e, Scored)]
    assert scores == [e.value for e in run(free) if isinstance(e, Scored)]


def test_without_labels_accuracy_is_unknown(make_candidate: Make, workload: Workload) -> None:
    blind = replace(workload, labels=None, groups=None)
    plan = Plan.of(Precision.QUICK, (make_candidate("small"),), blind, **SHORT)
    (figures,) = measure(list(run(plan)))
    assert figures.accuracy is None
    assert figures.loss_draws == ()


def test_answers_that_cannot_be_scored_say_so_and_perfect_ones_are_doubted(
    make_candidate: Make, workload: Workload
) -> None:
    strange = np.where(np.arange(203) == 0, 99, workload.labels)
    foreign = replace(workload, labels=strange, metric="log_loss")
    plan = Plan.of(Precision.QUICK, (make_candidate("small"),), foreign, **SHORT)
    events = list(run(plan))
    assert [e.candidate for e in events if isinstance(e, NotScored)] == [plan.candidates[0].key]
    (figures,) = measure(events)
    assert figures.accuracy is None
    assert any("Accuracy is unknown: The label" in str(c) for c in figures.cautions)

    probabilities = workload.inputs["x"] @ numpy_helper.to_array(
        onnx.load(plan.candidates[0].path).graph.initializer[0]
    )
    known = replace(workload, labels=probabilities.argmax(axis=1))
    (figures,) = measure(list(run(replace(plan, workload=known, run_id="trained"))))
    assert any("Not one of 203 rows is answered wrong" in str(c) for c in figures.cautions)


def test_the_child_ends_when_its_parent_is_gone(make_candidate: Make, workload: Workload) -> None:
    from advisor.bench.child import Child

    child = Child()
    child.ask(do="inputs", inputs=workload.inputs)
    reply = child.poll(20.0)
    assert reply is not None
    assert reply["error"] == ""
    child._process.stdin.close()  # pyright: ignore  # what the kernel does for a killed parent
    for _ in range(200):
        if child.ended:
            break
        time.sleep(0.05)
    assert child.ended
    child.kill()


@pytest.mark.parametrize(
    "wrong",
    [
        {"target_half_width": 0.0},
        {"blocks_min": 4, "blocks_max": 3},
        {"load": LoadPattern.SERVER},
        {"window_s": 0.0},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    wrong: dict[str, object], make_candidate: Make, workload: Workload
) -> None:
    with pytest.raises(PlanError):
        Plan.of(Precision.QUICK, (make_candidate("small"),), workload, **wrong)


def test_settings_make_the_same_plan(make_candidate: Make, workload: Workload) -> None:
    candidates = (make_candidate("small"),)
    plan = Plan.of(Precision.GLANCE, candidates, workload, seed=4, providers=("x",))
    again = Plan.from_settings(plan.settings(), candidates, workload)
    assert again == plan
    with pytest.raises(PlanError):
        Plan.from_settings({"colour": "red"}, candidates, workload)


def test_external_lists_of_maps_are_scored(
    make_candidate: Make, workload: Workload, tmp_path: Path
) -> None:
    candidate = make_candidate("zipmap")
    model = onnx.load(candidate.path)
    model.graph.node.append(
        onnx.helper.make_node(
            "ZipMap", ["p"], ["z"], domain="ai.onnx.ml", classlabels_int64s=list(range(4))
        )
    )
    model.opset_import.append(onnx.helper.make_opsetid("ai.onnx.ml", 1))
    del model.graph.output[:]
    model.graph.output.append(
        onnx.helper.make_value_info(
            "z",
            onnx.helper.make_sequence_type_proto(
                onnx.helper.make_map_type_proto(
                    onnx.TensorProto.INT64,
                    onnx.helper.make_tensor_type_proto(onnx.TensorProto.FLOAT, None),
                )
            ),
        )
    )
    onnx.save(model, candidate.path)
    plan = Plan.of(Precision.QUICK, (candidate,), workload, **SHORT | {"blocks_max": 3})
    scores = [e for e in run(plan) if isinstance(e, Scored)]
    assert len(scores) == 1
    assert scores[0].value > 80
    assert np.std(scores[0].loss_draws) > 0
