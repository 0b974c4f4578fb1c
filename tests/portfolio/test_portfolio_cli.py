"""The group `portfolio` at the terminal: a reviewer's Monday, and what goes wrong on it."""

import json
from datetime import date

import pandas as pd
import pytest
from typer.testing import CliRunner

from advisor.cli import build_app
from advisor.portfolio import State, moved
from advisor.project import Project

RULES = """[[rule]]
name = "unused"
then = "propose retirement"
when = [{ field = "calls_last_90_days", is = "below", value = 300 }]
"""


@pytest.fixture(scope="module")
def runner():
    app = build_app()

    def run(*arguments):
        return CliRunner().invoke(app, ["portfolio", *map(str, arguments)])

    return run


@pytest.fixture(scope="module")
def sample(tmp_path_factory, runner):
    path = tmp_path_factory.mktemp("terminal") / "bank.advisor"
    assert runner("sample", "--project", path).exit_code == 0
    return path


def test_an_inventory_is_previewed_imported_and_imported_again(tmp_path, runner):
    file, project = tmp_path / "models.csv", tmp_path / "p.advisor"
    file.write_text("Ref,Tier,Calls per month\nA1,1,100\nA2,nine,5\n")
    arguments = ("import", file, "--project", project, "--json", "--map", "id=Ref")
    preview = runner(*arguments, "--dry-run")
    assert preview.exit_code == 1, "a wrong row is a negative outcome"
    assert json.loads(preview.stdout)["added"] == 1
    assert "row 3" in preview.stderr
    with Project.open(project) as opened:
        assert opened.models.count() == 0
    runner(*arguments)
    again = json.loads(runner(*arguments).stdout)
    assert (again["added"], again["unchanged"]) == (0, 1)
    with Project.open(project) as opened:
        assert opened.models.get("A1").calls_per_year == 1200
    remembered = runner("import", file, "--project", project, "--json")
    assert json.loads(remembered.stdout)["unchanged"] == 1


def test_predicted_energies_say_how_far_they_reach(tmp_path, runner):
    file, project = tmp_path / "models.csv", tmp_path / "p.advisor"
    rows = ["id,parameters,flops_per_call,throughput_per_s,calls_per_year,region,hardware,idle_w"]
    rows += ["near,25600000,8200000000,900,1000,GBR,NVIDIA A100,60"]
    rows += ["huge,70000000000,1e14,1,1000,GBR,NVIDIA A100,60"]
    file.write_text("\n".join(rows) + "\n")
    assert runner("import", file, "--project", project).exit_code == 0
    shown = runner("footprint", "--project", project)
    assert shown.exit_code == 0, shown.stderr
    assert "far beyond it: 1 models" in " ".join(shown.stderr.split())
    found = json.loads(runner("footprint", "--project", project, "--json").stdout)["predicted"]
    assert found["rows"]["far"] == 1
    assert found["energy"]["far"] > 0.9
    table = tmp_path / "models.out.csv"
    runner("footprint", "--project", project, "--csv", table)
    written = pd.read_csv(table).set_index("id")
    assert written.loc["huge", "grade"] == "far"
    assert written.loc["huge", "outside_factor"] > 100


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "none.csv"), "no file"),
        (("import-mlflow", "sqlite:////nowhere/at/all.db"), "no MLflow store"),
        (("readings", "none.csv"), "no file"),
        (("policy", "none.toml"), "none.toml"),
        (("reconcile", "--statement", "mood=3"), "No model|not for"),
        (("reconcile", "--statement", "all=many"), "no statement"),
        (("beside", "Z"), "No plan is kept"),
        (("proof", "--on", "tomorrow"), "not a date"),
        (("footprint", "--allocation", "guess"), "guess"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(sample, runner, arguments, said):
    found = runner(*arguments, "--project", sample)
    assert found.exit_code == 2, found.output
    assert any(word in found.stderr for word in said.split("|")), found.stderr
    assert "Traceback" not in found.output


def test_an_empty_project_says_what_to_do(tmp_path, runner):
    project = tmp_path / "empty.advisor"
    Project.create(project).close()
    found = runner("footprint", "--project", project, "--no-predict")
    assert found.exit_code == 2
    assert "portfolio import" in found.stderr


def test_options_rules_and_reconciliation_as_data(tmp_path, sample, runner):
    quick = ("--project", sample, "--no-predict", "--json")
    options = json.loads(runner("options", *quick, "--top", "5").stdout)
    assert len(options) == 5
    assert all(o["place"] and o["evidence"] for o in options)
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    (trial,) = json.loads(runner("policy", rules, *quick).stdout)
    assert trial["rule"]["name"] == "unused"
    assert trial["models"]
    (line,) = json.loads(runner("reconcile", *quick, "--statement", "region:GBR=900000").stdout)
    residual = line["stated_kwh"]["value"] - line["modelled_kwh"]["value"]
    assert line["residual_kwh"]["value"] == pytest.approx(residual)
    (kept,) = json.loads(runner("reconcile", *quick).stdout)
    assert kept == line, "a statement is remembered"


def test_a_plan_is_kept_simulated_and_compared_with_readings(tmp_path, sample, runner):
    quick = ("--project", sample, "--no-predict")
    made = runner("optimise", *quick, "--days", "100", "--keep", "Autumn", "--json")
    assert json.loads(made.stdout)["engineer_days"] <= 100
    months = runner("simulate", *quick, "--plan", "Autumn").stdout.splitlines()
    assert {line.split(",")[-1] for line in months[1:]} == {"do nothing", "recommended", "Autumn"}
    with Project.open(sample) as opened:
        model = next(m for m in opened.models.all() if m.energy_per_call_j and m.calls_per_year)
    readings = tmp_path / "meters.csv"
    today = date.today()
    readings.write_text(f"model,month,energy (MWh),calls\n{model.id},{today:%Y-%m},0.001,10\n")
    assert runner("readings", readings, "--project", sample).exit_code == 0
    (line,) = json.loads(runner("beside", "Autumn", *quick, "--json").stdout)
    assert (line["metered"], line["month"]) == (1, f"{today:%Y-%m}-01")


def test_a_retired_model_that_nobody_meters_is_no_proof(sample, runner):
    from advisor.portfolio import Budgets, optimum, propose
    from advisor.project.inventory import inventory_study

    with Project.open(sample) as opened:
        made = inventory_study(opened, predict=False)
        plan = optimum(made.options, made.inventory, Budgets(engineer_days=300))
        row = plan.chosen[plan.chosen["kind"] == "retire"].iloc[0]
        day = date(2026, 1, 5)
        decision = propose(row, made.inventory, "Ann", day, "unused")
        decision = moved(decision, State.UNDER_REVIEW, "Ben", day, "taken up")
        decision = moved(decision, State.AGREED, "Ben", day, "yes", retire_on=day)
        opened.shelf("decisions").put(decision)
    found = runner("proof", "--project", sample, "--no-predict", "--on", "2026-03-01", "--json")
    assert found.exit_code == 1
    (proof,) = json.loads(found.stdout)
    assert (proof["model_id"], proof["alarm"], proof["quiet"]) == (decision.model_id, True, False)
