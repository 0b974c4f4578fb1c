"""How good the data behind each row is, 1 to 5 after PCAF, and what is missing of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.predict.grade import Grade
from advisor.predict.reach import Reach


def data_quality(made: pd.DataFrame, inventory: pd.DataFrame) -> NDArray[np.int64]:
    """1 measured · 2 imported from a meter or tracker · 3 declared · 4 estimated or predicted ·
    5 predicted far beyond what was measured, or unknown. One worse for an assumed PUE."""
    grade = {"measured": 1, "imported": 2, "declared": 3, "estimated": 4, "predicted": 4}
    words = made["energy_per_call_j_provenance"].astype(object)
    base = words.map(grade).astype(float).fillna(5.0).to_numpy()
    base = np.where(made["grade"] == Grade.FAR.value, 5.0, base)
    idle = (inventory["calls_per_year"] == 0).to_numpy()
    base = np.where(idle & made["energy_kwh"].notna(), 3.0, base)
    base = np.where(made["pue_assumed"] & ~made["metered"], base + 1, base)
    base = np.where(made["carbon_kg_location"].isna(), 5.0, base)
    return np.clip(base, 1, 5).astype(np.int64)


def predicted_reach(made: pd.DataFrame) -> Reach | None:
    """How far the predicted energies reach beyond what was measured; None where none is."""
    predicted = made[made["grade"] != ""]
    if predicted.empty:
        return None
    return Reach.of(predicted["grade"], predicted["production_kwh"].to_numpy(float))


def missing_parts(made: pd.DataFrame, inventory: pd.DataFrame) -> list[str]:
    """What is missing of each row, as words joined by `; `; empty where nothing is."""
    checks: dict[str, Any] = {
        "energy per call": made["energy_per_call_j"].isna() & (inventory["calls_per_year"] != 0),
        "calls per year": inventory["calls_per_year"].isna() & ~made["metered"],
        "region": made["grid_g_per_kwh"].isna(),
        "PUE": made["pue"].isna(),
        "standing energy": made["standing_kwh"].isna(),
        "training energy": made["training_kwh"].isna(),
        "validation energy": made["validation_kwh"].isna(),
        "embodied carbon": inventory["hardware"].isna() | inventory["reserved_share"].isna(),
    }
    said = np.full(len(made), "", dtype=object)
    for word, missing in checks.items():
        at = np.asarray(missing, bool)
        said[at] = [f"{s}; {word}" if s else word for s in said[at]]
    return list(said)
