"""A project with one recorded run, for what is collected into it and taken out of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor.project import Project
from tests.report.recorded_run import record_run


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """`large` uses 2 mJ an inference and is in use, `small` 1 mJ; 250 million calls a year."""
    with Project.create(tmp_path / "bank.advisor", who="tester") as made:
        record_run(made)
        made.set(calls_per_year=250e6, region="DE", pue=1.3)
        yield made
