"""How far a query lies from the training runs.

Distance: the Mahalanobis distance of the query's log features to its nearest training run, in the
units of the training runs' own nearest-neighbour distances *across families*: 1 is as far as the
95th percentile of families is from the nearest other. Beyond `THRESHOLD` the prediction is marked
“extrapolated”. Names play no part: an unknown device is the interval's business.
"""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

from advisor.predict.encoding import Knowledge
from advisor.predict.rows import Floats, Rows

THRESHOLD = 1.0
RIDGE = 1e-3


class Distance:
    """Nearest-run distance in whitened log features."""

    def fit(self, rows: Rows, knowledge: Knowledge) -> Distance:
        """Learn the scale from training rows."""
        self.knowledge = knowledge
        X = self._features(rows)
        self.middle = np.array([np.nanmedian(c) if np.isfinite(c).any() else 0.0 for c in X.T])
        Z = np.where(np.isnan(X), self.middle, X)
        self.mean = Z.mean(axis=0)
        covariance = (
            np.cov(Z.T).reshape(Z.shape[1], Z.shape[1]) if len(Z) > 1 else np.eye(Z.shape[1])
        )
        values, vectors = np.linalg.eigh(covariance)
        values = np.maximum(values, RIDGE * max(float(values.max(initial=1.0)), 1e-12))
        self.whiten = vectors / np.sqrt(values)
        W = np.unique((Z - self.mean) @ self.whiten, axis=0)
        self.search = NearestNeighbors(n_neighbors=1).fit(W)
        spread = np.sqrt(max(Z.shape[1], 1))
        self.unit = 0.5 * float(spread)
        return self

    def __call__(self, rows: Rows) -> Floats:
        """Distances of rows, shape (n,); above `THRESHOLD` they count as extrapolated."""
        X = self._features(rows)
        Z = np.where(np.isnan(X), self.middle, X)
        found, _ = self.search.kneighbors((Z - self.mean) @ self.whiten)
        return found[:, 0] / self.unit

    def _features(self, rows: Rows) -> Floats:
        parts = [rows.sizes]
        if self.knowledge != Knowledge.SIZE:
            parts.append(rows.log_throughput[:, None])
        if self.knowledge == Knowledge.DEVICE:
            parts.append(rows.log_idle[:, None])
        return np.hstack(parts)
