"""Accuracy of a candidate: its outputs over the labelled workload against the labels.

All candidates of a run are resampled with the same sample indices (seeded by the plan), so their
loss draws are paired: what makes a sample hard for all of them cancels in a difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from advisor.bench.statistics import DRAWS
from advisor.candidates.answers import answers_from_outputs
from advisor.candidates.metrics import default_metric, metric_named, score
from advisor.candidates.resampling import bootstrap_indices, resampled_scores
from advisor.candidates.scoring import Answers
from advisor.candidates.workload import Task, Workload

LEAST_DRAWS = 200
"""Draws over very many samples, and of each group."""
_MANY = 200_000


class Score(NamedTuple):
    """A metric in points, with its bootstrap over samples."""

    metric: str
    value: float
    std: float
    samples: int
    loss_draws: tuple[float, ...]
    """Signed so that worse is larger: −points where higher is better, else points."""
    groups: dict[str, tuple[float, float]]


def metric_of(workload: Workload) -> str | None:
    """The metric a workload is scored by; None when it has no labels."""
    if workload.labels is None:
        return None
    return workload.metric or default_metric(workload.task or Task.CLASSIFICATION)


def score_outputs(workload: Workload, outputs: Sequence[Any], seed: int) -> Score | None:
    """Score a candidate's outputs; None without labels. Raises `UnusableDataError`."""
    metric = metric_of(workload)
    if metric is None or workload.labels is None:
        return None
    chosen, truth = metric_named(metric), workload.labels
    answers = answers_from_outputs(
        outputs, workload.task or Task.CLASSIFICATION, _classes_of(workload)
    )
    value = score(metric, truth, answers) * chosen.points_per_unit
    draws = _draws(metric, truth, answers, seed) * chosen.points_per_unit
    sign = -1.0 if chosen.higher_is_better else 1.0
    return Score(
        metric,
        value,
        float(np.nanstd(draws, ddof=1)),
        len(truth),
        tuple((sign * np.where(np.isnan(draws), value, draws)).tolist()),
        _by_group(workload, metric, answers, seed),
    )


def _classes_of(workload: Workload) -> NDArray[np.generic] | None:
    labels = workload.labels
    if labels is None or workload.task is Task.REGRESSION:
        return None
    return np.unique(labels)


def _draws(
    metric: str, truth: NDArray[np.generic], answers: Answers, seed: int
) -> NDArray[np.float64]:
    """`DRAWS` resampled scores; over very many samples fewer, repeated.

    How many is settled by the data, never by the clock: the draws of two candidates are pairs, and
    only as many of each are.
    """
    samples = len(truth)
    count = DRAWS if samples <= _MANY else LEAST_DRAWS
    parts = [
        resampled_scores(metric, truth, answers, bootstrap_indices(samples, 50, seed + part))
        for part in range(count // 50)
    ]
    return np.resize(np.concatenate(parts), DRAWS)


def _by_group(
    workload: Workload, metric: str, answers: Answers, seed: int
) -> dict[str, tuple[float, float]]:
    """Value and standard error in points for each protected group with a defined metric."""
    if workload.groups is None or workload.labels is None:
        return {}
    scale = metric_named(metric).points_per_unit
    found: dict[str, tuple[float, float]] = {}
    for group in np.unique(workload.groups):
        rows = np.flatnonzero(workload.groups == group)
        part = Answers(
            answers.labels[rows],
            None if answers.probabilities is None else answers.probabilities[rows],
            answers.classes,
        )
        try:
            value = score(metric, workload.labels[rows], part) * scale
        except ValueError:  # undefined in this group (one class only): unknown, not zero
            continue
        indices = bootstrap_indices(len(rows), LEAST_DRAWS, seed)
        draws = resampled_scores(metric, workload.labels[rows], part, indices) * scale
        found[str(group)] = (value, float(np.nanstd(draws, ddof=1)) if len(rows) > 1 else 0.0)
    return found
