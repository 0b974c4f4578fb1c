"""Gaussian process regression with leave-group-out predictions in closed form.

Hyperparameters maximise the marginal likelihood plus a log-normal prior, on at most `search_rows`
rows; conditioning uses at most `most_rows` rows (a stratified draw beyond that). Predictions of a
group from all others need no refit: with A = (K + σ²I)⁻¹ and a = A y, the residuals of group g are
(A_gg)⁻¹ a_g and their covariance is (A_gg)⁻¹ (Rasmussen and Williams 2006, section 5.4.2, for
groups: Roberts et al. 2017 give the reason to leave groups out).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.linalg.lapack import dpotri
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from advisor.predict.encoding import Encoded
from advisor.predict.kernels import SPREAD_VARIANCE, Component, Covariance
from advisor.predict.rows import Floats

JITTER = 1e-7
START_NOISE = 1e-3
BOUNDS = (-12.0, 5.0)
BULK, CHUNK, LANDMARKS = 20_000, 2048, 500
_RECOMPUTED = ("_landmarks", "_inverse")
"""What a file leaves out: it costs a second to compute and megabytes to keep."""


@dataclass(frozen=True)
class Hyperparameters:
    """Logarithms: one a component's variance or length scale, and the noise variance last."""

    theta: Floats
    covariance: Covariance

    @property
    def noise(self) -> float:
        """Variance of one run about its own level, in squared log units."""
        return float(np.exp(self.theta[-1]))

    def for_rows(self, rows: Encoded) -> Hyperparameters:
        """The same values over features whose levels differ (other rows, other categories).

        Blocks are numbered in the same order; one that the search did not know keeps its start.
        """
        other = Covariance(self.covariance.components, rows)
        theta = np.append(self.covariance.carried(self.theta[:-1], other), self.theta[-1])
        return Hyperparameters(theta, other)

    def matrix(self, rows: Encoded) -> Floats:
        """Covariance of observations of these rows."""
        K = self.covariance.matrix(self.theta[:-1], rows, rows)
        K[np.diag_indices(len(rows))] += self.noise + JITTER
        return K


def search(
    components: tuple[Component, ...],
    rows: Encoded,
    y: Floats,
    *,
    search_rows: int = 600,
    iterations: int = 60,
    seed: int = 0,
) -> Hyperparameters:
    """Hyperparameters for centred targets y (n,), by L-BFGS from the components' starts."""
    if len(rows) > search_rows:
        index = balanced_draw(rows, search_rows, seed)
        rows, y = rows.take(index), y[index]
    covariance = Covariance(components, rows)
    masks = covariance.masks(rows, rows)
    start = np.append(covariance.start, np.log(START_NOISE))
    spread = np.append(covariance.spread, SPREAD_VARIANCE)

    def objective(theta: Floats) -> tuple[float, Floats]:
        smooth: dict[int, Floats] = {}
        K = covariance.matrix(theta[:-1], rows, rows, masks, smooth)
        noise = np.exp(theta[-1])
        K[np.diag_indices(len(y))] += noise + JITTER
        try:
            factor, _ = cho_factor(K, lower=True)
        except np.linalg.LinAlgError:
            return 1e12, np.zeros_like(theta)
        a = cho_solve((factor, True), y)
        inverse, _ = dpotri(factor, lower=1)
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        W = np.outer(a, a) - inverse
        gradient = np.append(
            covariance.gradient(theta[:-1], rows, W, masks, smooth), noise * float(np.trace(W))
        )
        far = (theta - start) / spread
        value = 0.5 * float(y @ a) + float(np.log(np.diag(factor)).sum()) + 0.5 * float(far @ far)
        return value, -0.5 * gradient + far / spread

    found = minimize(
        objective,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[BOUNDS] * len(start),
        options={"maxiter": iterations},
    )
    return Hyperparameters(np.asarray(found.x, dtype=float), covariance)


