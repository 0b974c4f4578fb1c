"""Where the bank stands: scores, indicators against limits, regulation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from advisor.cli.console import negative
from advisor.cli.risk.answer import answer
from advisor.cli.risk.options import (
    AsCsv,
    AsJson,
    AsOf,
    Footprint,
    Lang,
    ProjectFile,
    day_of,
    exposures,
    target_of,
)
from advisor.figures import written
from advisor.project import Project
from advisor.risk import (
    Appetite,
    Level,
    Outlook,
    Reading,
    RiskError,
    coverage,
    outlook,
    read_appetite,
    read_taxonomy,
    readings,
    score,
    updated_breaches,
)
from advisor.risk.appetite import LOSS_KEY
from advisor.risk.regulation import KEPT
from advisor.sentences import Sentence, sentence


def scores(
    footprint: Footprint = None,
    project: ProjectFile = None,
    as_of: AsOf = None,
    inherent: Annotated[bool, typer.Option("--inherent", help="Before controls.")] = False,
    controls: Annotated[
        bool, typer.Option("--controls", help="Effectiveness of the controls, 0 to 1.")
    ] = False,
    by_model: Annotated[bool, typer.Option("--by-model", help="A row a model.")] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    lang: Lang = "en",
) -> None:
    """Heat map: score of each driver by business line, 1 to 5."""
    told = answer(lang, as_json=as_json, as_csv=as_csv)
    with told.bad_input():
        taxonomy = read_taxonomy()
        made = score(exposures(footprint, project, told.language), taxonomy, day_of(as_of))
        of = "effectiveness" if controls else "inherent" if inherent else "residual"
        heat: pd.DataFrame = getattr(made, of) if by_model else made.heat_map(of)
    if as_csv:
        return told.print_csv(heat.reset_index(), {"score": of, "rules": taxonomy.source})

    def cell(value: float) -> str:
        return f"{value:.0%}" if controls else f"{value:.1f} {told.word(made.band(value))}"

    words = [told.word(d.name) for d in taxonomy.drivers]
    rows = [[told.word(str(line)), *map(cell, heat.loc[line])] for line in heat.index]
    data = {"taxonomy": taxonomy.source, "scores": heat.to_dict("index")}
    head = "model" if by_model else "business line"
    return told.show("AI carbon risk", [head, *words], rows, data)


def indicators(
    footprint: Footprint = None,
    project: ProjectFile = None,
    as_of: AsOf = None,
    target: Annotated[
        str | None, typer.Option(metavar="BASE:KG:YEAR:CUT", help="2025:120000:2030:0.5")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep readings and breaches in the project.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Exit code 1 when one is red.")] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    lang: Lang = "en",
) -> None:
    """Indicators against the limits of the appetite."""
    told = answer(lang, as_json=as_json, as_csv=as_csv)
    with told.bad_input():
        day, appetite = day_of(as_of), read_appetite()
        made = score(exposures(footprint, project, told.language), read_taxonomy(), day)
        found = readings(made, appetite, day, target_of(target))
        ahead = _outlooks(project, found, appetite)
        if keep:
            told.say(_kept_readings(project, found, appetite))
    rows: list[list[str]] = []
    for reading in found:
        limit = appetite.limit(reading.key)
        assert limit is not None  # readings come from the limits
        value = written(reading.value, told.language, unit=limit.unit)
        limits = [f"{limit.amber:g}", f"{limit.red:g}"]
        level, owner = told.word(reading.level.value), told.word(limit.owner)
        rows.append([told.word(limit.name), value.text, value.interval, *limits, level, owner])
        why = reading.why_unknown or (ahead[reading.key].said if reading.key in ahead else None)
        if why is not None and not (as_json or as_csv):
            words = {"name": limit.name, "why": why.text(told.language)}
            told.say(sentence("{name}: {why}", **words))
    head = ["indicator", "value", "95 % interval", "amber", "red", "level", "owner"]
    data = {"appetite": appetite.source, "readings": found, "outlooks": ahead}
    told.show("Indicators", head, rows, data)
    if check and any(r.level is Level.RED for r in found):
        negative(told.word("An indicator stands beyond its red limit."))


def regulation(
    footprint: Footprint = None,
    project: ProjectFile = None,
    kept: Annotated[
        list[str] | None, typer.Option(help=f"What else the bank keeps: {', '.join(KEPT)}.")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    lang: Lang = "en",
) -> None:
    """Coverage of each regime's figures. Coverage is shown, compliance is never claimed."""
    told = answer(lang, as_json=as_json, as_csv=as_csv)
    with told.bad_input():
        for word in kept or ():
            if word not in KEPT:
                raise RiskError(
                    sentence(
                        "{where} is “{value}”; use one of {choices}.",
                        where="--kept",
                        value=word,
                        choices=", ".join(KEPT),
                    )
                )
        always = {"appetite", "taxonomy", "scenarios"}
        always |= {"inventory", "event_log", "indicators"} if project else set[str]()
        held = always | set(kept or ()) | _kept(project)
        table = exposures(footprint, project, told.language)
        found = coverage(table, held, day_of(as_of))
    rows = [
        [
            r.obligation.regime,
            r.obligation.reference,
            r.obligation.status,
            r.obligation.applies_from.isoformat(),
            told.word(r.coverage.value),
            "–" if r.share is None else f"{r.share * 100:.0f} %",
        ]
        for r in found
    ]
    head = ["regime", "reference", "status", "applies from", "coverage", "filled"]
    told.show("Regulation: coverage, not compliance", head, rows, found)


def _outlooks(project: Path | None, found: list[Reading], appetite: Appetite) -> dict[str, Outlook]:
    """Where each indicator of a project is heading, from the readings kept and today's."""
    if project is None:
        return {}
    with Project.open(project) as opened:
        kept: list[Reading] = opened.shelf("readings").all()
    made: dict[str, Outlook] = {}
    for today in found:
        limit = appetite.limit(today.key)
        earlier = [r for r in kept if r.key == today.key and r.day < today.day]
        series = sorted((*earlier, today), key=lambda r: r.day)
        if limit is not None and today.figure is not None:
            known = [(r.day, r.figure) for r in series if r.figure is not None]
            made[today.key] = outlook([d for d, _ in known], [v for _, v in known], limit)
    return made


def _kept_readings(project: Path | None, found: list[Reading], appetite: Appetite) -> Sentence:
    if project is None:
        raise RiskError(sentence("Readings are kept in a project; give one with --project."))
    with Project.open(project) as opened:
        shelf = opened.shelf("breaches")
        opened.shelf("readings").put_many(found)
        shelf.put_many(updated_breaches(shelf.all(), found, appetite))
    return sentence("{count} readings are kept in {file}.", count=len(found), file=str(project))


def _kept(project: Path | None) -> set[str]:
    """What the project proves that the bank keeps."""
    if project is None:
        return set()
    with Project.open(project) as opened:
        found = {r.key for r in opened.shelf("readings").all()}
        kept = {"stress_test"} if LOSS_KEY in found else set[str]()
        kept |= {"target"} if opened.setting("carbon_target") else set[str]()
        return kept | ({"reverse_stress_test"} if opened.setting("reverse_stress_test") else set())
