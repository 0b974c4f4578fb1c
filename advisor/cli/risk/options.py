"""What the commands of `risk` share: arguments, exposures, the bank's figures, settings."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from advisor.cli.console import note
from advisor.figures import Language
from advisor.portfolio import Study
from advisor.profiles import ProfileError
from advisor.project import Project, ProjectError
from advisor.project.inventory import inventory_study
from advisor.risk import (
    BankFigures,
    RiskError,
    StressSettings,
    Target,
    read_bank_figures,
    read_exposures,
)
from advisor.risk.portfolio_exposures import exposures_of
from advisor.sentences import sentence

KINDS = (RiskError, ProfileError, ProjectError)
Footprint = Annotated[
    Path | None, typer.Argument(metavar="[FOOTPRINT]", help="Footprint per model: .csv, .parquet.")
]
ProjectFile = Annotated[Path | None, typer.Option("--project", help="Project file (*.advisor).")]
BankFile = Annotated[Path | None, typer.Option("--bank", help="The bank's figures (.toml).")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON on stdout.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="As CSV on stdout.")]
Lang = Annotated[str, typer.Option(help="Language of the words: en or ja.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="Day; today.")]
Name = Annotated[str, typer.Option("--scenario", help="Keys of scenarios or pathways, by +.")]
Paths = Annotated[int, typer.Option(min=1, help="Number of paths.")]
By = Annotated[str, typer.Option(help="Who does it; goes into the log.")]
Seed = Annotated[int, typer.Option(help="Seed of the simulation.")]
Years = Annotated[int, typer.Option(min=1, max=40, help="Years of the horizon.")]
FirstYear = Annotated[int | None, typer.Option(help="First year; next year if absent.")]


def exposures(
    footprint: Path | None, project: Path | None, language: Language = "en"
) -> pd.DataFrame:
    """The exposures of a footprint file or of a project's inventory."""
    if footprint is not None:
        return read_exposures(footprint)
    if project is None:
        raise RiskError(
            sentence("Give a footprint (.csv, .parquet) or a project file with --project.")
        )
    with Project.open(project) as opened:
        found = exposures_of(inventory_of(opened).footprint)
    if found.not_covered:
        said = sentence(
            "{count} models have no known footprint; they are left out.",
            count=len(found.not_covered),
        )
        note(said.text(language))
    return found.table


def inventory_of(project: Project) -> Study:
    """The study of a project's inventory. Raises `RiskError` where there is none."""
    found = inventory_study(project)
    if found is None:
        raise RiskError(
            sentence("The project holds no inventory; import one, or give a footprint.")
        )
    return found


def bank_of(bank: Path | None, project: Path | None) -> BankFigures:
    """The bank's figures: a file, else those in force; a fictitious inventory has its own."""
    if bank is None and project is not None:
        with Project.open(project) as opened:
            if any(model.fictitious for model in opened.models.all()):
                return read_bank_figures(name="bank_figures_fictitious")
    return read_bank_figures(bank)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain data; empty cells become null."""
    words = {c: str for c in table if isinstance(table[c].dtype, pd.PeriodDtype)}
    return json.loads(table.astype(words).to_json(orient="records"))


def day_of(text: str | None) -> date:
    """A day as typed; today where none is."""
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError:
        raise RiskError(
            sentence("“{text}” is no day; write it as 2026-11-24.", text=str(text))
        ) from None


def target_of(text: str | None) -> Target | None:
    """A target as typed: base year:kg:year:reduction."""
    if text is None:
        return None
    try:
        base, kg, year, cut = text.split(":")
        return Target(
            base_year=int(base), base_kg=float(kg), target_year=int(year), reduction=float(cut)
        )
    except ValueError:
        raise RiskError(
            sentence(
                "“{text}” is no target; write base year:kg:year:reduction, 2025:120000:2030:0.5.",
                text=text,
            )
        ) from None


def settings_of(first_year: int | None, years: int, paths: int, seed: int) -> StressSettings:
    """Settings of a stress test; the horizon begins next year unless said."""
    first = first_year or date.today().year + 1
    return StressSettings(first_year=first, years=years, paths=paths, seed=seed)
