"""`carbon-advisor levers` and `find-variants`: results on stdout, bad input in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor.candidates import Candidate
from advisor.cli import main


def test_levers_as_json(
    candidate: Callable[..., Candidate], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["levers", str(candidate("forest").path), "--json"]) == 0
    rows = {row["lever"]: row for row in json.loads(capsys.readouterr().out)}
    assert "Nothing in this model can be quantised" in rows["int8-dynamic"]["obstacle"]
    assert not rows["fewer-trees"]["obstacle"]
    assert rows["fewer-trees"]["expected_source"]


def test_levers_of_a_bad_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"hello")
    assert main(["levers", str(tmp_path / "bad.onnx")]) == 2
    assert "not an ONNX model" in capsys.readouterr().err


def test_the_plan_of_a_search(
    candidate: Callable[..., Candidate],
    data_files: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ["find-variants", str(candidate("cnn").path), "--data", str(data_files[0]), "--plan"]
    project = ["--project", str(tmp_path / "p.advisor"), "--without", "fp16", "--json"]
    assert main([*asked, *project]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert {e["lever"]: e["wanted"] for e in entries}["fp16"] is False
    assert any(e["lever"] == "int8-static" and e["wanted"] for e in entries)