def balanced_draw(rows: Encoded, most: int, seed: int) -> NDArray[np.intp]:
    """`most` rows, those of rarely measured devices and families more likely than others."""
    chance = np.ones(len(rows))
    for codes in rows.codes.values():
        _, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
        chance /= np.sqrt(counts[inverse])
    chance /= chance.sum()
    drawn = np.random.default_rng(seed).choice(len(rows), most, replace=False, p=chance)
    return np.sort(drawn)


def left_out(
    parameters: Hyperparameters, rows: Encoded, y: Floats, groups: Sequence[NDArray[np.intp]]
) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each row, predicted from all rows outside its group.

    `groups` are index arrays that do not overlap; rows of no group get NaN.
    """
    return left_out_from(inverse_of(parameters.matrix(rows)), y, groups)


def left_out_from(
    A: Floats, y: Floats, groups: Sequence[NDArray[np.intp]]
) -> tuple[Floats, Floats]:
    """`left_out` for a known inverse A of the observations' covariance, shape (n, n)."""
    a = A @ y
    mean, deviation = np.full(len(y), np.nan), np.full(len(y), np.nan)
    for index in groups:
        C = np.linalg.inv(A[np.ix_(index, index)])
        mean[index] = y[index] - C @ a[index]
        deviation[index] = np.sqrt(np.maximum(np.diag(C), 0.0))
    return mean, deviation


def inverse_of(K: Floats) -> Floats:
    """Inverse of a covariance. Raises `LinAlgError` when it is not positive definite."""
    return _inverse_from(_factor(K))


def _factor(K: Floats) -> Floats:
    return np.asarray(np.linalg.cholesky(K), dtype=np.float64)


def _inverse_from(factor: Floats) -> Floats:
    inverse, _ = dpotri(factor, lower=1)
    lower = np.tril(inverse)
    return lower + np.tril(inverse, -1).T


