"""`carbon-advisor levers` and `find-variants`: results on stdout, bad input in one sentence."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import onnx
import pytest

from advisor.bench.plan import PRESETS, Precision, Preset
from advisor.candidates import Candidate
from advisor.candidates.levers import lever_named, plug_ins
from advisor.candidates.levers.ready_made import ready_made
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


@pytest.fixture
def find(
    candidate: Callable[..., Candidate], data_files: tuple[Path, Path], tmp_path: Path
) -> list[str]:
    """The command up to its options, over the small dense model and its data."""
    return [
        "find-variants", str(candidate("dense").path), "--data", str(data_files[0]),
        "--project", str(tmp_path / "p.advisor"),
    ]  # fmt: skip


def test_a_plan_is_shown_edited_and_refused_where_it_is_wrong(
    find: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show = [*find, "--show-plan", "--json", "--without", "fp16"]
    assert main(show) == 0
    document = json.loads(capsys.readouterr().out)
    wanted = {e["lever"]: e["wanted"] for e in document["entries"]}
    assert wanted["fp16"] is False
    assert wanted["int8-static"] is True
    static = next(e for e in document["entries"] if e["lever"] == "int8-static")
    static["settings"] = {"method": "entropy", "per_channel": False}
    document |= {"entries": [static], "time_budget_s": 300, "precision": "glance"}
    edited = tmp_path / "plan.json"
    edited.write_text(json.dumps(document), "utf-8")
    assert main([*find, "--show-plan", "--json", "--plan", str(edited)]) == 0
    again = json.loads(capsys.readouterr().out)
    assert [e["settings"] for e in again["entries"]] == [static["settings"]]
    assert (again["time_budget_s"], again["precision"]) == (300, "glance")
    for change, said in (
        ({"lever": "int8-magic"}, "is not a lever"),
        ({"settings": {"metod": "x"}}, "no setting “metod”"),
        ({"model": "other"}, "is not given"),
        ({"wanted": "perhaps"}, "entries.0.wanted"),
    ):
        edited.write_text(json.dumps({"entries": [{**static, **change}]}), "utf-8")
        assert main([*find, "--plan", str(edited)]) == 2
        assert said in capsys.readouterr().err
    edited.write_text('{"entries": ', "utf-8")
    assert main([*find, "--plan", str(edited)]) == 2
    assert main([*find, "--plan", str(tmp_path / "none.json")]) == 2
    assert main([*find, "--time-budget", "5"]) == 2
    assert "allow more time" in capsys.readouterr().err
    assert main([*find, "--without", "fp61", "--show-plan"]) == 2
    assert "“fp61” is not a lever" in capsys.readouterr().err


def test_own_tools_and_variants_made_elsewhere_join_the_search(
    find: list[str],
    candidate: Callable[..., Candidate],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A command, Olive's output folder, and a broken file beside them, carried out for real."""
    olive = tmp_path / "olive" / "output_model"
    olive.mkdir(parents=True)
    made = lever_named("fp16").make(candidate("dense"), tmp_path / "elsewhere")
    (olive / "model.onnx").write_bytes(made.path.read_bytes())
    (olive.parent / "model_config.json").write_text("{}", "utf-8")
    (olive.parent / "broken.onnx").write_bytes(b"hello")
    tool = tmp_path / "halve.py"
    tool.write_text(
        "import sys, onnx\nfrom onnx import numpy_helper as n\nm = onnx.load(sys.argv[1])\n"
        "t = m.graph.initializer[0]\nt.CopyFrom(n.from_array(n.to_array(t) * 1, t.name))\n"
        "m.doc_string = 'by halve'\nonnx.save(m, sys.argv[2])\n",
        "utf-8",
    )
    monkeypatch.chdir(tmp_path)  # a script of the current folder is found
    own = ["--command", f"{sys.executable} {tool.name} {{in}} {{out}}",
           "--command", "no-such-tool {in} {out}", "--ready-made", str(olive.parent)]  # fmt: skip
    assert main([*find, *own, "--show-plan", "--json"]) == 0
    shown = capsys.readouterr()
    document = json.loads(shown.out)
    assert "broken.onnx" in shown.err
    mine = [e for e in document["entries"] if e["lever"].startswith(("own-", "ready-made-"))]
    assert [e["lever"] for e in mine][1:] == ["own-no-such-tool-2", "ready-made-output_model"]
    monkeypatch.setitem(PRESETS, Precision.GLANCE, Preset(0.2, 1, 1, 0.2, 0.3))
    rungs = [{"window_s": 0.2, "blocks": 2}]
    changes = {"entries": mine, "precision": "glance", "rungs": rungs}
    edited = tmp_path / "plan.json"
    edited.write_text(json.dumps(document | changes), "utf-8")
    assert main([*find, *own, "--plan", str(edited), "--json"]) == 0
    told = capsys.readouterr()
    assert "There is no command “no-such-tool”" in told.err
    assert json.loads(told.out)
    files = {p.name for p in (tmp_path / "p-variants").glob("*.onnx")}
    assert "dense.ready-made-output-model.onnx" in files
    assert len(files) == 2


def test_olives_packaged_candidates_keep_apart_by_their_folders(
    candidate: Callable[..., Candidate], tmp_path: Path
) -> None:
    """CandidateModels/<accelerator>/BestCandidateModel_<n>/model.onnx, as Olive packages them."""
    for accelerator in ("cpu-cpu", "gpu-cuda"):
        for number in (1, 2):
            folder = tmp_path / "CandidateModels" / accelerator / f"BestCandidateModel_{number}"
            folder.mkdir(parents=True)
            onnx.save_model(
                onnx.load(str(candidate("dense").path)), str(folder / "model.onnx"),
                save_as_external_data=True, location="model.onnx.data", size_threshold=10,
            )  # fmt: skip
            (folder / "metrics.json").write_text("{}", "utf-8")
    levers, refused = ready_made([tmp_path])
    assert not refused
    assert [one.name for one in levers] == [
        f"ready-made-{accelerator}-BestCandidateModel_{number}"
        for accelerator in ("cpu-cpu", "gpu-cuda")
        for number in (1, 2)
    ]


def test_a_broken_plug_in_is_named_and_the_others_are_listed(
    candidate: Callable[..., Candidate],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Point(NamedTuple):
        name: str
        found: object

        def load(self) -> object:
            if self.found is None:
                raise ImportError("no module named acme")
            return self.found

    points = [Point("acme", None), Point("bare", object()), Point("good", lever_named("fp16"))]
    monkeypatch.setattr(plug_ins, "entry_points", lambda group: points)
    plug_ins.plugged_in.cache_clear()
    try:
        assert main(["levers", str(candidate("dense").path), "--json"]) == 0
    finally:
        plug_ins.plugged_in.cache_clear()
    told = capsys.readouterr()
    assert "acme is broken (ImportError" in told.err
    assert "bare is broken" in told.err
    assert "fp16 is left out: another lever has this name" in told.err
    assert [row["lever"] for row in json.loads(told.out)].count("fp16") == 1
