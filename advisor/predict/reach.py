"""How far predictions reach beyond what was measured, in words: of one model, and of many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log10
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.predict.grade import Grade
from advisor.sentences import Sentence, sentence

Floats = NDArray[np.float64]
FIGURES: Mapping[str, str] = {
    "parameters": "parameters",
    "flops_per_call": "operations per call",
    "throughput_per_s": "calls per second",
    "idle_w": "idle power of the device",
}
"""Words for columns of the shipped runs; other columns go by their own names."""
LEAST_FACTOR = 1.1
"""A figure that is hardly outside is not what makes a query far."""


def reason(grade: Grade, distance: float, outside: str, factor: float) -> Sentence:
    """One sentence: how far a query lies from the runs, and which of its figures makes it so.

    `outside` and `factor` as `FittedModel.predict` gives them.
    """
    if grade == Grade.INSIDE:
        return sentence("Inside what was measured.")
    larger = max(factor, 1 / factor) if outside and factor > 0 else 0.0
    if larger < LEAST_FACTOR:
        why = sentence("each figure lies in the measured range, but no run has them together")
    else:
        template = (
            "{figure} {times} times the largest measured"
            if factor > 1
            else "{figure} {times} times smaller than the smallest measured"
        )
        why = sentence(template, figure=FIGURES.get(outside, outside), times=_rounded(larger))
    template = (
        "Far beyond what was measured: {why} (distance {distance})."
        if grade == Grade.FAR
        else "Beyond what was measured: {why} (distance {distance})."
    )
    return sentence(template, why=why, distance=f"{distance:.1f}")


def reason_of(row: Any) -> Sentence:
    """`reason` of a row of `FittedModel.predict` that has a prediction."""
    return reason(
        Grade(row["grade"]),
        float(row["distance"]),
        str(row["outside"]),
        float(row["outside_factor"]),
    )


def farthest(found: pd.DataFrame) -> Sentence:
    """The reason of the row that lies farthest from what was measured."""
    return reason_of(found.iloc[int(np.nanargmax(found["distance"].to_numpy(float)))])


@dataclass(frozen=True)
class Reach:
    """How many predictions lie inside, beyond and far beyond, and their shares of the energy."""

    rows: dict[Grade, int]
    energy: dict[Grade, float] | None
    """Shares, 0 to 1, of the predicted energy in a year; None where calls are not known."""

    @staticmethod
    def of(grades: pd.Series, energy: Floats | None = None) -> Reach:
        """`grades` by name (`FittedModel.predict`), `energy` of each row in any one unit."""
        names = grades.to_numpy(dtype=object)
        rows = {g: int((names == g.value).sum()) for g in Grade}
        if energy is None or not np.nansum(energy) > 0:
            return Reach(rows, None)
        whole = float(np.nansum(energy[np.isin(names, [g.value for g in Grade])]))
        return Reach(rows, {g: float(np.nansum(energy[names == g.value])) / whole for g in Grade})

    def words(self) -> Sentence:
        """One sentence, nearest first."""
        inside, beyond, far = (
            sentence("{count} models", count=self.rows[g])
            if self.energy is None
            else sentence(
                "{count} models ({share} % of the predicted energy)",
                count=self.rows[g],
                share=_percent(self.energy[g]),
            )
            for g in Grade
        )
        return sentence(
            "Inside what was measured: {inside}; beyond it: {beyond}; far beyond it: {far}.",
            inside=inside,
            beyond=beyond,
            far=far,
        )


def yearly(energy_j: pd.Series, calls: pd.Series | None) -> Floats | None:
    """Joules in a year by row; None where no row says how often it is called."""
    if calls is None:
        return None
    counts = pd.to_numeric(calls, errors="coerce").to_numpy(float)
    return energy_j.to_numpy(float) * counts if np.nansum(counts) > 0 else None


def _rounded(factor: float) -> str:
    """Two digits: 1.7, 24, 410."""
    if factor < 10:
        return f"{factor:.1f}"
    return f"{round(factor, 1 - floor(log10(factor))):,.0f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}" if 0 < share < 0.1 else f"{100 * share:.0f}"
