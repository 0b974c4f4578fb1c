"""Which benchmarks would narrow the portfolio's total the most.

The total is T = Σ calls_i · E_i. With E predicted by a Gaussian process in log energy, a small
change of log E_i moves T by g_i = calls_i · E_i, so Var T ≈ gᵀ Σ g with Σ the posterior covariance
of the models' log energies. Measuring model j removes (Σg)_j² ÷ (Σ_jj + σ²) of it; the next best is
chosen greedily on what is left (greedy is within 1 − 1/e of the best set: Krause, Singh and
Guestrin 2008). Models predicted at different states of knowledge are treated as independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advisor.predict.blend import Blend
from advisor.predict.encoding import Knowledge
from advisor.predict.fitted import FittedLevel, FittedModel
from advisor.predict.process import Process
from advisor.predict.rows import Floats, Rows, query_rows
from advisor.quantities import Z95

MOST_MODELS = 2000
"""Models weighed against each other: those with the largest own share of the variance."""


@dataclass(frozen=True)
class NextMeasurement:
    """One model to measure next, in order."""

    row: int
    """Position in the inventory frame."""
    half_width_before: float
    half_width_after: float
    """Half the 95 % interval of the portfolio's total (J per year), before and after measuring."""

    @property
    def narrowing(self) -> float:
        """Share of the interval that this measurement removes."""
        return 1 - self.half_width_after / self.half_width_before if self.half_width_before else 0.0


def measure_next(
    inventory: pd.DataFrame,
    model: FittedModel,
    k: int = 5,
    *,
    calls: str = "calls_per_year",
    measured: str | None = None,
) -> list[NextMeasurement]:
    """The k rows of an inventory whose measurement narrows the total the most, in order.

    `inventory` has the fitted model's columns and `calls`; rows without calls, or where the column
    `measured` is true, are not candidates and take no part in the total.
    """
    counts = pd.to_numeric(inventory[calls], errors="coerce").to_numpy(dtype=float)
    use = np.isfinite(counts) & (counts > 0)
    if measured is not None:
        use &= ~inventory[measured].fillna(False).to_numpy(dtype=bool)
    index = np.flatnonzero(use)
    if not len(index):
        return []
    frame = inventory.iloc[index]
    predicted = model.predict(frame)
    weight = counts[index] * predicted["energy_j"].to_numpy(dtype=float)
    half = np.log(
        predicted["energy_j_high"].to_numpy(dtype=float) / predicted["energy_j"].to_numpy(float)
    )
    own = np.argsort(-weight * half)[:MOST_MODELS]
    index, weight, half = index[own], weight[own], half[own]
    covariance, noise = _covariance(model, query_rows(inventory.iloc[index], model.columns), half)
    return _greedy(index, weight, covariance, noise, k)


def _greedy(
    index: np.ndarray[tuple[int], np.dtype[np.intp]],
    weight: Floats,
    covariance: Floats,
    noise: float,
    k: int,
) -> list[NextMeasurement]:
    out: list[NextMeasurement] = []
    left = covariance.copy()
    variance = float(weight @ left @ weight)
    open_rows = np.ones(len(index), dtype=bool)
    for _ in range(min(k, len(index))):
        pull = left @ weight
        gain = np.where(open_rows, pull**2 / (np.diag(left) + noise), -1.0)
        j = int(np.argmax(gain))
        if gain[j] <= 0:
            break
        after = max(variance - float(gain[j]), 0.0)
        out.append(
            NextMeasurement(
                int(index[j]), Z95 * float(np.sqrt(variance)), Z95 * float(np.sqrt(after))
            )
        )
        left -= np.outer(left[:, j], left[:, j]) / (left[j, j] + noise)
        open_rows[j] = False
        variance = after
    return out


def _covariance(model: FittedModel, rows: Rows, half: Floats) -> tuple[Floats, float]:
    """Posterior covariance of log energies, scaled to the calibrated intervals, and the noise."""
    n = len(rows)
    out = np.zeros((n, n))
    noise = 1e-4
    which = model.levels_of(rows)
    for knowledge, level in model.levels.items():
        at = np.flatnonzero(which == Knowledge(knowledge).value)
        if not len(at):
            continue
        process = _process(level)
        if process is None:
            out[at, at] = (half[at] / Z95) ** 2
            continue
        block = process.covariance(rows.take(at))
        noise = max(noise, process.parameters.noise)
        believed = np.sqrt(np.maximum(np.diag(block), 1e-12))
        factor = (half[at] / Z95) / believed
        out[np.ix_(at, at)] = block * np.outer(factor, factor)
    return out, noise


def _process(level: FittedLevel) -> Process | None:
    """The Gaussian process behind a level, where there is one."""
    members = level.chosen.members if isinstance(level.chosen, Blend) else [level.chosen]
    found = [m for m in members if isinstance(m, Process)]
    return found[0] if found else None
