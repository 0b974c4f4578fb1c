"""What the page asks of the project in a job: the plan of a search, and where it may start."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from advisor.bench.search import SearchPlan
from advisor.candidates import Candidate, UnusableDataError, UnusableModelError
from advisor.candidates.levers import CommandLever, LeverError
from advisor.candidates.levers.fewer_trees import TreeCurve, accuracy_curve
from advisor.project.intake import CURRENT_WORKLOAD, synthetic_source, workload_for
from advisor.project.project import Project
from advisor.project.runs import WorkloadSource
from advisor.project.variants import plan_variants


class Planned(NamedTuple):
    """A plan and where its data comes from."""

    plan: SearchPlan
    source: WorkloadSource


def start_files(project: Project) -> list[Candidate]:
    """Models that variants can be made of: files, the user's own before those of levers."""
    files = [c for c in project.candidates.all() if not c.run_options]
    return sorted(files, key=lambda c: c.lever is not None)


def tree_curve(plan: SearchPlan) -> TreeCurve | None:
    """Accuracy by number of trees on the rows that calibrate; None without trees or labels."""
    rows = plan.calibration
    if rows is None or rows.labels is None:
        return None
    try:
        return accuracy_curve(plan.parents[0], rows)
    except (LeverError, UnusableDataError, UnusableModelError):
        return None  # the plan says what stands in the way


def planned(
    project: Project, key: str, calibration: Path | None, levers: Sequence[CommandLever]
) -> Planned | None:
    """The plan for one model on the project's data; None where the model is gone meanwhile."""
    parent = project.candidates.get(key)
    if parent is None:
        return None
    source = project.workloads.get(project.setting(CURRENT_WORKLOAD) or "") or synthetic_source()
    whole = workload_for([parent], source)
    plan = plan_variants(
        project, [parent], source, whole, calibration=calibration, own_levers=tuple(levers)
    )
    return Planned(plan, source)
