"""What is measured, on what: model files with their facts, data with its labels, and metrics."""

from advisor.candidates.answers import answers_from_outputs
from advisor.candidates.candidate import Candidate, GraphFacts, TensorSpec, UnusableModelError
from advisor.candidates.data_files import open_data
from advisor.candidates.data_mapping import guess_mapping
from advisor.candidates.graph import Refusal, read_candidate, read_candidates
from advisor.candidates.metrics import (
    METRICS,
    Answers,
    Metric,
    default_metric,
    loss_points,
    metric_named,
    points,
    score,
)
from advisor.candidates.resampling import bootstrap_indices, paired_loss_draws, resampled_scores
from advisor.candidates.synthetic import synthetic_workload
from advisor.candidates.workload import Task, UnusableDataError, Workload
from advisor.candidates.workload_files import read_workload

__all__ = [
    "METRICS",
    "Answers",
    "Candidate",
    "GraphFacts",
    "Metric",
    "Refusal",
    "Task",
    "TensorSpec",
    "UnusableDataError",
    "UnusableModelError",
    "Workload",
    "answers_from_outputs",
    "bootstrap_indices",
    "default_metric",
    "guess_mapping",
    "loss_points",
    "metric_named",
    "open_data",
    "paired_loss_draws",
    "points",
    "read_candidate",
    "read_candidates",
    "read_workload",
    "resampled_scores",
    "score",
    "synthetic_workload",
]
