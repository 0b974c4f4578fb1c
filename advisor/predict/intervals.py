"""Conformal intervals calibrated on whole held-out groups.

Score of a run: |log measured − log predicted| ÷ the scale the contender believes in, where the
run's group took no part in the prediction. A new interval's half-width is the scale times a
weighted quantile of the scores, every group weighing the square root of its runs: one large family
must not speak for all, nor one run for a family. Few groups show few of the ways in which a group
can differ, so the quantile is drawn towards that of Student's t with their root mean square and as
many degrees of freedom as the groups carry. Ends are multiplicative, so they never cross zero.

Lei et al. 2018 (locally weighted conformal prediction); Lee, Barber and Willett 2023 (hierarchical
conformal prediction); Satterthwaite 1946. MAPIE offers neither groups of unequal size nor
closed-form left-out scores,
which is why these few lines are our own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from advisor.predict.contender import Groups
from advisor.predict.rows import Floats

FEW_GROUPS, TINY = 4.0, 1e-3
"""Groups' worth of weight that Student's t keeps beside the empirical quantile."""
WIDEST = 50.0
"""Half-width in log units beyond which a number says no more than “anything”."""
LEAST_FREEDOM = 2.0
"""With one degree of freedom Student's t has no mean, and an interval spans all energies."""


@dataclass(frozen=True)
class Calibration:
    """Scores of left-out runs with their weights (summing to 1), and how many groups made them.

    `freedom` is how many independent figures the mean square of the scores rests on: the groups
    less one where runs of a group err together, towards all runs where each errs by itself.
    """

    scores: Floats
    weights: Floats
    groups: int
    freedom: float

    def multiplier(self, level: float) -> float:
        """Half-width of an interval at this level, in scales."""
        if not len(self.scores):
            return float(norm.ppf(0.5 + level / 2))
        order = np.argsort(self.scores)
        cumulated = np.cumsum(self.weights[order])
        corrected = min(level * (1 + 1 / len(self.scores)), 1.0)
        at = min(int(np.searchsorted(cumulated, corrected)), len(order) - 1)
        found = float(self.scores[order][at])
        spread = float(np.sqrt(self.weights @ self.scores**2))
        steady = spread * float(student.ppf(0.5 + level / 2, self.freedom))
        share = self.groups / (self.groups + FEW_GROUPS)
        return max(found, TINY) ** share * max(steady, TINY) ** (1 - share)


def calibrate(
    residual: Floats, scale: Floats, groups: Groups, *, alone: bool = False
) -> Calibration:
    """Calibration from left-out residuals (log) and the scales they were predicted with.

    `alone`: the groups are slices of one (`sliced_groups`). They say how runs of a group scatter,
    and nothing of how another group differs, so Student's t has the least degrees of freedom.
    """
    parts: list[Floats] = []
    for index in groups:
        good = index[np.isfinite(residual[index]) & (scale[index] > 0)]
        if len(good):
            parts.append(residual[good] / scale[good])
    if not parts:
        return Calibration(np.empty(0), np.empty(0), 0, LEAST_FREEDOM)
    weight = np.concatenate([np.full(len(p), 1.0 / np.sqrt(len(p))) for p in parts])
    scores, weights = np.abs(np.concatenate(parts)), weight / weight.sum()
    if alone:
        return Calibration(scores, weights, 1, LEAST_FREEDOM)
    return Calibration(scores, weights, len(parts), _freedom(parts))


def _freedom(parts: list[Floats]) -> float:
    """Degrees of freedom after Satterthwaite (1946): (groups − 1) ÷ ρ², with ρ the share of the
    mean square that the groups' own means make up.
    """
    of_group = np.array([np.sqrt(len(p)) for p in parts])
    whole = float(of_group @ [np.mean(p**2) for p in parts])
    between = float(of_group @ [np.mean(p) ** 2 for p in parts])
    share = between / whole if whole > 0 else 1.0
    return max((len(parts) - 1) / max(share, 0.03) ** 2, LEAST_FREEDOM)
