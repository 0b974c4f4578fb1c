"""What every way of predicting offers, so that all are fitted, judged and shown alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from advisor.predict.encoding import Knowledge
from advisor.predict.rows import Floats, Names, Rows

Groups = Sequence[NDArray[np.intp]]
TINY = 1e-9


class Contender(Protocol):
    """A way to predict log energy per call.

    `fit` chooses everything, hyperparameters too, from the rows given. `refit` keeps the
    hyperparameters and learns from other rows. `predict` gives the log energy and its scale: the
    standard deviation the contender believes in, which the conformal interval then corrects.
    `left_out` predicts every row without its group, hyperparameters kept.
    """

    name: str
    rival: bool
    """True for the naive ways that a prediction has to beat."""

    @property
    def knowledge(self) -> Knowledge:
        """What a query must know."""
        ...

    def fit(self, rows: Rows) -> Contender:
        """Learn everything from rows."""
        ...

    def refit(self, rows: Rows) -> Contender:
        """Another contender with these hyperparameters, learnt from other rows."""
        ...

    def predict(self, rows: Rows) -> tuple[Floats, Floats]:
        """Log energy and its scale, shape (n,) each."""
        ...

    def left_out(self, rows: Rows, groups: Groups) -> tuple[Floats, Floats]:
        """Log energy and scale of every row in `groups`, learnt from the rows outside its group."""
        ...


def index_groups(names: Names) -> list[NDArray[np.intp]]:
    """Positions of every distinct name, in the order of the names."""
    levels, codes = np.unique(names.astype(str), return_inverse=True)
    return [np.flatnonzero(codes == i) for i in range(len(levels))]


def single_runs(count: int, most: int = 10) -> list[NDArray[np.intp]]:
    """Runs left out by themselves, in at most so many folds."""
    return merged_groups([np.array([i]) for i in range(count)], most)


def groups_or_runs(names: Names) -> Groups:
    """The groups of names, or single runs where all share one."""
    groups = index_groups(names)
    return groups if len(groups) > 1 else single_runs(len(names))


def group_names(rows: Rows, leave: str) -> Names:
    """Names of what is left out: “device” or “family”, the other where all rows share one."""
    first, second = (rows.device, rows.family) if leave == "device" else (rows.family, rows.device)
    return first if len(set(first)) > 1 else second


def sliced_groups(rows: Rows, slices: int) -> list[NDArray[np.intp]]:
    """Rows of one group cut across the direction in which their figures differ the most.

    Leaving a slice out asks for what lies beyond the rest, as a new group does; leaving single runs
    out asks only for what lies between. The direction is the first principal component of the
    standardised log sizes and throughput.
    """
    known = np.column_stack([rows.sizes, rows.log_throughput])
    known = known[:, np.isfinite(known).any(axis=0)]
    filled = np.where(np.isnan(known), np.nanmedian(known, axis=0), known) if known.size else known
    spread = filled.std(axis=0)
    differs = spread > TINY
    if not differs.any():
        return single_runs(len(rows), slices)
    standard = ((filled - filled.mean(axis=0)) / np.where(differs, spread, 1.0))[:, differs]
    along = standard @ np.linalg.svd(standard, full_matrices=False)[2][0]
    order = np.argsort(along, kind="stable")
    return [np.sort(part) for part in np.array_split(order, min(slices, len(rows)))]


def merged_groups(groups: Groups, most: int, seed: int = 0) -> list[NDArray[np.intp]]:
    """At most `most` folds of whole groups, balanced by rows."""
    if len(groups) <= most:
        return [np.asarray(g) for g in groups]
    order = np.random.default_rng(seed).permutation(len(groups))
    order = sorted(order, key=lambda i: -len(groups[i]))
    folds: list[list[NDArray[np.intp]]] = [[] for _ in range(most)]
    sizes = np.zeros(most)
    for i in order:
        at = int(np.argmin(sizes))
        folds[at].append(groups[i])
        sizes[at] += len(groups[i])
    return [np.sort(np.concatenate(f)) for f in folds]


def left_out_by_refitting(
    contender: Contender, rows: Rows, groups: Groups, most_folds: int
) -> tuple[Floats, Floats]:
    """`Contender.left_out` for those that know no shorter way."""
    mean, scale = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    everything = np.arange(len(rows))
    for fold in merged_groups(groups, most_folds):
        rest = np.setdiff1d(everything, fold)
        if not len(rest):
            continue
        mean[fold], scale[fold] = contender.refit(rows.take(rest)).predict(rows.take(fold))
    return mean, scale
