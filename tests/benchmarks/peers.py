"""Our meter, Zeus and CodeCarbon side by side over one stub driver whose true energy is known.

    python tests/benchmarks/peers.py            # about fifteen minutes
    python tests/benchmarks/peers.py --quick    # windows up to 1 s, about two minutes

Each tool runs in a process of its own and measures the same continuous load (power that swings,
sensor noise, a counter that ticks each 100 ms) over windows of the same lengths. The error is
joules told ÷ true joules between the tool's own begin and end − 1. Zeus and CodeCarbon come from
the package index into a virtual environment under the cache folder.

`too short to tell` is what our meter says when its own bound from ticks, steps and ages exceeds
5 %, window by window; the others say nothing of that kind (a dash), or fail. Our windows end on
ticks of the meter, so a window shorter than a tick lasts a tick (`lasts`). CPU is that of the tool
inside its window, edges the time it takes for beginning and ending one.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import venv
from pathlib import Path

import platformdirs

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.meters.nvml_stub import StubDriver, compiled_stub  # noqa: E402

WINDOWS = {0.05: 20, 0.2: 20, 1.0: 8, 5.0: 3, 30.0: 3}
TOO_SHORT = 0.05

COMMON = """
import json, os, sys, time

def tree_cpu_s():
    total, queue = 0.0, [os.getpid()]
    while queue:
        pid = queue.pop()
        try:
            total += time.clock_gettime((~pid << 3) | 2)
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as file:
                    queue += [int(word) for word in file.read().split()]
        except OSError:
            pass
    return total

def serve(measure):
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        asked = float(line)
        try:
            answer = measure(asked)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
"""

OURS = (
    COMMON
    + """
from advisor.bench.edges import quantisation_j, read_on_tick
from advisor.meters import discover
[meter] = discover(only={"nvml"}).meters

def measure(seconds):
    called = time.monotonic()
    first = read_on_tick(meter)
    cpu = tree_cpu_s()
    time.sleep(max(first.time_s + seconds - time.monotonic(), 0))
    cpu = tree_cpu_s() - cpu
    last = read_on_tick(meter)
    facts = meter.facts
    joules = last.energy_j - first.energy_j
    bound = quantisation_j(first, last, facts.resolution_j) / joules if joules else 1e9
    return {"begin": first.time_s, "end": last.time_s, "joules": joules, "cpu": cpu,
            "bound": bound, "edges": time.monotonic() - called - seconds, "name": facts.name}

serve(measure)
"""
)

ZEUS = (
    COMMON
    + """
import logging, warnings
warnings.simplefilter("ignore")
if __name__ == "__main__":
    from zeus.monitor import ZeusMonitor
    monitor = ZeusMonitor(gpu_indices=[0], cpu_indices=[], approx_instant_energy=True)

    def measure(seconds):
        called = time.monotonic()
        monitor.begin_window("w", sync_execution=False)
        begin = time.monotonic()
        cpu = tree_cpu_s()
        time.sleep(seconds)
        cpu = tree_cpu_s() - cpu
        end = time.monotonic()
        joules = monitor.end_window("w", sync_execution=False).gpu_energy[0]
        return {"begin": begin, "end": end, "joules": joules, "cpu": cpu,
                "edges": time.monotonic() - called - seconds, "name": "zeus"}

    serve(measure)
"""
)

CODECARBON = (
    COMMON
    + """
from codecarbon import OfflineEmissionsTracker
tracker = OfflineEmissionsTracker(
    country_iso_code="DEU", measure_power_secs=1, save_to_file=False, log_level="critical",
    gpu_ids=[0], allow_multiple_runs=True, tracking_mode="process", force_cpu_power=10)

def measure(seconds):
    called = time.monotonic()
    tracker.start_task()
    begin = time.monotonic()
    cpu = tree_cpu_s()
    time.sleep(seconds)
    cpu = tree_cpu_s() - cpu
    end = time.monotonic()
    kwh = tracker.stop_task().gpu_energy
    return {"begin": begin, "end": end, "joules": kwh * 3.6e6, "cpu": cpu,
            "edges": time.monotonic() - called - seconds, "name": "codecarbon"}

