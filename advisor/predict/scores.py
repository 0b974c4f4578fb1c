"""The figures by which a way of predicting is judged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.stats import kendalltau

from advisor.predict.rows import Floats

NO_SPREAD = 1e-12
"""Variance of log energy below which runs hardly differ, and R² says nothing."""


class Score(BaseModel):
    """Errors and coverage of one contender over all left-out rows; None where undefined.

    Relative errors are |predicted − measured| ÷ measured. `r2_log` is 1 − Σ residual² ÷ Σ (log
    energy − its mean)². `tau` is Kendall's rank correlation. `coverage` maps a nominal level to the
    share of rows inside; `width` to the mean of (high − low) ÷ predicted.
    """

    model_config = ConfigDict(frozen=True)

    contender: str
    rival: bool
    runs: int
    mape: float | None
    median_error: float | None
    r2_log: float | None
    tau: float | None
    coverage: dict[str, float]
    width: dict[str, float]
    worst_group: str | None
    worst_group_median_error: float | None
    known_device_runs: int
    """Runs whose device was seen in other groups, with their errors."""
    known_device_mape: float | None
    known_device_median_error: float | None


def score(
    name: str,
    rival: bool,
    target: Floats,
    mean: Floats,
    half: Floats,
    levels: Sequence[float],
    known: NDArray[np.bool_],
    groups: NDArray[np.object_],
) -> Score:
    """Score of log predictions `mean` (n,) with half-widths `half` (levels, n) in log units."""
    good = np.isfinite(mean) & np.isfinite(target)
    error = np.abs(np.expm1(np.clip(mean - target, -50, 50)))
    total = float(((target[good] - target[good].mean()) ** 2).sum()) if good.any() else 0.0
    residual = float(((mean - target)[good] ** 2).sum())
    tau = float(kendalltau(target[good], mean[good]).statistic) if good.sum() > 1 else np.nan
    inside = {
        f"{q:.0%}": _share(np.abs(mean - target)[good] <= h[good])
        for q, h in zip(levels, half, strict=True)
    }
    width = {
        f"{q:.0%}": float(np.mean(2 * np.sinh(np.minimum(h[good], 50)))) if good.any() else 0.0
        for q, h in zip(levels, half, strict=True)
    }
    worst = {
        str(g): float(np.median(error[good & (groups == g)])) for g in set(groups[good].tolist())
    }
    name_of_worst = max(worst, key=lambda g: worst[g]) if worst else None
    here = good & known
    return Score(
        contender=name,
        rival=rival,
        runs=int(good.sum()),
        mape=_mean(error[good]),
        median_error=_median(error[good]),
        r2_log=1 - residual / total if total > NO_SPREAD * good.sum() else None,
        tau=tau if np.isfinite(tau) else None,
        coverage=inside,
        width=width,
        worst_group=name_of_worst,
        worst_group_median_error=worst[name_of_worst] if name_of_worst is not None else None,
        known_device_runs=int(here.sum()),
        known_device_mape=_mean(error[here]),
        known_device_median_error=_median(error[here]),
    )


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def _median(values: Floats) -> float | None:
    return float(np.median(values)) if len(values) else None


def _share(inside: NDArray[np.bool_]) -> float:
    return float(inside.mean()) if len(inside) else 0.0
