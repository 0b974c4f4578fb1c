"""The whole on a real NVIDIA GPU: probe, two ways to the same joules, fp32, fp16 and int8.

    python tests/benchmarks/real_gpu.py                      # about ten minutes on a GPU
    python tests/benchmarks/real_gpu.py --precision glance   # about two minutes
    python tests/benchmarks/real_gpu.py --rehearse           # over the stub driver: no GPU needed

It prints, in this order: what is found, the counter's step and period, the counter against
integrated power idle and under load, the figures of each precision with their intervals, and the
overhead of measuring. It writes into the folder given by --out: `real_gpu_events.jsonl`, the run's
events less those that follow from others (a fixture for `advisor.bench.replay`), and
`real_gpu_reads.json`, raw reads of the GPU's meter (a fixture for `advisor.meters.replay`).

A rehearsal checks the script itself; its joules are those of the stub and say nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from advisor.bench import (  # noqa: E402
    CandidateMeasured,
    Event,
    Failed,
    Plan,
    PowerSampled,
    Precision,
    Progress,
    WarmedUp,
    WindowMeasured,
    measure,
    record,
    replay,
    run,
)
from advisor.bench.two_ways import compared  # noqa: E402
from advisor.candidates import Candidate, read_candidate, synthetic_workload  # noqa: E402
from advisor.candidates.levers import LeverError, lever_named  # noqa: E402
from advisor.figures import written  # noqa: E402
from advisor.meters import Discovery, Meter, discover  # noqa: E402
from advisor.meters.coverage import coverage_statement  # noqa: E402
from advisor.meters.cpu_time import process_cpu_s  # noqa: E402
from advisor.meters.hardware import find_gpu  # noqa: E402
from advisor.meters.nvml import NvmlMeter  # noqa: E402
from advisor.meters.probe import window_length_s  # noqa: E402
from advisor.meters.replay import RecordingMeter  # noqa: E402


def model_of_some_size(folder: Path, width: int, layers: int) -> Path:
    """A fully connected network of about layers · width² parameters, with fixed random weights."""
    rng = np.random.default_rng(0)
    nodes, weights, at = [], [], "input"
    for layer in range(layers):
        w = rng.normal(0, width**-0.5, (width, width)).astype(np.float32)
        weights += [
            numpy_helper.from_array(w, f"w{layer}"),
            numpy_helper.from_array(np.zeros(width, np.float32), f"b{layer}"),
        ]
        out = "output" if layer == layers - 1 else f"h{layer}"
        nodes.append(helper.make_node("Gemm", [at, f"w{layer}", f"b{layer}"], [f"g{layer}"]))
        nodes.append(helper.make_node("Relu", [f"g{layer}"], [out]))
        at = out
    graph = helper.make_graph(
        nodes,
        "mlp",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", width])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", width])],
        weights,
    )
    path = folder / f"mlp-{width}x{layers}-fp32.onnx"
    # ONNX Runtime for GPUs follows behind `onnx`, whose newest format it may not read yet.
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), path)
    return path


def found_here() -> Discovery:
    """What is found, printed."""
    found = discover()
    for finding in found.findings:
        print(f"{'found' if finding.found else 'not found':<10} {finding}")
    for meter in found.meters:
        facts = meter.facts
        known = find_gpu(facts.device)
        print(
            f"  {facts.name}: step {facts.resolution_j:.4g} J, period "
            f"{facts.update_period_s * 1000:.2f} ms, probed {facts.probed}, state {facts.state}, "
            f"known as {known.row.name if known else 'unknown'}, window for 1 % at 200 W: "
            f"{window_length_s(facts, 200.0):.2f} s on ticks, "
            f"{window_length_s(facts, 200.0, aligned=False):.2f} s anywhere"
        )
    print(coverage_statement([meter.facts for meter in found.meters]).text())
    return found


def two_ways(meters: tuple[Meter, ...], doing: str) -> None:
    """Counter against integrated power so far, printed."""
    for meter in meters:
        comparison = meter.comparison() if isinstance(meter, NvmlMeter) else None
        if comparison:
            verdict = "disagree" if comparison.disagrees else "agree"
            print(
                f"{doing}: {meter.facts.name}: counter {comparison.counter_j:.2f} J, integrated "
                f"{comparison.power_j:.2f} J over {comparison.duration_s:.1f} s: "
                f"{(comparison.ratio - 1) * 100:+.2f} % (edges may explain "
                f"{comparison.allowance * 100:.2f} %): {verdict}"
            )


def over_the_windows(meters: tuple[Meter, ...], events: list[Event]) -> None:
    """Counter against integrated power over the windows of all candidates together, printed."""
    windows = [e.window for e in events if isinstance(e, WindowMeasured)]
    for meter in meters:
        both = compared(meter.facts, windows)
        if both:
            print(
                f"windows: {meter.facts.name}: {(both.ratio - 1) * 100:+.2f} % over "
                f"{both.duration_s:.1f} s (edges may explain {both.allowance * 100:.2f} %): "
                f"{'disagree' if both.disagrees else 'agree'}"
            )


def raw_reads(meter: Meter, seconds: float, path: Path) -> None:
    """Read as fast as twenty times a tick for some seconds, and keep every read."""
    recorder = RecordingMeter(meter)
    recorder.condition()
    until = time.monotonic() + seconds
    calls: list[float] = []
    pause = max(recorder.facts.update_period_s / 20, 1e-3)
    while time.monotonic() < until:
        called = time.perf_counter()
        recorder.read()
        calls.append(time.perf_counter() - called)
        time.sleep(pause)
    recorder.condition()
    path.write_text(recorder.recording().model_dump_json())
    print(
        f"{len(calls)} raw reads of {recorder.facts.name} in {path} "
        f"({path.stat().st_size / 1000:.0f} kB); one read takes "
        f"{statistics.median(calls) * 1e6:.0f} µs (median), {max(calls) * 1e3:.2f} ms (most)"
    )


def precisions(folder: Path, path: Path) -> tuple[Candidate, ...]:
    """fp32 and what the levers make of it; a lever that does not apply says why."""
    parent = read_candidate(path)
    made = [parent]
    calibration = synthetic_workload(parent.facts, samples=64)
    for name in ("fp16", "int8-dynamic", "int8-static"):
        try:
            lever = lever_named(name)
            made.append(lever.make(parent, folder, calibration=calibration))
        except (LeverError, TypeError) as error:
            print(f"{name}: left out: {error}")
    return tuple(made)


def told(events: Iterator[Event], names: dict[str, str]) -> Iterator[Event]:
    """Pass events on, with a word on what a person wants to see."""
    for event in events:
        if isinstance(event, WarmedUp):
            print(f"  warm {names[event.candidate]}: {event.reason} {event.providers}")
        elif isinstance(event, WindowMeasured) and event.window.excluded:
            print(f"  window left out: {names[event.window.candidate]}: {event.window.excluded}")
        elif isinstance(event, Failed):
            print(f"  failed: {event.reason}")
        yield event


def main() -> int:
    """Run it; exit code 1 where no GPU can be read or a check fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--precision", choices=[p.value for p in Precision], default="quick")
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--out", type=Path, default=Path("build/real_gpu"))
    parser.add_argument("--rehearse", action="store_true", help="over the stub driver")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        if options.rehearse:
            from tests.meters.nvml_stub import stubbed_driver

            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            driver = stack.enter_context(stubbed_driver(folder))
            driver.gpu().swing_w, driver.gpu().swing_s, driver.gpu().noise_w = 30.0, 0.7, 3.0
            driver.load(True)
            print("REHEARSAL over the stub driver: the joules say nothing.")
        found = stack.enter_context(contextlib.closing(found_here()))
        gpus = tuple(m for m in found.meters if m.facts.name.startswith("nvml"))
        if not gpus:
            print("No NVIDIA GPU can be read here; run this where one is.", file=sys.stderr)
            return 1
        return whole(options, found.meters, gpus)


