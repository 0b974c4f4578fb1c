"""Scores against scikit-learn, direction and scale, and the guard's paired test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from advisor.candidates import (
    METRICS,
    Answers,
    Task,
    UnusableDataError,
    Workload,
    answers_from_outputs,
    bootstrap_indices,
    loss_points,
    paired_loss_draws,
    resampled_scores,
    score,
)
from advisor.candidates.guard import Limits, guard

RNG = np.random.default_rng(0)
TRUTH = RNG.integers(0, 3, 300)
RAW = RNG.dirichlet(np.ones(3), 300) + np.eye(3)[TRUTH] * 0.4
SHARES = RAW / RAW.sum(axis=1, keepdims=True)
ANSWERS = Answers(SHARES.argmax(axis=1), SHARES)


def test_scores_are_those_of_scikit_learn() -> None:
    assert score("accuracy", TRUTH, ANSWERS) == sk.accuracy_score(TRUTH, ANSWERS.labels)
    assert score("balanced_accuracy", TRUTH, ANSWERS) == pytest.approx(
        sk.balanced_accuracy_score(TRUTH, ANSWERS.labels)
    )
    assert score("log_loss", TRUTH, ANSWERS) == pytest.approx(sk.log_loss(TRUTH, SHARES))
    assert score("f1", TRUTH, ANSWERS) == sk.f1_score(TRUTH, ANSWERS.labels, average="macro")
    auc = sk.roc_auc_score(TRUTH, SHARES, multi_class="ovo")
    assert score("auc", TRUTH, ANSWERS) == pytest.approx(auc)
    assert score("gini", TRUTH, ANSWERS) == pytest.approx(2 * auc - 1)
    values = Answers(TRUTH + RNG.normal(size=300))
    assert score("rmse", TRUTH, values) == pytest.approx(
        sk.root_mean_squared_error(TRUTH, values.labels)
    )
    assert score("mae", TRUTH, values) == pytest.approx(
        sk.mean_absolute_error(TRUTH, values.labels)
    )


@given(st.sampled_from(sorted(METRICS)), st.floats(0, 1), st.floats(0, 1))
def test_worse_is_positive(metric: str, parent: float, value: float) -> None:
    loss = loss_points(metric, parent, value)
    worse = value < parent if METRICS[metric].higher_is_better else value > parent
    assert (loss > 0) == (worse and loss != 0)
    assert loss_points(metric, value, parent) == -loss


@pytest.mark.parametrize("metric", ["accuracy", "log_loss", "auc", "f1", "balanced_accuracy"])
def test_resampling_the_whole_sample_gives_the_score(metric: str) -> None:
    once = np.arange(300)[None, :]
    assert resampled_scores(metric, TRUTH, ANSWERS, once)[0] == pytest.approx(
        score(metric, TRUTH, ANSWERS)
    )


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=1, max_size=30),
    st.integers(0, 99),
)
def test_auc_of_all_draws_at_once_is_that_of_each(rows: list[tuple[bool, int]], seed: int) -> None:
    truth, marks = np.array([r[0] for r in rows], dtype=int), np.array([r[1] for r in rows]) / 4
    answers = Answers((marks > 0.5).astype(int), np.column_stack([1 - marks, marks]))
    indices = bootstrap_indices(len(rows), 5, seed)
    for draw, found in zip(indices, resampled_scores("auc", truth, answers, indices), strict=True):
        if len(set(truth[draw])) == 2:
            assert found == pytest.approx(sk.roc_auc_score(truth[draw], marks[draw]))
        else:
            assert np.isnan(found)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=3, max_size=40),
    st.sampled_from(["f1", "balanced_accuracy", "auc"]),
    st.integers(0, 99),
)
def test_metrics_of_classes_are_scored_for_all_draws_at_once(
    rows: list[tuple[int, int]], metric: str, seed: int
) -> None:
    truth = np.array([0, 1, 2, *(r[0] for r in rows)])
    labels = np.array([0, 1, 2, *(r[1] for r in rows)])
    shares = np.eye(3)[labels] * 0.6 + np.random.default_rng(seed).dirichlet([1, 1, 1], len(truth))
    indices = bootstrap_indices(len(truth), 5, seed)
    answers = Answers(labels, shares)
    for draw, found in zip(indices, resampled_scores(metric, truth, answers, indices), strict=True):
        if len(set(truth[draw])) == 3:
            part = Answers(labels[draw], shares[draw])
            assert found == pytest.approx(score(metric, truth[draw], part))
        elif metric == "auc":
            assert np.isnan(found)


def test_f1_of_two_classes_is_that_of_the_larger_label() -> None:
    truth, labels = np.array(["no", "yes", "yes", "no"]), np.array(["no", "yes", "no", "yes"])
    indices = np.array([[0, 1, 2, 3], [0, 0, 0, 0], [1, 1, 2, 3]])
    draws = resampled_scores("f1", truth, Answers(labels), indices)
    assert draws == pytest.approx([0.5, 0.0, 2 * 2 / (3 + 3)])


def test_a_model_against_itself_loses_nothing() -> None:
    draws = paired_loss_draws("auc", TRUTH, ANSWERS, ANSWERS, bootstrap_indices(300, 20, 1))
    assert not draws.any()


@pytest.mark.parametrize(
    "outputs",
    [
        [np.asarray(SHARES, np.float32)],
        [np.log(SHARES)],
        {"label": ANSWERS.labels, "probabilities": SHARES},
        [ANSWERS.labels, [dict(enumerate(row)) for row in SHARES]],
    ],
    ids=["probabilities", "logits", "both", "zipmap"],
)
def test_every_form_of_output_is_understood(outputs: object) -> None:
    found = answers_from_outputs(outputs, Task.CLASSIFICATION, np.arange(3))  # pyright: ignore[reportArgumentType]
    np.testing.assert_array_equal(found.labels, ANSWERS.labels)
    np.testing.assert_allclose(found.probabilities, SHARES, atol=1e-5)


def test_answers_without_a_number_are_told_with_their_count() -> None:
    shares = SHARES.copy()
    shares[:7] = np.nan
    with pytest.raises(UnusableDataError, match="7 of 300 samples"):
        score("auc", TRUTH, Answers(ANSWERS.labels, shares))
    assert score("accuracy", TRUTH, Answers(ANSWERS.labels, shares)) > 0  # it takes labels only


def test_probabilities_are_asked_for_in_words() -> None:
    with pytest.raises(UnusableDataError, match="gives labels only"):
        score("auc", TRUTH, Answers(ANSWERS.labels))


def _workload(groups: bool = False) -> Workload:
    side = np.where(np.arange(300) % 2, "a", "b") if groups else None
    return Workload("w", {"x": np.zeros((300, 1))}, TRUTH, side, Task.CLASSIFICATION, "accuracy")


def _worse(rows: np.ndarray) -> Answers:
    labels = ANSWERS.labels.copy()
    labels[rows] = (TRUTH[rows] + 1) % 3
    return replace(ANSWERS, labels=labels)


def test_the_guard_lets_the_parent_pass_and_stops_what_is_worse() -> None:
    same = guard(_workload(), ANSWERS, ANSWERS, Limits())
    assert same.passes
    assert same.p_value == 1.0
    assert "No distinguishable difference" in str(same.remarks[0])
    worse = guard(_workload(), ANSWERS, _worse(np.arange(60)), Limits())
    assert not worse.passes
    assert worse.loss.low > 0
    assert worse.p_value is not None
    assert worse.p_value < 1e-6
    floor = guard(_workload(), ANSWERS, ANSWERS, Limits(floor_points=99.9))
    assert "beyond the limit of 99.9" in str(floor.breaches[0])


def test_a_less_fair_variant_is_shown_as_such() -> None:
    rows = np.arange(1, 300, 2)  # the whole of group a
    found = guard(_workload(groups=True), ANSWERS, _worse(rows), Limits(most_loss_points=None))
    assert set(found.group_points) == {"a", "b"}
    assert found.group_points["b"] == found.parent_group_points["b"]
    assert found.less_fair
    assert any("gap" in str(breach) for breach in found.breaches)
    assert any("less fair" in str(remark) for remark in found.remarks)
