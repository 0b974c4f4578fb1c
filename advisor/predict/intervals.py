"""Conformal intervals calibrated on whole held-out groups.

Score of a run: |log measured − log predicted| ÷ the scale the contender believes in, where the
run's group took no part in the prediction. A new interval's half-width is the scale times a
weighted quantile of the scores, every group weighing the square root of its runs: one large family
must not speak for all, nor one run for a family. Ends are multiplicative, so they never cross zero.

Lei et al. 2018 (locally weighted conformal prediction); Lee, Barber and Willett 2023 (hierarchical
conformal prediction). MAPIE offers neither groups of unequal size nor closed-form left-out scores,
which is why these few lines are our own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from advisor.predict.contender import Groups
from advisor.predict.rows import Floats

FEW_GROUPS = 4.0
"""Groups' worth of weight that the normal distribution keeps: with few groups it steadies."""


@dataclass(frozen=True)
class Calibration:
    """Scores of left-out runs with their weights (summing to 1), and how many groups made them."""

    scores: Floats
    weights: Floats
    groups: int

    def multiplier(self, level: float) -> float:
        """Half-width of an interval at this level, in scales."""
        if not len(self.scores):
            return float(norm.ppf(0.5 + level / 2))
        order = np.argsort(self.scores)
        cumulated = np.cumsum(self.weights[order])
        corrected = min(level * (1 + 1 / max(len(self.scores), 1)), 1.0)
        at = min(int(np.searchsorted(cumulated, corrected)), len(order) - 1)
        found = float(self.scores[order][at])
        believed = float(norm.ppf(0.5 + level / 2))
        share = self.groups / (self.groups + FEW_GROUPS)
        return float(np.exp(share * np.log(max(found, 1e-3)) + (1 - share) * np.log(believed)))


def calibrate(residual: Floats, scale: Floats, groups: Groups) -> Calibration:
    """Calibration from left-out residuals (log) and the scales they were predicted with."""
    weight = np.zeros(len(residual))
    used = 0
    for index in groups:
        good = index[np.isfinite(residual[index]) & (scale[index] > 0)]
        if len(good):
            weight[good] = 1.0 / np.sqrt(len(good))
            used += 1
    keep = weight > 0
    scores = np.abs(residual[keep]) / scale[keep]
    return Calibration(scores, weight[keep] / max(weight[keep].sum(), 1e-300), used)
