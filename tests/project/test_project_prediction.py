"""The project's own prediction: fitted once, kept beside the file, fitted anew for other runs."""

import pandas as pd
import pytest

from advisor.portfolio import Model, inventory_frame
from advisor.predict.local_runs import COLUMNS
from advisor.predict.prior import shipped_hyperparameters, shipped_runs
from advisor.project import Project, prediction
from advisor.project.inventory import inventory_study, predictions_of
from advisor.project.prediction import SETTING, model_file, own_prediction

ASKED = pd.DataFrame(
    {"parameters": [2e6], "flops_per_call": [4e6], "throughput_per_s": [900.0], "device": ["desk"]}
)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with two metered runs, and few shipped ones, so that a fit takes a moment."""
    known = shipped_hyperparameters()
    few = shipped_runs().groupby("family").sample(3, random_state=0).reset_index(drop=True)
    monkeypatch.setattr("advisor.predict.local_runs.shipped_runs", lambda: few)
    monkeypatch.setattr("advisor.predict.local_runs.shipped_hyperparameters", lambda: known)
    monkeypatch.setattr(prediction, "shipped_runs", lambda: few)
    runs = [local_run("a", 0.02), local_run("b", 0.03)]
    monkeypatch.setattr(
        prediction, "measured_here", lambda _: pd.DataFrame(runs, columns=list(COLUMNS))
    )
    with Project.create(tmp_path / "bank.advisor") as opened:
        opened.runs_of_the_test = runs
        yield opened


def local_run(key, energy_j):
    return {
        "key": key,
        "model": key,
        "family": "net",
        "parameters": 1e6,
        "flops_per_call": 2e6,
        "precision": "fp32",
        "device": "desk",
        "idle_w": 8.0,
        "throughput_per_s": 1000.0,
        "energy_j": energy_j,
        "source": "measured here",
    }


def test_a_model_is_fitted_once_kept_and_found_again(project):
    first = own_prediction(project)
    assert str(first.fitted_anew) == "No fitted model was kept yet."
    assert first.learnt.local == 2
    assert project.setting(SETTING)["model_id"] == first.learnt.model.model_id
    again = own_prediction(project)
    assert again.fitted_anew is None
    assert again.learnt.local == 2
    before, after = first.learnt.predict(ASKED), again.learnt.predict(ASKED)
    pd.testing.assert_frame_equal(before, after, rtol=1e-4)
    assert 0 < after["local_share"].iloc[0] <= 1
    assert project.verify() == []


def test_other_runs_and_broken_files_are_fitted_anew_and_said(project):
    first = own_prediction(project)
    model_file(project).write_bytes(b"broken")
    broken = own_prediction(project)
    assert "not a fitted model of this program" in str(broken.fitted_anew)
    assert broken.learnt.model.model_id == first.learnt.model.model_id
    project.runs_of_the_test.append(local_run("c", 0.01))
    changed = own_prediction(project)
    assert "have changed" in str(changed.fitted_anew)
    assert changed.learnt.local == 3
    assert changed.learnt.model.model_id != first.learnt.model.model_id
    assert own_prediction(project).fitted_anew is None


def test_the_portfolio_shows_the_figures_of_the_projects_own_prediction(project):
    model = Model(
        id="m1",
        name="desk model",
        parameters=2e6,
        flops_per_call=4e6,
        throughput_per_s=900.0,
        hardware="desk",
        region="DE",
        calls_per_year=1e6,
    )
    project.models.put(model)
    learnt = own_prediction(project).learnt
    by_page = learnt.predict(ASKED).iloc[0]
    shown = inventory_study(project).footprint.iloc[0]
    assert shown["energy_per_call_j"] == pytest.approx(by_page["energy_j"])
    assert shown["energy_per_call_j_high"] == pytest.approx(by_page["energy_j_high"])
    inventory = inventory_frame(project.models.all())
    pd.testing.assert_series_equal(
        predictions_of(project, inventory).iloc[0][["energy_j", "model_id"]],
        by_page[["energy_j", "model_id"]],
    )