def whole(options: argparse.Namespace, meters: tuple[Meter, ...], gpus: tuple[Meter, ...]) -> int:
    """Everything after discovery."""
    time.sleep(3)
    two_ways(gpus, "idle")
    path = model_of_some_size(options.out, options.width, options.layers)
    candidates = precisions(options.out, path)
    names = {c.key: c.name for c in candidates}
    workload = synthetic_workload(candidates[0].facts, samples=4 * options.batch)
    plan = Plan.of(
        Precision(options.precision), candidates, workload, meters=meters, batch_size=options.batch
    )
    file = options.out / "real_gpu_events.jsonl"
    file.unlink(missing_ok=True)
    cpu, started = process_cpu_s(os.getpid()), time.monotonic()
    kept = (e for e in run(plan) if not isinstance(e, CandidateMeasured | Progress | PowerSampled))
    events = list(told(record(kept, file), names))
    wall = time.monotonic() - started
    spent = (process_cpu_s(os.getpid()) or 0) - (cpu or 0)
    print(f"measuring process, figures included: {spent / wall:.2%} of one core over {wall:.0f} s")
    two_ways(gpus, "with load")
    raw_reads(gpus[0], 3.0, options.out / "real_gpu_reads.json")
    over_the_windows(gpus, events)
    figures = measure(events)
    for m in figures:
        energy = written(m.energy_j)
        above = written(m.energy_above_idle_j).text if m.energy_above_idle_j else "unknown"
        print(
            f"{names[m.candidate]:<34} {energy.text} ({energy.interval}) an inference, above idle "
            f"{above}, {m.throughput_per_s.value:,.0f} per s, "
            f"{m.energy_j.provenance}, {m.windows_used} windows, {m.windows_excluded} left out"
        )
        for warning in m.warnings:
            print(f"    {warning}")
    same = [m.model_dump() for m in measure(replay(file))] == [m.model_dump() for m in figures]
    print(f"{file} ({file.stat().st_size / 1000:.0f} kB) replays to the same figures: {same}")
    print(json.dumps({"figures": len(figures), "candidates": len(candidates), "replays": same}))
    return 0 if same and len(figures) == len(candidates) else 1


if __name__ == "__main__":
    sys.exit(main())
