"""Disclosure data fits its public schema, its units, and the figures of the documents."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
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
    energy = {m.candidate[0]: m.energy_j.value for m in measured_project.measurements.all()}
    expected = energy["a"] * 8000 / 3.6e6 * 1.3  # CodeCarbon's energy holds the PUE
    assert float(large["energy_consumed"]) == pytest.approx(expected)
    assert large["country_iso_code"] == "DEU"
    order = (  # of `EmissionsData`, codecarbon 3.3.2
        "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,"
        "gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,"
        "country_name,country_iso_code,region,cloud_provider,cloud_region,os,python_version,"
        "codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,"
        "ram_total_size,tracking_mode,cpu_utilization_percent,gpu_utilization_percent,"
        "ram_utilization_percent,ram_used_gb,on_cloud,pue,wue,energy_consumed_low"
    )
    assert files["codecarbon/emissions.csv"].decode().startswith(order)


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


def test_embodied_carbon_is_in_sci_where_a_share_of_hardware_is_stated(tmp_path: Path) -> None:
    known = {"calls_per_year": 1e6, "energy_per_call_j": 100.0, "region": "DE", "pue": 1.2}
    with Project.create(tmp_path / "bank.advisor") as project:
        project.models.put_many(
            [
                Model(id="m1", name="A", hardware="NVIDIA T4", reserved_share=0.5, **known),  # pyright: ignore[reportArgumentType]
                Model(id="m2", name="B", **known),  # pyright: ignore[reportArgumentType]
            ]
        )
        summary = summary_of(project)
        content = json.loads(disclosure_files(project, summary, ["sci"])["sci/sci.json"])
    with_it, without = content["software"]
    parts = [with_it[f"{p}_kgco2e_per_year"]["value"] for p in ("operational", "embodied")]
    assert parts[1] > 0
    assert with_it["sci_gco2e_per_inference"]["value"] == pytest.approx(sum(parts) * 1000 / 1e6)
    assert with_it["gap"] is None
    assert without["embodied_kgco2e_per_year"] is None
    assert "without embodied carbon" in without["gap"]
    assert "1 of 2 models" in content["boundary"]["excluded"][1]
    assert any("making the hardware" in str(u) for u in summary.unknowns)


def test_the_model_card_block_has_the_fields_and_units_of_hugging_face(
    measured_project: Project,
) -> None:
    card = files_of(measured_project)["huggingface/large.yaml"].decode()
    head, *lines = card.splitlines()
    assert head == "co2_eq_emissions:"
    fields = dict(line.strip().split(": ", 1) for line in lines)
    assert list(fields) == [
        "emissions",
        "source",
        "training_type",
        "geographical_location",
        "hardware_used",
    ]
    assert 0 < float(fields["emissions"]) < 1.0  # grams: 16 J at about 350 g/kWh


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
