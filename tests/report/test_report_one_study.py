"""Portfolio page, risk and summary rest on one study: what was measured reaches all of them."""

import pytest

from advisor.bench import Measurement
from advisor.candidates import Candidate
from advisor.candidates.candidate import GraphFacts
from advisor.portfolio import models_of, sample_inventory
from advisor.project import Project
from advisor.project.inventory import inventory_study
from advisor.quantities import Provenance, Quantity
from advisor.report.gather import summary_of
from advisor.risk.portfolio_exposures import exposures_of

FACTS = GraphFacts(
    parameters=10,
    flops_per_inference=None,
    bytes_moved_per_inference=None,
    weight_bytes=40,
    operators={},
    precision="float32",
    inputs=(),
    outputs=(),
    opset=17,
    opsets={"": 17},
)
CANDIDATE = Candidate(name="scorer", path="scorer.onnx", sha256="a" * 64, facts=FACTS)
MEASURED = Measurement(
    run_id="r",
    candidate=CANDIDATE.key,
    workload_sha256="w",
    device="desk",
    batch_size=1,
    energy_j=Quantity.from_interval(
        900.0, 890.0, 910.0, "J/inference", Provenance.MEASURED, "meter", "windows"
    ),
    energy_above_idle_j=None,
    latency_ms={},
    throughput_per_s=Quantity.exact(1.0, "1/s", Provenance.MEASURED, "bench"),
    metric=None,
    accuracy=None,
    windows_used=9,
    windows_excluded=0,
    coverage="package",
)


def test_what_was_measured_reaches_portfolio_risk_and_summary_alike(tmp_path):
    sample = sample_inventory(80)
    known = sample[sample["energy_per_call_j"].notna()].reset_index(drop=True)
    models = models_of(known)[:6]
    with Project.create(tmp_path / "bank.advisor") as project:
        project.models.put_many(models)
        stated = inventory_study(project).total.carbon_location_kg.value
        linked = {"candidate": CANDIDATE.name, "hardware": None}
        project.models.put(models[0].model_copy(update=linked))
        project.candidates.put(CANDIDATE)
        project.measurements.put(MEASURED)
        study = inventory_study(project)
        shown = study.total.carbon_location_kg.value
        assert shown != pytest.approx(stated)
        assert exposures_of(study.footprint).table["carbon_kg"].sum() == pytest.approx(shown)
        assert summary_of(project).footprint_total.value == pytest.approx(shown)
