"""The whole job on the terminal: bench with a lever, rank, report; bad input is one sentence."""

import csv
import io
import json
import subprocess
import sys

import numpy as np
import pytest
from skl2onnx import to_onnx
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier


def carbon_advisor(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "advisor.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A project with a linear and a wide reader and the wide one's int8 variant, measured."""
    folder = tmp_path_factory.mktemp("journey")
    digits = load_digits()
    images = digits.data.astype(np.float32) / 16
    for name, model in {
        "wide": MLPClassifier((1024, 1024), max_iter=4, random_state=0),
        "linear": LogisticRegression(max_iter=1000),
    }.items():
        model.fit(images[:900], digits.target[:900])
        proto = to_onnx(model, images[:1], options={"zipmap": False}, target_opset=17)
        (folder / f"{name}.onnx").write_bytes(proto.SerializeToString())
    np.savez(folder / "test.npz", X=images[900:], label=digits.target[900:])
    project = folder / "bank.advisor"
    done = carbon_advisor(
        *("bench", folder / "wide.onnx", folder / "linear.onnx", folder / "missing.onnx"),
        *("--data", folder / "test.npz", "--label", "label", "--lever", "int8-dynamic"),
        *("--project", project, "--precision", "glance", "--time-budget", "20", "--json"),
    )
    return project, done


def test_bench_measures_what_it_can_and_names_what_it_cannot(measured):
    _, done = measured
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found) == 3, "two models, and a variant of the one that can be quantised"
    assert "linear: Nothing in this model can be quantised" in done.stderr
    for measurement in found:
        energy = measurement["energy_j"]
        assert 0 < energy["low"] < energy["value"] < energy["high"]
        assert energy["provenance"] in ("measured", "estimated")
        assert measurement["accuracy"]["value"] > 50
    assert "missing.onnx does not exist" in done.stderr
    assert "Traceback" not in done.stderr


def test_rank_puts_the_cheap_reader_before_the_wide_one(measured):
    project, _ = measured
    done = carbon_advisor(
        *("rank", "--project", project, "--baseline", "wide", "--calls-per-year", "1e8"),
        *("--region", "JP", "--pue", "1.3", "--json"),
    )
    assert done.returncode == 0, done.stderr
    ranked = json.loads(done.stdout)
    by_name = {r["option"]["name"]: r for r in ranked}
    assert by_name["wide"]["verdict"] == "baseline"
    saved = by_name["linear"]["option"]["carbon_saved_kg"]
    assert saved["low"] > 0, "a linear model uses distinguishably less than a million weights"
    assert saved["unit"] == "kgCO2e/year"


def test_csv_and_json_hold_the_same_figures(measured):
    project, _ = measured
    as_csv = carbon_advisor("rank", "--project", project, "--csv")
    as_json = carbon_advisor("rank", "--project", project, "--json")
    rows = {r["option"]: r for r in csv.DictReader(io.StringIO(as_csv.stdout))}
    for r in json.loads(as_json.stdout):
        row = rows[r["option"]["name"]]
        assert float(row["carbon_saved_kg"]) == r["option"]["carbon_saved_kg"]["value"]


def test_what_nobody_entered_is_said_on_stderr_only(measured, tmp_path):
    project, _ = measured
    copy = tmp_path / "copy.advisor"
    copy.write_bytes(project.read_bytes())
    done = carbon_advisor("rank", "--project", copy, "--json")
    json.loads(done.stdout)


def test_the_ranking_speaks_japanese(measured):
    project, _ = measured
    done = carbon_advisor("rank", "--project", project, "--lang", "ja")
    assert "精度低下" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["bench"], "No model was given"),
        (["rank", "--project", "nowhere.advisor"], "no project file"),
        (["rank", "--project", "{project}", "--region", "Atlantis"], "Atlantis"),
        (["rank", "--project", "{project}", "--baseline", "nobody"], "is not one candidate"),
        (["rank", "--project", "{project}", "--lang", "fr"], "use en or ja"),
        (["bench", "{project}", "--project", "new.advisor"], "not an ONNX model"),
        (["bench", "x.onnx", "--project", "new.advisor"], "does not exist"),
        (["meters", "--nonsense"], "No such option"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    measured, tmp_path, monkeypatch, arguments, sentence
):
    monkeypatch.chdir(tmp_path)
    project, _ = measured
    done = carbon_advisor(*(a.format(project=project) for a in arguments))
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not list(tmp_path.glob("*.advisor")), "a command that failed leaves no project behind"


def test_meters_say_what_was_found_and_why_not():
    done = carbon_advisor("meters", "--json")
    assert done.returncode == 0
    json.loads(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is a screen")
def test_without_a_screen_the_window_says_so_instead_of_aborting(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    done = carbon_advisor()
    assert done.returncode == 2
    assert "there is no screen" in done.stderr
