"""How much chance is in a score: bootstrap draws, paired between two models."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from advisor.candidates.metrics import (
    Answers,
    Array,
    Metric,
    check_answers,
    metric_named,
    true_classes,
)

_AT_ONCE = 4_000_000
"""Sample weights held at once while draws are scored together."""


def resampled_scores(
    metric: str, truth: Array, answers: Answers, indices: NDArray[np.integer]
) -> NDArray[np.float64]:
    """The metric's value for each row of `indices` [draws, N]: a bootstrap over samples.

    Metrics that are means over samples, and those of two classes that rest on the order of the
    scores (AUC, Gini), are computed for all draws at once; the others draw by draw. A draw in which
    the metric is undefined (AUC with one class only) gives NaN.
    """
    chosen = metric_named(metric)
    check_answers(chosen, truth, answers)
    if chosen.per_sample is not None:
        pieces = np.asarray(chosen.per_sample(truth, answers), dtype=np.float64)
        return chosen.finish(pieces[indices].mean(axis=1))
    if chosen.from_auc is not None and scored_together(metric, answers):
        owner, probabilities = true_classes(truth, answers)
        return chosen.from_auc(_resampled_auc(owner == 1, probabilities[:, 1], indices))
    return np.array([_one_draw(chosen, truth, answers, rows) for rows in indices])


def scored_together(metric: str, answers: Answers) -> bool:
    """Whether all draws of a metric are scored at once, which costs little."""
    chosen, given = metric_named(metric), answers.probabilities
    two = given is not None and given.ndim == 2 and given.shape[1] == 2
    return chosen.per_sample is not None or (chosen.from_auc is not None and two)


def paired_loss_draws(
    metric: str, truth: Array, parent: Answers, other: Answers, indices: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Loss in points for each bootstrap draw [draws], the same samples in both candidates."""
    chosen = metric_named(metric)
    sign = 1.0 if chosen.higher_is_better else -1.0
    before = resampled_scores(metric, truth, parent, indices)
    after = resampled_scores(metric, truth, other, indices)
    return sign * (before - after) * chosen.points_per_unit


def bootstrap_indices(samples: int, draws: int, seed: int) -> NDArray[np.int64]:
    """Sample indices with replacement [draws, samples]; the seed pairs candidates and runs."""
    return np.random.default_rng(seed).integers(0, samples, size=(draws, samples))


def _resampled_auc(
    positive: NDArray[np.bool_], scores: Array, indices: NDArray[np.integer]
) -> NDArray[np.float64]:
    """AUC of two classes for each draw: the share of pairs in the right order, ties counting half.

    A draw only weights the samples, so the scores are sorted once (Mann & Whitney 1947,
    doi:10.1214/aoms/1177730491).
    """
    samples, order = len(scores), np.argsort(scores, kind="stable")
    ties = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    positive = positive[order]
    found: list[NDArray[np.float64]] = []
    step = max(1, _AT_ONCE // samples)
    for part in (indices[n : n + step] for n in range(0, len(indices), step)):
        times = np.stack([np.bincount(rows, minlength=samples) for rows in part])[:, order]
        above = np.add.reduceat(times * positive, ties, axis=1).astype(np.float64)
        below = np.add.reduceat(times * ~positive, ties, axis=1).astype(np.float64)
        pairs = above.sum(axis=1) * below.sum(axis=1)
        right = (above * (np.cumsum(below, axis=1) - below / 2)).sum(axis=1)
        found.append(np.divide(right, pairs, out=np.full(len(part), np.nan), where=pairs > 0))
    return np.concatenate(found)


def _one_draw(chosen: Metric, truth: Array, answers: Answers, rows: NDArray[np.integer]) -> float:
    part = Answers(
        answers.labels[rows],
        None if answers.probabilities is None else answers.probabilities[rows],
        answers.classes,
    )
    try:
        return float(chosen.compute(truth[rows], part))
    except ValueError:
        return float("nan")
