"""From the raw outputs of a model to the answers that metrics score.

What is taken, in this order, and said in `Chosen`:
1. a `ZipMap` output (list of dicts class → probability) gives probabilities and classes;
2. a float output of two axes whose rows sum to 1 gives probabilities;
3. a float output of two axes that does not is taken as logits: softmax (one column: the logistic
   function) for classification, values for regression;
4. an integer or text output of one axis gives labels; without one, labels are the class of the
   highest probability.
A float vector is a value for regression, and the probability (or logit) of the second class for a
binary task.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.candidates.scoring import Answers
from advisor.candidates.workload import Task, UnusableDataError
from advisor.sentences import sentence

Array = NDArray[Any]


def answers_from_outputs(
    outputs: Mapping[str, Any] | Sequence[Any],
    task: Task,
    classes: Array | None = None,
) -> Answers:
    """The answers in a model's outputs (arrays, samples on the first axis, or ZipMap lists).

    `classes` names the columns of the probabilities where the model does not (sorted labels of the
    data). Raises `UnusableDataError` when no output can be an answer.
    """
    values = list(outputs.values()) if isinstance(outputs, Mapping) else list(outputs)
    if task is Task.REGRESSION:
        return Answers(_values(values))
    labels: Array | None = None
    probabilities: Array | None = None
    for value in values:
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            classes = np.asarray(list(value[0]))
            probabilities = np.asarray([[row[c] for c in value[0]] for row in value], np.float64)
            continue
        array = np.asarray(value)
        if array.dtype.kind in "iubOUS":
            labels = array.reshape(len(array)) if labels is None and _one_each(array) else labels
        elif array.dtype.kind == "f" and probabilities is None and array.ndim >= 1:
            probabilities = _probabilities(array)
    if probabilities is not None and classes is not None:
        classes = classes if len(classes) == probabilities.shape[1] else None
    if labels is None:
        if probabilities is None:
            raise _nothing()
        best = np.argmax(probabilities, axis=1)
        return Answers(best if classes is None else classes[best], probabilities, classes)
    return Answers(labels, probabilities, classes)


def _one_each(array: Array) -> bool:
    return array.ndim == 1 or array.size == len(array)


def _probabilities(array: Array) -> Array:
    """Rows that sum to 1, as they are; logits through softmax; one column through the logistic."""
    wide = array.astype(np.float64)
    wide = wide.reshape(len(wide), -1)
    if wide.shape[1] == 1:
        one = wide[:, 0]
        share = one if np.all((one >= 0) & (one <= 1)) else 1.0 / (1.0 + np.exp(-one))
        return np.stack([1.0 - share, share], axis=1)
    if np.all(wide >= -1e-6) and np.allclose(wide.sum(axis=1), 1.0, atol=2e-2):
        return wide
    shifted = np.exp(wide - wide.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def _values(values: list[Any]) -> Array:
    for value in values:
        array = np.asarray(value) if not isinstance(value, list) else np.empty(0, object)
        if array.dtype.kind in "fiu" and array.size and _one_each(array):
            return array.reshape(len(array))
    raise _nothing()


def _nothing() -> UnusableDataError:
    return UnusableDataError(
        sentence(
            "No output of the model can be compared with the labels; it needs one label, one value "
            "or a row of probabilities for each sample."
        )
    )
