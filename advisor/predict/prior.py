"""The prior: what shipped public measurements say, moved by what was measured here.

The shipped runs (`profiles/predict/`) and the local ones are fitted together, as one hierarchical
model whose devices share what they have in common. A device nobody has measured is predicted from
the shipped ones; every local run pulls its own device's level and slopes towards it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import pandas as pd

from advisor.predict.columns import Columns
from advisor.predict.fitted import FittedModel, fit
from advisor.profiles import profile_paths, read_profile

FOLDER = "predict"
PRIOR_COLUMNS = Columns(
    energy="energy_j",
    energy_unit="J",
    sizes=("parameters", "flops_per_call"),
    throughput="throughput_per_s",
    device="device",
    idle_power="idle_w",
    precision="precision",
    family="family",
)
_FROM_MODEL = {"hardware": "device"}
"""Fields of the inventory's `Model` that have another name in the prior's tables."""


def shipped_runs() -> pd.DataFrame:
    """All shipped runs, one row a run, with the profile each came from in `source`."""
    parts: list[pd.DataFrame] = []
    for paths in profile_paths(FOLDER, "*.csv").values():
        for path in paths:
            profile = read_profile(path)
            part = pd.DataFrame(list(profile.rows))
            part["source"] = profile.citation
            parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    for column in ("parameters", "flops_per_call", "idle_w", "throughput_per_s", "energy_j"):
        table[column] = pd.to_numeric(table[column], errors="coerce")
    return table


@lru_cache(maxsize=1)
def prior_model() -> FittedModel:
    """The model fitted on the shipped runs alone (cached; some seconds the first time)."""
    return fit(shipped_runs(), PRIOR_COLUMNS, thorough=False)


def predict_inventory(
    models: pd.DataFrame, local_measurements: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Energy per call of inventory rows, as `FittedModel.predict` gives it.

    `models` has any of the columns `parameters`, `flops_per_call`, `throughput_per_s`,
    `precision`, `hardware` (or `device`), `idle_w`, `family`; what is missing is unknown.
    `local_measurements` has the same and `energy_j`; they are fitted with the shipped runs.
    """
    frame = _named(models)
    if local_measurements is None or not len(local_measurements):
        return prior_model().predict(frame)
    local = _named(local_measurements)
    together = pd.concat([shipped_runs(), local], ignore_index=True)
    return fit(together, PRIOR_COLUMNS, thorough=False).predict(frame)


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    missing = {
        a: b for a, b in _FROM_MODEL.items() if a in frame.columns and b not in frame.columns
    }
    return frame.rename(columns=missing)


def known_columns(frame: pd.DataFrame) -> Sequence[str]:
    """The columns of a frame that a prediction from the prior can use."""
    wanted = (*PRIOR_COLUMNS.sizes, "throughput_per_s", "device", "idle_w", "precision", "family")
    return [c for c in wanted if c in _named(frame).columns]
