"""Scores of a run: the draws of two candidates are pairs, however fast either was scored."""

from __future__ import annotations

import numpy as np
import pytest

from advisor.bench import accuracy
from advisor.candidates import Task, Workload

RNG = np.random.default_rng(0)
TRUTH = RNG.integers(0, 2, 300)
SCORES = np.clip(RNG.random(300) * 0.5 + TRUTH * 0.3, 0, 1).astype(np.float32)


@pytest.mark.parametrize("metric", ["auc", "f1", "accuracy"])
def test_same_answers_have_the_same_draws(metric: str) -> None:
    data = Workload(
        name="w", inputs={"x": SCORES[:, None]}, labels=TRUTH, task=Task.BINARY, metric=metric
    )
    outputs = [(SCORES > 0.5).astype(np.int64), np.column_stack([1 - SCORES, SCORES])]
    first = accuracy.score_outputs(data, outputs, seed=3)
    again = accuracy.score_outputs(data, outputs, seed=3)
    assert first is not None
    assert again is not None
    assert first.loss_draws == again.loss_draws
    assert len(set(first.loss_draws)) > accuracy.LEAST_DRAWS / 10  # none is repeated
