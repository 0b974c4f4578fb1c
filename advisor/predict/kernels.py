"""The covariance of a hierarchical (mixed effects) Gaussian process, and its gradient.

A covariance is a sum of components; each is a constant, a linear or a squared-exponential kernel
over standardised features (one hyperparameter a block of features), multiplied by the masks “same
device”, “same family” or “devices whose names share words”. Constants and linear components under
a mask are the random intercepts and slopes of a mixed model; the squared exponential adds what is
smooth but not linear. All hyperparameters are logarithms of variances or length scales.

Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), chapters 2, 4 and 5;
Gelman and Hill (2007), chapter 12, for partial pooling.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from advisor.predict.encoding import Encoded
from advisor.predict.rows import Floats

CONSTANT_VARIANCE = 1.0
"""Prior variance of the overall level; vague beside the spread of log power about its mean."""


@dataclass(frozen=True)
class Component:
    """One term of the covariance; `start` is its variance where the search begins."""

    shape: str
    """`constant`, `linear` or `smooth`."""
    start: float
    masks: tuple[str, ...] = ()
    over: str = "workload"
    """`workload` or `everything`: the features it runs over."""


Masks = list[tuple[Floats | None, list[tuple[Component, int]]]]
"""Each mask with the components it multiplies and where their hyperparameters begin."""

SMOOTH_LENGTH = 2.0
SPREAD_VARIANCE, SPREAD_LENGTH = 2.0, 1.2
"""Standard deviations of the log hyperparameters' priors; they keep small tables from nonsense."""


