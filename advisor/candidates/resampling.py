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
)


def resampled_scores(
    metric: str, truth: Array, answers: Answers, indices: NDArray[np.integer]
) -> NDArray[np.float64]:
    """The metric's value for each row of `indices` [draws, N]: a bootstrap over samples.

    Metrics that are means over samples are computed for all draws at once; the others draw by
    draw. A draw in which the metric is undefined (AUC with one class only) gives NaN.
    """
    chosen = metric_named(metric)
    check_answers(chosen, truth, answers)
    if chosen.per_sample is not None:
        pieces = np.asarray(chosen.per_sample(truth, answers), dtype=np.float64)
        return chosen.finish(pieces[indices].mean(axis=1))
    return np.array([_one_draw(chosen, truth, answers, rows) for rows in indices])


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
