"""Who answers: the breach log and its steps, the bank's own rules and their versions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.console import bad_input, fail, note, print_json, print_table
from advisor.cli.risk.options import KINDS, AsJson, By, day_of
from advisor.project import Project
from advisor.risk import (
    RULEBOOKS,
    Breach,
    closure_confirmed,
    closure_proposed,
    closure_refused,
    escalated,
    in_force,
    keep_rules,
    open_breaches,
    read_appetite,
    restore,
    rulebook,
    rules_of,
    versions,
    with_action,
    with_setting,
)


class Step(StrEnum):
    """What a person does to a breach."""

    ACT = "act"
    ESCALATE = "escalate"
    PROPOSE = "propose"
    CONFIRM = "confirm"
    REFUSE = "refuse"


def breaches(
    project: Annotated[Path, typer.Option("--project", help="Project file (*.advisor).")],
    step: Annotated[Step | None, typer.Option(help="What is done to one breach.")] = None,
    breach: Annotated[str | None, typer.Option(help="Its id, as listed.")] = None,
    by: By = "",
    words: Annotated[str, typer.Option(help="Action or reason.")] = "",
    until: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Due, or accepted until.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The breach log; with --step one breach moves on. Two people close a breach."""
    with bad_input(*KINDS), Project.open(project) as opened:
        shelf = opened.shelf("breaches")
        if step is not None:
            found = shelf.get(breach or "")
            if found is None:
                fail(f"There is no breach “{breach}”; `risk breaches` lists them.")
            moved = _moved(found, step, by, words, until)
            shelf.put(moved)
            return note(f"{moved.id} is {moved.state.value}.")
        log: list[Breach] = shelf.all()
    if as_json:
        return print_json(log)
    closed = [b for b in log if b.closed is not None]
    return print_table(
        "Breach log",
        ["id", "level", "state", "owner", "escalated to", "due"],
        [
            [b.id, b.level.value, b.state.value, b.owner, b.escalated_to, str(b.due or "")]
            for b in [*open_breaches(log), *closed]
        ],
    )


def rules(
    book: Annotated[str | None, typer.Argument(help=f"One of {', '.join(RULEBOOKS)}.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="A setting by its path, as listed."),
    ] = None,
    restored: Annotated[
        str | None, typer.Option("--restore", metavar="VERSION", help="A version in force again.")
    ] = None,
    by: By = "",
    reason: Annotated[str, typer.Option(help="Why the rules change.")] = "",
    as_json: AsJson = False,
) -> None:
    """The bank's own rules over the shipped ones: listed, changed as a new version, restored."""
    with bad_input(*KINDS):
        if book is None:
            return print_table(
                "Rule books",
                ["book", "title", "version", "changed by", "on"],
                [[k, b.title, *_version(k)] for k, b in RULEBOOKS.items()],
            )
        chosen = rulebook(book)
        if restored is not None:
            made = restore(chosen, restored, by, date.today())
            return note(f"{chosen.title}: version {made.version} is in force.")
        if set_:
            paths = {".".join(map(str, row.path)): row.path for row in rules_of(chosen)}
            document = dict(in_force(chosen).document)
            for change in set_:
                name, _, value = change.partition("=")
                path = paths.get(name.strip()) or tuple(name.strip().split("."))
                if name.strip() not in paths and path[:-1] not in chosen.grows:
                    fail(f"{book} has no setting “{name}”; `risk rules {book}` lists them.")
                document = with_setting(document, path, value)
            made = keep_rules(chosen, document, by, date.today(), reason)
            return note(f"{chosen.title}: version {made.version} is in force.")
        rows = rules_of(chosen)
    if as_json:
        return print_json({".".join(map(str, row.path)): row.text for row in rows})
    return print_table(
        f"{chosen.title}, version {versions(chosen)[-1].version}",
        ["path", "entry", "value"],
        [[".".join(map(str, row.path)), row.group, row.text or "–"] for row in rows],
    )


def _moved(breach: Breach, step: Step, by: str, words: str, until: str | None) -> Breach:
    today = date.today()
    moves: dict[Step, Callable[[], Breach]] = {
        Step.ACT: lambda: with_action(breach, by, today, words, day_of(until)),
        Step.ESCALATE: lambda: escalated(breach, by, today, words, read_appetite()),
        Step.PROPOSE: lambda: closure_proposed(
            breach, by, today, words, day_of(until) if until else None
        ),
        Step.CONFIRM: lambda: closure_confirmed(breach, by, today),
        Step.REFUSE: lambda: closure_refused(breach, by, today, words),
    }
    return moves[step]()


def _version(key: str) -> list[str]:
    now = versions(RULEBOOKS[key])[-1]
    return [now.version, now.by or "shipped", now.on]
