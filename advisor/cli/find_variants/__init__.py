"""`carbon-advisor find-variants`: every greener variant made, guarded, and the best measured."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from advisor.bench import PlanError, Precision
from advisor.bench.search import (
    SearchEvent,
    SearchPlan,
    StageStarted,
    VariantDropped,
    VariantMade,
    VariantRefused,
)
from advisor.bench.search_document import PlanDocument, read_plan_document
from advisor.candidates import UnusableDataError, UnusableModelError
from advisor.candidates.guard import Limits
from advisor.candidates.levers import CommandLever, LeverError, broken_plug_ins, lever_named
from advisor.candidates.levers.ready_made import ready_made as ready_made_levers
from advisor.cli.console import bad_input, negative, note, print_json, print_table
from advisor.cli.find_variants.outcomes import print_outcomes
from advisor.project import Project, ProjectError
from advisor.project.intake import add_data, add_models
from advisor.project.search_course import SearchCourse
from advisor.project.variants import course_so_far, plan_variants
from advisor.project.variants import find_variants as find_variants_kept


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("find-variants")
    def find_variants(  # pyright: ignore[reportUnusedFunction]
        models: Annotated[list[Path], typer.Argument(metavar="MODEL...", help=".onnx files.")],
        project: Annotated[Path, typer.Option("--project")] = Path("carbon.advisor"),
        data: Annotated[Path | None, typer.Option(help="Labelled evaluation data.")] = None,
        label: Annotated[str | None, typer.Option(help="Column or array of the labels.")] = None,
        group: Annotated[str | None, typer.Option(help="Column of a protected attribute.")] = None,
        metric: Annotated[str | None, typer.Option(help="Metric; guessed if absent.")] = None,
        calibration: Annotated[
            Path | None, typer.Option(help="Calibration data; a quarter of the data if absent.")
        ] = None,
        most_loss: Annotated[float, typer.Option(help="Points it may lose.")] = 1,
        floor: Annotated[float | None, typer.Option(help="Least accuracy, in points.")] = None,
        without: Annotated[list[str] | None, typer.Option(help="Levers to leave out.")] = None,
        command: Annotated[
            list[str] | None,
            typer.Option(help='Your own tool as a lever: "my-tool {in} {out}".'),
        ] = None,
        ready_made: Annotated[
            list[Path] | None,
            typer.Option(help="Variants made elsewhere: a file, or Olive's output folder."),
        ] = None,
        precision: Annotated[Precision, typer.Option(help="Of the finalists.")] = Precision.QUICK,
        threads: Annotated[int | None, typer.Option(help="Threads of one call.")] = None,
        time_budget: Annotated[float | None, typer.Option(help="Seconds for all of it.")] = None,
        show_plan: Annotated[
            bool, typer.Option("--show-plan", help="Show the plan and stop; --json to edit it.")
        ] = False,
        plan_file: Annotated[
            Path | None, typer.Option("--plan", help="Carry out an edited plan.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    ) -> None:
        """Make every greener variant that applies, guard its accuracy, measure the best in full."""
        kinds = (UnusableModelError, UnusableDataError, LeverError, PlanError, ProjectError)
        with bad_input(*kinds), Project.open_or_create(project) as opened:
            own = _own_levers(command or [], ready_made or [])
            for name in without or []:
                lever_named(name, own)
            candidates, refused = add_models(opened, models)
            for refusal in refused:
                note(refusal.error)
            source, whole = add_data(
                opened, data, candidates, label=label, group=group, metric=metric
            )
            plan = plan_variants(
                opened,
                candidates,
                source,
                whole,
                calibration=calibration,
                wanted=dict.fromkeys(without or [], False),
                limits=Limits(floor_points=floor, most_loss_points=most_loss),
                precision=precision,
                bench={"threads": threads} if threads else {},
                time_budget_s=time_budget,
                own_levers=own,
            )
            if plan_file is not None:
                plan = read_plan_document(plan_file.read_bytes()).applied_to(plan)
            for broken in broken_plug_ins():
                note(broken.reason)
            if plan.calibration is not None:
                note(
                    f"{plan.calibration.samples} samples calibrate, "
                    f"{plan.workload.samples} others judge."
                )
            if show_plan:
                _show_plan(plan, as_json)
                return
            course = course_so_far(plan)
            _watch(course, find_variants_kept(opened, plan, source))
        if not any(course.measured(p.key) for p in plan.parents):
            negative("No candidate could be measured; see the reasons above.")
        print_outcomes(course, as_json)


def _own_levers(commands: Sequence[str], ready: Sequence[Path]) -> tuple[Any, ...]:
    """The user's own: commands, and variants made elsewhere; a bad file is named and left out."""
    levers: list[CommandLever] = []
    for number, command in enumerate(commands, start=1):
        tool = Path(command.split(maxsplit=1)[0]).stem if command.strip() else "command"
        name = f"own-{tool}" + (f"-{number}" if number > 1 else "")
        levers.append(CommandLever(name, _from_here(command)))
    made, refused = ready_made_levers(ready)
    for refusal in refused:
        note(refusal.error)
    return (*levers, *made)


def _from_here(command: str) -> str:
    """Files of the current folder by their whole path: the tool runs in a scratch folder."""
    try:
        parts = shlex.split(command)
    except ValueError:
        return command  # the lever says what is wrong with it
    whole = [str(Path(p).absolute()) if Path(p).is_file() else p for p in parts]
    return command if whole == parts else shlex.join(whole)


def _show_plan(plan: SearchPlan, as_json: bool) -> None:
    if as_json:
        print_json(PlanDocument.of(plan))
        return
    names = {p.key: p.name for p in plan.parents}
    rows = [
        [names[e.parent], e.lever, ", ".join(f"{k}={v}" for k, v in e.settings.items()),
         "yes" if e in plan.wanted else "no", str(e.obstacle or "")]
        for e in plan.entries
    ]  # fmt: skip
    print_table("Plan", ["model", "lever", "settings", "tried", "obstacle"], rows, words=5)
    note(
        f"About {plan.expected_s([]):.0f} s; measuring every variant in full would take about "
        f"{plan.everything_s([]):.0f} s."
    )


def _watch(course: SearchCourse, events: Iterator[SearchEvent]) -> None:
    """Follow a search on stderr, into its course."""
    names = {c.key: c.name for c in course.plan.parents}
    for event in events:
        course.take(event)
        if isinstance(event, StageStarted):
            note(f"{event.doing} ({event.candidates})")
        elif isinstance(event, VariantMade):
            names[event.candidate.key] = event.candidate.name
        elif isinstance(event, VariantRefused):
            note(f"  {event.lever}: {event.reason}")
        elif isinstance(event, VariantDropped):
            note(f"  {names.get(event.candidate, event.candidate)}: {event.reason}")
