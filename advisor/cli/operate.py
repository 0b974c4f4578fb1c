"""`carbon-advisor operate`: levers without a file, worked out from what the project measured.

Each command keeps one option in the project and shows it beside the measured candidates.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from advisor.candidates import Candidate, UnusableDataError, UnusableModelError
from advisor.candidates.levers import LeverError
from advisor.candidates.levers.sibling import LEVER as SIBLING
from advisor.carbon import CarbonError
from advisor.carbon.grid import region_code
from advisor.cli.console import bad_input, fail, note, print_json, print_table
from advisor.cli.rank import candidate_key, cells
from advisor.figures import percent, written
from advisor.project import Project, ProjectError
from advisor.project.cascades import learn_cascade
from advisor.project.entering import keep_option, read_hours
from advisor.project.operational import (
    CacheSettings,
    MoveSettings,
    OperationalOption,
    RetireSettings,
    Settings,
)
from advisor.project.standing import Standing, standing
from advisor.rank import RankError, WorkedOut

_Project = Annotated[Path, typer.Option("--project", help="Project file.")]
_Model = Annotated[str, typer.Argument(metavar="MODEL", help="Name of a measured candidate.")]
_Name = Annotated[str | None, typer.Option(help="What the option is called.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="Levers without a file (cache, cascade, move, retire), beside what was measured.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    for function in (cache, cascade, move, retire, siblings, show, remove):
        group.command(function.__name__)(function)
    app.add_typer(group, name="operate")


def cache(
    model: _Model,
    project: _Project,
    repeat_rate: Annotated[
        float, typer.Option(min=0, max=1, help="Share of requests that repeat an earlier one.")
    ],
    give_or_take: Annotated[
        float, typer.Option(min=0, max=1, help="Half the 95 % interval of that share.")
    ] = 0,
    look_up_j: Annotated[
        float | None, typer.Option(min=0, help="Joules of one look-up; left out if unknown.")
    ] = None,
    name: _Name = None,
    as_json: _Json = False,
) -> None:
    """Answers to repeated requests are looked up instead of computed."""
    with _opened(project) as opened:
        settings = CacheSettings(
            model=candidate_key(opened, model),
            repeat_rate=repeat_rate,
            give_or_take=give_or_take,
            lookup_j=look_up_j,
        )
        _keep(opened, settings, name, as_json)


def cascade(
    small: Annotated[str, typer.Argument(metavar="SMALL", help="Answers first.")],
    large: Annotated[str, typer.Argument(metavar="LARGE", help="Answers where SMALL is unsure.")],
    project: _Project,
    most_loss: Annotated[
        float, typer.Option(min=0, help="Points it may lose against LARGE where it learns.")
    ] = 0,
    name: _Name = None,
    as_json: _Json = False,
) -> None:
    """The small model answers when it is sure; its threshold is learnt from the project's data."""
    with _opened(project) as opened:
        pair = [opened.candidates.get(candidate_key(opened, n)) for n in (small, large)]
        known = [c for c in pair if isinstance(c, Candidate)]
        settings = learn_cascade(opened, known[0], known[1], most_loss)
        note(
            f"Threshold {settings.plan.threshold:.4f} on the highest probability, learnt on "
            f"{settings.validation_samples} rows of {settings.data}, judged on "
            f"{settings.evaluation_samples} others."
        )
        if not as_json:
            print_table(
                "On the rows it was learnt on",
                ["threshold", "go on to the large model", "points lost"],
                [
                    [f"{p.threshold:.4f}", percent(p.escalated), f"{p.loss_points:.2f}"]
                    for p in settings.plan.curve[::10]
                ],
                words=0,
            )
        _keep(opened, settings, name, as_json)


def move(
    model: _Model,
    project: _Project,
    region: Annotated[str | None, typer.Option(help="Country or cloud region to move to.")] = None,
    hours: Annotated[
        Path | None, typer.Option(help="CSV of 24 grid intensities of a typical day, gCO2e/kWh.")
    ] = None,
    hours_needed: Annotated[
        int, typer.Option(min=1, max=24, help="Hours of a day that the work takes.")
    ] = 8,
    may_wait: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the work that may wait for them.")
    ] = 1,
    name: _Name = None,
    as_json: _Json = False,
) -> None:
    """The same work elsewhere, or in the cleanest hours: carbon changes, energy does not."""
    if (region is None) == (hours is None):
        fail("Say where to (--region) or when (--hours), one of both.")
    with _opened(project) as opened:
        key = candidate_key(opened, model)
        if region is not None:
            settings = MoveSettings(model=key, region=region_code(region))
        else:
            assert hours is not None  # one of both, see above
            settings = MoveSettings(
                model=key,
                hours=read_hours(hours),
                hours_source=hours.name,
                hours_needed=hours_needed,
                may_wait=may_wait,
            )
        _keep(opened, settings, name, as_json)


