"""The blend of contenders: the weighted median of their log predictions.

Weights fall with the square of each contender's error on left-out groups; one that errs twice as
much as the best is left out, as many weak ones would outvote it. A median needs nothing fitted but
these, and one contender that fails on a new group does not move it; weights by least squares, or
choosing the single best, learn the groups at hand (docs/decisions/predict.md).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from advisor.predict.contender import Contender, Groups
from advisor.predict.encoding import Knowledge
from advisor.predict.rows import Floats, Rows

BLEND = "blend"
THREADS = 2
"""Members at the same time: NumPy and scikit-learn let go of the interpreter."""
POWER, WORST = 2.0, 2.0
"""Weight = error ** −POWER; none where the error is more than WORST times the least."""


class Blend:
    """Members with fixed weights; `scales` corrects each member's own scale."""

    rival = False
    name = BLEND

    def __init__(self, members: list[Contender], weights: Floats, scales: Floats) -> None:
        self.members, self.weights, self.scales = members, weights, scales

    @property
    def knowledge(self) -> Knowledge:
        """That of the members, which all know the same."""
        return self.members[0].knowledge

    def fit(self, rows: Rows) -> Blend:
        """The weights need left-out predictions, which `learn` has; this keeps them."""
        return self.refit(rows)

    def refit(self, rows: Rows) -> Blend:
        """The same weights, other rows."""
        with ThreadPoolExecutor(THREADS) as pool:
            members = list(pool.map(lambda m: m.refit(rows), self.members))
        return Blend(members, self.weights, self.scales)

    def predict(self, rows: Rows) -> tuple[Floats, Floats]:
        """Weighted median of log predictions; scale with the members' disagreement."""
        with ThreadPoolExecutor(THREADS) as pool:
            return self._together(list(pool.map(lambda m: m.predict(rows), self.members)))

    def left_out(self, rows: Rows, groups: Groups) -> tuple[Floats, Floats]:
        """From the members' left-out predictions."""
        return self._together([m.left_out(rows, groups) for m in self.members])

    def _together(self, parts: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
        return combine(parts, self.weights, self.scales)


def combine(
    parts: list[tuple[Floats, Floats]], weights: Floats, scales: Floats
) -> tuple[Floats, Floats]:
    """Mean and scale of a blend: where the members differ, nobody knows."""
    means = np.array([p[0] for p in parts])
    variances = np.array([(p[1] * s) ** 2 for p, s in zip(parts, scales, strict=True)])
    middle = weighted_median(means, weights)
    return middle, np.sqrt(weights @ (variances + (means - middle) ** 2))


def weighted_median(values: Floats, weights: Floats) -> Floats:
    """Of each column of `values` (members, n), shape (n,), between neighbours by interpolation.

    Members without weight take no part, not even as neighbours.
    """
    values, weights = values[weights > 0], weights[weights > 0]
    order = np.argsort(values, axis=0)
    ranked, weight = np.take_along_axis(values, order, axis=0), weights[order]
    place = (np.cumsum(weight, axis=0) - 0.5 * weight) / weights.sum()
    above = np.clip((place < 0.5).sum(axis=0), 1, len(values) - 1)[None, :]
    low, high = np.take_along_axis(ranked, above - 1, 0)[0], np.take_along_axis(ranked, above, 0)[0]
    start, end = np.take_along_axis(place, above - 1, 0)[0], np.take_along_axis(place, above, 0)[0]
    share = np.clip((0.5 - start) / np.maximum(end - start, 1e-300), 0.0, 1.0)
    return low + share * (high - low)


def blend_weights(target: Floats, means: Floats) -> Floats:
    """Weights for member predictions `means` (members, n) of `target` (n,), summing to one.

    Nought says that a member is to be left out of the blend.
    """
    error = np.array([np.mean(np.abs(m - target)[np.isfinite(m)]) for m in means])
    error = np.maximum(error, 1e-6)
    weights = np.where(error <= WORST * np.nanmin(error), error**-POWER, 0.0)
    return weights / weights.sum()


def own_scales(target: Floats, parts: list[tuple[Floats, Floats]]) -> Floats:
    """Factor by which each member's believed scale must grow to match its left-out errors."""
    out: list[float] = []
    for mean, scale in parts:
        good = np.isfinite(mean) & (scale > 0)
        ratio = np.abs(target[good] - mean[good]) / scale[good]
        # 1.4826: the median absolute deviation of a normal variable, as everywhere in statistics.
        out.append(max(float(np.median(ratio)) * 1.4826, 1e-3) if good.any() else 1.0)
    return np.array(out)
