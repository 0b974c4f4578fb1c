"""A fictitious bank's inventory, from scorecards to language models, made by a seed.

Every row says that it is fictitious. Sizes and volumes are spread as the trade describes its
portfolios: hundreds of small tabular models, dozens of networks, a few large language models that
carry most of the energy. A third of the rows has an energy figure, the rest is left unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from advisor.portfolio.fields import FIELDS
from advisor.portfolio.model import Stage

SEED = 20261124
COUNT = 600


@dataclass(frozen=True)
class _Kind:
    kind: str
    family: str
    share: float
    parameters: tuple[float, float]
    """Range, log-uniform."""
    flops_per_parameter: float
    joules_per_flop: float
    overhead_j: float
    calls: tuple[float, float]
    hardware: tuple[str, ...]
    purposes: tuple[str, ...]


_CPU = ("Intel Xeon Platinum 8275CL", "AMD EPYC 7R13", "Intel Xeon Gold 6226R")
_GPU = ("NVIDIA T4", "NVIDIA A10G", "NVIDIA A100 40GB")
_KINDS = (
    _Kind(
        "logistic",
        "scorecard",
        0.26,
        (20, 400),
        2,
        2e-10,
        3e-4,
        (1e4, 3e8),
        _CPU,
        ("application score", "behaviour score", "collections score", "churn"),
    ),
    _Kind(
        "gradient_boosting",
        "xgboost",
        0.25,
        (3e3, 3e6),
        1,
        1e-9,
        6e-4,
        (1e4, 8e8),
        _CPU,
        (
            "card fraud",
            "anti money laundering alert score",
            "limit management",
            "churn",
            "application score",
        ),
    ),
    _Kind(
        "random_forest",
        "forest",
        0.09,
        (1e5, 2e7),
        0.2,
        2e-9,
        1e-3,
        (1e4, 1e8),
        _CPU,
        ("property valuation", "collections score", "card fraud"),
    ),
    _Kind(
        "mlp",
        "mlp",
        0.12,
        (1e4, 2e7),
        2,
        1.5e-10,
        8e-4,
        (1e4, 3e8),
        _CPU,
        ("card fraud", "next best offer", "limit management", "loss given default"),
    ),
    _Kind(
        "recurrent",
        "lstm",
        0.06,
        (1e5, 2e7),
        60,
        2e-10,
        3e-3,
        (1e4, 5e7),
        (*_CPU, *_GPU),
        ("transaction sequence", "liquidity forecast", "payments forecast"),
    ),
    _Kind(
        "cnn",
        "resnet",
        0.06,
        (2e6, 6e7),
        80,
        6e-11,
        1e-2,
        (1e4, 5e7),
        _GPU,
        ("document classification", "signature check", "cheque reading", "identity check"),
    ),
    _Kind(
        "transformer",
        "bert",
        0.10,
        (1.4e7, 3.4e8),
        256,
        5e-11,
        3e-2,
        (1e4, 1e8),
        _GPU,
        ("complaint routing", "document extraction", "news screening", "name screening"),
    ),
    _Kind(
        "llm",
        "llm",
        0.06,
        (1e9, 7e10),
        1000,
        8e-12,
        20.0,
        (1e5, 1e8),
        ("NVIDIA A100 80GB", "NVIDIA H100 80GB"),
        ("assistant", "code assistant", "report drafting", "call summary"),
    ),
)
_LINES = (
    "Retail banking",
    "Cards and payments",
    "Corporate banking",
    "Markets",
    "Risk",
    "Compliance",
    "Operations",
)
_REGIONS = {
    "GBR": 0.3,
    "DEU": 0.2,
    "JPN": 0.15,
    "aws/eu-west-1": 0.15,
    "gcp/europe-west1": 0.1,
    "USA": 0.1,
}
_PUE = {
    "GBR": 1.5,
    "DEU": 1.45,
    "JPN": 1.6,
    "aws/eu-west-1": 1.15,
    "gcp/europe-west1": 1.1,
    "USA": 1.4,
}
_IDLE_W = {
    "Intel Xeon Platinum 8275CL": 110.0,
    "AMD EPYC 7R13": 100.0,
    "Intel Xeon Gold 6226R": 95.0,
    "NVIDIA T4": 120.0,
    "NVIDIA A10G": 130.0,
    "NVIDIA A100 40GB": 170.0,
    "NVIDIA A100 80GB": 200.0,
    "NVIDIA H100 80GB": 260.0,
}
_AUC = {"logistic": 0.78, "gradient_boosting": 0.82, "random_forest": 0.80, "mlp": 0.81}


def sample_inventory(count: int = COUNT, seed: int = SEED) -> pd.DataFrame:
    """`count` fictitious models as an inventory table; the same seed gives the same table."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(_KINDS), size=count, p=[k.share for k in _KINDS])
    regions = rng.choice(list(_REGIONS), size=count, p=list(_REGIONS.values()))
    rows = [_row(rng, i, _KINDS[chosen[i]], str(regions[i])) for i in range(count)]
    table = pd.DataFrame(rows, columns=list(FIELDS))
    _relate(table, rng)
    for name, spec in FIELDS.items():
        if spec.kind.value in ("number", "whole number", "share"):
            table[name] = pd.to_numeric(table[name]).astype(float)
    return table


