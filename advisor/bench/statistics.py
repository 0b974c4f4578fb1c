"""Intervals and draws from the windows of a run: a block bootstrap, studentised.

Estimator. Joules per inference of a candidate is the ratio of sums θ = ΣE / ΣN over its windows.
Its logarithm is linearised: block b has the influence u_b = E_b/Ē − N_b/N̄, and
se² = Σ u_b² / (n (n − 1)).

Interval. Whole blocks are resampled with replacement (the same for all candidates), which keeps
what a block's candidates share. The root T* = (log θ* − log θ) / se* gives the interval
[log θ − T*(1−α/2)·se, log θ − T*(α/2)·se] (Efron & Tibshirani 1993, ch. 12; Davison & Hinkley 1997,
§5.2). Why studentised and not BCa: with the 5 to 30 blocks of a benchmark BCa still uses normal
quantiles and the (n − 1)/n-shrunken bootstrap variance, so it covers about 85 % at n = 5 where 95 %
is promised; the studentised interval is second-order correct and follows skewed noise. Below
`BOOTSTRAP_BLOCKS` blocks there are too few different resamples for quantiles in the tails, and
Student's t is used. The two are never mixed: the wider of both ends covers 97.5 % where 96.5 % is
asked (normal noise, 8 to 25 blocks), each by itself 96 to 97 %.

Looking repeatedly. A run looks at its intervals after every block and stops when they are narrow
enough. Such a rule stops early when the scatter happens to look small, which makes nominal 95 %
intervals exclude the truth in up to 7 % of runs. So the level of every look, and of the interval
that is reported, is `LEVEL` = 0.035 instead of 0.05 (a constant level over the looks, as Pocock
1977): the largest at which, over scatters of 0.4 to 2 times the target and 5 to 100 blocks, at
most 5 % of the stopped intervals exclude the truth (`tests/benchmarks/calibration.py --level`).

Draws. Draw i of every candidate comes from the same resampled blocks, stretched by √(n/(n − 1)), by
a common √(ν/χ²_ν), and to the level above: their spread is that of the t interval, and what blocks
share cancels in the difference of two candidates, draw by draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]

RESAMPLES = 2000
DRAWS = 1000
BOOTSTRAP_BLOCKS = 8
FURTHEST = 10.0
"""Draws end at this distance in log units (a factor of 22,000): the t of two windows has no bounds,
and a figure without bounds survives neither exp nor JSON."""
LEVEL = 0.035
"""Nominal level of one look, for 5 % over all looks (see above)."""


class Interval(NamedTuple):
    """An estimate in log space with its standard error and interval."""

    log_value: float
    se: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the interval, in log units (a relative half-width for small ones)."""
        return (self.high - self.low) / 2


@dataclass(frozen=True)
class Blocks:
    """Numerator and denominator by candidate and block, shape (candidates, blocks).

    NaN in both marks a window that is missing or excluded.
    """

    numerator: Array
    denominator: Array

    @property
    def count(self) -> int:
        """Number of blocks."""
        return self.numerator.shape[1]

    def present(self) -> NDArray[np.bool_]:
        """Which windows count."""
        return ~np.isnan(self.numerator)

    def of(self, rows: list[int]) -> Blocks:
        """Some candidates only."""
        return Blocks(self.numerator[rows], self.denominator[rows])


