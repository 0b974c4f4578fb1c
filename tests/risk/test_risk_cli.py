"""The commands as a person types them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from advisor.cli import main
from advisor.portfolio.model import Model
from advisor.project import Project

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


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of a fictitious bank with two models and its own profiles."""
    monkeypatch.setenv("CARBON_ADVISOR_PROFILES", str(tmp_path / "profiles"))
    file = tmp_path / "bank.advisor"
    common = {"region": "DEU", "pue": 1.4, "energy_provenance": "declared", "fictitious": True}
    with Project.create(file) as made:
        made.models.put_many(
            [
                Model(id="a", name="a", calls_per_year=1e8, energy_per_call_j=50.0, **common),
                Model(
                    id="b",
                    name="b",
                    calls_per_year=1e7,
                    energy_per_call_j=50.0,
                    carbon_kg_last_year=100.0,
                    **common,
                ),
            ]
        )
    return file


def test_readings_are_kept_and_a_breach_is_closed_by_two(run: Run, project: Path) -> None:
    code, out, err = run("indicators", "--project", project, "--keep", "--json")
    assert code == 0, err
    growth = next(r for r in json.loads(out)["readings"] if r["key"] == "growth")
    assert growth["value"] is None  # last year is known for a tenth of the footprint only
    ahead = json.loads(out)["outlooks"]["share_measured"]["said"]
    assert ahead["values"] == {"count": 1, "needed": 4}
    code, out, _ = run("breaches", "--project", project, "--json")
    key = next(b["id"] for b in json.loads(out) if b["indicator"] == "share_measured")
    step = ("breaches", "--project", project, "--breach", key, "--step")
    assert run(*step, "act", "--by", "Weber", "--words", "split", "--until", "2099-01-01")[0] == 0
    assert run(*step, "propose", "--by", "Weber", "--words", "done")[0] == 0
    code, _, err = run(*step, "confirm", "--by", "Weber")
    assert code == 2
    assert "second person" in err
    assert run(*step, "confirm", "--by", "Ito")[0] == 0
    assert "closed" in run("breaches", "--project", project)[1]
    assert run("breaches", "--project", project, "--step", "act", "--breach", "x")[0] == 2


def test_rules_are_listed_changed_and_restored(run: Run, project: Path) -> None:
    assert "1.0" in run("rules")[1]
    listed = json.loads(run("rules", "appetite", "--json")[1])
    path = next(p for p, text in listed.items() if p.endswith(".red") and text == "75")
    change = ("rules", "appetite", "--by", "Ito", "--reason", "board", "--set")
    code, _, err = run(*change, f"{path}=10")
    assert code == 2
    assert "must lie beyond" in err
    assert run(*change, f"{path}=80")[0] == 0
    assert json.loads(run("rules", "appetite", "--json")[1])[path] == "80"
    assert run("rules", "appetite", "--restore", "1.0", "--by", "Ito")[0] == 0
    assert json.loads(run("rules", "appetite", "--json")[1])[path] == "75"
    price = ("rules", "bank", "--by", "Ito", "--reason", "tariff", "--set")
    assert run(*price, "bank.power_price_per_kwh.DEU=0.3")[0] == 0
    assert run(*price, "bank.nonsense=0.3")[0] == 2
    assert run("rules", "nonsense")[0] == 2


def test_the_reverse_test_takes_the_appetite(run: Run, project: Path) -> None:
    asked = ("reverse", "appetite", "--project", project, "--scenario", "severe")
    code, out, err = run(*asked, "--paths", 100, "--first-year", 2027)
    assert code == 0, err
    assert "500,000 EUR" not in out  # five basis points of a fictitious RWA of 10 billion
    assert "5,000,000 EUR" in out
    assert run("reverse", "much", "--project", project)[0] == 2


def test_own_scenarios_from_the_terminal(run: Run, project: Path) -> None:
    make = ("scenarios", "--name", "Ours", "--by", "Ito", "--combine")
    assert run(*make, "power_shock_2022+grid_stalls")[0] == 0
    assert "own_ours" in run("scenarios")[1]
    code, _, err = run(*make, "orderly+current_policies")
    assert code == 2
    assert "never averaged" in err
    assert run("scenarios", "--remove", "own_ours")[0] == 0
    assert run("scenarios", "--remove", "own_ours")[0] == 2


def test_metered_months_on_the_terminal(run: Run, footprint: Path, tmp_path: Path) -> None:
    months = tmp_path / "months.csv"
    months.write_text("model_id,month,energy_kwh\nm0,2026-01,12.5\n", "utf-8")
    code, out, _ = run("showback", 2026, footprint, "--metered", months, "--json")
    assert code == 0
    assert any("month as given" in row["basis"] for row in json.loads(out))
    months.write_text("model_id,month,energy_kwh\nnobody,2026-01,12.5\n", "utf-8")
    assert run("showback", 2026, footprint, "--metered", months)[0] == 2


@pytest.mark.parametrize(
    "words",
    [
        ("scores", "--controls"),
        ("scores", "--by-model"),
        ("indicators",),
        ("regulation",),
        ("showback", 2026),
        ("stress", "--paths", 50),
    ],
)
def test_every_table_comes_as_csv_and_in_japanese(
    run: Run, footprint: Path, words: tuple[object, ...]
) -> None:
    code, out, _ = run(*words, footprint, "--csv")
    assert code == 0
    assert len(pd.read_csv(io.StringIO(out), comment="#")) >= 4
    code, out, _ = run(*words, footprint, "--lang", "ja")
    assert code == 0
    english = {"business line", "indicator", "regime", "owner", "figure", "driver", "amber", "red"}
    assert not english & {cell.strip() for cell in re.split(r"[┃│]", out)}


@pytest.mark.parametrize("words", [("rules",), ("rules", "appetite"), ("scenarios",)])
def test_rules_and_scenarios_come_in_every_form(run: Run, words: tuple[str, ...]) -> None:
    code, out, _ = run(*words, "--csv")
    assert code == 0
    assert len(pd.read_csv(io.StringIO(out))) > 3
    code, out, _ = run(*words, "--json")
    assert code == 0
    assert json.loads(out)
    assert run(*words, "--lang", "ja")[0] == 0


def test_errors_are_said_in_the_readers_language(run: Run, footprint: Path) -> None:
    code, _, err = run("stress", footprint, "--scenario", "dreadful", "--lang", "ja")
    assert code == 2
    assert "シナリオまたは経路「dreadful」はありません" in err
    assert run("scores", footprint, "--csv", "--json")[0] == 2
    assert run("scores", footprint, "--lang", "fr")[0] == 2


def test_who_saved_what_shows_the_share(run: Run, footprint: Path, tmp_path: Path) -> None:
    before = pd.read_csv(footprint)
    dirty = tmp_path / "before.csv"
    before.assign(energy_kwh=before["energy_kwh"] * 2, carbon_kg=before["carbon_kg"] * 2).to_csv(
        dirty, index=False
    )
    code, out, _ = run("showback", 2026, footprint, "--against", dirty)
    assert code == 0
    assert "%" in out
    assert "nan" not in out
    code, out, _ = run("showback", 2026, footprint, "--against", footprint)
    assert "nan" not in out
