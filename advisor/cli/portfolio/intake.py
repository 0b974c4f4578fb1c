"""Inventories, registries and meter readings on their way into a project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.console import bad_input, fail, negative, note, print_json, print_table
from advisor.cli.portfolio.parts import ERRORS, AsJson, ProjectFile
from advisor.portfolio import (
    Intake,
    guess_mapping,
    models_of,
    read_metered,
    read_table,
    sample_inventory,
    take_in,
)
from advisor.project import Project
from advisor.project.inventory import change_by, remembered_mapping, take_over

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would change.")]


def import_(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or Parquet.")],
    project: ProjectFile,
    mapping: Annotated[
        str | None, typer.Option("--map", help="field=column, separated by commas.")
    ] = None,
    decimal: Annotated[
        str | None, typer.Option(help="Decimal mark: . or , (as the table's cells say if absent).")
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Read an inventory, list wrong rows, and update the project's models by id."""
    if decimal not in (None, ".", ","):
        fail(f"“{decimal}” is no decimal mark; give . or ,")
    with bad_input(*ERRORS), Project.open_or_create(project) as opened:
        raw = read_table(file)
        columns = raw.columns.map(str).tolist()
        known = remembered_mapping(opened)
        chosen = _by_hand(columns, mapping) if mapping else guess_mapping(columns, known)
        if decimal:
            chosen = chosen.model_copy(update={"decimal": decimal})
        intake = take_in(raw, chosen)
        _take(opened, intake, dry_run, as_json)


def import_mlflow(
    address: Annotated[str, typer.Argument(help="Tracking server or sqlite:///PATH.")],
    project: ProjectFile,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take in the registered models of an MLflow registry, by id."""
    from advisor.collect.mlflow import read_registry

    with bad_input(*ERRORS), Project.open_or_create(project) as opened:
        _take(opened, read_registry(address), dry_run, as_json)


def sample(project: ProjectFile) -> None:
    """Put the fictitious inventory of 600 models into a project."""
    with bad_input(*ERRORS), Project.open_or_create(project) as opened:
        count = opened.models.put_many(models_of(sample_inventory()), action="sample")
    note(f"{count} fictitious models are in {project}.")


def readings(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or Parquet: id, month, energy, calls.")],
    project: ProjectFile,
) -> None:
    """Take in metered months: the actuals beside plans, and the proof of retirements."""
    with bad_input(*ERRORS), Project.open_or_create(project) as opened:
        found = read_metered(read_table(file))
        count = opened.shelf("metered").put_many(found.months, action="readings")
    for row, reason in found.wrong:
        note(f"row {row}: {reason}")
    note(f"{count} metered months are new or changed, of {len(found.months)} read.")
    if found.wrong:
        negative(f"{len(found.wrong)} rows were left out; mend them and import again.")


def _take(opened: Project, intake: Intake, dry_run: bool, as_json: bool) -> None:
    change = change_by(opened, intake)
    if not dry_run:
        take_over(opened, intake)
    for wrong in intake.wrong:
        note(f"row {wrong.number} ({wrong.model_id or 'no id'}): {wrong.reason}")
    counts = {
        "added": len(change.added),
        "changed": int(change.changed["id"].nunique()),
        "unchanged": change.unchanged,
        "not in the source": len(change.absent),
        "wrong rows": intake.wrong_rows,
    }
    if as_json:
        print_json(counts | {"mapping": intake.mapping})
    else:
        print_table("Import", ["", "models"], [[k, f"{v:,}"] for k, v in counts.items()])
    if intake.wrong:
        negative(f"{intake.wrong_rows} rows were left out; mend them and import again.")


def _by_hand(columns: list[str], wishes: str):
    from advisor.portfolio.fields import FIELDS

    chosen = guess_mapping(columns)
    for pair in wishes.split(","):
        field, equals, column = (part.strip() for part in pair.partition("="))
        if not equals or field not in FIELDS or column not in columns:
            fail(f"“{pair.strip()}” is no mapping; write field=column, e.g. id={columns[0]}.")
        chosen = chosen.with_column(column, field)
    return chosen
