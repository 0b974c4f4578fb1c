"""`carbon-advisor predict`: validate on a measured table, fit, predict a table of models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from advisor.cli.console import OUT, bad_input, fail, note, print_json, print_table, show_progress
from advisor.predict.columns import Columns, UnusableTableError
from advisor.predict.scores import Score

Table = Annotated[
    Path, typer.Argument(help="A table of measured runs (.csv, .tsv, .parquet, .xlsx).")
]
Energy = Annotated[str, typer.Option("--energy", help="Column with the energy per call.")]
Unit = Annotated[str, typer.Option("--energy-unit", help="Its unit: J, mJ, Wh, kWh …")]
Size = Annotated[list[str], typer.Option("--size", help="Column with a size; repeatable.")]
Throughput = Annotated[str | None, typer.Option("--throughput", help="Column: calls per second.")]
Device = Annotated[str | None, typer.Option("--device", help="Column: name of the device.")]
Idle = Annotated[str | None, typer.Option("--idle-power", help="Column: idle power in watts.")]
Precision = Annotated[str | None, typer.Option("--precision", help="Column: number format.")]
Category = Annotated[
    list[str] | None, typer.Option("--category", help="Any other column of names; repeatable.")
]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def register(app: typer.Typer) -> None:
    """Add the group `predict`."""
    group = typer.Typer(help="Energy of what was not measured.", no_args_is_help=True)
    group.command("validate")(validate_table)
    group.command("fit")(fit_table)
    group.command("models")(predict_models)
    app.add_typer(group, name="predict")


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
        f"{table.name}: {found.runs} runs, {found.groups} groups of “{leave_out}” left out",
        _HEADINGS,
        [_row(s) for s in found.scores],
    )
    chosen = ", ".join(f"{name} ({times}×)" for name, times in found.chosen.items())
    note(f"Chosen inside the training rows: {chosen}. Rivals are marked with ·.")


_NOTHING = ("", "NA", "N/A", "n/a", "nan", "NaN", "None", "null", "NULL", "#N/A")
"""Cells that say nothing, as pandas and spreadsheets write them."""
_HEADINGS = [
    "contender",
    "MAPE",
    "median error",
    "R² log",
    "Kendall τ",
    "in 80 %",
    "in 90 %",
    "in 95 %",
    "width 90 %",
]


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
    print_table(f"{table.name}: left out inside", _HEADINGS, [_row(s) for s in model.contenders])
    OUT.print(model.formula, markup=False, highlight=False)
    note(f"Kept in {output} as {card.model_id}.")


def predict_models(
    table: Annotated[Path, typer.Argument(help="A table of models to predict.")],
    model: Annotated[
        Path | None, typer.Option("--model", help="A fitted model; else the shipped prior.")
    ] = None,
    local: Annotated[
        Path | None,
        typer.Option("--local", help="Local measurements that move the prior (with energy_j)."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="CSV to write; else standard output.")
    ] = None,
    level: Annotated[float, typer.Option("--level", help="Level of the intervals, 0 to 1.")] = 0.95,
) -> None:
    """Energy per call of every row of a table, with intervals and the model that made it."""
    from advisor.predict.prior import predict_inventory
    from advisor.predict.storing import UnusableModelFileError, load

    if not 0 < level < 1:
        fail(f"The level {level} is not between 0 and 1; 0.95 is usual.")
    frame = read_table(table)
    with bad_input(UnusableTableError, UnusableModelFileError):
        if model is not None:
            found = load(model).predict(frame, level)
        else:
            measured = read_table(local) if local is not None else None
            found = predict_inventory(frame, measured, level=level)
    together = pd.concat([frame, found.add_prefix("predicted_")], axis=1)
    if output is None:
        typer.echo(together.to_csv(index=False), nl=False)
    else:
        together.to_csv(output, index=False)
        note(f"{len(together):,} predictions in {output}.")


def read_table(path: Path) -> pd.DataFrame:
    """A table from a file, its cells as they stand; one sentence and exit code 2 when that fails.

    Cells that say that nothing is known (empty, “n/a”, “NaN” …) are empty.
    """
    from advisor.portfolio.errors import PortfolioError
    from advisor.portfolio.reading import read_table as read

    if path.is_dir():
        fail(f"{path} is a folder; give the path of a table.")
    with bad_input(PortfolioError):
        frame = read(path)
    for name in frame.select_dtypes(["object", "string"]).columns:
        nothing = frame[name].astype("string").str.strip().isin(_NOTHING)
        frame[name] = frame[name].mask(nothing)
    return frame


def _row(s: Score) -> list[str]:
    return [
        ("· " if s.rival else "") + s.contender,
        _percent(s.mape),
        _percent(s.median_error),
        "–" if s.r2_log is None else f"{s.r2_log:.3f}",
        "–" if s.tau is None else f"{s.tau:.3f}",
        *(_percent(s.coverage[q]) for q in ("80%", "90%", "95%")),
        _percent(s.width["90%"]),
    ]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
