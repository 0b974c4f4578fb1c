"""From windows to figures: what is added up, what is left out, what is said."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import advisor.bench
from advisor.bench import (
    Finished,
    IdleMeasured,
    Measurement,
    RecordingError,
    Started,
    WarmedUp,
    Window,
    WindowMeasured,
    measure,
    record,
    replay,
)
from advisor.bench.collected import counted_meters
from advisor.bench.environment import hurt_by
from advisor.meters.meter import Coverage, MeterFacts
from advisor.quantities import Provenance
from advisor.sentences import catalogue, sentence


def meter(name: str, *domains: str, gain: float = 0.02, estimated: bool = False) -> MeterFacts:
    return MeterFacts(
        name=name,
        device=f"device of {name}",
        provenance=Provenance.ESTIMATED if estimated else Provenance.MEASURED,
        coverage=Coverage(domains=domains, statement=", ".join(domains)),
        resolution_j=0.001,
        update_period_s=0.01,
        gain_relative_std=gain,
    )


def started(*meters: MeterFacts, **settings: object) -> Started:
    return Started(
        run_id="r",
        at_s=0.0,
        candidates=("a",),
        names={"a": "A"},
        meters=meters,
        expected_s=1.0,
        settings=settings,
    )


def window(block: int, energy: dict[str, float], excluded: str = "") -> WindowMeasured:
    made = Window(
        candidate="a",
        block=block,
        position=0,
        started_s=10.0 * block,
        duration_s=10.0,
        inferences=100.0,
        energy_j=energy,
        latency_s=(0.1, 0.1, 0.2),
        excluded=excluded,
    )
    return WindowMeasured(run_id="r", at_s=10.0 * block, window=made)


def test_meters_of_overlapping_domains_are_never_added_up() -> None:
    psys, package = meter("psys", "psys"), meter("rapl", "package:0", "dram:0")
    gpu, guess = meter("nvml", "gpu:0"), meter("estimate", "process", estimated=True)
    assert counted_meters([psys, package, gpu]) == [psys, gpu]
    assert counted_meters([guess, package, gpu]) == [package, gpu]
    assert counted_meters([gpu, guess]) == [gpu, guess]
    assert counted_meters([gpu, meter("nvml:power", "gpu:0")]) == [gpu]


def test_gpu_and_processor_are_added_and_the_weakest_label_stays() -> None:
    gpu, guess = meter("gpu", "gpu:0"), meter("estimate", "process", gain=0.5, estimated=True)
    events = [started(gpu, guess)]
    events += [window(b, {"gpu": 300.0 + b, "estimate": 100.0}) for b in range(5)]
    (figures,) = measure(events)
    assert figures.energy_j.value == pytest.approx(4.02)
    assert figures.energy_j.provenance is Provenance.ESTIMATED
    assert {"meter gain device of gpu", "power curve device of estimate"} <= set(
        figures.energy_j.spread
    )


def test_excluded_windows_are_counted_and_said_but_not_used() -> None:
    events = [started(meter("gpu", "gpu:0"))]
    events += [window(b, {"gpu": 100.0 + b % 2}) for b in range(4)]
    events += [window(4, {"gpu": 900.0}, excluded="the device was throttled (thermal)")]
    (figures,) = measure(events)
    assert figures.energy_j.value == pytest.approx(1.005)
    assert (figures.windows_used, figures.windows_excluded) == (4, 1)
    assert any("throttled" in w for w in figures.warnings)


def test_idle_is_interpolated_between_its_measurements_and_its_drift_is_said() -> None:
    def idle(at_s: float, power_w: float) -> IdleMeasured:
        return IdleMeasured(run_id="r", at_s=at_s, duration_s=0.0, power_w={"gpu": power_w})

    events = [started(meter("gpu", "gpu:0")), idle(0.0, 4.0)]
    events += [window(b, {"gpu": 100.0 + b % 2}) for b in range(4)]
    events += [idle(40.0, 6.0)]
    (figures,) = measure(events)
    assert figures.energy_above_idle_j is not None
    # Idle power rises from 4 to 6 W: 5 W on average over windows centred at 5, 15, 25, 35 s.
    assert figures.energy_above_idle_j.value == pytest.approx(1.005 - 0.5)
    assert "idle drift r" in figures.energy_above_idle_j.spread
    assert any("drifted by 40 %" in w for w in figures.warnings)


def test_reasons_are_said_in_the_readers_language() -> None:
    scatters = sentence("the latency still scatters by {cv} %", cv=9.0)
    cold = WarmedUp(
        run_id="r",
        at_s=0.0,
        candidate="a",
        duration_s=1.0,
        inferences=3,
        stationary=False,
        reason=str(scatters),
        said=scatters,
    )
    throttled = sentence("the device was throttled ({reasons})", reasons="hw_slowdown")
    hurt = window(4, {"gpu": 900.0}, excluded=str(throttled))
    hurt = hurt.model_copy(update={"window": hurt.window.model_copy(update={"said": throttled})})
    events = [started(meter("gpu", "gpu:0")), cold]
    events += [window(b, {"gpu": 100.0 + b % 2}) for b in range(4)]
    (figures,) = measure([*events, hurt])
    again = Measurement.model_validate_json(figures.model_dump_json())
    assert again == figures
    japanese = " ".join(caution.text("ja") for caution in again.cautions)
    assert scatters.text("ja") in japanese
    assert throttled.text("ja") in japanese
    assert "throttled" in " ".join(figures.warnings)


def test_idle_measured_once_leaves_room_for_its_drift() -> None:
    events = [
        started(meter("gpu", "gpu:0")),
        IdleMeasured(run_id="r", at_s=0.0, duration_s=1.0, power_w={"gpu": 6.0}),
        *[window(b, {"gpu": 100.0 + b % 2}) for b in range(4)],
    ]
    (figures,) = measure(events)
    assert figures.energy_above_idle_j is not None
    # 10 s of ±5 % of 6 W, uniform, over 100 inferences.
    drift = 0.05 * 6.0 / 3**0.5 * 10 / 100
    assert abs(figures.energy_above_idle_j.spread["idle drift r"]) == pytest.approx(drift)


def test_idle_above_the_load_is_unknown_not_negative() -> None:
    events = [
        started(meter("gpu", "gpu:0")),
        IdleMeasured(run_id="r", at_s=0.0, duration_s=1.0, power_w={"gpu": 50.0}),
        *[window(b, {"gpu": 100.0}) for b in range(3)],
    ]
    (figures,) = measure(events)
    assert figures.energy_above_idle_j is None
    assert any("lost" in w for w in figures.warnings)


def test_a_window_without_a_reading_of_a_counted_meter_does_not_count_as_zero() -> None:
    gpu, cpu = meter("gpu", "gpu:0"), meter("rapl", "package:0")
    events = [started(gpu, cpu)]
    events += [window(b, {"gpu": 100.0, "rapl": 50.0}) for b in range(4)]
    events += [window(4, {"gpu": 100.0})]
    (figures,) = measure(events)
    assert figures.energy_j.value == pytest.approx(1.5)


def test_a_single_window_gets_a_wide_interval_and_says_so() -> None:
    (figures,) = measure([started(meter("gpu", "gpu:0")), window(0, {"gpu": 100.0})])
    assert figures.energy_j.relative_half_width > 0.12
    assert any("Only one window" in w for w in figures.warnings)


def test_a_wall_factor_multiplies_and_a_cold_start_is_said() -> None:
    cold = WarmedUp(
        run_id="r",
        at_s=0.0,
        candidate="a",
        duration_s=1.0,
        inferences=3,
        stationary=False,
        reason="the latency still drifts by 9 %",
    )
    events = [started(meter("gpu", "gpu:0"), wall_factor=1.2), cold]
    events += [window(b, {"gpu": 100.0 + b}) for b in range(4)]
    (figures,) = measure(events)
    assert figures.energy_j.value == pytest.approx(1.2 * 1.015)
    assert any("drifts by 9 %" in w for w in figures.warnings)


def test_a_declared_factor_brings_its_interval_and_its_label() -> None:
    settings = {"wall_factor": 1.25, "wall_factor_range": [1.15, 1.36]}
    windows = [window(b, {"gpu": 100.0 + b % 2}) for b in range(6)]
    (plain,) = measure([started(meter("gpu", "gpu:0", gain=0.0)), *windows])
    (figures,) = measure([started(meter("gpu", "gpu:0", gain=0.0), **settings), *windows])
    assert figures.energy_j.value == pytest.approx(1.25 * plain.energy_j.value)
    assert figures.energy_j.provenance is Provenance.DECLARED
    assert "wall-meter factor" in figures.energy_j.spread
    assert figures.energy_j.relative_half_width > plain.energy_j.relative_half_width
    assert sum(figures.energy_draws_j) / 1000 == pytest.approx(figures.energy_j.value, rel=0.02)
    assert figures.covered is not None
    assert "1.25" in figures.covered.text("ja")
    assert "fans" in plain.coverage
    assert "fans" not in figures.coverage


def test_throttling_and_strangers_on_the_device_exclude_a_window() -> None:
    gpu, cpu = (meter("gpu", "gpu:0"),), (meter("rapl", "package:0"),)
    guess = (meter("estimate", "process", estimated=True),)
    assert hurt_by(gpu, {"gpu throttle_reasons": "", "gpu other_processes": 0.0}, 0.9) is None
    assert hurt_by(gpu, {"gpu throttle_reasons": "thermal"}, 0.0) is not None
    assert hurt_by(gpu, {"gpu other_processes": 2.0}, 0.0) is not None
    assert hurt_by(cpu, {}, 0.2) is not None
    assert hurt_by(guess, {}, 0.2) is None


def test_a_recording_cut_off_by_a_crash_gives_what_was_written(tmp_path: Path) -> None:
    events = [started(meter("gpu", "gpu:0")), window(0, {"gpu": 1.0})]
    path = tmp_path / "run.jsonl"
    assert list(record(events, path)) == events
    path.write_text(path.read_text() + '{"kind": "window_meas')
    assert list(replay(path)) == events
    path.write_text('{"kind": "nothing"}\n' + events[0].model_dump_json() + "\n")
    with pytest.raises(RecordingError, match="Line 1"):
        list(replay(path))
    with pytest.raises(RecordingError):
        list(replay(tmp_path / "none.jsonl"))


def test_an_empty_run_has_no_figures() -> None:
    assert measure([started(meter("gpu", "gpu:0")), Finished(run_id="r", at_s=1, reason="x")]) == []


OWN = sorted(p.stem for p in Path(advisor.bench.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("module", OWN)
def test_every_sentence_is_translated(module: str) -> None:
    source = Path(advisor.bench.__file__).with_name(f"{module}.py").read_text("utf-8")
    used = {
        node.args[0].value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "sentence"
        and isinstance(node.args[0], ast.Constant)
    }
    assert used <= set(catalogue("ja"))
