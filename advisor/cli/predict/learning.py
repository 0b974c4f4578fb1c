"""`predict validate` and `predict fit`: judge on a measured table, and keep a fitted model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.console import OUT, bad_input, fail, note, print_json, print_table, show_progress
from advisor.cli.predict.tables import (
    HEADINGS,
    Category,
    Device,
    Energy,
    Family,
    Idle,
    Json,
    Precision,
    Processes,
    Size,
    Table,
    Throughput,
    Unit,
    columns_of,
    read_table,
    score_row,
)
from advisor.predict.columns import UnusableTableError


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
    processes: Processes = 2,
    json: Json = False,
) -> None:
    """Judge every way of predicting on whole groups it never saw, beside the naive rivals."""
    columns = columns_of(
        energy,
        size,
        energy_unit=energy_unit,
        throughput=throughput,
        device=device,
        idle_power=idle_power,
        precision=precision,
        category=category,
    )
    frame = read_table(table)

    from joblib.externals.loky.process_executor import TerminatedWorkerError

    from advisor.predict.leakage import refuse_answers
    from advisor.predict.validation import validate

    with bad_input(UnusableTableError):
        refuse_answers(frame, columns)
    try:
        with bad_input(UnusableTableError), show_progress("Leaving groups out") as (bar, task):
            found = validate(
                frame,
                columns,
                leave_out,
                progress=lambda done, total: bar.update(task, completed=done / total),
                processes=processes,
            )
    except TerminatedWorkerError:
        fail(
            "A worker process was ended from outside, most often because memory ran out; free "
            "memory, or try again with --processes 1."
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
    family: Family = None,
) -> None:
    """Fit on measured runs, keep the model, and show its contenders and its power law."""
    columns = columns_of(
        energy,
        size,
        energy_unit=energy_unit,
        throughput=throughput,
        device=device,
        idle_power=idle_power,
        precision=precision,
        category=category,
        family=family,
    )
    frame = read_table(table)

    from advisor.predict.fitting import fit
    from advisor.predict.leakage import refuse_answers
    from advisor.predict.storing import save

    with (
        bad_input(UnusableTableError, OSError),
        show_progress("Fitting every contender, leaving groups out") as (bar, task),
    ):
        bar.update(task, total=None)
        refuse_answers(frame, columns)
        model = fit(frame, columns)
        card = save(model, output)
    for words in model.notes:
        note(words)
    print_table(
        f"{table.name}: left out inside", HEADINGS, [score_row(s) for s in model.contenders]
    )
    OUT.print(model.formula, markup=False, highlight=False)
    note(f"Kept in {output} as {card.model_id}.")
