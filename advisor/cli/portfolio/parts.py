"""What the commands about the portfolio share: their options, the study, tables as records."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from advisor.carbon import CarbonError
from advisor.cli.console import fail, note
from advisor.figures import written
from advisor.portfolio import PortfolioError, Study
from advisor.predict.columns import UnusableTableError
from advisor.profiles import ProfileError
from advisor.project import Project, ProjectError
from advisor.project.inventory import inventory_study
from advisor.quantities import Provenance, Quantity
from advisor.rank import RankError

ERRORS = (
    PortfolioError,
    ProjectError,
    CarbonError,
    RankError,
    ProfileError,
    UnusableTableError,
    OSError,
    UnicodeDecodeError,
)
ProjectFile = Annotated[Path, typer.Option("--project", help="Project file.")]
NoPredict = Annotated[
    bool, typer.Option("--no-predict", help="Leave unknown what was not measured or stated.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def study_of(opened: Project, no_predict: bool) -> Study:
    """The study of the project's inventory; ends the command where there is none."""
    if not opened.models.count():
        fail("The project holds no inventory; use “carbon-advisor portfolio import” first.")
    if not no_predict:
        note("Predicting the energy of models that nobody measured …")
    found = inventory_study(opened, predict=not no_predict)
    assert found is not None, "the inventory was counted above"
    return found


def shown(quantity: Quantity | None) -> str:
    """A figure with its interval."""
    figure = written(quantity)
    return f"{figure.text}  ({figure.interval})" if figure.interval else figure.text


def carbon(value_kg: float, low_kg: float = math.nan, high_kg: float = math.nan) -> str:
    """Carbon in the unit a reader would choose, so that grams do not read as nothing."""
    if pd.isna(value_kg):
        return "–"
    ends = (value_kg, value_kg) if pd.isna(low_kg) or pd.isna(high_kg) else (low_kg, high_kg)
    of = Quantity.from_interval(value_kg, *ends, "kgCO2e", Provenance.ESTIMATED, "", "option")
    figure = written(of)
    return figure.text if ends == (value_kg, value_kg) else f"{figure.text}  ({figure.interval})"


def number(value: float) -> str:
    """A number, a dash where it is unknown."""
    return "–" if pd.isna(value) else f"{value:,.2f}"


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain data; sentences in English, unknown as null."""
    plain = table.assign(evidence=table["evidence"].map(str)) if "evidence" in table else table
    return json.loads(plain.to_json(orient="records", force_ascii=False))
