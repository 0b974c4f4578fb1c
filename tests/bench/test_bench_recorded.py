"""A run recorded on a real GPU (H100 80GB HBM3, driver 580, behind a virtual machine), replayed.

Five blocks of windows of a second: a network of 33 million parameters at batch 256 on ONNX
Runtime's CUDA provider, in fp32, fp16 and int8, as `tests/benchmarks/real_gpu.py` recorded it
(a dozen latencies a window kept, later blocks left out, the board's identity removed).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from advisor.bench import Event, Measurement, Started, WindowMeasured, measure, replay
from advisor.bench.two_ways import compared
from advisor.quantities import Provenance

RECORDING = Path(__file__).with_name("recordings") / "h100.jsonl"


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return list(replay(RECORDING))


@pytest.fixture(scope="module")
def measured(events: list[Event]) -> dict[str, Measurement]:
    started = next(e for e in events if isinstance(e, Started))
    found = {started.names[m.candidate]: m for m in measure(events)}
    return {
        name.removeprefix("mlp-2048x8-fp32").strip(".") or "fp32": m for name, m in found.items()
    }


def ratio(measured: dict[str, Measurement], variant: str) -> tuple[float, float]:
    """95 % interval of a variant's energy over that of fp32, from paired draws."""
    draws = np.asarray(measured[variant].energy_draws_j) / np.asarray(
        measured["fp32"].energy_draws_j
    )
    low, high = np.quantile(draws, (0.025, 0.975))
    return float(low), float(high)


def test_half_precision_saves_on_a_gpu_and_whole_numbers_do_not(
    measured: dict[str, Measurement],
) -> None:
    assert ratio(measured, "fp16")[1] < 1
    assert ratio(measured, "int8-static")[0] > 1.2
    assert ratio(measured, "int8-dynamic")[0] > 4


def test_the_board_is_measured_and_the_processor_beside_it_estimated(
    measured: dict[str, Measurement],
) -> None:
    for one in measured.values():
        assert one.energy_j.provenance is Provenance.ESTIMATED
        assert one.windows_used == 5
    # On the GPU the processor is a side matter: the interval stays near that of the counter.
    assert measured["fp32"].energy_j.relative_half_width < 0.15
    assert measured["int8-dynamic"].energy_j.relative_half_width > 0.2


def test_counter_and_integrated_power_agree(events: list[Event]) -> None:
    started = next(e for e in events if isinstance(e, Started))
    gpu = next(m for m in started.meters if m.name == "nvml:0:counter")
    both = compared(gpu, [e.window for e in events if isinstance(e, WindowMeasured)])
    assert both is not None
    assert abs(both.ratio - 1) < 0.01
    assert not both.disagrees


def test_a_waiting_process_is_no_drift_of_idle_power(measured: dict[str, Measurement]) -> None:
    assert not [w for m in measured.values() for w in m.warnings if "drifted" in str(w)]
