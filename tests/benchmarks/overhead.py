"""What the measuring process itself uses while windows run: CPU share of one core.

    python tests/benchmarks/overhead.py [--window 5] [--windows 4]  # this machine's meters
    python tests/benchmarks/overhead.py --stub counter              # a GPU's counter, stubbed
    python tests/benchmarks/overhead.py --stub power                # a GPU's power, polled

Runs the bench over a real model in its child process, and reads this process's own CPU time at the
events. The lead-in and the edges (where the counter is read fast until it ticks) and the figures
between windows are outside; what is inside is what could disturb the window.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from advisor.bench import Plan, PowerSampled, Precision, Progress, run  # noqa: E402
from advisor.candidates.candidate import Candidate, GraphFacts, TensorSpec  # noqa: E402
from advisor.candidates.workload import Workload  # noqa: E402
from advisor.meters import Meter, discover  # noqa: E402
from tests.meters.nvml_stub import stubbed_driver  # noqa: E402

BOUND = 0.01


def candidate(folder: Path) -> Candidate:
    """A layer of 512 × 512, as a small model in production has them."""
    weights = np.random.default_rng(0).normal(size=(512, 512)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 512])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 512])],
        [onnx.numpy_helper.from_array(weights, "w")],
    )
    path = folder / "layer.onnx"
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path
    )
    tensor = TensorSpec(name="x", dtype="float32", shape=("n", 512))
    return Candidate(
        name="layer",
        path=path,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        facts=GraphFacts(
            parameters=512 * 512,
            flops_per_inference=None,
            bytes_moved_per_inference=None,
            weight_bytes=512 * 512 * 4,
            operators={"MatMul": 1},
            precision="float32",
            inputs=(tensor,),
            outputs=(tensor,),
            opset=17,
            opsets={"": 17},
        ),
    )


def shares(window_s: float, windows: int, meters: tuple[Meter, ...] | None = None) -> list[float]:
    """CPU seconds a second of this process between the signs of life inside windows.

    From the first to the last sign of life of each window, so that edges stay outside.
    """
    data = np.random.default_rng(1).normal(size=(256, 512)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan.of(
            Precision.QUICK,
            (candidate(Path(folder)),),
            Workload("noise", {"x": data}, synthetic=True),
            window_s=window_s,
            blocks_min=windows,
            blocks_max=windows,
            idle_s=0.5,
            meters=meters,
        )
        found: list[float] = []
        first: tuple[float, float] | None = None
        last: tuple[float, float] | None = None
        for event in run(plan):
            if isinstance(event, PowerSampled) and event.candidate:
                last = (time.perf_counter(), time.process_time())
                first = first or last
            elif not isinstance(event, Progress):
                if first and last and last[0] > first[0]:
                    found.append((last[1] - first[1]) / (last[0] - first[0]))
                first = last = None
        return found


def stub_shares(window_s: float, windows: int, counter: bool) -> list[float]:
    """The same with the meter of a GPU behind the stub driver, by its counter or its power."""
    with tempfile.TemporaryDirectory() as folder, stubbed_driver(Path(folder)) as driver:
        gpu = driver.gpu()
        gpu.has_counter, gpu.noise_w = int(counter), 5.0
        gpu.tick_s = gpu.sensor_s = 0.1
        driver.load(True)
        found = discover(only={"nvml"})
        try:
            return shares(window_s, windows, found.meters)
        finally:
            found.close()


def main() -> int:
    """Print the share of each window; 1 when one is above 1 % of a core."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--window", type=float, default=5.0)
    parser.add_argument("--windows", type=int, default=4)
    parser.add_argument("--stub", choices=("counter", "power"))
    arguments = parser.parse_args()
    if arguments.stub:
        found = stub_shares(arguments.window, arguments.windows, arguments.stub == "counter")
    else:
        found = shares(arguments.window, arguments.windows)
    for number, share in enumerate(found, start=1):
        print(f"window {number}: {100 * share:.3f} % of one core")
    print(f"largest: {100 * max(found):.3f} % (bound {100 * BOUND:.0f} %)")
    return 0 if max(found) < BOUND else 1


if __name__ == "__main__":
    sys.exit(main())
