"""Where the bank stands: scores, indicators against limits, regulation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.console import bad_input, fail, negative, note, print_json, print_table
from advisor.cli.risk.options import (
    KINDS,
    AsJson,
    AsOf,
    Footprint,
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


def scores(
    footprint: Footprint = None,
    project: ProjectFile = None,
    as_of: AsOf = None,
    inherent: Annotated[bool, typer.Option("--inherent", help="Before controls.")] = False,
    by_model: Annotated[bool, typer.Option("--by-model", help="A row a model.")] = False,
    as_json: AsJson = False,
) -> None:
    """Heat map: score of each driver by business line, 1 to 5."""
    with bad_input(*KINDS):
        made = score(exposures(footprint, project), read_taxonomy(), day_of(as_of))
        of = "inherent" if inherent else "residual"
        heat = getattr(made, of) if by_model else made.heat_map(of)
        if as_json:
            return print_json({"taxonomy": made.taxonomy.source, "scores": heat.to_dict("index")})
        rows = [
            [str(line), *(f"{v:.1f} {made.band(v)}" for v in heat.loc[line])] for line in heat.index
        ]
        print_table(
            "AI carbon risk", ["model" if by_model else "business line", *heat.columns], rows
        )
    return None


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
) -> None:
    """Indicators against the limits of the appetite."""
    with bad_input(*KINDS):
        day, appetite = day_of(as_of), read_appetite()
        made = score(exposures(footprint, project), read_taxonomy(), day)
        found = readings(made, appetite, day, target_of(target))
        ahead = _outlooks(project, found, appetite)
        if keep:
            _keep(project, found, appetite)
    if as_json:
        print_json({"appetite": appetite.source, "readings": found, "outlooks": ahead})
    else:
        rows: list[list[str]] = []
        for reading in found:
            limit = appetite.limit(reading.key)
            assert limit is not None  # readings come from the limits
            value = written(reading.value, unit=limit.unit).text
            rows.append(
                [
                    limit.name,
                    value,
                    f"{limit.amber:g}",
                    f"{limit.red:g}",
                    reading.level.value,
                    limit.owner,
                ]
            )
            if reading.why_unknown:
                note(f"{limit.name}: {reading.why_unknown}")
            elif reading.key in ahead:
                note(f"{limit.name}: {ahead[reading.key].said}")
        print_table(
            f"Indicators, {day}", ["indicator", "value", "amber", "red", "level", "owner"], rows
        )
    if check and any(r.level is Level.RED for r in found):
        negative("An indicator stands beyond its red limit.")


def regulation(
    footprint: Footprint = None,
    project: ProjectFile = None,
    kept: Annotated[
        list[str] | None, typer.Option(help=f"What else the bank keeps: {', '.join(KEPT)}.")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Coverage of each regime's figures. Coverage is shown, compliance is never claimed."""
    with bad_input(*KINDS):
        for word in kept or ():
            if word not in KEPT:
                fail(f"“{word}” is not known; use {', '.join(KEPT)}.")
        always = {"appetite", "taxonomy", "scenarios"}
        always |= {"inventory", "event_log", "indicators"} if project else set[str]()
        found = coverage(
            exposures(footprint, project), always | set(kept or ()) | _kept(project), day_of(as_of)
        )
    if as_json:
        return print_json(found)
    return print_table(
        "Regulation: coverage, not compliance",
        ["regime", "reference", "status", "applies from", "coverage", "filled"],
        [
            [
                r.obligation.regime,
                r.obligation.reference,
                r.obligation.status,
                r.obligation.applies_from.isoformat(),
                r.coverage.value,
                "–" if r.share is None else f"{r.share * 100:.0f} %",
            ]
            for r in found
        ],
    )


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


def _keep(project: Path | None, found: list[Reading], appetite: Appetite) -> None:
    if project is None:
        fail("Readings are kept in a project; give one with --project.")
    with Project.open(project) as opened:
        shelf = opened.shelf("breaches")
        opened.shelf("readings").put_many(found)
        shelf.put_many(updated_breaches(shelf.all(), found, appetite))
    note(f"{len(found)} readings are kept in {project}.")


def _kept(project: Path | None) -> set[str]:
    """What the project proves that the bank keeps."""
    if project is None:
        return set()
    with Project.open(project) as opened:
        found = {r.key for r in opened.shelf("readings").all()}
        kept = {"stress_test"} if LOSS_KEY in found else set[str]()
        kept |= {"target"} if opened.setting("carbon_target") else set[str]()
        return kept | ({"reverse_stress_test"} if opened.setting("reverse_stress_test") else set())
