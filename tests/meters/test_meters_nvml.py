"""NVML through the real binding, over a driver whose true energy is known."""

import json
import os
import subprocess
import sys
import time

import pytest

from advisor.meters import MeterError, discover
from advisor.meters.nvml import open_gpus
from advisor.meters.pair import Comparison, degraded, found_in, pooled
from advisor.meters.probe import probe, quantisation_bound_j, read_at_tick, window_length_s
from advisor.quantities import Provenance
from tests.meters.nvml_stub import stubbed_driver


@pytest.fixture
def driver(tmp_path):
    with stubbed_driver(tmp_path) as stub:
        yield stub


@pytest.fixture
def opened():
    meters = []

    def open_all(**options):
        found, _ = open_gpus(**{"standstill_s": 0.2, **options})
        meters.extend(found)
        return found

    yield open_all
    for meter in meters:
        meter.close()


def energy_between(driver, meter, seconds, index=0):
    """(measured, true) joules of a window on ticks, and its facts."""
    driver.load(True)
    first = read_at_tick(meter)
    time.sleep(seconds)
    last = read_at_tick(meter)
    true = driver.true_energy_j(index, last.time_s) - driver.true_energy_j(index, first.time_s)
    return last.energy_j - first.energy_j, true


def test_counter_window_on_ticks_is_right_within_its_own_bound(driver, opened):
    [meter] = opened()
    facts = probe(meter)
    assert facts.name == "nvml:0:counter"
    assert facts.provenance is Provenance.MEASURED
    assert facts.probed
    measured, true = energy_between(driver, meter, 0.5)
    # Two late sights of a tick of up to 20 ms scheduling delay on a busy test machine.
    assert measured == pytest.approx(true, abs=quantisation_bound_j(facts, 300) + 0.04 * 300)


def test_probe_finds_period_and_step(driver, opened):
    driver.gpu().tick_s, driver.gpu().step_j = 0.1, 0.05
    driver.gpu().swing_w, driver.gpu().swing_s = 20.0, 0.7  # steady power would hide the step
    [meter] = opened()
    facts = probe(meter)
    assert facts.update_period_s == pytest.approx(0.1, rel=0.2)
    # The step is a whole multiple of the real one: jumps of 6 J hold 120 steps of 50 mJ.
    assert facts.resolution_j / 0.05 == pytest.approx(round(facts.resolution_j / 0.05), abs=1e-6)
    assert window_length_s(facts, 300.0) >= 10 * facts.update_period_s


@pytest.mark.parametrize("instant", [1, 0])
def test_missing_counter_is_replaced_by_integrated_power(driver, opened, instant):
    driver.gpu().has_counter = 0
    driver.gpu().has_instant = instant
    driver.gpu().noise_w = 5.0
    [meter] = opened()
    assert meter.facts.name == "nvml:0:power"
    assert any("no energy counter" in str(note) for note in meter.facts.notes)
    measured, true = energy_between(driver, meter, 0.6)
    assert measured == pytest.approx(true, rel=0.1)


def test_one_second_average_says_so(driver, opened):
    driver.gpu().has_counter = driver.gpu().has_instant = 0
    driver.gpu().name = b"NVIDIA GeForce RTX 3090"
    [meter] = opened()
    assert any("average power of the last second" in str(note) for note in meter.facts.notes)
    assert meter.facts.update_period_s == 1.0


def test_counter_that_stands_still_from_the_start_falls_back(driver, opened):
    driver.gpu().counter_frozen = 1
    [meter] = opened()
    assert meter.facts.name == "nvml:0:power"
    assert any("stands still" in str(note) for note in meter.facts.notes)
    measured, true = energy_between(driver, meter, 0.4)
    assert measured == pytest.approx(true, rel=0.15)


def test_counter_that_stops_during_the_run_goes_on_with_power(driver, opened):
    [meter] = opened()
    driver.load(True)
    first = read_at_tick(meter)
    time.sleep(0.4)
    driver.gpu().counter_frozen = 1
    time.sleep(1.0)
    last = meter.read()
    true = driver.true_energy_j(0, last.time_s) - driver.true_energy_j(0, first.time_s)
    assert last.energy_j - first.energy_j == pytest.approx(true, rel=0.1)
    assert any("stopped moving" in str(note) for note in meter.facts.notes)
    assert meter.facts.name == "nvml:0:counter"  # a run keeps its meter's name


def test_driver_error_in_the_middle_is_one_sentence(driver, opened):
    [meter] = opened()
    meter.read()
    driver.gpu().error = 15
    with pytest.raises(MeterError, match=r"driver failed on GPU 0 .*GPU is lost.*nvidia-smi"):
        meter.read()


def test_driver_error_while_power_is_polled_is_not_a_gap(driver, opened):
    driver.gpu().has_counter = 0
    [meter] = opened()
    driver.gpu().error = 15
    time.sleep(0.1)
    driver.gpu().error = 0
    with pytest.raises(MeterError, match="GPU is lost"):
        meter.read()


def test_counter_that_falls_is_an_error_not_negative_energy(driver, opened):
    [meter] = opened()
    meter.read()
    driver.gpu().origin_j = 0.0
    time.sleep(0.05)
    with pytest.raises(MeterError, match="fell from"):
        meter.read()


