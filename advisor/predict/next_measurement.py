"""Which benchmarks would narrow the portfolio's total the most.

The total is T = Σ calls_i · E_i. With E predicted by a Gaussian process in log energy, a small
change of log E_i moves T by g_i = calls_i · E_i, so Var T ≈ gᵀ Σ g with Σ the posterior covariance
of the models' log energies, each model's own deviation included: measuring a model removes its own,
measuring its like does not. Measuring model j removes (Σg)_j² ÷ (Σ_jj + σ²) of it, σ² being that of
a measurement; the next best is chosen greedily on what is left (greedy is within 1 − 1/e of the
best set: Krause, Singh and Guestrin 2008). Models predicted at different states of knowledge are
treated as independent.

Models of one device that was never measured, or of one new family, err together: in the covariance
they share that device's (family's) effect, and the width that intervals carry because the device is
new is one effect of the device. A first run there narrows all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.predict.blend import Blend
from advisor.predict.encoding import Encoded, Knowledge
from advisor.predict.fitted import LEVEL, FittedLevel, FittedModel
from advisor.predict.process import Process
from advisor.predict.rows import UNKNOWN, Floats, Rows, query_rows
from advisor.quantities import Z95

MOST_MODELS = 2000
"""Models weighed against each other: those with the largest own share of the variance."""
MEASURED = 1e-4
"""Variance of the log of one measurement: one per cent."""


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
    covariance = _covariance(model, query_rows(inventory.iloc[index], model.columns), half)
    return _greedy(index, weight, covariance, k)


def _greedy(
    index: np.ndarray[tuple[int], np.dtype[np.intp]],
    weight: Floats,
    covariance: Floats,
    k: int,
) -> list[NextMeasurement]:
    out: list[NextMeasurement] = []
    left = covariance.copy()
    variance = float(weight @ left @ weight)
    open_rows = np.ones(len(index), dtype=bool)
    for _ in range(min(k, len(index))):
        pull = left @ weight
        gain = np.where(open_rows, pull**2 / (np.diag(left) + MEASURED), -1.0)
        j = int(np.argmax(gain))
        if gain[j] <= 0:
            break
        after = max(variance - float(gain[j]), 0.0)
        out.append(
            NextMeasurement(
                int(index[j]), Z95 * float(np.sqrt(variance)), Z95 * float(np.sqrt(after))
            )
        )
        left -= np.outer(left[:, j], left[:, j]) / (left[j, j] + MEASURED)
        open_rows[j] = False
        variance = after
    return out


def _covariance(model: FittedModel, rows: Rows, half: Floats) -> Floats:
    """Posterior covariance of log energies, scaled to the calibrated intervals."""
    sigma = half / Z95
    n = len(rows)
    out = np.zeros((n, n))
    which = model.levels_of(rows)
    for knowledge, level in model.levels.items():
        at = np.flatnonzero(which == Knowledge(knowledge).value)
        if not len(at):
            continue
        process = _process(level)
        if process is None:
            out[at, at] = sigma[at] ** 2
            continue
        part = rows.take(at)
        near = np.minimum(_sigma_of_known_device(level, part), sigma[at])
        block = process.conditioned.covariance(_told_apart(process, part))
        block[np.diag_indices(len(at))] += process.parameters.noise
        factor = near / np.sqrt(np.maximum(np.diag(block), 1e-12))
        new = np.sqrt(np.maximum(sigma[at] ** 2 - near**2, 0.0))
        out[np.ix_(at, at)] = block * np.outer(factor, factor) + np.outer(new, new) * _same(part)
    return out


def _sigma_of_known_device(level: FittedLevel, rows: Rows) -> Floats:
    """What the rows' spreads would be if their devices had been measured."""
    _, scale = level.chosen.predict(rows)
    multiplier = np.full(len(rows), level.new_family.multiplier(LEVEL))
    return scale * level.widening.multipliers(multiplier, level.distance(rows), LEVEL) / Z95


def _told_apart(process: Process, rows: Rows) -> Encoded:
    """Encoded rows in which new devices and families have codes of their own, equal where named
    alike."""
    encoded = process.encoder.encode(rows)
    codes: dict[str, NDArray[np.intp]] = {}
    for which, names in (("device", rows.device), ("family", rows.family)):
        known = encoded.codes[which]
        first = len(process.encoder.levels[which])
        _, own = np.unique(names.astype(str), return_inverse=True)
        unknown = (known < 0) & (names != UNKNOWN)
        uses = which == "family" or process.encoder.use_device
        codes[which] = np.where(unknown & uses, first + own, known)
    return replace(encoded, codes=codes)


def _same(rows: Rows) -> NDArray[np.bool_]:
    """Pairs of rows on one device, shape (n, n)."""
    names = rows.device.astype(str)
    same = (names[:, None] == names[None, :]) & (names != UNKNOWN)[:, None]
    np.fill_diagonal(same, True)
    return same


def _process(level: FittedLevel) -> Process | None:
    """The Gaussian process behind a level, where there is one."""
    members = level.chosen.members if isinstance(level.chosen, Blend) else [level.chosen]
    found = [m for m in members if isinstance(m, Process)]
    return found[0] if found else None
