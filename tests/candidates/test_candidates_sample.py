"""The sample is real, quick, cached, and its test data were never trained on."""

from __future__ import annotations

from pathlib import Path

import pytest
import true_models

from advisor.candidates import answers_from_outputs, read_candidate, read_workload, score
from advisor.candidates.inference import run_model
from advisor.candidates.sample import make_sample


def digits_train() -> list:
    train, _, _, _ = true_models.digits()
    return list(train)


@pytest.mark.slow
def test_sample(tmp_path: Path) -> None:
    steps: list[float] = []
    files = make_sample(tmp_path / "sample", lambda fraction, _doing: steps.append(fraction))
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    found = [read_candidate(path) for path in files.models]
    assert max(c.facts.parameters for c in found) > 4_000_000
    for candidate in found:
        data = read_workload(files.data, candidate.facts.inputs)
        assert data.samples == 719
        assert data.task is not None
        assert data.labels is not None
        answers = answers_from_outputs(run_model(candidate.path, data.inputs), data.task)
        assert 0.93 < score(files.metric, data.labels, answers) < 0.99
    train = digits_train()
    held_out = {row.tobytes() for row in data.inputs["X"]}
    assert len(train) == 1078
    assert sum(row.tobytes() in held_out for row in train) == 0
    before = [path.stat().st_mtime_ns for path in files.models]
    again = make_sample(tmp_path / "sample")
    assert [path.stat().st_mtime_ns for path in again.models] == before
    assert not list(tmp_path.glob(".sample-*"))
