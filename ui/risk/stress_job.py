"""The stress test of the page as a job: with progress, the drivers' fans and the ICAAP rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from advisor.project import Project
from advisor.risk import (
    ReverseResult,
    StressResult,
    icaap_table,
    read_dependence,
    read_pillar2_rule,
)
from advisor.risk.shapes import driver_fans
from ui import jobs
from ui.risk.picture import RiskPicture, reversed_test, stressed

Tested = tuple[StressResult, dict[str, pd.DataFrame], pd.DataFrame]
"""A stress test, the fans of its drivers, its ICAAP rows."""


def tested(
    picture: RiskPicture, scenario: str, plan: Path | str | None, project: Project
) -> Tested:
    """Run it in a job that can be cancelled. Raises `RiskError`."""
    task = jobs.current_task()

    def progress(done: float) -> None:
        task.check()
        task.report(done)

    result = stressed(picture, scenario, plan, project, date.today(), progress)
    fans = driver_fans(result.central, read_dependence())
    return result, fans, icaap_table(result, read_pillar2_rule())


def turned_round(picture: RiskPicture, scenario: str, limit: float, day: date) -> ReverseResult:
    """The reverse stress test in a job that can be cancelled. Raises `RiskError`."""
    return reversed_test(picture, scenario, limit, day, jobs.current_task().check)
