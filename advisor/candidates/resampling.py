"""How much chance is in a score: bootstrap draws, paired between two models."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from advisor.candidates.metrics import check_answers, metric_named
from advisor.candidates.scoring import Answers, Array, ClassCounts, labels_alike, true_classes

_AT_ONCE = 4_000_000
"""Sample weights held at once while draws are scored together."""


def resampled_scores(
    metric: str, truth: Array, answers: Answers, indices: NDArray[np.integer]
) -> NDArray[np.float64]:
    """The metric's value for each row of `indices` [draws, N]: a bootstrap over samples.

    All draws are scored at once: means over samples by indexing, metrics of classes from counts,
    AUC and Gini from samples sorted once. A draw in which the metric is undefined (AUC without one
    of the classes) gives NaN.
    """
    chosen = metric_named(metric)
    check_answers(chosen, truth, answers)
    if chosen.per_sample is not None:
        pieces = np.asarray(chosen.per_sample(truth, answers), dtype=np.float64)
        return chosen.finish(pieces[indices].mean(axis=1))
    if chosen.from_counts is not None:
        return chosen.from_counts(_class_counts(truth, answers, indices))
    assert chosen.from_auc is not None  # every metric has one of the three ways
    owner, probabilities = true_classes(truth, answers)
    return chosen.from_auc(_resampled_auc(owner, probabilities, indices))


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


def _times_drawn(indices: NDArray[np.integer], samples: int) -> Iterator[NDArray[np.int64]]:
    """How often each sample was drawn [draws, N], a part of the draws at a time."""
    step = max(1, _AT_ONCE // samples)
    for part in (indices[n : n + step] for n in range(0, len(indices), step)):
        yield np.stack([np.bincount(rows, minlength=samples) for rows in part])


def _class_counts(truth: Array, answers: Answers, indices: NDArray[np.integer]) -> ClassCounts:
    true, given = labels_alike(truth, answers.labels)
    classes, codes = np.unique(np.concatenate([true, given]), return_inverse=True)
    is_true, is_given = (np.eye(len(classes))[part] for part in np.split(codes, 2))
    held = np.hstack([is_true * is_given, is_given, is_true])
    counts = np.concatenate([times @ held for times in _times_drawn(indices, len(truth))])
    return ClassCounts(*np.split(counts, 3, axis=1), known=np.any(is_true, axis=0))


def _resampled_auc(
    owner: NDArray[np.int64], probabilities: Array, indices: NDArray[np.integer]
) -> NDArray[np.float64]:
    """AUC for each draw; of more than two classes the mean over pairs of classes, both ways round.

    References: Mann & Whitney 1947 (doi:10.1214/aoms/1177730491); Hand & Till 2001
    (doi:10.1023/A:1010920819831), as `roc_auc_score(multi_class="ovo")`.
    """
    classes = probabilities.shape[1]
    if classes == 2:
        pairs = [(1, 0)]
    else:
        pairs = [(a, b) for a in range(classes) for b in range(classes) if a != b]
        total = probabilities.sum(axis=1, keepdims=True)
        probabilities = probabilities / np.where(total > 0, total, 1.0)
    found: list[NDArray[np.float64]] = []
    for times in _times_drawn(indices, len(owner)):
        summed = np.zeros(len(times))
        for a, b in pairs:
            rows = np.flatnonzero((owner == a) | (owner == b))
            summed += _weighted_auc(owner[rows] == a, probabilities[rows, a], times[:, rows])
        found.append(summed / len(pairs))
    return np.concatenate(found)


def _weighted_auc(
    positive: NDArray[np.bool_], scores: Array, times: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The share of pairs in the right order, ties counting half, for weights [draws, samples].

    A draw only weights the samples, so the scores are sorted once.
    """
    if not len(scores):
        return np.full(len(times), np.nan)
    order = np.argsort(scores, kind="stable")
    ties = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    positive, times = positive[order], times[:, order]
    above = np.add.reduceat(times * positive, ties, axis=1).astype(np.float64)
    below = np.add.reduceat(times * ~positive, ties, axis=1).astype(np.float64)
    pairs = above.sum(axis=1) * below.sum(axis=1)
    right = (above * (np.cumsum(below, axis=1) - below / 2)).sum(axis=1)
    return np.divide(right, pairs, out=np.full(len(times), np.nan), where=pairs > 0)
