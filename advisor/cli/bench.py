"""`carbon-advisor bench`: measure models, with variants made on the way; kept in a project file."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from advisor.bench import (
    Event,
    Failed,
    Finished,
    LoadPattern,
    Measurement,
    PlanError,
    Precision,
    Progress,
    WarmedUp,
)
from advisor.candidates import Candidate, UnusableDataError, UnusableModelError
from advisor.candidates.levers import LeverError
from advisor.cli.console import (
    bad_input,
    fail,
    negative,
    note,
    plain,
    print_json,
    print_table,
    show_progress,
)
from advisor.figures import written
from advisor.project import Project, ProjectError
from advisor.project.benchmark import benchmark, continue_benchmark, latest_run
from advisor.project.intake import add_data, add_models, add_variant

Models = Annotated[list[Path] | None, typer.Argument(metavar="MODEL...", help=".onnx files.")]
ProjectFile = Annotated[Path, typer.Option("--project", help="Project file (*.advisor).")]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("bench")
    def bench(  # pyright: ignore[reportUnusedFunction]
        models: Models = None,
        project: ProjectFile = Path("carbon.advisor"),
        data: Annotated[
            Path | None, typer.Option(help="Labelled data: .npz, .csv or .parquet.")
        ] = None,
        label: Annotated[str | None, typer.Option(help="Column or array of the labels.")] = None,
        group: Annotated[str | None, typer.Option(help="Column of a protected attribute.")] = None,
        metric: Annotated[
            str | None, typer.Option(help="accuracy, auc, f1, log_loss, rmse …; guessed if absent.")
        ] = None,
        map_input: Annotated[
            list[str] | None,
            typer.Option("--map", metavar="INPUT=COL[,COL…]", help="Columns that feed an input."),
        ] = None,
        lever: Annotated[
            list[str] | None, typer.Option(help="Make a variant of each model: int8-dynamic …")
        ] = None,
        precision: Annotated[Precision, typer.Option(help="How thorough.")] = Precision.QUICK,
        time_budget_s: Annotated[
            float | None, typer.Option("--time-budget", help="Seconds after which no block begins.")
        ] = None,
        batch_size: Annotated[int | None, typer.Option(help="Samples in one call.")] = None,
        threads: Annotated[int | None, typer.Option(help="Threads of one call.")] = None,
        load: Annotated[LoadPattern, typer.Option(help="Load.")] = LoadPattern.SINGLE_STREAM,
        rate: Annotated[float | None, typer.Option(help="Requests per second (server).")] = None,
        seed: Annotated[int, typer.Option(help="Seed of the order of measurement.")] = 0,
        go_on: Annotated[
            bool, typer.Option("--continue", help="Go on with the benchmark that broke off.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Measurements as JSON.")] = False,
    ) -> None:
        """Measure joules per inference, latency and accuracy of models on this machine."""
        kinds = (ProjectError, PlanError, UnusableDataError, UnusableModelError, LeverError)
        with bad_input(*kinds), opened(project, create=not go_on) as opened_project:
            if go_on:
                events = continue_benchmark(opened_project)
            else:
                candidates = gather(opened_project, models or [], lever or [])
                source, workload = add_data(
                    opened_project,
                    data,
                    candidates,
                    label=label,
                    metric=metric,
                    group=group,
                    mapping=parse_mapping(map_input or []),
                )
                for said in workload.notes:
                    note(said)
                settings: dict[str, Any] = {
                    "time_budget_s": time_budget_s,
                    "batch_size": batch_size,
                    "threads": threads,
                    "load": load,
                    "arrival_rate_per_s": rate,
                    "seed": seed,
                }
                events = benchmark(
                    opened_project,
                    candidates,
                    source,
                    workload,
                    precision=precision,
                    **{k: v for k, v in settings.items() if v is not None},
                )
            finished = watch(events)
            show(opened_project, as_json=as_json)
            if not finished:
                negative("No candidate could be measured; see the reasons above.")


@contextmanager
def opened(path: Path, *, create: bool) -> Generator[Project]:
    """The project at a path. One made here is taken away again if nothing came into it.

    Raises `ProjectError`.
    """
    fresh = create and not path.exists()
    project = Project.open_or_create(path) if create else Project.open(path)
    try:
        yield project
    finally:
        unused = fresh and project.candidates.count() == 0
        project.close()
        if unused:
            path.unlink()


def gather(project: Project, paths: list[Path], levers: list[str]) -> list[Candidate]:
    """The candidates of a benchmark: the files given, and what the levers make of each.

    Without files, those that the project has already. Ends with exit code 2 when none is left.
    """
    if not paths:
        known = [c for c in project.candidates.all() if c.path.is_file()]
        if not known:
            fail("No model was given; name at least one .onnx file.")
        return known
    candidates, refused = add_models(project, paths)
    for refusal in refused:
        note(refusal.error)
    if not candidates:
        fail("None of the files can be measured; see the reasons above.")
    made: list[Candidate] = []
    for candidate in candidates:
        for name in levers:
            try:
                made.append(add_variant(project, candidate, name))
            except LeverError as error:
                note(f"{candidate.name}: {error}")
    unique = {c.key: c for c in (*candidates, *made)}
    return list(unique.values())


def parse_mapping(given: Iterable[str]) -> dict[str, list[str]]:
    """`INPUT=COL,COL` as a mapping; exit code 2 for anything else."""
    mapping: dict[str, list[str]] = {}
    for text in given:
        name, equals, columns = text.partition("=")
        if not equals or not name or not columns:
            fail(f"“{text}” is not a mapping; write --map INPUT=COLUMN[,COLUMN…].")
        mapping[name] = [c.strip() for c in columns.split(",")]
    return mapping


def watch(events: Generator[Event]) -> bool:
    """Follow a run with a progress bar on stderr; False when nothing could be measured.

    An interrupt (Ctrl-C) stops the run; what was measured until then counts.
    """
    measured = False
    with show_progress("benchmark") as (bar, task):
        try:
            for event in events:
                match event:
                    case Progress():
                        bar.update(task, completed=event.fraction, description=event.doing)
                    case Failed():
                        note(event.reason)
                    case WarmedUp():
                        measured = True
                    case Finished():
                        bar.update(task, completed=1.0, description=event.reason)
                    case _:
                        pass
        except KeyboardInterrupt:
            note("Stopped; everything measured so far is kept.")
        finally:
            events.close()
    return measured


def show(project: Project, *, as_json: bool) -> None:
    """The measurements of the latest run on stdout."""
    run = latest_run(project)
    found = [m for m in project.measurements.all() if run and m.run_id == run.run_id]
    if as_json:
        print_json([plain(m) for m in found])
        return
    names = {c.key: c.name for c in project.candidates.all()}
    print_table(
        "Measured on this machine (95 % intervals)",
        ["candidate", "energy per inference", "interval", "provenance", "p50 latency", "accuracy"],
        [row(m, names.get(m.candidate, m.candidate)) for m in found],
    )


def row(m: Measurement, name: str) -> list[str]:
    """A measurement as cells for a person."""
    energy = written(m.energy_j)
    return [
        name,
        energy.text,
        energy.interval,
        str(m.energy_j.provenance),
        written(m.latency_ms.get("p50")).text,
        written(m.accuracy).text,
    ]
