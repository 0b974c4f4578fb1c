"""Who answers: the breach log and its steps, the bank's own rules and their versions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.risk.answer import answer
from advisor.cli.risk.options import AsCsv, AsJson, By, Lang, day_of
from advisor.project import Project
from advisor.risk import (
    RULEBOOKS,
    Breach,
    RiskError,
    Rulebook,
    RuleVersion,
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
from advisor.sentences import Sentence, sentence


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
    as_csv: AsCsv = False,
    lang: Lang = "en",
) -> None:
    """The breach log; with --step one breach moves on. Two people close a breach."""
    told = answer(lang, as_json=as_json, as_csv=as_csv)
    with told.bad_input(), Project.open(project) as opened:
        shelf = opened.shelf("breaches")
        if step is not None:
            found = shelf.get(breach or "")
            if found is None:
                raise RiskError(
                    sentence("There is no breach “{key}”; `risk breaches` lists them.", key=breach)
                )
            moved = _moved(found, step, by, words, until)
            shelf.put(moved)
            said = sentence("{key} is now “{state}”.", key=moved.id, state=moved.state.value)
            return told.say(said)
        log: list[Breach] = shelf.all()
    closed = [b for b in log if b.closed is not None]
    word, rows = told.word, [*open_breaches(log), *closed]
    told.show(
        "Breach log",
        ["id", "level", "state", "owner", "escalated to", "due"],
        [
            [
                b.id,
                word(b.level.value),
                word(b.state.value),
                word(b.owner),
                word(b.escalated_to),
                str(b.due or ""),
            ]
            for b in rows
        ],
        log,
    )
    return None


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
    as_csv: AsCsv = False,
    lang: Lang = "en",
) -> None:
    """The bank's own rules over the shipped ones: listed, changed as a new version, restored."""
    told = answer(lang, as_json=as_json, as_csv=as_csv)
    with told.bad_input():
        if book is None:
            books = [[k, told.word(b.title), *_version(k)] for k, b in RULEBOOKS.items()]
            head = ["book", "title", "version", "changed by", "on"]
            data = [dict(zip(head, row, strict=True)) for row in books]
            return told.show("Rule books", head, books, data)
        chosen = rulebook(book)
        if restored is not None:
            made = restore(chosen, restored, by, date.today())
            return told.say(_in_force(chosen, made))
        if set_:
            paths = {".".join(map(str, row.path)): row.path for row in rules_of(chosen)}
            document = dict(in_force(chosen).document)
            for change in set_:
                name, _, value = change.partition("=")
                path = paths.get(name.strip()) or tuple(name.strip().split("."))
                if name.strip() not in paths and path[:-1] not in chosen.grows:
                    raise RiskError(
                        sentence(
                            "{book} has no setting “{name}”; `risk rules {book}` lists them.",
                            book=book,
                            name=name,
                        )
                    )
                document = with_setting(document, path, value)
            made = keep_rules(chosen, document, by, date.today(), reason)
            return told.say(_in_force(chosen, made))
        rows = rules_of(chosen)
    given = {".".join(map(str, row.path)): row for row in rows}
    told.show(
        chosen.title,
        ["path", "entry", "value"],
        [[path, told.word(row.group), row.text or "–"] for path, row in given.items()],
        {path: row.text for path, row in given.items()},
    )
    return None


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


def _in_force(book: Rulebook, made: RuleVersion) -> Sentence:
    return sentence("{book}: version {version} is in force.", book=book.title, version=made.version)


def _version(key: str) -> list[str]:
    now = versions(RULEBOOKS[key])[-1]
    return [now.version, now.by or "shipped", now.on]
