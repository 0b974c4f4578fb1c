"""What other trackers measured comes in as imported figures, and nothing is made up."""

from __future__ import annotations

import json
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from advisor.cli import main
from advisor.collect.boamps import read_report
from advisor.collect.codecarbon import read_emissions
from advisor.collect.imported import CollectError, as_measurement, joules_per_inference
from advisor.collect.model_metadata import digest_of_file, read_properties
from advisor.portfolio import Model
from advisor.project import Project
from advisor.quantities import Provenance
from advisor.report.disclosures import disclosure_files
from advisor.report.gather import summary_of

HEAD = (
    "timestamp,project_name,run_id,duration,emissions,energy_consumed,cpu_model,codecarbon_version"
)
LINES = (
    "2026-01-01T00:00:00,fraud,r1,3600,0.5,1.25,Intel Xeon,3.0.4",
    "2026-01-02T00:00:00,zero,r2,60,0,0,Intel Xeon,3.0.4",
    "2026-01-03T00:00:00,back,r3,-5,0.1,0.2,Intel Xeon,3.0.4",
)
REPORT = {
    "header": {"reportId": "abc", "reportDatetime": "2026-01-01 00:00:00"},
    "task": {
        "taskStage": "inference",
        "taskFamily": "chatbot",
        "nbRequest": 1000,
        "measuredAccuracy": 0.9,
        "algorithms": [{"foundationModelName": "llama2-13b"}],
        "dataset": [],
    },
    "measures": [
        {"measurementMethod": "codecarbon", "powerConsumption": 0.01, "measurementDuration": 20},
        {"measurementMethod": "wattmeter", "powerConsumption": 0.02, "measurementDuration": 20},
    ],
    "infrastructure": {"components": [{"componentType": "gpu", "componentName": "V100"}]},
    "quality": "high",
}


@pytest.fixture
def emissions(tmp_path: Path) -> Path:
    path = tmp_path / "emissions.csv"
    path.write_text("\n".join((HEAD, *LINES)) + "\n")
    return path


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(REPORT))
    return path


def test_zero_energy_and_negative_time_are_left_out_and_said(emissions: Path) -> None:
    tasks, left_out = read_emissions(emissions)
    assert [t.name for t in tasks] == ["fraud"]
    assert tasks[0].energy.provenance is Provenance.IMPORTED
    assert tasks[0].energy.relative_half_width == pytest.approx(0.225)  # from ÷1.25 to ×1.25
    assert ["found no counter" in left_out[0], "set back" in left_out[1]] == [True, True]
    assert joules_per_inference(tasks[0]) is None  # CodeCarbon counts no inferences
    assert as_measurement(tasks[0]) is None


def test_every_measure_of_a_report_stands_on_its_own(report: Path) -> None:
    first, second = read_report(report)
    assert (first.tracker, second.tracker) == ("codecarbon", "wattmeter")
    measured = as_measurement(first)
    assert measured is not None
    assert measured.energy_j.value == pytest.approx(0.01 * 3.6e6 / 1000)
    assert measured.energy_j.high / measured.energy_j.value == pytest.approx(1.1)
    assert measured.throughput_per_s.value == pytest.approx(50.0)
    assert measured.accuracy is not None
    assert measured.accuracy.value == pytest.approx(90.0)
    assert measured.device == "V100"


def test_what_this_program_writes_it_reads_again(project: Project, tmp_path: Path) -> None:
    files = disclosure_files(project, summary_of(project), ("boamps", "codecarbon"))
    kwh = {}
    for name, data in files.items():
        path = tmp_path / name.replace("/", "_")
        path.write_bytes(data)
        tasks = read_report(path) if path.suffix == ".json" else read_emissions(path).tasks
        kwh[path.suffix] = kwh.get(path.suffix, 0.0) + sum(t.energy.value for t in tasks)
    measured = sum(m.energy_j.value for m in project.measurements.all()) * 8000 / 3.6e6
    assert kwh == {".json": pytest.approx(measured), ".csv": pytest.approx(measured)}


def test_imported_figures_are_kept_shown_and_never_ranked(
    project: Project, report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = project.address
    project.close()
    assert main(["import-energy", str(report), "--project", address]) == 0
    assert "llama2-13b" in capsys.readouterr().out
    assert main(["rank", "--project", address, "--json"]) == 0
    names = {r["option"]["name"] for r in json.loads(capsys.readouterr().out)}
    assert names == {"large", "small"}
    with Project.open(address) as again:
        rows = {m.name: m for m in summary_of(again).measured}
        assert rows["llama2-13b"].energy.provenance is Provenance.IMPORTED
        count = again.measurements.count()
    assert main(["import-energy", str(report), "--project", address]) == 0
    with Project.open(address) as again:
        assert again.measurements.count() == count


def test_energy_of_training_goes_to_the_model_of_the_inventory(
    project: Project, emissions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.models.put(Model(id="m1", name="Fraud"))
    project.close()
    base = ["import-energy", str(emissions), "--project", project.address]
    assert main(base) == 2
    assert "give --inferences" in capsys.readouterr().err
    assert main([*base, "--model", "m1", "--stage", "training"]) == 0
    assert main([*base, "--model", "m1", "--inferences", "4.5e6"]) == 0
    assert "left out: emissions.csv, line 3" in capsys.readouterr().err
    with Project.open(project.address) as again:
        model = again.models.get("m1")
    assert model is not None
    assert model.training_energy_kwh == pytest.approx(1.25)
    assert model.energy_per_call_j == pytest.approx(1.0)
    assert model.energy_provenance == "imported"
    assert main([*base, "--model", "m9", "--stage", "training"]) == 2
    assert "no model of the inventory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("none.csv", None, "cannot be read"),
        ("a.csv", "x,y\n1,2\n", "has no column “duration”"),
        ("empty.csv", "", "it is no table"),
        ("a.json", "{", "is no JSON"),
        ("b.json", "{}", "no BoAmps report"),
        ("c.json", "[]", "no BoAmps report"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str | None, words: str
) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    assert main(["import-energy", str(path), "--project", str(tmp_path / "p.advisor")]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "p.advisor").exists()


def test_a_model_carries_its_measured_energy(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, out = tmp_path / "m.onnx", tmp_path / "annotated.onnx"
    spec = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1]) for n in ("x", "y")]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])], "g", [spec[0]], [spec[1]]
    )
    made = helper.make_model(graph)
    helper.set_model_props(made, {"owner": "risk"})
    onnx.save(made, str(model))
    arguments = ["annotate", str(model), "--project", project.address, "--out", str(out)]
    assert main(arguments) == 1
    assert "was not measured in this project" in capsys.readouterr().err
    (large, _) = project.measurements.all()
    digest = digest_of_file(model)
    project.measurements.put(large.model_copy(update={"candidate": digest}))
    assert main(arguments) == 0
    assert model.read_bytes() == made.SerializeToString()  # the file that was measured stays
    said = read_properties(out)
    assert float(said["energy_j_per_inference"]) == large.energy_j.value
    assert said["provenance"] == "measured"
    assert said["measured_model_sha256"] == digest
    written = onnx.load(str(out))
    assert written.graph == made.graph
    assert {p.key: p.value for p in written.metadata_props}["owner"] == "risk"


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "no.onnx"
    path.write_text("no model")
    with pytest.raises(CollectError, match="cannot be read as an ONNX model"):
        read_properties(path)
