"""Hyperparameters that predict whole groups well, rather than the rows between known neighbours.

The marginal likelihood rewards interpolation within the families at hand. What is asked for is the
next family or device, so this search maximises the log predictive density of every row given all
rows outside its group, Σ log N(y_i | left-out mean, left-out variance), in closed form, with its
exact gradient, starting from the marginal likelihood's answer.

With A = (K + σ²I)⁻¹, a = A y and, for each group g, C = (A_gg)⁻¹: residual r = C a_g, variance
c = diag C. Writing u = r/c, v = ½(u² − 1/c), w = C u, and N = sym(r wᵀ) − C diag(v) C on the block
diagonal, ∂L = Σ ∂K ∘ (sym(A w aᵀ) − A N A). Sundararajan and Keerthi 2001 give the same for
single rows (GPP); Rasmussen and Williams 2006, section 5.4.2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from advisor.predict.contender import Groups
from advisor.predict.encoding import Encoded
from advisor.predict.gaussian_process import (
    BOUNDS,
    JITTER,
    START_NOISE,
    Hyperparameters,
    balanced_draw,
    inverse_of,
)
from advisor.predict.kernels import SPREAD_VARIANCE
from advisor.predict.rows import Floats


def search_left_out(
    start: Hyperparameters,
    rows: Encoded,
    y: Floats,
    groups: Groups,
    *,
    search_rows: int = 700,
    iterations: int = 30,
    seed: int = 0,
) -> Hyperparameters:
    """Hyperparameters by left-out predictive density, for centred targets y (n,)."""
    rows, y, groups = _drawn(rows, y, groups, search_rows, seed)
    covariance = start.covariance
    masks = covariance.masks(rows, rows)
    middle = np.append(covariance.start, np.log(START_NOISE))
    spread = np.append(covariance.spread, SPREAD_VARIANCE)

    def objective(theta: Floats) -> tuple[float, Floats]:
        smooth: dict[int, Floats] = {}
        K = covariance.matrix(theta[:-1], rows, rows, masks, smooth)
        noise = np.exp(theta[-1])
        K[np.diag_indices(len(y))] += noise + JITTER
        try:
            density, W = _density(K, y, groups)
        except np.linalg.LinAlgError:
            return 1e12, np.zeros_like(theta)
        gradient = np.append(
            covariance.gradient(theta[:-1], rows, W, masks, smooth), noise * float(np.trace(W))
        )
        far = (theta - middle) / spread
        return 0.5 * float(far @ far) - density, far / spread - gradient

    found = minimize(
        objective,
        start.theta,
        jac=True,
        method="L-BFGS-B",
        bounds=[BOUNDS] * len(middle),
        options={"maxiter": iterations},
    )
    return Hyperparameters(np.asarray(found.x, dtype=float), covariance)


def _density(K: Floats, y: Floats, groups: Groups) -> tuple[float, Floats]:
    """Left-out log predictive density and W with ∂L = Σ W ∘ ∂K."""
    A = inverse_of(K)
    a = A @ y
    density = 0.0
    AN = np.zeros_like(A)
    w = np.zeros_like(y)
    for index in groups:
        C = np.linalg.inv(A[np.ix_(index, index)])
        r = C @ a[index]
        c = np.diag(C)
        if (c <= 0).any():
            raise np.linalg.LinAlgError("a left-out variance is not positive")
        u = r / c
        v = 0.5 * (u * u - 1.0 / c)
        density -= float((0.5 * r * r / c + 0.5 * np.log(c)).sum())
        w[index] = C @ u
        rw = np.outer(r, w[index])
        AN[:, index] = A[:, index] @ (0.5 * (rw + rw.T) - (C * v) @ C)
    S = np.outer(A @ w, a)
    W = 0.5 * (S + S.T) - AN @ A
    return density, 0.5 * (W + W.T)


def _drawn(
    rows: Encoded, y: Floats, groups: Groups, most: int, seed: int
) -> tuple[Encoded, Floats, list[NDArray[np.intp]]]:
    if len(rows) <= most:
        return rows, y, [np.asarray(g) for g in groups]
    index = balanced_draw(rows, most, seed)
    place = np.full(len(rows), -1, dtype=np.intp)
    place[index] = np.arange(most)
    smaller = [place[g][place[g] >= 0] for g in groups]
    return rows.take(index), y[index], [g for g in smaller if len(g)]
