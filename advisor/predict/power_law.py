"""The power law: log energy linear in log size, log throughput and log idle power.

Robust (Huber) regression, so that single odd runs do not bend it. Without names of devices or
families: it is what can be written down in one line. In its physics form the slopes of throughput
and idle power start from what physics says (−1 and +1) and only deviations are fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.linear_model import HuberRegressor, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from advisor.predict.contender import Groups, left_out_by_refitting
from advisor.predict.encoding import Encoder, Knowledge
from advisor.predict.rows import Floats, Rows

MOST_FOLDS = 30
FEW_A_SLOPE = 5
"""Runs a coefficient that the robust search needs; with fewer, ridge regression stands in."""


class PowerLaw:
    """E = constant · size^a · throughput^b · idle power^c."""

    rival = False

    def __init__(self, knowledge: Knowledge, name: str = "power law") -> None:
        self.knowledge, self.name = knowledge, name

    def fit(self, rows: Rows) -> Self:
        """Robust least squares on logarithms."""
        X, self.names = _logs(rows, self.knowledge)
        self.middle = _middles(X)
        self.pipeline = _robust(_filled(X, self.middle), rows.log_energy)
        self.scale = _spread(rows.log_energy - self._mean(rows))
        return self

    def refit(self, rows: Rows) -> PowerLaw:
        """Nothing but the coefficients is learnt."""
        return PowerLaw(self.knowledge, self.name).fit(rows)

    def predict(self, rows: Rows) -> tuple[Floats, Floats]:
        """Log energy; the scale is the same everywhere."""
        return self._mean(rows), np.full(len(rows), self.scale)

    def left_out(self, rows: Rows, groups: Groups) -> tuple[Floats, Floats]:
        """By refitting."""
        return left_out_by_refitting(self, rows, groups, MOST_FOLDS)

    def coefficients(self) -> dict[str, float]:
        """Exponent by name; `constant` is the natural logarithm of the factor (J)."""
        return _written_out(self.pipeline[-1], self.pipeline[0], self.names)

    def reweighted(self, rows: Rows, weights: Sequence[Floats]) -> list[dict[str, float]]:
        """Coefficients for each weighting of the rows, shape (n,); each search goes on from the
        one before.
        """
        X = _filled(_logs(rows, self.knowledge)[0], self.middle)
        scaler: Any = self.pipeline[0]
        robust = HuberRegressor(max_iter=500, warm_start=True)
        out: list[dict[str, float]] = []
        for weight in weights:
            Z, y, w = (
                scaler.transform(X[weight > 0]),
                rows.log_energy[weight > 0],
                weight[weight > 0],
            )
            linear: Any = Ridge(alpha=0.1)
            if len(y) >= FEW_A_SLOPE * (X.shape[1] + 1):
                linear = robust
            try:
                linear.fit(Z, y, sample_weight=w)
            except ValueError:  # Huber's search did not converge: plain ridge always does
                robust = HuberRegressor(max_iter=500, warm_start=True)
                linear = Ridge(alpha=0.1).fit(Z, y, sample_weight=w)
            out.append(_written_out(linear, scaler, self.names))
        return out

    def _mean(self, rows: Rows) -> Floats:
        X, _ = _logs(rows, self.knowledge)
        return np.asarray(self.pipeline.predict(_filled(X, self.middle)), dtype=float)


class PhysicsForm:
    """log(power ÷ idle power) linear in all features, names of precision and categories included.

    Energy = power ÷ throughput with power between idle and its maximum by utilisation, for which
    throughput × size stands.
    """

    rival = False

    def __init__(self, knowledge: Knowledge, name: str = "physics form") -> None:
        self.knowledge, self.name = knowledge, name

    def fit(self, rows: Rows) -> Self:
        """Ridge regression of log power above idle."""
        self.encoder = Encoder(self.knowledge).fit(rows)
        encoded = self.encoder.encode(rows)
        self.linear = Ridge(alpha=1.0).fit(encoded.everything, rows.log_energy - encoded.offset)
        self.scale = _spread(rows.log_energy - self._mean(rows))
        return self

    def refit(self, rows: Rows) -> PhysicsForm:
        """Nothing but the coefficients is learnt."""
        return PhysicsForm(self.knowledge, self.name).fit(rows)

    def predict(self, rows: Rows) -> tuple[Floats, Floats]:
        """Log energy; the scale is the same everywhere."""
        return self._mean(rows), np.full(len(rows), self.scale)

    def left_out(self, rows: Rows, groups: Groups) -> tuple[Floats, Floats]:
        """By refitting."""
        return left_out_by_refitting(self, rows, groups, MOST_FOLDS)

    def _mean(self, rows: Rows) -> Floats:
        encoded = self.encoder.encode(rows)
        return np.asarray(self.linear.predict(encoded.everything) + encoded.offset, dtype=float)


def _written_out(linear: Any, scaler: Any, names: Sequence[str]) -> dict[str, float]:
    slopes = linear.coef_ / scaler.scale_
    constant = float(linear.intercept_ - slopes @ scaler.mean_)
    return {"constant": constant, **dict(zip(names, map(float, slopes), strict=True))}


def _robust(X: Floats, y: Floats) -> Pipeline:
    if len(y) >= FEW_A_SLOPE * (X.shape[1] + 1):
        try:
            return make_pipeline(StandardScaler(), HuberRegressor(max_iter=500)).fit(X, y)
        except ValueError:  # Huber's search did not converge: plain ridge always does
            pass
    return make_pipeline(StandardScaler(), Ridge(alpha=0.1)).fit(X, y)


def _logs(rows: Rows, knowledge: Knowledge) -> tuple[Floats, list[str]]:
    """Logarithms of the figures known at this level, shape (n, k), with their names."""
    parts = [rows.sizes[:, i] for i in range(rows.sizes.shape[1])]
    names = list(rows.size_names)
    if knowledge != Knowledge.SIZE:
        parts.append(rows.log_throughput)
        names.append("throughput")
    if knowledge == Knowledge.DEVICE:
        parts.append(rows.log_idle)
        names.append("idle power")
    return np.column_stack(parts), names


def _middles(X: Floats) -> Floats:
    return np.array([np.nanmedian(c) if np.isfinite(c).any() else 0.0 for c in X.T])


def _filled(X: Floats, middle: Floats) -> Floats:
    return np.where(np.isnan(X), middle, X)


def _spread(residual: Floats) -> float:
    return max(float(np.sqrt(np.mean(residual**2))), 1e-6)
