"""The commands as a person types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from advisor.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: object) -> tuple[int, str, str]:
        code = main(["risk", *map(str, words)])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def footprint(portfolio: Callable[..., pd.DataFrame], tmp_path: Path) -> Path:
    file = tmp_path / "footprint.csv"
    portfolio(25).to_csv(file, index=False)
    return file


def test_stress_prints_json_with_sources(run: Run, footprint: Path, tmp_path: Path) -> None:
    table = tmp_path / "icaap.csv"
    code, out, _ = run(
        "stress",
        footprint,
        "--scenario",
        "severe",
        "--plan",
        footprint,
        "--paths",
        200,
        "--first-year",
        2027,
        "--icaap",
        table,
        "--json",
    )
    assert code == 0
    got = json.loads(out)
    assert got["figures"]["VaR 99 %, without the plan"]["value"] > 0
    assert "REMIND" in got["source"]
    assert len(got["icaap"]) == 20
    assert table.read_text("utf-8").startswith("# source: stress test")


def test_words_on_stderr_results_on_stdout(run: Run, footprint: Path) -> None:
    code, out, err = run("stress", footprint, "--paths", 100, "--first-year", 2027)
    assert code == 0
    assert "Pillar 2 add-on" in out
    assert "price year" in err or "real EUR of 2024" in err


@pytest.mark.parametrize(
    "words",
    [
        ("scores",),
        ("scores", "--inherent"),
        ("indicators", "--as-of", "2026-11-24"),
        ("regulation",),
        ("indicators", "--target", "2025:1000000:2030:0.5"),
    ],
)
@pytest.mark.parametrize("as_json", [True, False])
def test_each_command_answers(run: Run, footprint: Path, words: tuple, as_json: bool) -> None:
    code, out, _ = run(words[0], footprint, *words[1:], *(["--json"] if as_json else []))
    assert code == 0
    assert json.loads(out) if as_json else out.strip()


def test_reverse_and_showback(run: Run, footprint: Path) -> None:
    code, out, _ = run(
        "reverse",
        1e6,
        footprint,
        "--scenario",
        "power_shock_2022",
        "--paths",
        100,
        "--first-year",
        2027,
    )
    assert code == 0
    assert "severity" in out
    code, out, _ = run("showback", 2026, footprint, "--json")
    assert code == 0
    assert len({row["month"] for row in json.loads(out)}) == 12
    code, out, _ = run("showback", 2026, footprint, "--against", footprint)
    assert code == 0
    assert "money_saved" in out


def test_scenarios_and_import(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBON_ADVISOR_PROFILES", str(tmp_path / "profiles"))
    code, out, _ = run("scenarios", "--spread", "Net Zero 2050")
    assert code == 0
    assert "1,493.3" in out
    wide = pd.DataFrame(
        {
            "Model": ["M"],
            "Scenario": ["Low demand"],
            "Region": ["EU27"],
            "Variable": ["Price|Carbon"],
            "Unit": ["US$2010/t CO2"],
            "2030": [100.0],
            "2035": [1.0],
        }
    )
    wide.to_csv(tmp_path / "export.csv", index=False)
    assert run("scenarios", "--import-ngfs", tmp_path / "export.csv")[0] == 0
    code, out, _ = run("scenarios", "--json")
    assert code == 0
    assert "ngfs5:M:Low demand:EU27" in {p["key"] for p in json.loads(out)["pathways"]}


def test_check_is_negative_when_red(run: Run, footprint: Path) -> None:
    assert run("indicators", footprint, "--check")[0] == 1


@pytest.mark.parametrize(
    "words",
    [
        ("scores", "nowhere.csv"),
        ("stress", "nowhere.csv"),
        ("scores",),
        ("scenarios", "--spread", "nonsense"),
    ],
)
def test_bad_input_is_one_sentence_and_two(run: Run, words: tuple) -> None:
    code, out, err = run(*words)
    assert code == 2
    assert out == ""
    assert err.startswith("carbon-advisor: ")
    assert "Traceback" not in err


def test_a_wrong_scenario_or_day_is_named(run: Run, footprint: Path) -> None:
    for words in (
        ("stress", footprint, "--scenario", "nonsense"),
        ("indicators", footprint, "--as-of", "yesterday"),
        ("regulation", footprint, "--kept", "nonsense"),
    ):
        code, _, err = run(*words)
        assert code == 2
        assert "nonsense" in err or "yesterday" in err
