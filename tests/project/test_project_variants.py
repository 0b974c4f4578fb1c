"""A search on a tiny true model, measured for real: kept, continued, and judged on other rows."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from tiny_network import QUICKLY, save_network

from advisor.bench import Precision
from advisor.bench.search import Measuring, SearchFinished, StageStarted, VariantMade
from advisor.bench.search_plan import Rung
from advisor.candidates import read_candidate
from advisor.candidates.guard import Limits
from advisor.candidates.rows import row_digests
from advisor.project import Project
from advisor.project.intake import (
    CURRENT_WORKLOAD,
    add_data,
    add_models,
    calibration_for,
    workload_for,
)
from advisor.project.layer_damage import known_layer_damage, layer_damage
from advisor.project.outcomes import Verdict
from advisor.project.search_course import SearchCourse
from advisor.project.standing import standing
from advisor.project.variants import (
    find_variants,
    journal_of,
    latest_search,
    plan_variants,
    planned_again,
    read_journal,
)

TRIED = {"int8-dynamic", "batch", "pruning"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return save_network(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def project(tmp_path):
    with Project.create(tmp_path / "bank.advisor") as opened:
        yield opened


def planned(project, files):
    (model,), _ = add_models(project, [files[0]])
    source, whole = add_data(project, files[1], [model], label="label", group="group")
    plan = plan_variants(
        project,
        [model],
        source,
        whole,
        precision=Precision.GLANCE,
        limits=Limits(most_loss_points=3.0),
        rungs=(Rung(window_s=0.05, blocks=2),),
        bench=QUICKLY,
        time_budget_s=60.0,
    )
    return plan.choosing({e.lever: e.lever in TRIED for e in plan.entries}), source


def test_a_search_breaks_off_goes_on_and_its_finalists_are_ranked(project, files):
    plan, source = planned(project, files)
    course = SearchCourse(plan)
    begun = find_variants(project, plan, source)
    for event in begun:
        course.take(event)
        if isinstance(event, StageStarted) and event.stage == "glance":
            begun.close()
    assert not course.finished
    kept = latest_search(project)
    assert not kept.finished

    again, part = planned_again(project, kept)
    assert again.wanted == plan.wanted
    live = SearchCourse(again).take_all(read_journal(journal_of(again)))
    assert live.stage == "glance"
    before = {p: p.stat().st_mtime_ns for p in again.folder.glob("*.onnx")}
    events = list(find_variants(project, again, part))
    assert isinstance(events[-1], SearchFinished)
    assert {p: p.stat().st_mtime_ns for p in again.folder.glob("*.onnx")} == before
    assert latest_search(project).finished

    read = SearchCourse(again).take_all(read_journal(journal_of(again)))
    for event in events:
        live.take(event)
    assert read.finished
    assert (live.remaining_s, live.fraction) == (0, 1)
    by_lever = {}
    for shown, restored in zip(live.outcomes(), read.outcomes(), strict=True):
        assert (shown.key, shown.verdict) == (restored.key, restored.verdict)
        by_lever.setdefault(shown.entry.lever, []).append(shown)
    refused = [o for o in by_lever["pruning"] if o.verdict is Verdict.REFUSED]
    assert "It loses" in str(refused[0].reasons[0])
    assert by_lever["fewer-trees"][0].verdict is Verdict.DOES_NOT_APPLY
    assert by_lever["fp16"][0].verdict is Verdict.LEFT_OUT
    batches = [o for o in by_lever["batch"] if o.finalist]
    # Windows of some milliseconds on a busy machine may not tell them apart.
    assert batches[0].verdict in (Verdict.GREENER, Verdict.NO_DIFFERENCE)
    assert set(batches[0].guard.group_points) == {"north", "south"}

    finalists = set(events[-1].finalists)
    shelf = {c.key for c in project.candidates.all()}
    assert finalists <= shelf
    assert not {o.key for o in refused} & shelf
    ranked = standing(project)
    assert {m.candidate for m in ranked.measurements} == finalists | {plan.parents[0].key}
    assert project.verify() == []


def test_rows_that_calibrate_never_judge_from_then_on(project, files):
    plan, source = planned(project, files)
    events = find_variants(project, plan, source)
    next(events)
    events.close()
    used = project.workloads.get(project.setting(CURRENT_WORKLOAD))
    model = plan.parents[0]
    judges = workload_for([model], used)
    calibrates = calibration_for([model], used)
    assert not set(row_digests(judges)) & set(row_digests(calibrates))
    assert judges.samples + calibrates.samples == 400
    second = plan_variants(project, [model], used, judges)
    assert second.calibration.sha256 == calibrates.sha256
    assert second.workload.sha256 == judges.sha256
    read_anew, _ = add_data(project, files[1], [model], label="label", group="group")
    assert read_anew.rows == used.rows


def test_every_made_file_says_what_it_was_made_from(project, files):
    plan, source = planned(project, files)
    made = []
    for event in find_variants(project, plan, source):
        if isinstance(event, VariantMade):
            made.append(event.candidate)
        if isinstance(event, Measuring):
            break
    for variant in made:
        assert variant.parent_key == plan.parents[0].key
        if not variant.run_options:
            assert read_candidate(variant.path).lever == variant.lever


def test_the_damage_of_layers_is_worked_out_once(project, files):
    plan, _ = planned(project, files)
    model = plan.parents[0]
    assert known_layer_damage(project, model, plan.calibration) is None
    found = layer_damage(project, model, plan.calibration)
    assert [layer.nodes for layer in found] == [("first",), ("second",)]
    assert all(layer.relative_difference > 0 for layer in found)
    assert known_layer_damage(project, model, plan.calibration) == found
