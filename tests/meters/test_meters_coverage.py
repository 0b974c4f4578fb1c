"""What is inside the joules and what is not, and the declared wall-meter factor."""

import pytest

from advisor.meters.coverage import coverage_statement, wall_factor, without_overlap
from advisor.meters.meter import Coverage, MeterFacts
from advisor.quantities import Provenance, Quantity


def facts(name, *domains):
    return MeterFacts(
        name=name,
        device="device",
        provenance=Provenance.MEASURED,
        coverage=Coverage(domains=domains),
        resolution_j=0.001,
        update_period_s=0.1,
        gain_relative_std=0.0,
    )


def test_gpu_with_packages_and_memory():
    text = coverage_statement(
        [facts("nvml:0:counter", "gpu:0"), facts("rapl", "package:0", "dram:0")]
    ).text()
    inside, outside = text.split("Not inside:")
    assert "GPU 0" in inside
    assert "memory (DRAM) of package 0" in inside
    assert "fans" in outside
    assert "DRAM" not in outside


def test_gpu_alone_leaves_the_processor_out():
    text = coverage_statement([facts("nvml:0:counter", "gpu:0")]).text()
    assert "the processor" in text.split("Not inside:")[1]


def test_estimate_beside_a_package_counter_is_not_added():
    meters = [facts("rapl", "package:0"), facts("estimate", "process")]
    assert [m.name for m in without_overlap(meters)] == ["rapl"]
    assert "CPU time" not in coverage_statement(meters).text()


def test_wall_factor_is_declared_and_carried_into_the_figure():
    factor = wall_factor(1.25, 1.15, 1.36, "wall meter, January 2026")
    measured = Quantity.exact(100.0, "J", Provenance.MEASURED, "rapl")
    corrected = measured * factor
    assert corrected.value == pytest.approx(125)
    assert corrected.provenance is Provenance.DECLARED
    assert corrected.low == pytest.approx(115, rel=0.01)
    statement = coverage_statement([facts("rapl", "package:0")], factor)
    assert "wall-meter factor" in statement.text()
    assert "fans" not in statement.text()
    assert statement.text("ja") != statement.text("en")


@pytest.mark.parametrize("bad", [(0.9, 0.8, 1.0), (1.2, 1.3, 1.4), (1.2, 0.9, 1.4)])
def test_an_impossible_wall_factor_is_refused(bad):
    with pytest.raises(ValueError, match="at least 1"):
        wall_factor(*bad, "source")