def retire(
    model: _Model,
    project: _Project,
    fallback: Annotated[
        str, typer.Option(help="Measured candidate that takes over; else a rule or a person.")
    ] = "",
    fallback_j: Annotated[
        float, typer.Option(min=0, help="Joules of a request answered by a rule or person.")
    ] = 0,
    inherited: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the requests that are still asked.")
    ] = 1,
    accuracy: Annotated[
        float | None, typer.Option(help="Metric of the rule or person, in points.")
    ] = None,
    name: _Name = None,
    as_json: _Json = False,
) -> None:
    """The model stops; what takes over its requests is charged to the option."""
    with _opened(project) as opened:
        settings = RetireSettings(
            model=candidate_key(opened, model),
            fallback=candidate_key(opened, fallback) if fallback else "",
            fallback_j=fallback_j,
            inherited_share=inherited,
            accuracy_points=accuracy,
        )
        _keep(opened, settings, name, as_json)


def siblings(model: _Model, project: _Project) -> None:
    """Other candidates that could stand in: same inputs, fewer operations, the smallest first."""
    with _opened(project) as opened:
        mine = opened.candidates.get(candidate_key(opened, model))
        assert mine is not None  # its key was just looked up
        found = SIBLING.siblings(mine, opened.candidates.all())
        measured = {m.candidate for m in opened.measurements.all()}
        rows = [
            [c.name, f"{c.facts.parameters:,}", "yes" if c.key in measured else "no: bench it"]
            for c in found
        ]
        print_table(f"Smaller siblings of {mine.name}", ["candidate", "weights", "measured"], rows)
        if not found:
            note("None: add another model of the same task with the same inputs.")
        else:
            note("Those measured stand in “carbon-advisor rank” as a replacement.")


def show(project: _Project, as_json: _Json = False) -> None:
    """Every option kept, as it stands now."""
    with _opened(project) as opened:
        _show(opened, as_json, None)


def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name or key of the option.")],
    project: _Project,
) -> None:
    """Take an option out of the project; its history stays."""
    with _opened(project) as opened:
        kept: list[OperationalOption] = opened.shelf("operational").all()
        found = [o for o in kept if name in (o.name, o.key)]
        if len(found) != 1:
            known = ", ".join(f"“{o.name}”" for o in kept) or "none yet"
            fail(f"“{name}” is not one option of this project; it has: {known}.")
        opened.shelf("operational").remove(found[0].key)
        note(f"{found[0].name} was taken out.")


# -- inside ----------------------------------------------------------------------------------


@contextmanager
def _opened(project: Path) -> Generator[Project]:
    kinds = (ProjectError, CarbonError, RankError, LeverError, UnusableDataError,
             UnusableModelError)  # fmt: skip
    with bad_input(*kinds), Project.open(project) as opened:
        yield opened


def _keep(project: Project, settings: Settings, name: str | None, as_json: bool) -> None:
    option = keep_option(project, settings, name or "")
    _show(project, as_json, option.key)


def _show(project: Project, as_json: bool, only: str | None) -> None:
    found = standing(project)
    if found is None:
        note("Nothing was measured yet; run “carbon-advisor bench”. The option is kept.")
        return
    shown = [w for w in found.worked if only in (None, w.candidate)]
    for waiting in found.waiting:
        if only in (None, waiting.option.key):
            note(f"{waiting.option.name}: {waiting.reason}")
    if as_json:
        print_json([_document(found, w) for w in shown])
        return
    if not shown:
        if not found.waiting:
            note("No option was entered yet; see “carbon-advisor operate --help”.")
        return
    columns = ["option", "energy", "95 %", "kind of figure", "#", "verdict", "carbon saved a year",
               "accuracy lost"]  # fmt: skip
    print_table("Worked out, not measured", columns, [_row(found, w) for w in shown], words=1)
    for w in shown:
        for words in (w.reason, *w.cautions):
            note(f"{w.name}: {words}")


def _row(found: Standing, option: WorkedOut) -> list[str]:
    energy = written(option.energy_j)
    ranked = found.of_candidate(option.candidate)
    place, _, verdict, saved, loss, *_ = cells(ranked, "en") if ranked else [""] * 7
    kind = ranked.option.carbon_saved_kg.provenance if ranked else option.energy_j.provenance
    return [option.name, energy.text, energy.interval, str(kind), place, verdict, saved, loss]


def _document(found: Standing, option: WorkedOut) -> dict[str, Any]:
    ranked = found.of_candidate(option.candidate)
    return {
        "key": option.candidate,
        "name": option.name,
        "kind": str(option.kind),
        "energy_j": option.energy_j,
        "accuracy": option.accuracy,
        "carbon_saved_kg": ranked.option.carbon_saved_kg if ranked else None,
        "accuracy_loss": ranked.option.accuracy_loss if ranked else None,
        "verdict": str(ranked.verdict) if ranked else None,
        "probability_best": ranked.probability_best if ranked else None,
        "reason": str(option.reason),
        "cautions": [str(c) for c in option.cautions],
        "evidence": option.evidence,
    }
