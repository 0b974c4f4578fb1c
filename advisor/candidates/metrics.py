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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.candidates.rows import rows_without_number
from advisor.candidates.workload import Task, UnusableDataError
from advisor.sentences import sentence

Array = NDArray[Any]


@dataclass(frozen=True)
class Answers:
    """What a model answered for each sample, in the forms that metrics ask for.

    `labels` [N]: the class or value answered. `probabilities` [N, classes]: None where the model
    gives none. `classes` [classes]: the label that each column of `probabilities` stands for.
    """

    labels: Array
    probabilities: Array | None = None
    classes: Array | None = None


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


# -- the metrics -----------------------------------------------------------------------------------


def _correct(truth: Array, answers: Answers) -> Array:
    return (_as_text_if_mixed(truth, answers.labels) == _like(truth, answers.labels)).astype(float)


def _like(truth: Array, labels: Array) -> Array:
    """Labels in the kind of the truth: a model may answer 0.0 where the truth says 0."""
    if truth.dtype.kind in "OUS" or labels.dtype.kind in "OUS":
        return np.asarray([_text(v) for v in labels])
    return labels


def _as_text_if_mixed(truth: Array, labels: Array) -> Array:
    if truth.dtype.kind in "OUS" or labels.dtype.kind in "OUS":
        return np.asarray([_text(v) for v in truth])
    return truth


def _text(value: object) -> str:
    number = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if number else str(value)  # pyright: ignore[reportArgumentType]


def _balanced(truth: Array, answers: Answers) -> float:
    right = _correct(truth, answers)
    _, owner = np.unique(_as_text_if_mixed(truth, answers.labels), return_inverse=True)
    return float(np.mean(np.bincount(owner, right) / np.bincount(owner)))


def _f1(truth: Array, answers: Answers) -> float:
    """F1 of the positive class for two classes (the larger label), macro average for more."""
    from sklearn.metrics import f1_score  # half a second to import: only when it is asked for

    known, given = _as_text_if_mixed(truth, answers.labels), _like(truth, answers.labels)
    classes = np.unique(known)
    if len(classes) <= 2:
        return float(f1_score(known, given, pos_label=classes[-1], average="binary"))  # pyright: ignore[reportArgumentType]
    return float(f1_score(known, given, average="macro"))


def true_classes(truth: Array, answers: Answers) -> tuple[Array, Array]:
    """Position of each true class among the probability columns, and the probabilities."""
    assert answers.probabilities is not None
    probabilities = np.asarray(answers.probabilities, dtype=np.float64)
    classes = answers.classes
    if classes is None:
        classes = np.arange(probabilities.shape[1])
    position = {_text(c): n for n, c in enumerate(classes)}
    try:
        return np.array([position[_text(v)] for v in truth], dtype=np.int64), probabilities
    except KeyError as error:
        raise UnusableDataError(
            sentence(
                "The label {label} is not among the classes of the model ({classes}); check the "
                "label column.",
                label=str(error.args[0]),
                classes=", ".join(list(position)[:8]),
            )
        ) from error


def _auc(truth: Array, answers: Answers) -> float:
    """Area under the ROC curve; more than two classes: one against one, macro (Hand & Till)."""
    from sklearn.metrics import roc_auc_score

    owner, probabilities = true_classes(truth, answers)
    if probabilities.shape[1] == 2:
        return float(roc_auc_score(owner, probabilities[:, 1]))
    total = probabilities.sum(axis=1, keepdims=True)
    shares = probabilities / np.where(total > 0, total, 1.0)
    labels = np.arange(probabilities.shape[1])
    return float(roc_auc_score(owner, shares, multi_class="ovo", labels=labels))


def _log_losses(truth: Array, answers: Answers) -> Array:
    """−log of the probability given to the true class, clipped at float32's epsilon."""
    owner, probabilities = true_classes(truth, answers)
    total = probabilities.sum(axis=1)
    given = probabilities[np.arange(len(owner)), owner] / np.where(total > 0, total, 1.0)
    return -np.log(np.clip(given, np.finfo(np.float32).eps, 1.0))


def _squares(truth: Array, answers: Answers) -> Array:
    return (truth.astype(np.float64) - answers.labels.astype(np.float64)) ** 2


def _distances(truth: Array, answers: Answers) -> Array:
    return np.abs(truth.astype(np.float64) - answers.labels.astype(np.float64))


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
            lambda t, a: float(_correct(t, a).mean()),
            _correct,
        ),
        Metric("balanced_accuracy", "Balanced accuracy", _CLASSES, True, 100.0, _balanced),
        Metric("f1", "F1", _CLASSES, True, 100.0, _f1),
        Metric(
            "auc",
            "AUC",
            _CLASSES,
            True,
            100.0,
            _auc,
            needs_probabilities=True,
            from_auc=lambda auc: auc,
        ),
        Metric(
            "gini",
            "Gini",
            _CLASSES,
            True,
            100.0,
            lambda t, a: 2.0 * _auc(t, a) - 1.0,
            needs_probabilities=True,
            from_auc=lambda auc: 2.0 * auc - 1.0,
        ),
        Metric(
            "log_loss",
            "Log loss",
            _CLASSES,
            False,
            100.0,
            lambda t, a: float(_log_losses(t, a).mean()),
            _log_losses,
            needs_probabilities=True,
        ),
        Metric(
            "rmse",
            "RMSE",
            (Task.REGRESSION,),
            False,
            1.0,
            lambda t, a: float(np.sqrt(_squares(t, a).mean())),
            _squares,
            finish=np.sqrt,
        ),
        Metric(
            "mae",
            "MAE",
            (Task.REGRESSION,),
            False,
            1.0,
            lambda t, a: float(_distances(t, a).mean()),
            _distances,
        ),
    )
}
"""Every metric by its name."""
