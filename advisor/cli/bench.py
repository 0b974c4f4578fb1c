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
    Started,
    WarmedUp,
)
from advisor.bench.cautions import shared
from advisor.bench.load import least_energy, sweep
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
        latency_bound: Annotated[
            float | None, typer.Option(help="Greatest 99th percentile of the latency, ms.")
        ] = None,
        sweep_batches: Annotated[
            str | None, typer.Option(metavar="N,N…", help="Batch sizes to find least energy among.")
        ] = None,
        sweep_threads: Annotated[
            str | None, typer.Option(metavar="N,N…", help="Thread counts, likewise.")
        ] = None,
        wall_factor: Annotated[
            str | None,
            typer.Option(
                metavar="F[,LOW,HIGH]", help="Energy at the wall ÷ energy of the meters, declared."
            ),
        ] = None,
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
                batches, counts = whole_numbers(sweep_batches), whole_numbers(sweep_threads)
                if batches or counts:
                    candidates = [p for c in candidates for p in sweep(c, batches, counts)]
                    opened_project.candidates.put_many(candidates, action="sweep")
                factor, interval = parse_factor(wall_factor)
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
                    "latency_bound_ms": latency_bound,
                    "wall_factor": factor,
                    "wall_factor_range": interval,
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
            found = show(opened_project, as_json=as_json)
            if found and (sweep_batches or sweep_threads):
                names = {c.key: c.name for c in opened_project.candidates.all()}
                note(least_energy(found, latency_bound).said(names))
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


def whole_numbers(given: str | None) -> list[int]:
    """`1,8,32` as numbers; exit code 2 for anything else."""
    words = [word.strip() for word in given.split(",")] if given else []
    wrong = [word for word in words if not word.isdecimal() or int(word) < 1]
    if wrong:
        fail(f"“{given}” is no list of whole numbers above 0; write for example 1,8,32.")
    return [int(word) for word in words]


def parse_factor(given: str | None) -> tuple[float | None, tuple[float, float] | None]:
    """`F` or `F,LOW,HIGH` of a wall-meter factor; exit code 2 for anything else."""
    if given is None:
        return None, None
    try:
        numbers = [float(word) for word in given.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 3):
        fail(f"“{given}” is no wall-meter factor; write for example 1.25 or 1.25,1.15,1.36.")
    return numbers[0], (numbers[1], numbers[2]) if len(numbers) == 3 else None


def watch(events: Generator[Event]) -> bool:
    """Follow a run with a progress bar on stderr; False when nothing could be measured.

    An interrupt (Ctrl-C) stops the run; what was measured until then counts.
    """
    measured = False
    with show_progress("benchmark") as (bar, task):
        try:
            for event in events:
                match event:
                    case Started() if event.forecast:
                        note(event.forecast)
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


def show(project: Project, *, as_json: bool) -> list[Measurement]:
    """The measurements of the latest run on stdout, with what must be known of them."""
    run = latest_run(project)
    found = [m for m in project.measurements.all() if run and m.run_id == run.run_id]
    if as_json:
        print_json([plain(m) for m in found])
        return found
    if not found:
        return []
    names = {c.key: c.name for c in project.candidates.all()}
    print_table(
        "Measured on this machine (95 % intervals)",
        [
            *("candidate", "energy per inference", "interval", "above idle", "provenance"),
            *("difference seen", "windows", "p50 latency", "p99 latency", "accuracy"),
        ],
        [row(m, names.get(m.candidate, m.candidate)) for m in found],
    )
    for whom, caution in shared(found, names):
        note(f"{whom}: {caution}" if whom else caution)
    for covered in dict.fromkeys(m.coverage for m in found):
        note(covered)
    note("Rankings use the total energy, idle power included, unless they are told otherwise.")
    return found


def row(m: Measurement, name: str) -> list[str]:
    """A measurement as cells for a person."""
    energy = written(m.energy_j)
    return [
        name,
        energy.text,
        energy.interval,
        written(m.energy_above_idle_j).text,
        str(m.energy_j.provenance),
        f"{100 * m.smallest_difference:.2g} %" if m.smallest_difference else "–",
        f"{m.windows_used}" + (f", {m.windows_excluded} left out" if m.windows_excluded else ""),
        written(m.latency_ms.get("p50")).text,
        written(m.latency_ms.get("p99")).text,
        written(m.accuracy).text,
    ]
