"""Internal carbon price: what AI costs each team and business line, and who saved what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from advisor.cli.risk.answer import answer
from advisor.cli.risk.options import (
    AsCsv,
    AsJson,
    BankFile,
    Footprint,
    Lang,
    ProjectFile,
    bank_of,
    exposures,
    records,
)
from advisor.risk import incentives, monthly_exposures, read_exposures, read_months, with_metered
from advisor.risk import showback as showback_of

_MONEY = ("energy_cost", "carbon_cost", "cost", "money_saved")


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
    as_csv: AsCsv = False,
    lang: Lang = "en",
) -> None:
    """Internal carbon price: cost per business line and month; with --against, who saved what."""
    told = answer(lang, as_json=as_json, as_csv=as_csv)
    with told.bad_input():
        figures = bank_of(bank, project)
        months = monthly_exposures(exposures(footprint, project, told.language), year)
        if metered is not None:
            months = with_metered(months, read_months(metered))
        table = (
            incentives(monthly_exposures(read_exposures(against), year), months, figures)
            if against
            else showback_of(months, figures)
        )
    if as_csv:
        about = {"currency": figures.currency, "price year": figures.price_year}
        return told.print_csv(table, about | {"figures": figures.source})
    head = [f"{c} [{figures.currency}]" if c in _MONEY else told.word(str(c)) for c in table]
    rows = [
        [_cell(name, value, told.word) for name, value in row.items()]
        for row in table.to_dict("records")
    ]
    return told.show("Internal carbon price", head, rows, records(table))


def _cell(name: object, value: object, word: Callable[[str], str]) -> str:
    if isinstance(value, float):
        if pd.isna(value):
            return "–"
        return f"{value:.0%}" if name == "share_of_saving" else f"{value:,.0f}"
    return ", ".join(word(part) for part in str(value).split(", "))
