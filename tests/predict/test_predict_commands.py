"""`predict models|next|training|tokens`: the shipped prior, jobs from a log, requests."""

import io
import json

import pandas as pd
import pytest

from advisor.cli import main
from advisor.portfolio import sample_inventory


@pytest.fixture
def terminal(capsys):
    def run(*arguments):
        code = main([str(a) for a in arguments])
        said = capsys.readouterr()
        return code, said.out, " ".join(said.err.split())

    return run


def written(path, **columns):
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def test_models_are_predicted_from_the_prior_with_their_state_of_knowledge(terminal, tmp_path):
    table = written(
        tmp_path / "models.csv",
        name=["resnet", "sized", "nothing", "far"],
        parameters=[25.6e6, 25.6e6, None, 1e13],
        flops_per_call=[8.2e9, 8.2e9, None, 1e17],
        throughput_per_s=[30000.0, None, None, 1e-4],
        device=["DGX-A100_A100-SXM-80GBx8_TRT_MaxQ", None, "A100", None],
    )
    code, out, said = terminal("predict", "models", table)
    assert code == 0, said
    found = pd.read_csv(io.StringIO(out)).set_index("name")
    used = found["predicted_used"].str.split(":").str[0]
    assert used["resnet"] == "size, throughput and device"
    assert used["sized"] == "size only"
    assert pd.isna(found.loc["nothing", "predicted_energy_j"])
    assert found.loc["far", "predicted_extrapolated"]
    assert not found.loc["resnet", "predicted_extrapolated"]
    assert found["predicted_grade"].fillna("").tolist() == ["inside", "inside", "", "far"]
    assert found.loc["far", "predicted_outside"] == "flops_per_call"
    assert found.loc["far", "predicted_outside_factor"] == pytest.approx(1e17 / 4.32e11)
    assert "far beyond it: 1 models" in said
    assert "1 of 4 rows are extrapolated" in said
    assert "operations per call 230,000 times the largest measured" in said
    assert "1 rows have neither a size nor a throughput" in said
    assert found["predicted_model_id"].nunique() == 1


def test_tables_that_cannot_be_predicted_are_one_sentence(terminal, tmp_path):
    table = written(tmp_path / "names.csv", name=["a"], device=["A100"])
    code, _, said = terminal("predict", "models", table)
    assert code == 2
    assert "neither a size nor a throughput" in said
    sized = written(tmp_path / "sized.csv", parameters=[1e6])
    code, _, said = terminal("predict", "models", sized, "--local", table)
    assert code == 2
    assert "no column “energy_j”" in said
    bad = written(tmp_path / "bad.csv", energy_j=["x"], throughput_per_s=[3])
    code, _, said = terminal("predict", "models", sized, "--local", bad)
    assert code == 2
    assert "No row has a positive number in “energy_j”" in said
    code, _, said = terminal("predict", "models", sized, "--local", bad, "--model", bad)
    assert code == 2
    assert "Choose one of" in said
    code, _, said = terminal("predict", "next")
    assert code == 2
    assert "Give an inventory" in said


def test_measure_these_next_narrows_step_by_step(terminal, tmp_path):
    path = tmp_path / "inventory.csv"
    sample_inventory().to_csv(path, index=False)
    code, out, said = terminal("predict", "next", path, "--count", "3", "--json")
    assert code == 0, said
    found = json.loads(out)
    narrowing = [step["narrowing"] for step in found["measure_next"]]
    assert len(narrowing) == 3
    assert narrowing == sorted(narrowing)
    assert narrowing[0] > 0
    before, after = found["total"], found["after"]
    assert after["high"] - after["low"] < before["high"] - before["low"]


def test_training_jobs_from_a_log_follow_hours_power_and_pue(terminal, tmp_path):
    log = written(
        tmp_path / "jobs.csv",
        job=["a", "b", "c", "d"],
        gpu_hours=[10, 20, None, 5],
        device=["A100 SXM4 80GB", "A100 SXM4 80GB", "A100 SXM4 80GB", "quantum"],
        mean_utilisation=[1.0, None, 1.0, None],
    )
    code, out, said = terminal("predict", "training", log, "--pue", "1.5", "--json")
    assert code == 0, said
    found = json.loads(out)
    assert set(found) == {"a", "b", "together"}
    assert found["a"]["value"] == pytest.approx(10 * 400 * 1.35 * 1.5 / 1000)
    assert found["together"]["value"] == pytest.approx(found["a"]["value"] + found["b"]["value"])
    assert "c is left out" in said
    assert "quantum" in said
    code, out, _ = terminal("predict", "training", log)
    assert "together" in out
    code, _, said = terminal("predict", "training", "--gpu-hours", "3", "--device", "quantum")
    assert code == 2
    assert "quantum" in said
    code, _, said = terminal("predict", "training", written(tmp_path / "x.csv", hours=[1]))
    assert code == 2
    assert "no column “gpu_hours”" in said


def test_a_request_has_prefill_and_decode_apart(terminal):
    request = ("--parameters", "8e9", "--prompt", "1000", "--output-tokens", "200")
    code, out, _ = terminal("predict", "tokens", *request, "--device", "H100", "--json")
    assert code == 0
    found = json.loads(out)
    parts = found["prefill"]["value"] + found["decode"]["value"]
    assert found["request"]["value"] == pytest.approx(parts)
    code, _, said = terminal("predict", "tokens", *request, "--device", "abacus")
    assert code == 2
    assert "abacus" in said