class Covariance:
    """A sum of components for features of known shape."""

    def __init__(self, components: tuple[Component, ...], encoded: Encoded) -> None:
        self.components = components
        self.blocks = {
            "workload": encoded.workload_blocks.copy(),
            "everything": encoded.everything_blocks.copy(),
        }
        self.counts = {k: int(b.max(initial=-1)) + 1 for k, b in self.blocks.items()}
        start: list[float] = []
        spread: list[float] = []
        places: list[int] = []
        for c in components:
            k = self.counts[c.over]
            places.append(len(start))
            if c.shape == "constant":
                start += [c.start]
                spread += [SPREAD_VARIANCE]
            elif c.shape == "linear":
                start += [c.start] * k
                spread += [SPREAD_VARIANCE] * k
            else:
                start += [c.start] + [SMOOTH_LENGTH] * k
                spread += [SPREAD_VARIANCE] + [SPREAD_LENGTH] * k
        self.places = places
        self.start = np.log(np.array(start))
        self.spread = np.array(spread)

    def carried(self, theta: Floats, other: Covariance) -> Floats:
        """θ of this covariance for another one with the same components."""
        out = other.start.copy()
        here = there = 0
        for c in self.components:
            k, m = self.counts[c.over], other.counts[c.over]
            head = 0 if c.shape == "linear" else 1
            tail_here, tail_there = (0, 0) if c.shape == "constant" else (k, m)
            out[there : there + head] = theta[here : here + head]
            same = min(tail_here, tail_there)
            out[there + head : there + head + same] = theta[here + head : here + head + same]
            here += head + tail_here
            there += head + tail_there
        return out

    def masks(self, a: Encoded, b: Encoded) -> Masks:
        """The masks between two sets of rows; those that none of a shares with anybody are out."""
        made: dict[str, Floats] = {}

        def one(name: str) -> Floats:
            if name not in made:
                if name == "words":
                    made[name] = a.tokens @ b.tokens.T
                else:
                    left, right = a.codes[name][:, None], b.codes[name][None, :]
                    made[name] = ((left == right) & (left >= 0)).astype(a.everything.dtype)
            return made[name]

        out: Masks = []
        for names in dict.fromkeys(c.masks for c in self.components):
            if not any(self._strangers(name, a) for name in names):
                terms = [
                    (c, at)
                    for c, at in zip(self.components, self.places, strict=True)
                    if c.masks == names
                ]
                out.append((reduce(np.multiply, map(one, names)) if names else None, terms))
        return out

    def matrix(
        self,
        theta: Floats,
        a: Encoded,
        b: Encoded,
        masks: Masks | None = None,
        smooth: dict[int, Floats] | None = None,
    ) -> Floats:
        """Covariances between two sets of rows, shape (len(a), len(b)).

        A dictionary given as `smooth` receives the squared exponentials, which cost the most, for
        `gradient` at the same θ.
        """
        masks = self.masks(a, b) if masks is None else masks
        value = np.exp(theta).astype(a.everything.dtype)
        total = np.full((len(a), len(b)), CONSTANT_VARIANCE, dtype=a.everything.dtype)
        for mask, terms in masks:
            under = np.zeros_like(total) if mask is not None else total
            for c, at in terms:
                X, Y = getattr(a, c.over), getattr(b, c.over)
                blocks, k = self.blocks[c.over], self.counts[c.over]
                if c.shape == "constant":
                    under += value[at]
                elif c.shape == "linear":
                    under += (X * value[at : at + k][blocks]) @ Y.T
                else:
                    near = _smooth(X, Y, value[at + 1 : at + 1 + k][blocks])
                    under += value[at] * near
                    if smooth is not None:
                        smooth[at] = near
            if mask is not None:
                under *= mask
                total += under
        return total

    @staticmethod
    def _strangers(mask: str, a: Encoded) -> bool:
        """True when no row of a shares this mask with anybody: the component is nought."""
        return not (a.tokens.any() if mask == "words" else (a.codes[mask] >= 0).any())

    def diagonal(self, theta: Floats, a: Encoded) -> Floats:
        """Prior variances of the rows: every row has some device and some family."""
        value = np.exp(theta)
        out = np.full(len(a), CONSTANT_VARIANCE)
        at = 0
        for c in self.components:
            X = getattr(a, c.over)
            blocks, k = self.blocks[c.over], self.counts[c.over]
            if c.shape == "linear":
                out += (X * X) @ value[at : at + k][blocks]
                at += k
            else:
                out += value[at]
                at += 1 if c.shape == "constant" else 1 + k
        return out

    def gradient(
        self, theta: Floats, a: Encoded, W: Floats, masks: Masks, smooth: dict[int, Floats]
    ) -> Floats:
        """Σ W ∘ ∂K/∂θ for each θ, for a symmetric W of shape (len(a), len(a)).

        `smooth` is what `matrix` left there for this θ.
        """
        value = np.exp(theta)
        out = np.zeros_like(theta)
        for mask, terms in masks:
            M = W if mask is None else W * mask
            for c, at in terms:
                X = getattr(a, c.over)
                blocks, k = self.blocks[c.over], self.counts[c.over]
                if c.shape == "constant":
                    out[at] = value[at] * M.sum()
                elif c.shape == "linear":
                    each = np.einsum("ij,ij->j", X, M @ X)
                    out[at : at + k] = value[at : at + k] * _by_block(each, blocks, k)
                else:
                    R = smooth[at] * M
                    rows = R.sum(axis=1)
                    Z = X / value[at + 1 : at + 1 + k][blocks]
                    each = 2.0 * (rows @ (Z * Z) - np.einsum("ij,ij->j", Z, R @ Z))
                    out[at] = value[at] * rows.sum()
                    out[at + 1 : at + 1 + k] = value[at] * _by_block(each, blocks, k)
        return out


def _smooth(X: Floats, Y: Floats, length: Floats) -> Floats:
    A, B = X / length, Y / length
    near = A @ B.T
    near -= 0.5 * (A * A).sum(axis=1)[:, None]
    near -= 0.5 * (B * B).sum(axis=1)[None, :]
    np.minimum(near, 0.0, out=near)
    return np.exp(near, out=near)


def _by_block(values: Floats, blocks: NDArray[np.intp], count: int) -> Floats:
    return np.bincount(blocks, weights=values, minlength=count).astype(np.float64)
