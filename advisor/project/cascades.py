"""A cascade of two candidates of the project, learnt and judged on its labelled data.

The threshold is learnt on the rows that calibrate (a quarter, set aside by content as a search does
it) and judged on the others, which it has not seen.
"""

from __future__ import annotations

import numpy as np

from advisor.bench.accuracy import metric_of
from advisor.candidates import (
    Candidate,
    UnusableDataError,
    Workload,
    answers_from_outputs,
)
from advisor.candidates.inference import run_model
from advisor.candidates.levers import LeverError
from advisor.candidates.levers.cascade import LEVER as CASCADE
from advisor.candidates.rows import split_for_calibration
from advisor.candidates.scoring import Answers, Array
from advisor.candidates.workload import Task
from advisor.project.intake import CURRENT_WORKLOAD, calibration_for, workload_for
from advisor.project.operational import CascadeSettings
from advisor.project.project import Project
from advisor.project.runs import WorkloadSource
from advisor.sentences import sentence


def learn_cascade(
    project: Project, small: Candidate, large: Candidate, most_loss_points: float = 0.0
) -> CascadeSettings:
    """Runs both models over the project's data (minutes for large ones) and learns the threshold.

    Raises `LeverError` or `UnusableDataError` where it cannot be: no labels, no probabilities, one
    model twice.
    """
    if small.key == large.key:
        raise LeverError(sentence("A cascade needs two models; choose another for one of them."))
    source: WorkloadSource | None = project.workloads.get(project.setting(CURRENT_WORKLOAD) or "")
    if source is None or source.path is None:
        raise UnusableDataError(
            sentence(
                "A cascade's threshold is learnt from labelled data; add data to the project first."
            )
        )
    learning, judging = _both_parts(source, small, large)
    metric = metric_of(judging)
    if metric is None or judging.labels is None or learning.labels is None:
        raise UnusableDataError(
            sentence("{file} has no labels, so no threshold can be learnt.", file=judging.name)
        )
    classes = np.unique(np.concatenate([learning.labels, judging.labels]))
    plan = CASCADE.learn(
        metric,
        learning.labels,
        _answers(small, learning, classes),
        _answers(large, learning, classes),
        most_loss_points,
    )
    judged = CASCADE.judge(
        plan,
        metric,
        judging.labels,
        _answers(small, judging, classes),
        _answers(large, judging, classes),
    )
    return CascadeSettings(
        small=small.key,
        large=large.key,
        most_loss_points=most_loss_points,
        plan=plan,
        judged=judged,
        metric=metric,
        data=judging.name,
        validation_samples=learning.samples,
        evaluation_samples=judging.samples,
    )


def _both_parts(
    source: WorkloadSource, small: Candidate, large: Candidate
) -> tuple[Workload, Workload]:
    """Rows that teach and rows that judge; none is in both."""
    both = (small, large)
    judging = workload_for(both, source)
    learning = calibration_for(both, source)
    if learning is None:
        learning, judging = split_for_calibration(judging).parts(judging)
    return learning, judging


def _answers(candidate: Candidate, data: Workload, classes: Array) -> Answers:
    outputs = run_model(candidate.path, data.inputs, candidate.name)
    return answers_from_outputs(outputs, data.task or Task.CLASSIFICATION, classes)
