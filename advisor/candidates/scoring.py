"""How answers are held against the truth: labels made comparable, and each metric's arithmetic.

Scores are those of scikit-learn (`sklearn.metrics`); metrics of classes also from counts, so that
a bootstrap scores all its draws at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from advisor.candidates.workload import UnusableDataError
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


class ClassCounts(NamedTuple):
    """Samples by class, each [draws, classes]: rightly answered, answered, and truly of it."""

    right: Array
    given: Array
    true: Array
    known: Array
    """Whether the class is among the labels of the data [classes]."""


def correct(truth: Array, answers: Answers) -> Array:
    """1 where the answer is the truth, else 0 [N]."""
    return (_as_text_if_mixed(truth, answers.labels) == _like(truth, answers.labels)).astype(float)


def _like(truth: Array, labels: Array) -> Array:
    """Labels in the kind of the truth: a model may answer 0.0 where the truth says 0."""
    if truth.dtype.kind in "OUS" or labels.dtype.kind in "OUS":
        return np.asarray([_text(v) for v in labels])
    return labels


def labels_alike(truth: Array, labels: Array) -> tuple[Array, Array]:
    """Truth and answers as values that can be compared."""
    return _as_text_if_mixed(truth, labels), _like(truth, labels)


def balanced_from_counts(counts: ClassCounts) -> Array:
    """Mean over the classes that occur of the share rightly answered."""
    return np.nanmean(_ratio(counts.right, counts.true), axis=1)


def f1_from_counts(counts: ClassCounts) -> Array:
    """F1 of the larger label of two, macro average over the classes that occur for more."""
    each = _ratio(2.0 * counts.right, counts.given + counts.true)
    known = np.flatnonzero(counts.known)
    return np.nan_to_num(each[:, known[-1]]) if len(known) <= 2 else np.nanmean(each, axis=1)


def _ratio(part: Array, whole: Array) -> Array:
    """Part ÷ whole; NaN where there is no whole."""
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)


def _as_text_if_mixed(truth: Array, labels: Array) -> Array:
    if truth.dtype.kind in "OUS" or labels.dtype.kind in "OUS":
        return np.asarray([_text(v) for v in truth])
    return truth


def _text(value: object) -> str:
    number = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if number else str(value)  # pyright: ignore[reportArgumentType]


def balanced(truth: Array, answers: Answers) -> float:
    """Mean over the true classes of the share rightly answered."""
    right = correct(truth, answers)
    _, owner = np.unique(_as_text_if_mixed(truth, answers.labels), return_inverse=True)
    return float(np.mean(np.bincount(owner, right) / np.bincount(owner)))


def f1(truth: Array, answers: Answers) -> float:
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


def auc(truth: Array, answers: Answers) -> float:
    """Area under the ROC curve; more than two classes: one against one, macro (Hand & Till)."""
    from sklearn.metrics import roc_auc_score

    owner, probabilities = true_classes(truth, answers)
    if probabilities.shape[1] == 2:
        return float(roc_auc_score(owner, probabilities[:, 1]))
    total = probabilities.sum(axis=1, keepdims=True)
    shares = probabilities / np.where(total > 0, total, 1.0)
    labels = np.arange(probabilities.shape[1])
    return float(roc_auc_score(owner, shares, multi_class="ovo", labels=labels))


def log_losses(truth: Array, answers: Answers) -> Array:
    """−log of the probability given to the true class, clipped at float32's epsilon."""
    owner, probabilities = true_classes(truth, answers)
    total = probabilities.sum(axis=1)
    given = probabilities[np.arange(len(owner)), owner] / np.where(total > 0, total, 1.0)
    return -np.log(np.clip(given, np.finfo(np.float32).eps, 1.0))


def squares(truth: Array, answers: Answers) -> Array:
    """Squared errors [N]."""
    return (truth.astype(np.float64) - answers.labels.astype(np.float64)) ** 2


def distances(truth: Array, answers: Answers) -> Array:
    """Absolute errors [N]."""
    return np.abs(truth.astype(np.float64) - answers.labels.astype(np.float64))
