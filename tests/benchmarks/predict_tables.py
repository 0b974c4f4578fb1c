"""What `predict validate` gives on public measured tables, beside the goals set for them.

    python tests/benchmarks/predict_tables.py FOLDER [--only NAME] [--output FOLDER] [--processes N]

FOLDER holds the tables; each is validated leaving whole architectures, families and devices out.
Printed: one Markdown table a split, every contender and rival, then goals with met or not met.
Each finished split is kept in the output folder at once, so that a stopped run goes on from there.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from advisor.predict import Columns
from advisor.predict.validation import validate

Row = dict[str, Any]


@dataclass(frozen=True)
class Goal:
    """A figure to reach: `field` of the chosen contender's score, `at_most` or at least `value`."""

    field: str
    at_most: bool
    value: float


@dataclass(frozen=True)
class Split:
    """One table, its columns, and what is left out."""

    name: str
    file: str
    prepare: Callable[[pd.DataFrame], pd.DataFrame]
    columns: Columns
    leave_out: str
    goals: tuple[Goal, ...] = ()


def _power(table: pd.DataFrame) -> pd.DataFrame:
    return table


def _edge(table: pd.DataFrame) -> pd.DataFrame:
    """Architecture: the model without its number format; board: the first word of the system."""
    return table.assign(
        architecture=table["model"].str.replace(r"-(non-)?quantized$", "", regex=True),
        board=table["system"].str.split("-").str[0],
        software=table["system"].str.split("-", n=1).str[1],
    )


def _language(table: pd.DataFrame) -> pd.DataFrame:
    """Language runs: energy of a request, billions of parameters, requests a second."""
    runs = table[table["Energy/req (J)"].notna() & table["Avg Output Tokens"].notna()].copy()
    meta = runs["model_meta"].map(json.loads)
    runs["parameters_b"] = meta.map(lambda m: m.get("params"))
    runs["requests_per_s"] = runs["Token tput (tok/s)"] / runs["Avg Output Tokens"]
    runs["family"] = runs["Model"].str.split("/").str[0]
    runs["machine"] = runs["GPU"] + " x" + (runs["TP"] * runs["PP"]).astype(int).astype(str)
    return runs


def _diffusion(table: pd.DataFrame) -> pd.DataFrame:
    """Image and video runs: energy of one output, parameters, outputs a second."""
    runs = table[table["task_dir"].str.startswith("diffusion")].copy()
    meta = runs["model_meta"].map(json.loads)
    runs["energy_j"] = runs["Energy/image (J)"].fillna(runs["Energy/video (J)"])
    runs["parameters_b"] = meta.map(lambda m: m.get("total_params"))
    runs["denoising_b"] = meta.map(lambda m: m.get("denoising_params"))
    runs["pixels"] = meta.map(lambda m: _product(str(m.get("resolution")))) * runs["Frames"].fillna(
        1
    )
    runs["outputs_per_s"] = runs["Batch size"] / runs["Batch latency (s)"]
    return runs


def _product(size: str) -> float:
    found = [float(n) for n in re.findall(r"\d+", size)]
    return found[0] * found[1] if len(found) == 2 else float("nan")


def _training(table: pd.DataFrame) -> pd.DataFrame:
    """Training runs: one run is one call; runs a second is one over its time."""
    return table.assign(runs_per_s=1 / table["train_time_s"])


POWER = Columns(
    energy="energy_per_sample_mJ",
    energy_unit="mJ",
    sizes=("params_m", "macs_m"),
    throughput="throughput_samples_per_s",
    device="system",
    idle_power="prerun_min_watts",
    precision="precision",
    categories=("accelerator", "scenario_log"),
)
EDGE = Columns(
    energy="energy_per_sample_mJ",
    energy_unit="mJ",
    sizes=("macs_M", "params_M", "weight_bytes_M", "resolution"),
    throughput="throughput_samples_per_s",
    device="system",
    idle_power="prerun_min_watts",
    precision="precision",
)
BOARD = EDGE.model_copy(update={"device": "board", "categories": ("software",)})
LANGUAGE = Columns(
    energy="Energy/req (J)",
    sizes=("parameters_b", "Avg Output Tokens", "Avg BS (reqs)"),
    throughput="requests_per_s",
    device="machine",
    categories=("task_dir",),
)
DIFFUSION = Columns(
    energy="energy_j",
    sizes=("parameters_b", "denoising_b", "pixels", "Batch size"),
    throughput="outputs_per_s",
    device="GPU",
    categories=("task_dir",),
)
TRAINING = Columns(
    energy="train_energy_kWh",
    energy_unit="kWh",
    sizes=("trainable_params",),
    throughput="runs_per_s",
    device="gpu",
)


def _least(**fields: float) -> tuple[Goal, ...]:
    return tuple(Goal(k, at_most=False, value=v) for k, v in fields.items())


def _most(**fields: float) -> tuple[Goal, ...]:
    return tuple(Goal(k, at_most=True, value=v) for k, v in fields.items())


