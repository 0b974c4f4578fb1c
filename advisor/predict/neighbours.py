"""The nearest runs: what the runs most like a query drew beyond what a ridge regression says.

Where energy follows size in steps that no smooth curve shows (the same few building blocks in every
network), runs alike say more than any slope. How many runs speak, and whether they correct the
ridge regression or stand alone, is what leaves the smallest error on left-out groups.

Weights: 1 ÷ (distance + a tenth of the farthest neighbour's), after Shepard (1968).
"""

from __future__ import annotations

from itertools import product
from typing import Self

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.neighbors import NearestNeighbors

from advisor.predict.contender import (
    Groups,
    group_names,
    groups_or_runs,
    left_out_by_refitting,
    merged_groups,
)
from advisor.predict.encoding import Encoded, Encoder, Knowledge
from advisor.predict.rows import Floats, Rows

MOST_FOLDS = 20
COUNTS = (1, 2, 4, 8, 16, 32)
"""Numbers of neighbours that are tried."""
TINY = 1e-3
"""Distance below which runs count as one (features have unit variance)."""


class Neighbours:
    """Ridge regression, or the mean, plus the weighted mean of the nearest runs' residuals.

    `leave` is what will be left out; `count` and `ridge` are chosen by `fit`.
    """

    rival = False
    name = "neighbours"

    def __init__(
        self, knowledge: Knowledge, leave: str = "family", *, count: int = 4, ridge: bool = True
    ) -> None:
        self.knowledge, self.leave, self.count, self.ridge = knowledge, leave, count, ridge

    def fit(self, rows: Rows) -> Neighbours:
        """Choose by left-out groups (of few names: tenths of the runs), then learn."""
        folds = merged_groups(groups_or_runs(group_names(rows, self.leave)), MOST_FOLDS)
        choices = list(product(COUNTS, (True, False)))
        errors = np.zeros(len(choices))
        for fold in folds:
            outside, inside = rows.take(np.setdiff1d(np.arange(len(rows)), fold)), rows.take(fold)
            learnt = {r: self._with(1, ridge=r).refit(outside) for r in (True, False)}
            for at, (count, ridge) in enumerate(choices):
                mean = learnt[ridge]._mean(inside, count)
                errors[at] += float(np.abs(inside.log_energy - mean).sum())
        count, ridge = choices[int(np.argmin(errors))]
        return self._with(count, ridge=ridge).refit(rows)

    def refit(self, rows: Rows) -> Neighbours:
        """The same choices, other rows."""
        return self._with(self.count, ridge=self.ridge)._learn(rows)

    def predict(self, rows: Rows) -> tuple[Floats, Floats]:
        """Log energy; the scale is the same everywhere."""
        return self._mean(rows, self.count), np.full(len(rows), self.scale)

    def left_out(self, rows: Rows, groups: Groups) -> tuple[Floats, Floats]:
        """By refitting on at most twenty folds of groups."""
        return left_out_by_refitting(self, rows, groups, MOST_FOLDS)

    def _with(self, count: int, *, ridge: bool) -> Neighbours:
        return Neighbours(self.knowledge, self.leave, count=count, ridge=ridge)

    def _learn(self, rows: Rows) -> Self:
        self.encoder = Encoder(self.knowledge).fit(rows)
        encoded = self.encoder.encode(rows)
        y = rows.log_energy - encoded.offset
        self.centre = float(y.mean())
        self.base = Ridge(alpha=1.0).fit(encoded.everything, y) if self.ridge else None
        self.residual = y - self._base(encoded)
        self.search = NearestNeighbors().fit(_place(encoded))
        self.scale = max(float(np.std(self.residual)), 1e-3)
        return self

    def _base(self, encoded: Encoded) -> Floats:
        if self.base is None:
            return np.full(len(encoded), self.centre)
        return np.asarray(self.base.predict(encoded.everything), dtype=float)

    def _mean(self, rows: Rows, count: int) -> Floats:
        encoded = self.encoder.encode(rows)
        among = min(count, len(self.residual))
        distance, at = self.search.kneighbors(_place(encoded), n_neighbors=among)
        weight = 1.0 / (distance + TINY + 0.1 * distance[:, -1:])
        weight /= weight.sum(axis=1, keepdims=True)
        found = (weight * self.residual[at]).sum(axis=1)
        return np.asarray(self._base(encoded) + encoded.offset + found, dtype=float)


def _place(encoded: Encoded) -> Floats:
    """Where a run lies: its figures, and the words of its device's name."""
    return np.hstack([encoded.everything, encoded.tokens])
