"""True models for the tests of this room, each built once a session."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import onnx
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import true_models

from advisor.candidates import Candidate, read_candidate, read_workload
from advisor.candidates.workload import Workload


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def candidate(models_folder: Path) -> Callable[..., Candidate]:
    """`candidate("cnn")`, `candidate("dense", opset=11)`: a true model as a candidate."""

    @cache
    def build(kind: str, **settings: object) -> Candidate:
        label = "-".join([kind, *(f"{k}{v}" for k, v in settings.items())])
        path = models_folder / f"{label}.onnx"
        onnx.save(getattr(true_models, kind)(**settings), str(path))
        return read_candidate(path)

    return build


@pytest.fixture(scope="session")
def data_files(models_folder: Path) -> tuple[Path, Path]:
    """Test data, and the disjoint training data for calibration."""
    return true_models.save_data(models_folder)


@pytest.fixture(scope="session")
def workload(data_files: tuple[Path, Path]) -> Callable[..., Workload]:
    """`workload(candidate)` is test data, `workload(candidate, train=True)` calibration data."""

    def read(of: Candidate, train: bool = False) -> Workload:
        return read_workload(data_files[train], of.facts.inputs)

    return read
