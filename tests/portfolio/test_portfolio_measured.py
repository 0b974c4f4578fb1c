"""What was measured about a model of the inventory stands in for what is expected of its kind."""

import pytest

from advisor.bench import Measurement
from advisor.candidates import Candidate
from advisor.candidates.candidate import GraphFacts
from advisor.portfolio import Evidence, sample_inventory, study
from advisor.portfolio.measured import linked, measured_energy
from advisor.quantities import Provenance, Quantity

SAMPLE = sample_inventory(60)
DEVICE = "Intel Xeon Platinum 8275CL, 1 thread"
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


def candidate(name, sha, **more):
    return Candidate(name=name, path=f"{name}.onnx", sha256=sha * 8, facts=FACTS, **more)


def measurement(key, joules, accuracy, data="w" * 64):
    energy = Quantity.from_interval(
        joules, joules * 0.97, joules * 1.03, "J/inference", Provenance.MEASURED, DEVICE, f"w {key}"
    )
    points = Quantity.from_interval(
        accuracy, accuracy - 0.1, accuracy + 0.1, "point", Provenance.MEASURED, "test", f"a {key}"
    )
    return Measurement(
        run_id="r1",
        candidate=key,
        workload_sha256=data,
        device=DEVICE,
        batch_size=1,
        energy_j=energy,
        energy_above_idle_j=None,
        latency_ms={},
        throughput_per_s=Quantity.exact(100.0, "1/s", Provenance.MEASURED, "bench"),
        metric="accuracy",
        accuracy=points,
        windows_used=20,
        windows_excluded=0,
        coverage="package",
    )


BASE = candidate("fraud net", "a" * 8)
SMALL = candidate("fraud net int8", "b" * 8, parent_key=BASE.key, lever="int8-dynamic")
OTHER = candidate("elsewhere", "c" * 8)
MEASURED = [
    measurement(BASE.key, 2.0, 97.0),
    measurement(SMALL.key, 0.5, 96.9),
    measurement(OTHER.key, 0.1, 50.0, data="v" * 64),
]


def inventory(**row):
    """One model of a kind that a lever's expected effect is known for."""
    mlp = SAMPLE[(SAMPLE["kind"] == "mlp") & (SAMPLE["calls_per_year"] > 1e5)].head(1)
    free = mlp.assign(parameters=4e6, never_touch=False, energy_per_call_j=float("nan"))
    return free.assign(**row).reset_index(drop=True)


@pytest.mark.parametrize("word", [BASE.key, BASE.key[:12], "fraud net"])
def test_a_row_names_its_candidate_by_key_or_name(word):
    stock = inventory(candidate=word)
    assert linked(stock, [BASE, SMALL]) == {stock["id"].iloc[0]: BASE.key}
    assert linked(inventory(candidate="nobody"), [BASE]) == {}
    assert linked(inventory(id="fraud net"), [BASE]) == {"fraud net": BASE.key}


def test_measured_variants_replace_the_expected_effect_of_their_kind():
    stock = inventory(candidate=BASE.key, hardware=None)
    expected = study(stock.assign(candidate=None, energy_per_call_j=2.0)).options
    assert "int8-dynamic" in set(expected["name"])
    made = study(stock, Evidence(measurements=MEASURED, candidates=[BASE, SMALL, OTHER]))
    row = made.footprint.iloc[0]
    assert row["energy_per_call_j"] == pytest.approx(2.0)
    assert row["energy_per_call_j_provenance"] == "measured"
    assert row["energy_per_call_j_high"] / row["energy_per_call_j"] < 1.05
    names = set(made.options["name"])
    assert "fraud net int8" in names
    assert "int8-dynamic" not in names
    assert "elsewhere" not in names, "measured on other data: no variant of this model"
    option = made.options.set_index("name").loc["fraud net int8"]
    assert option["provenance"] == "measured"
    assert option["saved_kg"] == pytest.approx(row["production_kg"] * 0.75)
    assert option["loss"] == pytest.approx(0.1)
    assert "Measured" in str(option["evidence"])


def test_on_other_hardware_only_the_relative_saving_is_taken_and_its_provenance_is_weaker():
    stock = inventory(
        candidate=BASE.key,
        hardware="NVIDIA T4",
        energy_per_call_j=10.0,
        energy_provenance="declared",
    )
    evidence = Evidence(measurements=MEASURED, candidates=[BASE, SMALL])
    assert measured_energy(stock, MEASURED, [BASE, SMALL]).empty
    made = study(stock, evidence)
    row = made.footprint.iloc[0]
    option = made.options.set_index("name").loc["fraud net int8"]
    assert row["energy_per_call_j"] == 10.0
    assert option["saved_kg"] == pytest.approx(row["production_kg"] * 0.75)
    assert option["provenance"] == "declared"
    assert "relative saving" in str(option["evidence"])
