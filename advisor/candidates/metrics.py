"""The quality of a candidate's answers on labelled data: score, direction, scale and loss.

Every metric is turned into *points* with `worse is positive`: for accuracy, balanced accuracy, F1,
AUC and Gini one point is 0.01 of the metric (a percentage point); for log loss one point is 0.01
nat; for RMSE and MAE one point is one unit of the target. So a *loss* of 1.0 point is always a
quality one point worse than the parent's, whatever the metric's direction.

Scores are those of scikit-learn (`sklearn.metrics`); Gini = 2·AUC − 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from advisor.candidates.rows import rows_without_number
from advisor.candidates.scoring import (
    Answers,
    Array,
    ClassCounts,
    auc,
    balanced,
    balanced_from_counts,
    correct,
    distances,
    f1,
    f1_from_counts,
    log_losses,
    squares,
)
from advisor.candidates.workload import Task, UnusableDataError
from advisor.sentences import sentence


@dataclass(frozen=True)
class Metric:
    """How answers are scored.

    `points_per_unit` converts the metric's own unit into points; `higher_is_better` gives the
    direction; `per_sample(truth, answers) -> [N]` exists where the metric is a mean over samples
    (RMSE: of squares), so that a bootstrap needs no rescoring.
    """

    name: str
    title: str
    tasks: tuple[Task, ...]
    higher_is_better: bool
    points_per_unit: float
    compute: Callable[[Array, Answers], float]
    per_sample: Callable[[Array, Answers], Array] | None = None
    finish: Callable[[Array], Array] = lambda mean: mean
    """From the mean of `per_sample` to the metric (the square root for RMSE)."""
    needs_probabilities: bool = False
    from_auc: Callable[[Array], Array] | None = None
    """From the AUC to the metric, where nothing else decides it."""
    from_counts: Callable[[ClassCounts], Array] | None = None
    """From counts by class to the metric, where nothing else decides it."""

    @property
    def unit(self) -> str:
        """Unit in which it is given: points for shares, the target's own unit otherwise."""
        return "point" if self.points_per_unit == 100.0 else "1"


def metric_named(name: str) -> Metric:
    """The metric of that name (`accuracy`, `rmse` …). Raises `UnusableDataError`."""
    found = METRICS.get(name.strip().lower().replace("-", "_").replace(" ", "_"))
    if found is None:
        raise UnusableDataError(
            sentence(
                "“{name}” is not a metric this program knows; use one of {known}.",
                name=name,
                known=", ".join(METRICS),
            )
        )
    return found


def default_metric(task: Task) -> str:
    """The metric proposed for a task: AUC for two classes, accuracy for more, RMSE for values."""
    return {Task.BINARY: "auc", Task.CLASSIFICATION: "accuracy", Task.REGRESSION: "rmse"}[task]


def score(metric: str, truth: Array, answers: Answers) -> float:
    """The metric's value in its own unit (0 to 1 for accuracy). Raises `UnusableDataError`."""
    chosen = metric_named(metric)
    check_answers(chosen, truth, answers)
    return float(chosen.compute(truth, answers))


def points(metric: str, value: float) -> float:
    """A metric's value in points (accuracy 0.97 → 97 points)."""
    return value * metric_named(metric).points_per_unit


def loss_points(metric: str, parent: float, value: float) -> float:
    """Points lost against the parent's score; positive is worse, whatever the direction."""
    chosen = metric_named(metric)
    sign = 1.0 if chosen.higher_is_better else -1.0
    return sign * (parent - value) * chosen.points_per_unit


def perfect(metric: str, value_points: float) -> bool:
    """Whether a score in points is the best there can be, as on rows that trained the model."""
    chosen = metric_named(metric)
    return value_points >= chosen.points_per_unit if chosen.higher_is_better else value_points <= 0


def check_answers(chosen: Metric, truth: Array, answers: Answers) -> None:
    """Raises `UnusableDataError` for answers that a metric cannot score."""
    if len(truth) != len(answers.labels):
        raise UnusableDataError(
            sentence(
                "There are {labels} labels and {answers} answers; they must be as many.",
                labels=len(truth),
                answers=len(answers.labels),
            )
        )
    if chosen.needs_probabilities and answers.probabilities is None:
        raise UnusableDataError(
            sentence(
                "{metric} needs probabilities and this model gives labels only; choose accuracy, "
                "balanced accuracy or F1, or export the model with its probabilities.",
                metric=chosen.title,
            )
        )
    given = answers.probabilities if chosen.needs_probabilities else answers.labels
    blank = rows_without_number(np.asarray(given))
    if blank:
        raise UnusableDataError(
            sentence(
                "The model answers {n} of {samples} samples with no number (NaN), as models do "
                "where cells of the data are empty; fill these cells or leave the rows out.",
                n=blank,
                samples=len(truth),
            )
        )


_CLASSES = (Task.CLASSIFICATION, Task.BINARY)
METRICS: Mapping[str, Metric] = {
    m.name: m
    for m in (
        Metric(
            "accuracy",
            "Accuracy",
            _CLASSES,
            True,
            100.0,
            lambda t, a: float(correct(t, a).mean()),
            correct,
        ),
        Metric(
            "balanced_accuracy",
            "Balanced accuracy",
            _CLASSES,
            True,
            100.0,
            balanced,
            from_counts=balanced_from_counts,
        ),
        Metric("f1", "F1", _CLASSES, True, 100.0, f1, from_counts=f1_from_counts),
        Metric(
            "auc",
            "AUC",
            _CLASSES,
            True,
            100.0,
            auc,
            needs_probabilities=True,
            from_auc=lambda auc: auc,
        ),
        Metric(
            "gini",
            "Gini",
            _CLASSES,
            True,
            100.0,
            lambda t, a: 2.0 * auc(t, a) - 1.0,
            needs_probabilities=True,
            from_auc=lambda auc: 2.0 * auc - 1.0,
        ),
        Metric(
            "log_loss",
            "Log loss",
            _CLASSES,
            False,
            100.0,
            lambda t, a: float(log_losses(t, a).mean()),
            log_losses,
            needs_probabilities=True,
        ),
        Metric(
            "rmse",
            "RMSE",
            (Task.REGRESSION,),
            False,
            1.0,
            lambda t, a: float(np.sqrt(squares(t, a).mean())),
            squares,
            finish=np.sqrt,
        ),
        Metric(
            "mae",
            "MAE",
            (Task.REGRESSION,),
            False,
            1.0,
            lambda t, a: float(distances(t, a).mean()),
            distances,
        ),
    )
}
"""Every metric by its name."""
