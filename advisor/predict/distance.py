"""How far a query lies from the training runs, and in which figure it leaves their range.

Distance: the Mahalanobis distance of the query's log figures to its nearest training run, over the
figures that the query knows, divided by ½√k for k of them. At 1 the query lies as far from every
run as half the root-mean-square spread of the runs. Names play no part: an unknown device is the
interval's business.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from advisor.predict.encoding import Knowledge
from advisor.predict.rows import Floats, Rows

RIDGE = 1e-3
"""Least variance along a direction, as a share of the largest: runs hardly differ there."""


class Distance:
    """Nearest-run distance in whitened log features."""

    def fit(self, rows: Rows, knowledge: Knowledge) -> Distance:
        """Learn the runs' figures and their spread; a gap of a run takes the middle."""
        self.knowledge = knowledge
        X = self._features(rows)
        known = np.isfinite(X)
        middle = np.array([np.nanmedian(c) if np.isfinite(c).any() else 0.0 for c in X.T])
        filled = np.where(known, X, middle)
        self.low = np.where(known, X, np.inf).min(axis=0, initial=np.inf)
        self.high = np.where(known, X, -np.inf).max(axis=0, initial=-np.inf)
        self.runs = np.unique(filled, axis=0)
        k = filled.shape[1]
        self.covariance = np.cov(filled.T).reshape(k, k) if len(filled) > 1 else np.eye(k)
        return self

    def __call__(self, rows: Rows) -> Floats:
        """Distances of rows, shape (n,)."""
        X = self._features(rows)
        out = np.zeros(len(X))
        patterns, which = np.unique(np.isfinite(X), axis=0, return_inverse=True)
        for number, known in enumerate(patterns):
            index = np.flatnonzero(which.ravel() == number)
            if known.any():
                out[index] = self._nearest(X[np.ix_(index, known)], known)
        return out

    def outside(self, rows: Rows) -> tuple[NDArray[np.intp], Floats]:
        """The known figure farthest outside the runs' range, and its factor, shape (n,) each.

        Figures count as sizes, throughput, idle power; −1 and NaN where all lie inside. The factor
        is the figure ÷ the nearest end of the range: above 1 too large, below 1 too small.
        """
        X = self._features(rows)
        excess = np.where(self.high < X, X - self.high, np.where(self.low > X, X - self.low, 0.0))
        at = np.abs(excess).argmax(axis=1)
        worst = excess[np.arange(len(X)), at]
        ranged = np.isfinite(worst) & (worst != 0)
        return np.where(ranged, at, -1), np.where(ranged, np.exp(worst), np.nan)

    def _nearest(self, X: Floats, known: NDArray[np.bool_]) -> Floats:
        values, vectors = np.linalg.eigh(self.covariance[np.ix_(known, known)])
        values = np.maximum(values, RIDGE * max(float(values.max(initial=1.0)), 1e-12))
        whiten = vectors / np.sqrt(values)
        search = NearestNeighbors(n_neighbors=1).fit(self.runs[:, known] @ whiten)
        found, _ = search.kneighbors(X @ whiten)
        return found[:, 0] / (0.5 * float(np.sqrt(known.sum())))

    def _features(self, rows: Rows) -> Floats:
        return figures(rows, self.knowledge)


def figures(rows: Rows, knowledge: Knowledge) -> Floats:
    """Log figures of a state of knowledge, shape (n, figures): sizes, throughput, idle power."""
    parts = [rows.sizes]
    if knowledge != Knowledge.SIZE:
        parts.append(rows.log_throughput[:, None])
    if knowledge == Knowledge.DEVICE:
        parts.append(rows.log_idle[:, None])
    return np.hstack(parts)