def log_ratios(blocks: Blocks, weights: Array) -> tuple[Array, Array]:
    """Log ratio of sums and influences under resampling weights.

    `weights` has shape (resamples, blocks); returns shapes (candidates, resamples) and
    (candidates, resamples, blocks), influences being zero where a window is missing.
    """
    there = blocks.present()
    e, n = np.where(there, blocks.numerator, 0.0), np.where(there, blocks.denominator, 0.0)
    held = np.maximum(there @ weights.T, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        e_sum, n_sum = e @ weights.T, n @ weights.T
        values = np.log(e_sum) - np.log(n_sum)
        influence = (
            e[:, None, :] * (held / e_sum)[:, :, None] - n[:, None, :] * (held / n_sum)[:, :, None]
        )
    return values, np.where(there[:, None, :], influence, 0.0)


def resampling(blocks: int, resamples: int, rng: np.random.Generator) -> Array:
    """How often each block is drawn, shape (resamples, blocks)."""
    drawn = (
        rng.integers(0, blocks, size=(resamples, blocks)) + blocks * np.arange(resamples)[:, None]
    )
    counts = np.bincount(drawn.ravel(), minlength=blocks * resamples)
    return counts.reshape(resamples, blocks).astype(np.float64)


@lru_cache(maxsize=16)
def _weights(blocks: int, seed: int) -> Array:
    """The resamples of an interval; the same for every candidate and every pair of a run."""
    return resampling(blocks, RESAMPLES, np.random.default_rng(seed))


@lru_cache(maxsize=4096)
def students_t(level: float, windows: int) -> float:
    """Two-sided quantile of Student's t at this level, for a mean over this many windows."""
    return float(stats.t.ppf(1 - level / 2, windows - 1))


def interval(blocks: Blocks, seed: int, *, bootstrap: bool = True) -> Interval:
    """Interval of one candidate's log ratio (`blocks` has one row). Needs two windows or more.

    Without `bootstrap` it is Student's t alone, which is quick.
    """
    return _studentised(blocks, np.array([1.0]), seed, bootstrap)


def paired_interval(blocks: Blocks, seed: int, *, bootstrap: bool = True) -> Interval:
    """Interval of log(θ of row 1 / θ of row 0) over the blocks in which both are present."""
    both = blocks.present().all(axis=0)
    common = Blocks(blocks.numerator[:, both], blocks.denominator[:, both])
    return _studentised(common, np.array([-1.0, 1.0]), seed, bootstrap)


def _studentised(blocks: Blocks, contrast: Array, seed: int, bootstrap: bool) -> Interval:
    there = blocks.present().all(axis=0)
    blocks = Blocks(blocks.numerator[:, there], blocks.denominator[:, there])
    n = blocks.count
    if n < 2:
        raise ValueError("an interval needs at least two windows")
    values, influences = log_ratios(blocks, np.ones((1, n)))
    value = float(contrast @ values[:, 0])
    u = np.tensordot(contrast, influences[:, 0, :], axes=1)
    se = float(np.sqrt((u**2).sum() / (n * (n - 1))))
    reach = students_t(LEVEL, n) * se
    if not bootstrap or n < BOOTSTRAP_BLOCKS or se == 0.0:
        return Interval(value, se, value - reach, value + reach)
    weights = _weights(n, seed)
    stars, star_influences = log_ratios(blocks, weights)
    star_u = np.tensordot(contrast, star_influences, axes=1)
    star_se = np.sqrt((weights * star_u**2).sum(axis=1) / (n * (n - 1)))
    usable = star_se > 1e-3 * se
    roots = (contrast @ stars - value)[usable] / star_se[usable]
    low, high = np.quantile(roots, [LEVEL / 2, 1 - LEVEL / 2])
    return Interval(value, se, value - float(high) * se, value - float(low) * se)


def paired_draws(blocks: Blocks, seed: int, draws: int = DRAWS) -> Array:
    """Draws of the log ratios, shape (candidates, draws), paired by index over candidates.

    A candidate with a single window gets its value without scatter: the caller says so.
    """
    rng = np.random.default_rng(seed)
    n = blocks.count
    centre, _ = log_ratios(blocks, np.ones((1, n)))
    if n < 2:
        return np.repeat(centre, draws, axis=1)
    stars, _ = log_ratios(blocks, resampling(n, draws, rng))
    common = rng.random(draws)
    stretch = np.array([_stretch(int(m), common) for m in blocks.present().sum(axis=1)])
    deviations = np.where(np.isfinite(stars), stars - centre, 0.0) * stretch
    return centre + np.clip(deviations, -FURTHEST, FURTHEST)


def _stretch(windows: int, common: Array) -> Array:
    """From a bootstrap over this many windows to Student's t at the level of a look.

    `common` holds one uniform number a draw, so that candidates are stretched together.
    """
    if windows < 2:
        return np.ones_like(common)
    widened = students_t(LEVEL, windows) / students_t(0.05, windows)
    chi_squared = stats.chi2.ppf(common, windows - 1)
    # √(n/(n − 1)) undoes the bootstrap's shrunken variance, √((n − 1)/χ²) makes it a t.
    return widened * np.sqrt(windows / chi_squared)