def _row(rng: np.random.Generator, i: int, kind: _Kind, region: str) -> dict[str, object]:
    parameters = float(np.exp(rng.uniform(*np.log(kind.parameters))))
    calls = float(np.exp(rng.uniform(*np.log(kind.calls))))
    hardware = str(rng.choice(kind.hardware))
    flops = parameters * kind.flops_per_parameter
    energy = (kind.overhead_j + flops * kind.joules_per_flop) * float(rng.lognormal(0, 0.35))
    power = _IDLE_W[hardware] * 1.8
    stage = list(Stage)[int(rng.choice(5, p=[0.07, 0.05, 0.80, 0.04, 0.04]))]
    used = stage in (Stage.PRODUCTION, Stage.RETIRING)
    idle = bool(rng.random() < 0.05) and stage is Stage.PRODUCTION
    calls = 0.0 if not used else (float(rng.integers(0, 300)) if idle else calls)
    provenance = (None, "measured", "imported", "declared")[
        int(rng.choice(4, p=[0.65, 0.1, 0.1, 0.15]))
    ]
    tier = int(rng.choice([1, 2, 3, 4], p=[0.12, 0.28, 0.38, 0.22]))
    validated = date(2026, 11, 1) - timedelta(days=int(rng.integers(20, 900)))
    busy = calls * energy / (power * 3600 * 8766)
    reserved = float(rng.choice([0.0, 0.05, 0.25, 1.0], p=[0.6, 0.32, 0.06, 0.02]))
    share = max(reserved, min(1.0, busy * 1.3)) if used else 0.0
    auc = float(np.clip(_AUC.get(kind.kind, 0.85) + rng.normal(0, 0.015), 0.6, 0.99))
    machine = f"{region.replace('/', '-')}-{hardware.split()[-1].lower()}-{int(rng.integers(1, 4))}"
    return {
        "id": f"M{i + 1:05d}",
        "name": f"{rng.choice(kind.purposes)} {kind.family} {i + 1}",
        "owner": f"owner {int(rng.integers(1, 41)):02d}",
        "business_line": str(rng.choice(_LINES)),
        "purpose": str(rng.choice(kind.purposes)),
        "kind": kind.kind,
        "family": kind.family,
        "vendor": "Fictitious AI Ltd" if kind.kind == "llm" and rng.random() < 0.4 else None,
        "tier": tier,
        "stage": stage.value,
        "status": "approved" if used else None,
        "first_used": date(2026, 1, 1) - timedelta(days=int(rng.integers(0, 3000))),
        "validated": validated,
        "next_review": validated + timedelta(days=365 * tier),
        "feeds": (),
        "depends_on": (),
        "fallback": None,
        "metric": "auc" if kind.kind != "llm" else "quality",
        "metric_value": round(100 * auc, 2),
        "metric_floor": round(100 * auc - float(rng.choice([0.5, 1.0, 2.0, 4.0])), 2),
        "calls_per_year": round(calls),
        "hardware": hardware,
        "region": region,
        "pue": _PUE[region],
        "parameters": round(parameters),
        "flops_per_call": round(flops),
        "throughput_per_s": round(power / energy, 3),
        "precision": "float32" if kind.kind != "llm" else "float16",
        "batch_size": 1 if kind.kind != "llm" else 8,
        "utilisation": round(min(1.0, busy / share), 4) if share else None,
        "reserved_share": round(share, 4),
        "machine": machine,
        "account": f"{region.split('/')[0]}-analytics" if "/" in region else None,
        "training_runs_per_year": float(rng.choice([0, 1, 2, 4, 12])),
        "training_energy_kwh": round(float(flops * 3e6 * kind.joules_per_flop / 3.6e6), 4)
        if kind.kind != "llm" and rng.random() < 0.7
        else (0.0 if kind.kind == "llm" else None),
        "validation_energy_kwh": round(calls * 0.001 * energy / 3.6e6, 4)
        if rng.random() < 0.5
        else None,
        "idle_power_w": _IDLE_W[hardware],
        "contract_g_per_kwh": 25.0 if region == "GBR" and rng.random() < 0.6 else None,
        "calls_last_90_days": round(calls / 4.06),
        "retired_on": date(2026, 6, 30) if stage is Stage.RETIRED else None,
        "energy_per_call_j": float(f"{energy:.4g}") if provenance else None,
        "energy_provenance": provenance,
        "candidate": None,
        "never_touch": bool(tier == 1 and rng.random() < 0.15),
        "group": None,
        "fictitious": True,
    }


def _relate(table: pd.DataFrame, rng: np.random.Generator) -> None:
    """Some models feed others, some have a named fallback, a few must change together."""
    ids = table["id"].to_numpy()
    feeds: list[tuple[str, ...]] = [()] * len(ids)
    for i in rng.choice(len(ids), size=len(ids) // 12, replace=False):
        feeds[i] = (str(rng.choice(ids)),)
    table["feeds"] = pd.Series(feeds, dtype=object)
    for i in rng.choice(len(ids), size=len(ids) // 6, replace=False):
        same = table.index[(table["purpose"] == table.at[i, "purpose"]) & (table.index != i)]
        table.at[i, "fallback"] = str(ids[rng.choice(same)]) if len(same) else "rule"
    if len(ids) < 3:  # too few to change together
        return
    for number, start in enumerate(rng.choice(len(ids) - 2, size=max(1, len(ids) // 60))):
        table.loc[start : start + 1, "group"] = f"G{number + 1}"