_MLPERF, _EDGE_FILE = "mlperf_power_v1.1-v2.1.csv", "mlperf_edge_v1.1-v2.1.csv"
_LEADERBOARD, _ECNAS = "ml_energy_leaderboard_v2_runs.csv", "ec_nas_measured_4epochs.csv"
SPLITS = (
    Split(
        *("power-family", _MLPERF, _power, POWER, "family"),
        _most(known_device_median_error=0.05, known_device_mape=0.08),
    ),
    Split(
        *("power-system", _MLPERF, _power, POWER, "system"),
        (*_most(median_error=0.10), *_least(r2_log=0.985)),
    ),
    Split("power-model", _MLPERF, _power, POWER, "model"),
    Split(
        *("edge-architecture", _EDGE_FILE, _edge, EDGE, "architecture"),
        (*_most(mape=0.03), *_least(tau=0.97)),
    ),
    Split("edge-family", _EDGE_FILE, _edge, EDGE, "family", _most(mape=0.05)),
    Split("edge-board", _EDGE_FILE, _edge, BOARD, "board", _most(median_error=0.12)),
    Split(
        *("language-model", _LEADERBOARD, _language, LANGUAGE, "Model"),
        (*_most(mape=0.14, median_error=0.11), *_least(tau=0.94)),
    ),
    Split("language-family", _LEADERBOARD, _language, LANGUAGE, "family"),
    Split(
        *("language-gpu", _LEADERBOARD, _language, LANGUAGE, "GPU"),
        (*_most(mape=0.35, median_error=0.31), *_least(tau=0.91)),
    ),
    Split("diffusion-model", _LEADERBOARD, _diffusion, DIFFUSION, "Model"),
    Split("training-architecture", _ECNAS, _training, TRAINING, "model_hash", _most(mape=0.064)),
    Split(
        "training-architecture-size",
        *(_ECNAS, _training, TRAINING.model_copy(update={"throughput": None}), "model_hash"),
        _most(mape=0.147),
    ),
    Split("training-family", _ECNAS, _training, TRAINING, "space"),
    Split("training-device", _ECNAS, _training, TRAINING, "gpu"),
)
COVERAGE = (0.88, 0.92)
"""Share of rows that 90 % intervals should hold."""
TRIVIAL = ("TDP ÷ throughput", "device's mean power ÷ throughput")


def main() -> None:
    """Validate what was asked for and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", action="append", default=[], help="name of a split; repeatable")
    parser.add_argument("--output", type=Path, default=Path("predict-tables"))
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args()
    asked.output.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        if asked.only and split.name not in asked.only:
            continue
        kept = asked.output / f"{split.name}.json"
        if not kept.is_file():
            kept.write_text(json.dumps(_judged(split, asked.folder, asked.processes), indent=1))
        print(_words(split, json.loads(kept.read_text())), flush=True)


def _judged(split: Split, folder: Path, processes: int) -> Row:
    table = split.prepare(pd.read_csv(folder / split.file))
    start = time.process_time(), time.perf_counter()
    found = validate(table, split.columns, split.leave_out, processes=processes)
    return {
        "runs": found.runs,
        "groups": found.groups,
        "folds": found.folds,
        "chosen": found.chosen,
        "cpu_s": time.process_time() - start[0],
        "wall_s": time.perf_counter() - start[1],
        "notes": [str(n) for n in found.notes],
        "scores": [s.model_dump(mode="json") for s in found.scores],
    }


def _words(split: Split, found: Row) -> str:
    lines = [
        f"\n## {split.name}: {found['runs']} runs, {found['groups']} groups of "
        f"“{split.leave_out}” left out ({found['wall_s']:.0f} s)\n",
        "| contender | MAPE | median | τ | R² log | in 80 % | in 90 % | in 95 % | width 90 % "
        "| MAPE, device known | median, device known |",
        "| --- |" + " --- |" * 10,
        *(_line(s) for s in found["scores"]),
        "",
        "chosen: " + ", ".join(f"{k} ({n}×)" for k, n in found["chosen"].items()),
    ]
    best = found["scores"][0]
    for goal in split.goals:
        sign, value = ("≤" if goal.at_most else "≥"), best[goal.field]
        met = value is not None and (value <= goal.value if goal.at_most else value >= goal.value)
        lines.append(f"goal {goal.field} {sign} {goal.value}: {_three(value)} {_met(met)}")
    inside = best["coverage"]["90%"]
    held = COVERAGE[0] <= inside <= COVERAGE[1]
    lines.append(f"goal coverage at 90 % within 88 to 92 %: {inside:.1%} {_met(held)}")
    for rival in found["scores"]:
        if rival["contender"] in TRIVIAL:
            better = best["mape"] < rival["mape"] and best["median_error"] < rival["median_error"]
            lines.append(f"goal better than {rival['contender']}: {_met(better)}")
    return "\n".join(lines)


def _line(s: Row) -> str:
    shares = [s["coverage"][q] for q in ("80%", "90%", "95%")]
    figures = [
        _percent(s["mape"]),
        _percent(s["median_error"]),
        _three(s["tau"]),
        _three(s["r2_log"]),
        *map(_percent, shares),
        _percent(s["width"]["90%"]),
        _percent(s["known_device_mape"]),
        _percent(s["known_device_median_error"]),
    ]
    return f"| {'· ' if s['rival'] else ''}{s['contender']} | " + " | ".join(figures) + " |"


def _met(yes: bool) -> str:
    return "met" if yes else "NOT MET"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _three(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
