"""`carbon-advisor sample`: the whole job on the sample, on the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from advisor.bench import PlanError, Precision
from advisor.candidates import UnusableDataError
from advisor.cli.bench import show, watch
from advisor.cli.console import bad_input, negative, note, show_progress
from advisor.cli.rank import show_ranking
from advisor.project import Project, ProjectError
from advisor.project.benchmark import benchmark
from advisor.project.intake import CURRENT_WORKLOAD, workload_for
from advisor.project.sample import open_sample
from advisor.project.standing import standing
from advisor.report import Edition
from advisor.report.export import ReportError, export
from advisor.sentences import sentence


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("sample")
    def sample(  # pyright: ignore[reportUnusedFunction]
        folder: Annotated[Path, typer.Option(help="Where everything goes.")] = Path("out"),
        precision: Annotated[Precision, typer.Option(help="How thorough.")] = Precision.GLANCE,
        time_budget_s: Annotated[
            float, typer.Option("--time-budget", help="Seconds after which no block begins.")
        ] = 45.0,
    ) -> None:
        """Train the sample's models, measure them here, rank them, and write the summary."""
        with bad_input(ProjectError, PlanError, UnusableDataError, ReportError):
            folder.mkdir(parents=True, exist_ok=True)
            with show_progress("sample") as (bar, task):
                project = open_sample(
                    folder / "sample.advisor",
                    folder / "sample",
                    lambda done, doing: bar.update(task, completed=done, description=doing),
                )
            with project:
                measure(project, precision, time_budget_s)
                show(project, as_json=False)
                found = standing(project)
                if found is None or len(found.measurements) < 2:
                    negative("Fewer than two candidates could be measured; see the reasons above.")
                show_ranking(found, "en")
                edition = Edition(language="en")
                for _, doing in export(project, folder, ["html"], [edition]):
                    note(doing)
            note(f"Project file: {folder / 'sample.advisor'}")


def measure(project: Project, precision: Precision, time_budget_s: float) -> None:
    """Measure every candidate of the project on its current workload."""
    candidates = project.candidates.all()
    source = project.workloads.get(project.setting(CURRENT_WORKLOAD))
    if source is None:
        raise UnusableDataError(
            sentence("The project holds no data; add some with carbon-advisor bench.")
        )
    workload = workload_for(candidates, source)
    watch(
        benchmark(
            project,
            candidates,
            source,
            workload,
            precision=precision,
            time_budget_s=time_budget_s,
        )
    )