serve(measure)
"""
)


def peers_python() -> Path:
    """The interpreter of the peers' own environment, made on first use."""
    folder = Path(platformdirs.user_cache_dir("carbon-advisor", appauthor=False)) / "peers"
    python = folder / "bin/python"
    if not (folder / "ready").exists():
        print(f"installing zeus and codecarbon into {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run(
            [python, "-m", "pip", "install", "-q", "zeus", "codecarbon"],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        (folder / "ready").touch()
    return python


def versions(python: Path) -> str:
    """Versions of the peers, as installed."""
    code = "from importlib.metadata import version as v; print(v('zeus'), v('codecarbon'))"
    zeus, codecarbon = subprocess.check_output([python, "-c", code], text=True).split()
    return f"Zeus {zeus}, CodeCarbon {codecarbon}"


class Tool:
    """One tool in its own process, asked for one window at a time."""

    def __init__(self, name: str, python: Path, code: str, driver: StubDriver, folder: Path):
        script = folder / f"measure_with_{name.lower()}.py"  # never the name of a package
        script.write_text(code)
        smi = folder / "nvidia-smi"  # CodeCarbon believes in a GPU when this command works
        smi.write_text("#!/bin/sh\nexit 0\n")
        smi.chmod(0o755)
        environment = {
            **driver.environment(),
            "PATH": f"{folder}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT) if name == "ours" else "",
        }
        self.errors = (folder / f"{name}.log").open("w")
        self.process = subprocess.Popen(
            [python, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env=environment,
        )
        if not self._answer(60).get("ready"):
            log = (folder / f"{name}.log").read_text()
            raise RuntimeError(f"{name} does not start:\n{log}")

    def measure(self, seconds: float) -> dict[str, float | str]:
        """One window; a failure is an answer with `error`."""
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        return self._answer(seconds + 60)

    def close(self) -> None:
        """End the tool."""
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.errors.close()

    def _answer(self, timeout_s: float) -> dict[str, float | str]:
        killer = threading.Timer(timeout_s, self.process.kill)
        killer.start()
        try:
            for line in self.process.stdout:
                if line.startswith("{"):
                    return json.loads(line)
        finally:
            killer.cancel()
        return {"error": "the process ended"}


def started(name: str, python: Path, code: str, driver: StubDriver, folder: Path) -> Tool | None:
    """The tool, running; on a busy machine Zeus' polling process may miss its own time limit."""
    for _ in range(4):
        try:
            return Tool(name, python, code, driver, folder)
        except RuntimeError as error:
            print(str(error).splitlines()[-1], file=sys.stderr)
    return None


def scene(driver: StubDriver, counter: bool) -> None:
    """The machine: an A100 with a counter, or a P100, which has none."""
    gpu = driver.gpu()
    gpu.idle_w, gpu.load_w, gpu.swing_w, gpu.swing_s = 60.0, 190.0, 30.0, 0.7
    gpu.tick_s, gpu.sensor_s, gpu.noise_w = 0.1, 0.1, 5.0
    if not counter:
        # Zeus can poll only the field of instantaneous power: this driver offers it.
        gpu.has_counter, gpu.has_instant = 0, 1
        gpu.architecture, gpu.name = 4, b"Tesla P100-PCIE-16GB"


def measured(
    tool: Tool, driver: StubDriver, windows: dict[float, int]
) -> dict[float, dict[str, object]]:
    """Error, overhead and verdict of one tool for each window length."""
    rows: dict[float, dict[str, object]] = {}
    tool.measure(0.2)  # what a tool sets up at its first window is not counted
    for seconds, repeats in windows.items():
        errors, bounds, cpu, edges, lasts, failure = [], [], 0.0, [], [], ""
        for _ in range(repeats):
            answer = tool.measure(seconds)
            if "error" in answer:
                failure = str(answer["error"])
                continue
            true = driver.true_energy_j(0, answer["end"]) - driver.true_energy_j(0, answer["begin"])
            errors.append(answer["joules"] / true - 1)
            bounds.append(answer.get("bound", math.nan))
            cpu += answer["cpu"]
            edges.append(answer["edges"])
            lasts.append(answer["end"] - answer["begin"])
        rows[seconds] = {
            "rms": math.sqrt(statistics.fmean(e * e for e in errors)) if errors else math.nan,
            "worst": max((abs(e) for e in errors), default=math.nan),
            "bound": statistics.median(bounds) if bounds else math.nan,
            "too_short": sum(bound > TOO_SHORT for bound in bounds),
            "lasts_s": statistics.fmean(lasts) if lasts else math.nan,
            "overhead": cpu / (seconds * len(errors)) if errors else math.nan,
            "edges_ms": statistics.median(edges) * 1000 if edges else math.nan,
            "windows": len(errors),
            "failure": failure,
        }
    return rows


def absent(windows: dict[float, int]) -> dict[float, dict[str, object]]:
    """The rows of a tool that does not start."""
    numbers = ("rms", "worst", "bound", "overhead", "edges_ms", "lasts_s")
    row = dict.fromkeys(numbers, math.nan) | {"too_short": 0, "windows": 0}
    return {seconds: row | {"failure": "it does not start"} for seconds in windows}


def main() -> int:
    """Run all and print the table; exit code 1 when we are not best somewhere."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="windows up to 1 s only")
    parser.add_argument("--only", choices=("counter", "power"), help="one of the two scenes")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    windows = {s: n for s, n in WINDOWS.items() if not options.quick or s <= 1}
    python = peers_python()
    print(f"{versions(python)}; error = joules told ÷ true − 1 over {windows} windows\n")
    document: dict[str, object] = {"versions": versions(python)}
    best = True
    for counter in (True, False):
        if options.only and counter != (options.only == "counter"):
            continue
        table = {}
        for name, interpreter, code in (
            ("ours", Path(sys.executable), OURS),
            ("Zeus", python, ZEUS),
            ("CodeCarbon", python, CODECARBON),
        ):
            with tempfile.TemporaryDirectory() as folder:
                driver = StubDriver(compiled_stub(), Path(folder) / "control.bin")
                scene(driver, counter)
                driver.load(True)
                time.sleep(1.2)
                tool = started(name, interpreter, code, driver, Path(folder))
                table[name] = measured(tool, driver, windows) if tool else absent(windows)
                if tool:
                    tool.close()
        best &= show(table, counter)
        document["counter" if counter else "no counter"] = {
            name: {str(s): row for s, row in rows.items()} for name, rows in table.items()
        }
    if options.json:
        options.json.write_text(json.dumps(document, indent=1))
    return 0 if best else 1


def show(table: dict[str, dict[float, dict[str, object]]], counter: bool) -> bool:
    """Print one table; whether our largest error is the smallest in every row."""
    print(f"## {'with' if counter else 'without'} the energy counter")
    print(
        f"{'window':>8}  {'tool':<11} {'lasts':>8} {'error rms':>10} {'worst':>8} "
        f"{'own bound':>10} {'CPU':>7} {'edges':>9}  verdict"
    )
    best = True
    for seconds in next(iter(table.values())):
        for name, rows in table.items():
            row = rows[seconds]
            if name == "ours":
                verdict = verdict_of(int(row["too_short"]), int(row["windows"]))
            else:
                verdict = f"fails: {row['failure']}" if row["failure"] else "–"
            print(
                f"{seconds:>6} s  {name:<11} {row['lasts_s']:>6.2f} s {percent(row['rms']):>10} "
                f"{percent(row['worst']):>8} {percent(row['bound']):>10} "
                f"{percent(row['overhead']):>7} "
                f"{row['edges_ms']:>6.1f} ms  {verdict}"
            )
        others = [float(r[seconds]["rms"]) for n, r in table.items() if n != "ours"]
        ours = float(table["ours"][seconds]["rms"])
        best &= all(math.isnan(o) or ours <= o for o in others)
    print()
    return best


def verdict_of(too_short: int, windows: int) -> str:
    """What our meter says of these windows."""
    if too_short == windows:
        return "too short to tell"
    return f"{too_short} of {windows} too short to tell" if too_short else "measured"


def percent(value: object) -> str:
    """A ratio in percent, or a dash."""
    number = float(value)  # type: ignore[arg-type]
    return "–" if math.isnan(number) else f"{number * 100:.2f} %"


if __name__ == "__main__":
    sys.exit(main())
