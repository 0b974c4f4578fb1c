"""The shelf of scenarios: listed, spread by model, imported, combined, added, removed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.console import print_json
from advisor.cli.risk.answer import Answer, answer
from advisor.cli.risk.options import AsCsv, AsJson, By, Lang
from advisor.risk import (
    Driver,
    Library,
    RiskError,
    import_ngfs,
    keep_pathway,
    keep_pathways,
    keep_scenario,
    library,
    read_pathways,
    remove_own,
)
from advisor.sentences import Sentence, sentence


def scenarios(
    spread: Annotated[
        str | None, typer.Option(help="A published scenario: its models side by side.")
    ] = None,
    region: Annotated[str, typer.Option(help="Region of --spread.")] = "OECD & EU (R5)",
    import_file: Annotated[
        Path | None, typer.Option("--import-ngfs", help="Export of the NGFS Scenario Explorer.")
    ] = None,
    combine: Annotated[
        str | None, typer.Option(help="Keep a combination: keys of pathways or scenarios, by +.")
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the combination.")] = "",
    add: Annotated[
        Path | None, typer.Option(help="Pathways of your own: a profile (.toml).")
    ] = None,
    remove: Annotated[str | None, typer.Option(help="Key of an own one to remove.")] = None,
    by: By = "",
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    lang: Lang = "en",
) -> None:
    """Scenarios and pathways with their sources."""
    told = answer(lang, as_json=as_json, as_csv=as_csv)
    with told.bad_input():
        if import_file is not None:
            made = import_ngfs(import_file)
            kept = keep_pathways(made, import_file)
            return told.say(_counted(len(made), str(kept)))
        if add is not None:
            added = [keep_pathway(p, by, date.today()) for p in read_pathways(add)]
            return told.say(_counted(len(added), str(add)))
        if remove is not None:
            remove_own(remove, by, date.today())
            return told.say(sentence("{key} is removed.", key=remove))
        shelf = library()
        if combine is not None:
            keys = [part.strip() for part in combine.split("+")]
            kept_as = keep_scenario(name, keys, shelf, by, date.today())
            said = sentence(
                "The scenario “{name}” is kept as {key}.", name=kept_as.name, key=kept_as.key
            )
            return told.say(said)
        if spread is not None:
            return _show_spread(told, shelf, spread, region)
    pathways = [
        [p.key, told.word(p.name), p.driver.value, p.unit, p.region, p.source]
        for p in shelf.pathways.values()
    ]
    head = ["key", "name", "driver", "unit", "region", "source"]
    if as_json:
        stored = {"scenarios": shelf.scenarios.values(), "pathways": shelf.pathways.values()}
        return print_json({kind: list(nouns) for kind, nouns in stored.items()})
    if not as_csv:
        told.table(
            "Scenarios",
            ["key", "name", "models"],
            [
                [s.key, told.word(s.name), ", ".join(s.models) or "–"]
                for s in shelf.scenarios.values()
            ],
        )
    return told.show("Pathways", head, pathways, None)


def _counted(count: int, file: str) -> Sentence:
    return sentence("{count} pathways are kept: {file}.", count=count, file=file)


def _show_spread(told: Answer, shelf: Library, name: str, region: str) -> None:
    with told.bad_input():
        table = shelf.spread(Driver.CARBON_PRICE, name, region)
        if table.empty:
            raise RiskError(
                sentence(
                    "There is no published scenario “{name}” for {region}; `risk scenarios` lists "
                    "them.",
                    name=name,
                    region=region,
                )
            )
    rows = [[str(year), *(f"{v:,.1f}" for v in table.loc[year])] for year in table.index]
    title = "Carbon price by model, US$2010 per tonne (never averaged)"
    data = {str(k): v for k, v in table.to_dict().items()}
    told.show(title, ["year", *map(str, table.columns)], rows, data)
