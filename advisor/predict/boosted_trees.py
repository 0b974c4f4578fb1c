"""Gradient boosting with monotone constraints, on what physics leaves over.

Target: log energy over idle power ÷ throughput (log energy itself where throughput is unknown).
Energy never falls with size at otherwise equal figures, nor power with throughput × size: trees are
held to that, which is what keeps them from nonsense outside the data. A device is known by the mean
of its runs of *other* families, shrunk towards the rest, never by the row's own answer.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from advisor.predict.contender import Groups, left_out_by_refitting
from advisor.predict.encoding import Encoder, Knowledge
from advisor.predict.rows import UNKNOWN, Floats, Rows

MOST_FOLDS = 5
SHRINK = 2.0
"""Runs' worth of weight that the mean over all devices keeps."""


class BoostedTrees:
    """Histogram gradient boosting over the encoded features."""

    rival = False

    def __init__(self, knowledge: Knowledge, name: str = "boosted trees", seed: int = 0) -> None:
        self.knowledge, self.name, self.seed = knowledge, name, seed

    def fit(self, rows: Rows) -> Self:
        """Learn the trees; settings are fixed (shallow, slow, regularised)."""
        self.encoder = Encoder(self.knowledge).fit(rows)
        encoded = self.encoder.encode(rows)
        y = rows.log_energy - encoded.offset
        self.centre = float(y.mean())
        known = self.knowledge == Knowledge.DEVICE
        self.by_device = _by_device(rows, y - self.centre) if known else {}
        means = _device_means(rows, y - self.centre) if known else np.zeros(len(rows))
        # A device without runs of other families stands at the middle, where shrinking ends.
        X = np.column_stack([encoded.everything, np.nan_to_num(means)])
        signs = np.zeros(X.shape[1])
        signs[self.encoder.rising()] = 1
        trees = HistGradientBoostingRegressor(
            max_iter=200,
            learning_rate=0.07,
            max_leaf_nodes=15,
            min_samples_leaf=min(10, max(2, len(rows) // 20)),
            l2_regularization=1.0,
            monotonic_cst=signs,
            early_stopping=False,  # pyright: ignore[reportArgumentType]  (stub says str only)
            random_state=self.seed,
        )
        # A few hundred rows: a second thread costs more in waiting than it brings.
        with threadpool_limits(1, user_api="openmp"):
            self.trees = trees.fit(X, y - self.centre)
        self.scale = max(float(np.std(y)) * 0.3, 1e-3)
        return self

    def refit(self, rows: Rows) -> BoostedTrees:
        """Trees have no hyperparameters to keep."""
        return BoostedTrees(self.knowledge, self.name, self.seed).fit(rows)

    def predict(self, rows: Rows) -> tuple[Floats, Floats]:
        """Log energy; the scale is the same everywhere."""
        encoded = self.encoder.encode(rows)
        known = np.array([self.by_device.get(d, 0.0) for d in rows.device], dtype=float)
        X = np.column_stack([encoded.everything, known])
        mean = np.asarray(self.trees.predict(X), dtype=float) + self.centre + encoded.offset
        return mean, np.full(len(rows), self.scale)

    def left_out(self, rows: Rows, groups: Groups) -> tuple[Floats, Floats]:
        """By refitting on at most five folds of groups."""
        return left_out_by_refitting(self, rows, groups, MOST_FOLDS)


def _by_device(rows: Rows, y: Floats) -> dict[str, float]:
    return {
        str(d): float(y[rows.device == d].sum() / ((rows.device == d).sum() + SHRINK))
        for d in set(rows.device)
        if d != UNKNOWN
    }


def _device_means(rows: Rows, y: Floats) -> Floats:
    """Shrunk mean of each row's device over its other families (other rows without families)."""
    out = np.full(len(rows), np.nan)
    families = rows.family if (rows.family != UNKNOWN).any() else np.arange(len(rows)).astype(str)
    for device in set(rows.device) - {UNKNOWN}:
        index = np.flatnonzero(rows.device == device)
        total, count = float(y[index].sum()), len(index)
        for family in set(families[index]):
            own = index[families[index] == family]
            rest = count - len(own)
            if rest:
                out[own] = (total - float(y[own].sum())) / (rest + SHRINK)
    return out
