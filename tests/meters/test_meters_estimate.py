"""The estimate: real CPU time of real processes, and an interval that is honest about curves."""

import math
import subprocess
import sys
import time

import pytest

from advisor.meters.cpu_time import CpuTime, process_cpu_s
from advisor.meters.estimate import EstimateMeter
from advisor.meters.load_power import LEAST_FACTOR, LogRange, shape, thread_power
from advisor.meters.meter import MeterError
from advisor.meters.surroundings import Surroundings
from advisor.quantities import Z95, Provenance

BURN = "import time; e = time.process_time() + {0}\nwhile time.process_time() < e: pass"
IDLE = "; import sys; print('done', flush=True); sys.stdin.read()"


def machine(name="Intel(R) Xeon(R) Processor", virtual=True, threads=2, model=""):
    return Surroundings(
        system="linux", cpu_name=name, threads=threads, sockets=1, virtual=virtual, wsl=False,
        container=False, cpu_model=model,
    )  # fmt: skip


def burning(seconds, children=0):
    child = f"subprocess.run([sys.executable, '-c', {BURN.format(seconds)!r}])"
    code = "import subprocess, sys\n" + (
        f"{child}\n" * children if children else BURN.format(seconds) + "\n"
    )
    code += "print('done', flush=True); sys.stdin.read()"
    return subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def stop(process):
    process.stdin.close()
    process.wait(timeout=10)
    process.stdout.close()


def test_cpu_time_of_another_process_is_its_own():
    process = burning(0.2)
    try:
        process.stdout.readline()
        seconds = process_cpu_s(process.pid)
        assert seconds == pytest.approx(0.2, rel=0.5)
        assert CpuTime([process.pid]).read() == pytest.approx(seconds, abs=0.05)
    finally:
        stop(process)


def test_children_count_also_after_they_ended():
    process = burning(0.15, children=2)
    try:
        watch = CpuTime([process.pid])
        values = []
        while not values or values[-1] < 0.3:
            values.append(watch.read())
            time.sleep(0.01)
            assert len(values) < 2000
        process.stdout.readline()
        assert values == sorted(values)
        assert watch.read() >= 0.3
    finally:
        stop(process)


def test_an_ended_process_keeps_its_time_and_the_meter_says_it_ended():
    process = burning(0.1)
    process.stdout.readline()
    meter = EstimateMeter(machine())
    meter.watch((process.pid,))
    watch = CpuTime([process.pid])
    before = watch.read()
    stop(process)
    assert watch.read() >= before > 0.05
    with pytest.raises(MeterError, match="process ended"):
        meter.read()


def test_joules_are_cpu_seconds_times_watts_and_keep_over_watch():
    class Clockwork:
        def __init__(self, pids):
            self.seconds = {(): [0.0, 2.0, 3.0], (7,): [10.0, 14.0]}[tuple(pids)]

        def read(self):
            return self.seconds.pop(0)

        def any_alive(self):
            return True

    power = thread_power(machine())
    meter = EstimateMeter(machine(), power, Clockwork, clock=lambda: 1.0)
    assert meter.read().energy_j == pytest.approx(2.0 * power.watts.value)
    meter.watch((7,))
    assert meter.read().energy_j == pytest.approx((3.0 + 4.0) * power.watts.value)


def test_facts_are_labelled_estimated_with_source():
    facts = EstimateMeter(machine()).facts
    assert facts.provenance is Provenance.ESTIMATED
    assert facts.coverage.domains == ("process",)
    assert "Cloud Carbon Footprint" in facts.state["source"]
    assert "CPU estimate" in str(facts.notes[0])


@pytest.mark.parametrize(
    ("name", "virtual", "threads", "basis", "least"),
    [
        ("12th Gen Intel(R) Core(TM) i7-12700K", False, 20, "processor", LEAST_FACTOR),
        ("AMD EPYC 7763 64-Core Processor", True, 4, "architecture", 1.8),
        ("Intel(R) Xeon(R) Processor", True, 2, "unknown", 2.0),
        ("Frobnicator 9000", False, 8, "unknown", 2.0),
    ],
)
def test_interval_is_as_wide_as_what_is_not_known(name, virtual, threads, basis, least):
    power = thread_power(machine(name, virtual, threads))
    assert power.basis == basis
    low, high = power.watts.interval
    assert high / power.watts.value >= least
    assert power.watts.value / low >= least


def test_known_processor_lies_near_its_tdp_over_its_threads():
    power = thread_power(machine("AMD EPYC 7763 64-Core Processor", False, 128))
    low, high = power.watts.interval
    assert low < 280 / 128 < high


def test_shape_is_the_range_of_the_known_curves():
    # CodeCarbon at half load: 0.2125 / 0.5; Teads at a tenth: 0.32 / (0.1 · 1.02).
    assert shape().interval == pytest.approx((0.425, 0.32 / 0.102), rel=1e-6)


def test_a_client_processor_may_boost_far_above_its_tdp():
    client = thread_power(machine("13th Gen Intel(R) Core(TM) i9-13900K", False, 32))
    assert client.watts.interval[1] > 253 / 32  # Intel's own limit of boost, TDP being 125 W
    server = thread_power(machine("Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz", False, 40))
    assert client.watts.relative_std > server.watts.relative_std


@pytest.mark.parametrize(
    ("name", "model", "known_as"),
    [
        ("Intel(R) Xeon(R) Processor", "GenuineIntel 6 207 2", "Emerald Rapids"),
        ("Intel(R) Xeon(R) CPU @ 2.00GHz", "GenuineIntel 6 85 3", "Skylake"),
        ("Intel(R) Xeon(R) CPU @ 2.00GHz", "GenuineIntel 6 85 7", "Cascade Lake"),
        ("AMD EPYC", "AuthenticAMD 25 17 1", "EPYC 4th Gen"),
        ("Intel Xeon Processor (Icelake)", "GenuineIntel 6 106 0", "Ice Lake – Granite Rapids"),
        ("Arm Neoverse-N1", "", "Arm Neoverse-N1"),
    ],
)
def test_a_name_without_meaning_is_known_by_its_model(name, model, known_as):
    power = thread_power(machine(name, model=model))
    assert (power.basis, power.known_as) == ("architecture", known_as)


def test_an_emulated_model_stands_for_every_later_one_too():
    named = thread_power(machine("AMD EPYC 7763 64-Core Processor", model="AuthenticAMD 25 1 1"))
    emulated = thread_power(machine("AMD EPYC-Milan Processor", model="AuthenticAMD 25 1 1"))
    assert emulated.watts.relative_std > 1.2 * named.watts.relative_std
    assert emulated.watts.interval[1] > named.watts.interval[1]


def test_log_ranges_multiply_in_quadrature():
    a, b = LogRange.over([1.0, 4.0]), LogRange.factor(2.0)
    product = a * b
    assert product.value == pytest.approx(2.0)
    spread = math.hypot(math.log(2), math.log(2))
    assert product.interval[1] == pytest.approx(2 * math.exp(spread))
    assert a.relative_std == pytest.approx(math.log(4) / (2 * Z95))
