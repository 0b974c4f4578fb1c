"""Internal carbon price: what AI costs each team and business line, and who saved what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from advisor.cli.console import bad_input, fail, print_json, print_table
from advisor.cli.risk.options import (
    KINDS,
    AsJson,
    BankFile,
    Footprint,
    ProjectFile,
    bank_of,
    exposures,
    records,
)
from advisor.risk import incentives, monthly_exposures, read_exposures, with_metered
from advisor.risk import showback as showback_of


def showback(
    year: Annotated[int, typer.Argument(help="Year that is charged.")],
    footprint: Footprint = None,
    project: ProjectFile = None,
    metered: Annotated[
        Path | None, typer.Option(help="Metered months (.csv): model_id, month, energy_kwh.")
    ] = None,
    against: Annotated[Path | None, typer.Option(help="Footprint before: who saved what.")] = None,
    bank: BankFile = None,
    as_json: AsJson = False,
) -> None:
    """Internal carbon price: cost per business line and month; with --against, who saved what."""
    with bad_input(*KINDS):
        figures = bank_of(bank, project)
        months = monthly_exposures(exposures(footprint, project), year)
        if metered is not None:
            months = with_metered(months, _table(metered))
        table = (
            incentives(monthly_exposures(read_exposures(against), year), months, figures)
            if against
            else showback_of(months, figures)
        )
    if as_json:
        return print_json(records(table))
    rows = [
        [f"{cell:,.0f}" if isinstance(cell, float) else str(cell) for cell in row]
        for row in table.astype(object).to_numpy().tolist()
    ]
    return print_table(f"Showback {year}, {figures.currency}", [str(c) for c in table], rows)


def _table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, comment="#")
    except (OSError, ValueError) as error:
        fail(f"{path} cannot be read as a table: {error}.")