class Conditioned:
    """A Gaussian process given its training rows.

    As a file its factor is the lower triangle in single precision: an eighth of the size, and
    intervals that agree to four digits. What needs an exact factor then computes it anew.
    """

    def __init__(self, parameters: Hyperparameters, rows: Encoded, y: Floats) -> None:
        self.parameters, self.rows, self.y = parameters, rows, y
        self.factor = _factor(parameters.matrix(rows))
        self.weights = cho_solve((self.factor, True), y)
        self.exact = True

    def __getstate__(self) -> dict[str, Any]:
        state = {k: v for k, v in self.__dict__.items() if k not in _RECOMPUTED}
        lower = np.tril_indices(len(self.factor))
        return {**state, "factor": self.factor[lower].astype(np.float32), "exact": False}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        packed = self.factor
        n = len(self.rows)
        self.factor = np.zeros((n, n))
        self.factor[np.tril_indices(n)] = packed

    def learnt_from(self, rows: Encoded, y: Floats) -> bool:
        """Whether these are the training rows."""
        return (
            len(rows) == len(self.rows)
            and np.array_equal(y, self.y)
            and np.array_equal(rows.everything, self.rows.everything)
            and np.array_equal(rows.tokens, self.rows.tokens)
            and all(np.array_equal(rows.codes[k], self.rows.codes[k]) for k in rows.codes)
        )

    def left_out(self, groups: Sequence[NDArray[np.intp]]) -> tuple[Floats, Floats]:
        """The training rows, each predicted without its group; see `left_out`."""
        return left_out_from(self._inverse, self.y, groups)

    @cached_property
    def _inverse(self) -> Floats:
        if self.exact:
            return _inverse_from(self.factor)
        return inverse_of(self.parameters.matrix(self.rows))

    def covariance(self, rows: Encoded) -> Floats:
        """Posterior covariance of new levels (noise left out), shape (n, n)."""
        covariance, theta = self.parameters.covariance, self.parameters.theta[:-1]
        explained = solve_triangular(
            self.factor, covariance.matrix(theta, rows, self.rows).T, lower=True
        )
        prior = covariance.matrix(theta, rows, rows)
        # Rows of unknown devices or families vary by themselves: their own variance is full.
        prior[np.diag_indices(len(rows))] = covariance.diagonal(theta, rows)
        return prior - explained.T @ explained

    def weights_of_runs(self, rows: Encoded) -> Floats:
        """K* (K + σ²I)⁻¹: what one log unit of each training run moves each prediction."""
        covariance, theta = self.parameters.covariance, self.parameters.theta[:-1]
        return cho_solve((self.factor, True), covariance.matrix(theta, rows, self.rows).T).T

    def predict(self, rows: Encoded) -> tuple[Floats, Floats]:
        """Mean and standard deviation (noise included) of new observations, shape (n,) each.

        Beyond `BULK` rows: over `LANDMARKS` training rows, in single precision, with two threads.
        """
        if len(rows) > BULK:
            return self._predict_in_bulk(rows)
        covariance, theta = self.parameters.covariance, self.parameters.theta[:-1]
        cross = covariance.matrix(theta, rows, self.rows)
        explained = solve_triangular(self.factor, cross.T, lower=True)
        variance = covariance.diagonal(theta, rows) - (explained * explained).sum(axis=0)
        return cross @ self.weights, self._deviation(variance)

    def _predict_in_bulk(self, rows: Encoded) -> tuple[Floats, Floats]:
        covariance, theta = self.parameters.covariance, self.parameters.theta[:-1]
        landmarks, weights, directions = self._landmarks
        mine, theirs = landmarks.single(), rows.single()
        mean, reduced = np.empty(len(rows)), np.empty(len(rows))

        def part(start: int) -> None:
            index = np.arange(start, min(start + CHUNK, len(rows)))
            cross = covariance.matrix(theta, theirs.take(index), mine)
            mean[index] = cross @ weights
            explained = cross @ directions
            reduced[index] = (explained * explained).sum(axis=1)

        with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(2) as pool:
            list(pool.map(part, range(0, len(rows), CHUNK)))
        return mean, self._deviation(covariance.diagonal(theta, rows) - reduced)

    @cached_property
    def _landmarks(self) -> tuple[Encoded, NDArray[np.float32], NDArray[np.float32]]:
        """Training rows that carry the rest, their weights, and the variance they explain.

        Deterministic training conditionals over rows chosen by pivoted Cholesky (Quiñonero-Candela
        and Rasmussen 2005; Fine and Scheinberg 2001).
        """
        noise = self.parameters.noise + JITTER
        K = self.parameters.covariance.matrix(self.parameters.theta[:-1], self.rows, self.rows)
        index = _pivots(K, min(LANDMARKS, len(K)))
        inner = K[np.ix_(index, index)]
        inner[np.diag_indices(len(index))] += 1e-6
        cross = K[index]
        both = noise * inner + cross @ cross.T
        weights = np.linalg.solve(both, cross @ self.y)
        explained = np.linalg.inv(inner) - noise * np.linalg.inv(both)
        values, vectors = np.linalg.eigh(0.5 * (explained + explained.T))
        directions = vectors * np.sqrt(np.maximum(values, 0.0))
        return self.rows.take(index), weights.astype(np.float32), directions.astype(np.float32)

    def _deviation(self, variance: Floats) -> Floats:
        return np.sqrt(np.maximum(variance, 0.0) + self.parameters.noise)


def _pivots(K: Floats, most: int) -> NDArray[np.intp]:
    """Rows by pivoted Cholesky: each the one that the earlier ones explain least."""
    left = np.diag(K).copy()
    found: list[int] = []
    L = np.zeros((most, len(K)))
    for step in range(most):
        at = int(np.argmax(left))
        if left[at] <= 1e-10:
            break
        row = (K[at] - L[:step, at] @ L[:step]) / np.sqrt(left[at])
        L[step] = row
        left = np.maximum(left - row * row, 0.0)
        left[at] = 0.0
        found.append(at)
    return np.array(found, dtype=np.intp)
