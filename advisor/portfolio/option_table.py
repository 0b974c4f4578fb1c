"""The table of options: one row an option, whatever its source."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from advisor.candidates.metrics import METRICS

COLUMNS = (
    "id",
    "option",
    "kind",
    "name",
    "saved_kg",
    "saved_low_kg",
    "saved_high_kg",
    "loss",
    "loss_low",
    "loss_high",
    "cost_eur",
    "engineer_days",
    "revalidation_days",
    "money_saved_eur",
    "energy_saved_kwh",
    "fallback",
    "evidence",
    "provenance",
    "group_loss",
)
"""`evidence` holds a `Sentence`, the other words are plain; NaN or None is unknown."""
_WORDS = ("id", "option", "kind", "name", "fallback", "evidence", "provenance")


def option_table(columns: dict[str, Any]) -> pd.DataFrame:
    """The columns given as a table with all of `COLUMNS`; what is not given is unknown."""
    made = pd.DataFrame(columns)
    for name in COLUMNS:
        if name not in made:
            made[name] = None if name in _WORDS else np.nan
            made[name] = made[name].astype(object if name in _WORDS else float)
    return made[list(COLUMNS)]


def direction(metrics: pd.Series) -> pd.Series[float]:
    """+1 where higher is better (also for metrics this program does not know), −1 where lower."""
    words = metrics.astype("string").str.casefold()
    signs = {
        w: (1.0 if w not in METRICS or METRICS[w].higher_is_better else -1.0)
        for w in words.dropna().unique()
    }
    return words.map(signs).astype(float)
