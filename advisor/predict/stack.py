"""The blend of contenders: a weighted mean of log predictions, weights chosen on left-out groups.

Weights are non-negative and sum to one (Breiman 1996, stacked regressions); they minimise the mean
squared left-out error in log energy, pulled a little towards equal shares. The scale is their
own plus the members' disagreement: where the members differ, nobody knows.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from advisor.predict.contender import Contender, Groups
from advisor.predict.encoding import Knowledge
from advisor.predict.rows import Floats, Rows

PULL = 0.02
"""Pull towards equal weights, as a share of the members' own squared error."""


class Blend:
    """Members with fixed weights."""

    rival = False

    def __init__(
        self, members: list[Contender], weights: Floats, scales: Floats, name: str = "blend"
    ) -> None:
        self.members, self.weights, self.scales, self.name = members, weights, scales, name

    @property
    def knowledge(self) -> Knowledge:
        """That of the members, which all know the same."""
        return self.members[0].knowledge

    def fit(self, rows: Rows) -> Blend:
        """The weights need left-out predictions; use `blended`, then `refit`."""
        return self.refit(rows)

    def refit(self, rows: Rows) -> Blend:
        """The same weights, other rows."""
        return Blend([m.refit(rows) for m in self.members], self.weights, self.scales, self.name)

    def predict(self, rows: Rows) -> tuple[Floats, Floats]:
        """Weighted mean of log predictions; scale with the members' disagreement."""
        return self._together([m.predict(rows) for m in self.members])

    def left_out(self, rows: Rows, groups: Groups) -> tuple[Floats, Floats]:
        """From the members' left-out predictions."""
        return self._together([m.left_out(rows, groups) for m in self.members])

    def _together(self, parts: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
        return combine(parts, self.weights, self.scales)


def combine(
    parts: list[tuple[Floats, Floats]], weights: Floats, scales: Floats
) -> tuple[Floats, Floats]:
    """Mean and scale of a blend; `scales` corrects each member's own scale."""
    means = np.array([p[0] for p in parts])
    variances = np.array([(p[1] * s) ** 2 for p, s in zip(parts, scales, strict=True)])
    mean = weights @ means
    return mean, np.sqrt(weights @ (variances + (means - mean) ** 2))


def stacking_weights(target: Floats, means: Floats, row_weights: Floats) -> Floats:
    """Weights for member predictions `means` (members, n) of `target` (n,), summing to one."""
    good = np.isfinite(means).all(axis=0) & np.isfinite(target)
    errors = (means[:, good] - target[good]) * np.sqrt(row_weights[good])
    gram = errors @ errors.T
    k = len(gram)
    gram = gram + PULL * float(np.trace(gram)) / k * np.eye(k) + 1e-12 * np.eye(k)
    # min wᵀ G w on the simplex: non-negative least squares with the sum as a heavy extra row.
    root = np.linalg.cholesky(gram).T
    heavy = 1e3 * float(np.sqrt(np.trace(gram)))
    found, _ = nnls(np.vstack([root, np.full(k, heavy)]), np.append(np.zeros(k), heavy))
    total = float(found.sum())
    return found / total if total > 0 else np.full(k, 1.0 / k)


def own_scales(target: Floats, parts: list[tuple[Floats, Floats]]) -> Floats:
    """Factor by which each member's believed scale must grow to match its left-out errors."""
    out: list[float] = []
    for mean, scale in parts:
        good = np.isfinite(mean) & (scale > 0)
        ratio = np.abs(target[good] - mean[good]) / scale[good]
        # 1.4826: the median absolute deviation of a normal variable, as everywhere in statistics.
        out.append(max(float(np.median(ratio)) * 1.4826, 1e-3) if good.any() else 1.0)
    return np.array(out)