def test_two_gpus_are_two_meters(tmp_path, opened):
    with stubbed_driver(tmp_path, gpus=2) as driver:
        driver.gpu(1).load_w = 40.0
        driver.gpu(1).has_counter = 0
        meters = opened()
        assert [m.facts.name for m in meters] == ["nvml:0:counter", "nvml:1:power"]
        assert meters[1].facts.coverage.domains == ("gpu:1",)
        driver.load(True)
        first = [read_at_tick(m) for m in meters]
        time.sleep(0.5)
        last = [read_at_tick(m) for m in meters]
        watts = [
            (b.energy_j - a.energy_j) / (b.time_s - a.time_s)
            for a, b in zip(first, last, strict=True)
        ]
        assert watts[0] == pytest.approx(300, rel=0.15)
        assert watts[1] == pytest.approx(100, rel=0.15)
        for meter in meters:
            meter.close()


def test_condition_tells_clocks_throttling_and_foreign_processes(driver, opened):
    [meter] = opened()
    meter.watch((4242,))
    driver.gpu().process_ids[0], driver.gpu().process_ids[1] = 4242, os.getpid()
    driver.gpu().processes = 2
    calm = meter.condition()
    assert calm["throttle_reasons"] == ""
    assert calm["other_processes"] == 0
    assert calm["clock_sm_mhz"] == 1410
    assert calm["power_limit_w"] == 400
    assert (calm["ecc"], calm["mig"], calm["persistence"]) == ("on", "off", "on")
    driver.gpu().process_ids[2], driver.gpu().processes = 777, 3
    driver.gpu().reasons = 0x40 | 0x4
    time.sleep(0.25)
    driver.gpu().reasons = 0  # throttled between two looks: still reported
    hurt = meter.condition()
    assert hurt["throttle_reasons"] == "hw_thermal_slowdown"
    assert "sw_power_cap" in str(hurt["clock_reasons"])
    assert hurt["other_processes"] == 1


@pytest.mark.parametrize(("gain", "disagrees"), [(1.0, False), (1.4, True)])
def test_each_look_at_the_condition_compares_counter_and_power(driver, opened, gain, disagrees):
    [meter] = opened()
    probe(meter)
    driver.load(True)
    time.sleep(0.3)
    driver.gpu().power_gain = gain  # from here on, so that earlier joules would hide it
    meter.condition()
    time.sleep(2.4)
    noted = {f"gpu {key}": value for key, value in meter.condition().items()}
    comparison = found_in(noted, "gpu")
    assert comparison.ratio == pytest.approx(gain, rel=0.1)
    assert 2.0 < comparison.duration_s < 3.0
    facts = degraded(meter.facts, comparison)
    assert (facts.provenance is Provenance.ESTIMATED) == disagrees
    assert any("labelled as estimates" in str(note) for note in facts.notes) == disagrees
    if disagrees:
        assert facts.gain_relative_std > 0.15


def test_windows_that_say_nothing_alone_tell_together():
    """A difference of 6 %: hidden by the edges of one window of 2 s, seen in thirty of them."""
    one = Comparison(duration_s=2.0, counter_j=600.0, power_j=636.0, edge_s=0.2)
    assert not one.disagrees
    assert pooled([one] * 30).disagrees
    assert not pooled([one, one.model_copy(update={"power_j": 564.0})] * 15).disagrees
    assert pooled([]) is None


def test_mig_and_virtual_gpu_are_said(driver, opened):
    driver.gpu().mig, driver.gpu().virtualization = 1, 2
    [meter] = opened()
    assert any("MIG is on" in str(note) for note in meter.facts.notes)
    assert any("virtual GPU" in str(note) for note in meter.facts.notes)


def test_gpu_without_any_reading_is_a_finding_not_zero(driver):
    driver.gpu().has_counter = driver.gpu().has_instant = driver.gpu().has_average = 0
    found = discover(only={"nvml"}, probing=False)
    assert found.meters == ()
    assert any("neither energy nor power" in str(f) for f in found.findings)


@pytest.mark.parametrize(
    ("code", "words"), [(9, "driver is not loaded"), (18, "different versions"), (4, "refuses")]
)
def test_driver_that_does_not_start_is_explained(driver, code, words):
    driver.control.init_error = code
    found = discover(only={"nvml"})
    assert found.meters == ()
    assert words in str(found.findings[0])


def test_discovery_over_the_stub_probes_each_gpu(driver):
    found = discover(only={"nvml"})
    try:
        assert [m.facts.probed for m in found.meters] == [True]
        assert found.findings[0].found
    finally:
        found.close()


def test_another_process_finds_the_driver_through_its_environment(driver):
    command = [sys.executable, "-m", "advisor.cli", "meters", "--json", "--only", "nvml"]
    told = subprocess.run(command, env=driver.environment(), capture_output=True, check=True)
    document = json.loads(told.stdout)
    assert [m["name"] for m in document["meters"]] == ["nvml:0:counter"]
    assert document["meters"][0]["probed"]
    assert "GPU 0" in document["coverage"]
