"""`predict validate` and `predict fit`: judge on a measured table, and keep a fitted model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.console import OUT, bad_input, note, print_json, print_table, show_progress
from advisor.cli.predict.tables import (
    HEADINGS,
    Category,
    Device,
    Energy,
    Idle,
    Json,
    Precision,
    Size,
    Table,
    Throughput,
    Unit,
    read_table,
    score_row,
)
from advisor.predict.columns import Columns, UnusableTableError


def validate_table(
    table: Table,
    energy: Energy,
    size: Size,
    leave_out: Annotated[
        str, typer.Option("--leave-out", help="Column whose groups are left out, one by one.")
    ],
    energy_unit: Unit = "J",
    throughput: Throughput = None,
    device: Device = None,
    idle_power: Idle = None,
    precision: Precision = None,
    category: Category = None,
    json: Json = False,
) -> None:
    """Judge every way of predicting on whole groups it never saw, beside the naive rivals."""
    from advisor.predict.validation import validate

    columns = Columns(
        energy=energy,
        energy_unit=energy_unit,
        sizes=tuple(dict.fromkeys(size)),
        throughput=throughput,
        device=device,
        idle_power=idle_power,
        precision=precision,
        categories=tuple(dict.fromkeys(category or ())),
    )
    frame = read_table(table)
    with bad_input(UnusableTableError), show_progress("Leaving groups out") as (bar, task):
        found = validate(
            frame,
            columns,
            leave_out,
            progress=lambda done, total: bar.update(task, completed=done / total),
        )
    if json:
        print_json(
            {
                "table": str(table),
                "leave_out": found.leave_out,
                "runs": found.runs,
                "groups": found.groups,
                "folds": found.folds,
                "chosen": found.chosen,
                "notes": [str(n) for n in found.notes],
                "contenders": [s.model_dump(mode="json") for s in found.scores],
            }
        )
        return
    for words in found.notes:
        note(words)
    print_table(
        f"{table.name}: {found.runs} runs; left out: “{leave_out}”, groups: {found.groups}",
        HEADINGS,
        [score_row(s) for s in found.scores],
    )
    chosen = ", ".join(f"{name} ({times}×)" for name, times in found.chosen.items())
    note(f"Chosen inside the training rows: {chosen}. Rivals are marked with ·.")


def fit_table(
    table: Table,
    energy: Energy,
    size: Size,
    output: Annotated[Path, typer.Option("--output", help="File for the fitted model (.skops).")],
    energy_unit: Unit = "J",
    throughput: Throughput = None,
    device: Device = None,
    idle_power: Idle = None,
    precision: Precision = None,
    category: Category = None,
    family: Annotated[str | None, typer.Option("--family", help="Column: model family.")] = None,
) -> None:
    """Fit on measured runs, keep the model, and show its contenders and its power law."""
    from advisor.predict.fitted import fit
    from advisor.predict.storing import save

    columns = Columns(
        energy=energy,
        energy_unit=energy_unit,
        sizes=tuple(dict.fromkeys(size)),
        throughput=throughput,
        device=device,
        idle_power=idle_power,
        precision=precision,
        categories=tuple(dict.fromkeys(category or ())),
        family=family,
    )
    frame = read_table(table)
    with bad_input(UnusableTableError, OSError):
        model = fit(frame, columns)
        card = save(model, output)
    for words in model.notes:
        note(words)
    print_table(
        f"{table.name}: left out inside", HEADINGS, [score_row(s) for s in model.contenders]
    )
    OUT.print(model.formula, markup=False, highlight=False)
    note(f"Kept in {output} as {card.model_id}.")
