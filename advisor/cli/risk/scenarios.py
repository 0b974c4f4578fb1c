"""The shelf of scenarios: listed, spread by model, imported, combined, added, removed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.console import bad_input, fail, note, print_json, print_table
from advisor.cli.risk.options import KINDS, AsJson, By
from advisor.risk import (
    Driver,
    Library,
    import_ngfs,
    keep_pathway,
    keep_pathways,
    keep_scenario,
    library,
    read_pathways,
    remove_own,
)


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
) -> None:
    """Scenarios and pathways with their sources."""
    with bad_input(*KINDS):
        if import_file is not None:
            made = import_ngfs(import_file)
            kept = keep_pathways(made, import_file)
            return note(f"{len(made)} pathways of {import_file} are kept in {kept}.")
        if add is not None:
            added = [keep_pathway(p, by, date.today()) for p in read_pathways(add)]
            return note(f"{len(added)} pathways of {add} are kept.")
        if remove is not None:
            remove_own(remove, by, date.today())
            return note(f"{remove} is removed.")
        shelf = library()
        if combine is not None:
            keys = [part.strip() for part in combine.split("+")]
            kept_as = keep_scenario(name, keys, shelf, by, date.today())
            return note(f"The scenario “{kept_as.name}” is kept as {kept_as.key}.")
        if spread is not None:
            return _print_spread(shelf, spread, region, as_json)
    if as_json:
        return print_json(
            {"scenarios": list(shelf.scenarios.values()), "pathways": list(shelf.pathways.values())}
        )
    print_table(
        "Scenarios",
        ["key", "name", "models"],
        [[s.key, s.name, ", ".join(s.models) or "–"] for s in shelf.scenarios.values()],
    )
    return print_table(
        "Pathways",
        ["key", "driver", "unit", "region", "source"],
        [[p.key, p.driver.value, p.unit, p.region, p.source] for p in shelf.pathways.values()],
    )


def _print_spread(shelf: Library, name: str, region: str, as_json: bool) -> None:
    table = shelf.spread(Driver.CARBON_PRICE, name, region)
    if table.empty:
        fail(f"There is no published scenario “{name}” for {region}; `risk scenarios` lists them.")
    if as_json:
        return print_json({str(k): v for k, v in table.to_dict().items()})
    return print_table(
        f"{name}, {region}: carbon price by model, US$2010 per tonne (never averaged)",
        ["year", *table.columns],
        [[str(year), *(f"{v:,.1f}" for v in table.loc[year])] for year in table.index],
    )
