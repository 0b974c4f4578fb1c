"""Disclosure data fits its public schema, its units, and the figures of the documents."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from advisor.figures import rounded
from advisor.portfolio.model import Model, Stage
from advisor.profiles import shipped_profiles_folder
from advisor.project import Project
from advisor.report.disclosures import disclosure_files, disclosures
from advisor.report.gather import summary_of

SCHEMAS = shipped_profiles_folder() / "frameworks" / "boamps"


def files_of(project: Project) -> dict[str, bytes]:
    return disclosure_files(project, summary_of(project))


def boamps_validator() -> Any:
    documents = {p.stem: json.loads(p.read_text("utf-8")) for p in SCHEMAS.glob("*.json")}
    resources = [(d["id"], Resource.from_contents(d)) for d in documents.values()]
    registry = Registry().with_resources(resources)
    return jsonschema.Draft4Validator(documents["report_schema"], registry=registry)


def test_every_boamps_report_fits_the_published_schema(measured_project: Project) -> None:
    reports = [json.loads(d) for n, d in files_of(measured_project).items() if "boamps" in n]
    assert len(reports) == 2
    validator = boamps_validator()
    for report in reports:
        validator.validate(report)
    broken = json.loads(json.dumps(reports[0]))
    del broken["measures"][0]["powerConsumption"]
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(broken)


def test_the_energy_of_a_task_is_joules_per_inference_times_inferences(
    measured_project: Project,
) -> None:
    reports = {
        r["task"]["algorithms"][0]["algorithmName"]: r
        for n, d in files_of(measured_project).items()
        if "boamps" in n
        for r in [json.loads(d)]
    }
    measured = {m.candidate[0]: m for m in measured_project.measurements.all()}
    kwh = reports["large"]["measures"][0]["powerConsumption"]
    assert kwh == pytest.approx(measured["a"].energy_j.value * 8000 / 3.6e6)
    assert kwh == pytest.approx(2e-3 * 8000 / 3.6e6, rel=0.02)  # the truth that was recorded
    assert reports["large"]["quality"] == "high"


def test_grams_kilograms_and_kilowatt_hours_agree(measured_project: Project) -> None:
    files = files_of(measured_project)
    rows = list(csv.DictReader(io.StringIO(files["codecarbon/emissions.csv"].decode())))
    large = next(r for r in rows if r["candidate"] == "large")
    card = files["huggingface/large.yaml"].decode()
    grams = float(card.split("emissions: ")[1].splitlines()[0])
    assert grams == pytest.approx(float(large["emissions"]) * 1000, rel=0.1)
    assert float(large["energy_consumed"]) == pytest.approx(float(large["cpu_energy"]))
    assert large["gpu_energy"] == ""  # not measured apart: empty, never zero


def test_esrs_figures_are_those_of_the_summary_and_gaps_are_named(
    measured_project: Project,
) -> None:
    summary = summary_of(measured_project)
    content = json.loads(files_of(measured_project)["esrs-e1/esrs-e1.json"])
    points = {p["id"]: p for p in content["datapoints"]}
    assert summary.footprint_total is not None
    assert points["E1-6_09"]["value"] == pytest.approx(summary.footprint_total.value / 1000)
    assert points["E1-5_01"]["unit"] == "MWh/year"
    assert points["E1-5_18"]["value"] is None
    assert "not for banks" in points["E1-5_18"]["gap"]
    assert all((p["value"] is None) == bool(p["gap"]) for p in points.values())


def test_sci_is_carbon_over_inferences(measured_project: Project) -> None:
    summary = summary_of(measured_project)
    found = json.loads(files_of(measured_project)["sci/sci.json"])["software"][0]
    carbon = summary.footprint[0].carbon
    assert carbon is not None
    expected = carbon.value * 1000 / 2e9
    assert found["sci_gco2e_per_inference"]["value"] == pytest.approx(expected)
    assert rounded(carbon) > 0


def test_the_inventory_extract_holds_decommissioned_models_too(measured_project: Project) -> None:
    measured_project.models.put_many(
        [
            Model(id="m1", name="Live", tier=1, feeds=("m2",)),
            Model(id="m2", name="Gone", stage=Stage.RETIRED),
        ]
    )
    files = files_of(measured_project)
    rows = list(csv.DictReader(io.StringIO(files["ss1-23/inventory.csv"].decode())))
    assert [r["stage"] for r in rows] == ["production", "retired"]
    assert rows[1]["tier"] == ""
    act = json.loads(files["eu-ai-act/annex-xi-energy.json"])
    assert act["models"][0]["point_2e_training_energy_kwh"] is None
    assert "ask the provider" in act["models"][0]["point_2e_gap"]


def test_an_empty_project_discloses_gaps_and_no_figures(tmp_path) -> None:
    with Project.create(tmp_path / "empty.advisor") as project:
        content = json.loads(files_of(project)["esrs-e1/esrs-e1.json"])
    assert all(p["value"] is None and p["gap"] for p in content["datapoints"])


def test_every_framework_is_found_by_name() -> None:
    expected = {"boamps", "codecarbon", "esrs-e1", "eu-ai-act", "huggingface", "sci", "ss1-23"}
    assert set(disclosures()) == expected
