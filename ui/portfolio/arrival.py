"""What was read on its way in: the table, how it would be taken in, and what it would change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from advisor.portfolio import (
    Difference,
    Intake,
    Mapping,
    guess_mapping,
    models_of,
    read_pasted,
    read_table,
    sample_inventory,
    take_in,
)
from advisor.portfolio.errors import PortfolioError
from advisor.project.inventory import change_by, remembered_mapping, take_over
from advisor.project.project import Project
from ui.i18n import said, tr


@dataclass(frozen=True)
class Arrival:
    """A table that was read, how it would be taken in, and what it would change."""

    source: str
    raw: pd.DataFrame
    mapping: Mapping
    intake: Intake | None
    obstacle: str
    """Why nothing can be taken in with this mapping; empty where it can."""
    change: Difference | None


def arrival_of(project: Project, source: Path | str) -> Arrival:
    """Read a file (`Path`) or pasted text, in a job. Raises `PortfolioError`."""
    raw = read_table(source) if isinstance(source, Path) else read_pasted(source)
    raw = raw.rename(columns=str)
    name = source.name if isinstance(source, Path) else tr("the clipboard")
    known = guess_mapping([str(c) for c in raw.columns], remembered_mapping(project))
    return mapped(project, name, raw, known)


def from_registry(project: Project, address: str) -> Arrival:
    """Read an MLflow registry, in a job. Raises `PortfolioError`."""
    from advisor.collect.mlflow import read_registry

    return _compared(project, "MLflow", read_registry(address))


def mapped(project: Project, source: str, raw: pd.DataFrame, mapping: Mapping) -> Arrival:
    """What comes of a table with a mapping, in a job."""
    try:
        intake = take_in(raw, mapping)
    except PortfolioError as error:
        return Arrival(source, raw, mapping, None, said(error.said), None)
    return _compared(project, source, intake)


def mended(project: Project, arrival: Arrival, number: int, column: str, cell: str) -> Arrival:
    """The arrival with one cell changed, in a job. Raises `PortfolioError`."""
    assert arrival.intake is not None, "only a table that was taken in has wrong rows"
    return _compared(project, arrival.source, arrival.intake.mended(number, column, cell))


def keep(project: Project, arrival: Arrival) -> int:
    """Put new and changed models into the project, in a job; returns how many."""
    return 0 if arrival.intake is None else take_over(project, arrival.intake)


def keep_sample(project: Project) -> int:
    """Put the fictitious models of the sample into the project, in a job."""
    return project.models.put_many(models_of(sample_inventory()), action="sample")


def _compared(project: Project, source: str, intake: Intake) -> Arrival:
    change = change_by(project, intake)
    return Arrival(source, intake.raw, intake.mapping, intake, "", change)
