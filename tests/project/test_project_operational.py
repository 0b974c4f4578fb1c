"""Levers without a file on two measured networks: kept, worked out, ranked, reported."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from tiny_network import measure_pair, save_network

from advisor.candidates import UnusableDataError
from advisor.candidates.levers import LeverError
from advisor.cli import main
from advisor.project import Project
from advisor.project.assumptions import assume, assumptions
from advisor.project.cascades import learn_cascade
from advisor.project.entering import keep_option, read_hours
from advisor.project.intake import add_models
from advisor.project.operational import CacheSettings, MoveSettings, RetireSettings
from advisor.project.standing import standing
from advisor.quantities import Provenance
from advisor.rank import Verdict
from advisor.report.gather import summary_of


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    return measure_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture
def project(measured):
    with Project.open(measured) as opened:
        yield opened
        opened.shelf("operational").remove_many([o.key for o in opened.shelf("operational").all()])


def keys(project):
    return {c.name: c.key for c in project.candidates.all()}


def test_a_cascade_is_learnt_on_rows_that_do_not_judge_it(project):
    large, small = project.candidates.all()
    settings = learn_cascade(project, small, large, most_loss_points=2.0)
    assert settings.validation_samples + settings.evaluation_samples == 400
    assert 0 < settings.judged.escalated.value < 1
    option = keep_option(project, settings)
    assert option.name == "half, where unsure tiny"
    found = standing(project)
    ranked = found.of_candidate(option.key).option
    energy = {m.candidate: m.energy_j.value for m in found.measurements}
    expected = energy[small.key] + settings.judged.escalated.value * energy[large.key]
    assert ranked.energy_j.value == pytest.approx(expected)
    assert ranked.energy_j.provenance is Provenance.ESTIMATED
    assert ranked.accuracy_loss.value == pytest.approx(settings.judged.loss.value)
    with pytest.raises(LeverError, match="needs two models"):
        learn_cascade(project, large, large)


def test_what_is_entered_is_ranked_reported_and_taken_back(project):
    tiny = keys(project)["tiny"]
    cached = keep_option(project, CacheSettings(model=tiny, repeat_rate=0.4))
    found = standing(project)
    worked = found.worked[0]
    assert worked.energy_j.value == pytest.approx(0.6 * found.measurement(tiny).energy_j.value)
    assert "left out" in str(worked.cautions[0])
    assert found.of_candidate(cached.key).option.accuracy_loss.value == 0
    again = keep_option(project, CacheSettings(model=tiny, repeat_rate=0.4, lookup_j=1e-9))
    assert again.name == "tiny + cache 40 % (2)"
    second = standing(project).worked[1]
    assert not second.cautions
    assert "1.0000 nJ" in str(second.rests_on[1])
    actions = {a.name: a for a in summary_of(project).options}
    assert actions[cached.name].evidence[0] == f"operational:{cached.key}"
    assert actions[cached.name].saved.provenance is Provenance.ESTIMATED
    project.shelf("operational").remove(cached.key)
    assert [w.candidate for w in standing(project).worked] == [again.key]
    assert project.verify() == []


def test_a_move_changes_carbon_alone_and_hours_only_the_shape_of_the_day(project, tmp_path):
    tiny = keys(project)["tiny"]
    assume(project, assumptions(project).model_copy(update={"region": "DEU"}))
    keep_option(project, MoveSettings(model=tiny, region="FRA"))
    day = tmp_path / "day.csv"
    day.write_text("hour;g\n" + "\n".join(f"{h};{100 if h < 6 else 400}" for h in range(24)))
    keep_option(
        project, MoveSettings(model=tiny, hours=read_hours(day), hours_needed=6, may_wait=0.5)
    )
    found = standing(project)
    away, night = found.worked
    measured_j = found.measurement(tiny).energy_j
    assert away.energy_j == night.energy_j == measured_j
    assert night.grid.value == pytest.approx(found.assumed.grid.value * (0.5 * 100 / 325 + 0.5))
    saved = found.of_candidate(night.candidate).option
    assert saved.carbon_saved_kg.value / (
        saved.carbon_kg.value + saved.carbon_saved_kg.value
    ) == pytest.approx(0.5 * (1 - 100 / 325))
    day.write_text("1\n2\nx\n")
    with pytest.raises(LeverError, match="line 3"):
        read_hours(day)
    day.write_text("1\n2\n")
    with pytest.raises(LeverError, match="24"):
        read_hours(day)


def test_only_the_model_in_use_can_be_retired(project):
    names = keys(project)
    keep_option(project, RetireSettings(model=names["half"]))
    assert "not the model in use" in str(standing(project).waiting[0].reason)
    kept = keep_option(project, RetireSettings(model=names["tiny"], fallback_j=0.0))
    assert standing(project).of_candidate(kept.key).verdict is Verdict.UNKNOWN
    keep_option(
        project, RetireSettings(model=names["tiny"], fallback=names["half"], inherited_share=0.5)
    )
    found = standing(project)
    taken = found.worked[-1]
    assert taken.energy_j.value == pytest.approx(
        0.5 * found.measurement(names["half"]).energy_j.value
    )
    project.measurements.remove(f"{taken.run_id}/{names['half']}")
    assert any("no measurement" in str(w.reason) for w in standing(project).waiting)
    project.measurements.restore(f"{taken.run_id}/{names['half']}", 1)


def test_without_labelled_data_no_threshold_is_learnt(tmp_path):
    model, _ = save_network(tmp_path)
    with Project.create(tmp_path / "p.advisor") as project:
        (large,), _ = add_models(project, [model])
        other = large.model_copy(update={"sha256": "0" * 64})
        with pytest.raises(UnusableDataError, match="add data"):
            learn_cascade(project, other, large)


def test_at_the_terminal(project, measured, capsys):
    where = ["--project", str(measured)]
    assert main(["operate", "cache", "tiny", *where, "--repeat-rate", "0.3", "--json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)
    assert shown["energy_j"]["provenance"] == "estimated"
    assert main(["operate", "cascade", "half", "tiny", *where]) == 0
    assert "judged on" in capsys.readouterr().err
    assert main(["operate", "siblings", "tiny", *where]) == 0
    assert "half" in capsys.readouterr().out
    for wrong, said in (
        (["cache", "nothing", "--repeat-rate", "0.3"], "is not one candidate"),
        (["move", "tiny"], "--region"),
        (["move", "tiny", "--region", "Narnia"], "Narnia"),
        (["remove", "nothing"], "is not one option"),
    ):
        assert main(["operate", *wrong, *where]) == 2
        assert said in capsys.readouterr().err
    assert main(["operate", "remove", "tiny + cache 30 %", *where]) == 0
