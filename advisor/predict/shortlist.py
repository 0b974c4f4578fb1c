"""Which models of an inventory to measure next, with what each would narrow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advisor.predict.local_runs import Learnt, from_inventory
from advisor.predict.next_measurement import measure_next
from advisor.predict.rows import query_rows
from advisor.quantities import Z95, Provenance, Quantity

J_PER_KWH = 3.6e6


@dataclass(frozen=True)
class Shortlist:
    """`total` is the energy of all predicted models in a year, `after` with `steps` measured.

    `steps`: a row a model, in order: place, id, name, energy_j and year_kwh with intervals,
    narrowing (share of the total's half-width removed by it and those before it), half_kwh (what
    is left of the half-width).
    """

    total: Quantity
    after: Quantity
    predicted: int
    steps: pd.DataFrame

    @property
    def left(self) -> Quantity:
        """Half-width of the total's 95 % interval with the steps measured, wherever it then lies:
        what is measured may turn out far from what was predicted."""
        half = float(self.steps["half_kwh"].iloc[-1]) if len(self.steps) else 0.0
        return Quantity.exact(half, "kWh/year", Provenance.PREDICTED, self.after.source)


def shortlist(learnt: Learnt, inventory: pd.DataFrame, k: int = 5) -> Shortlist | None:
    """The k models whose measurement narrows the total the most; None where none is predicted.

    `inventory` as `advisor.portfolio.inventory_frame` gives it; models whose energy is known and
    those without calls or any figure to predict from take no part.
    """
    frame = from_inventory(inventory).reset_index(drop=True)
    rows = query_rows(frame, learnt.model.columns)
    describable = np.isfinite(rows.sizes).any(axis=1) | np.isfinite(rows.log_throughput)
    retired = (frame["stage"] == "retired").to_numpy(bool)
    calls = pd.to_numeric(frame["calls_per_year"], errors="coerce").to_numpy(float)
    open_ = describable & frame["energy_per_call_j"].isna().to_numpy(bool) & ~retired & (calls > 0)
    asked = frame[open_].reset_index(drop=True)
    if asked.empty:
        return None
    found = learnt.model.predict(asked)
    each = asked["calls_per_year"].to_numpy(float)[:, None] / J_PER_KWH
    each = each * found[["energy_j", "energy_j_low", "energy_j_high"]].to_numpy(float)
    year = each[:, 0]
    steps = measure_next(asked, learnt.model, k)
    before = steps[0].half_width_before / J_PER_KWH if steps else 0.0
    value = float(year.sum())
    at = [s.row for s in steps]
    left = np.array([s.half_width_after / J_PER_KWH for s in steps])
    chosen = asked.iloc[at].reset_index(drop=True)
    table = pd.DataFrame(
        {
            "place": np.arange(1, len(steps) + 1),
            "id": chosen["id"],
            "name": chosen["name"],
            "energy_j": found["energy_j"].to_numpy(float)[at],
            "energy_j_low": found["energy_j_low"].to_numpy(float)[at],
            "energy_j_high": found["energy_j_high"].to_numpy(float)[at],
            "energy_j_provenance": Provenance.PREDICTED.value,
            "year_kwh": year[at],
            "year_kwh_low": each[at, 1],
            "year_kwh_high": each[at, 2],
            "year_kwh_provenance": Provenance.PREDICTED.value,
            "narrowing": 1 - left / before if before else np.zeros(len(steps)),
            "half_kwh": left,
        }
    )
    return Shortlist(
        _total(value, before, f"{len(asked)} models, by {learnt.model.model_id}"),
        _total(value, left[-1] if steps else before, f"with {len(steps)} of them measured"),
        len(asked),
        table,
    )


def _total(kwh: float, half_width: float, source: str) -> Quantity:
    spread = {"prediction": half_width / Z95}
    return Quantity.from_spread(kwh, "kWh/year", Provenance.PREDICTED, source, spread)
