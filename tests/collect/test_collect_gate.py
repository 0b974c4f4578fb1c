"""The gate stops what is distinguishably too much, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.cli import main
from advisor.collect.gate import Outcome, checked, increase
from advisor.project import Project
from advisor.quantities import Provenance, Quantity


def figure(value: float, relative: float) -> Quantity:
    return Quantity.from_spread(
        value, "J/inference", Provenance.MEASURED, "test", {"windows": value * relative}
    )


@given(st.floats(1e-6, 1e6), st.floats(1e-3, 0.5), st.floats(1e-6, 1e6))
def test_only_an_interval_wholly_beyond_the_limit_stops(
    value: float, relative: float, limit: float
) -> None:
    q = figure(value, relative)
    found = checked("m", "joules", q, limit)
    assert found.stops == (q.low > limit)
    assert (found.outcome is Outcome.KEEPS) == (value <= limit)


def test_what_is_not_known_is_not_let_through() -> None:
    assert checked("m", "joules", None, 1.0).stops


def test_the_ratio_of_two_candidates_is_narrower_than_their_meter(project: Project) -> None:
    large, small = project.measurements.all()
    assert large.energy_j.relative_half_width > 0.03  # the meter's gain of 2 % is in both
    twice = increase(large, small)
    assert twice.value == pytest.approx(100.0, rel=0.03)
    assert (twice.high - twice.low) / 2 < 5.0  # percentage points: the gain has cancelled
    assert increase(small, large).high < 0


@pytest.mark.parametrize(
    ("limits", "code", "outcome"),
    [
        (["--max-joules", "0.002"], 0, "keeps"),
        (["--max-joules", "0.0005"], 1, "fails"),
        (["--max-joules", "0.00099"], 0, "within noise"),
        (["--max-carbon-kg", "0.001"], 1, "fails"),
        (["--max-increase", "10"], 0, "keeps"),
    ],
)
def test_the_exit_code_says_whether_the_build_may_go_on(
    project: Project,
    capsys: pytest.CaptureFixture[str],
    limits: list[str],
    code: int,
    outcome: str,
) -> None:
    project.close()
    arguments = ["gate", "--project", project.address, *limits, "--json"]
    assert main(arguments) == code
    out, err = capsys.readouterr()
    (check,) = json.loads(out)
    assert (check["candidate"], check["outcome"]) == ("small", outcome)
    assert ("Not let through: small." in err) == (code == 1)


def test_a_candidate_that_uses_more_than_its_parent_is_stopped(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    large, small = project.candidates.all()
    project.candidates.put(large.model_copy(update={"parent_key": small.key}))
    project.set(baseline=small.key)
    project.close()
    base = ["gate", "--project", project.address, "--candidate", "large"]
    assert main([*base, "--max-increase", "50"]) == 1
    assert "percent above small" in capsys.readouterr().out
    assert main([*base, "--max-increase", "150"]) == 0


def test_bad_input_is_one_sentence(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.close()
    assert main(["gate", "--project", project.address]) == 2
    assert "Nothing is limited" in capsys.readouterr().err
    limit = ["--max-joules", "1"]
    assert main(["gate", "--project", project.address, "--candidate", "none", *limit]) == 2
    assert "not one candidate" in capsys.readouterr().err
    Project.create(tmp_path / "empty.advisor").close()
    assert main(["gate", "--project", str(tmp_path / "empty.advisor"), *limit]) == 1
    assert "Nothing was measured" in capsys.readouterr().err
