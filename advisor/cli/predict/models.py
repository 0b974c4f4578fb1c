"""`predict models`, `predict next`: a table of models predicted, and which to measure next."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from advisor.cli.console import bad_input, fail, note, print_json, print_table
from advisor.cli.predict.tables import Json, read_table
from advisor.figures import written
from advisor.predict.columns import UnusableTableError
from advisor.quantities import Provenance, Quantity

if TYPE_CHECKING:
    from advisor.predict.local_runs import Learnt

ProjectFile = Annotated[
    Path | None, typer.Option("--project", help="Its measurements move the shipped prior.")
]


def predict_models(
    table: Annotated[Path, typer.Argument(help="A table of models to predict.")],
    model: Annotated[
        Path | None, typer.Option("--model", help="A fitted model; else the shipped prior.")
    ] = None,
    local: Annotated[
        Path | None,
        typer.Option("--local", help="Local measurements that move the prior (with energy_j)."),
    ] = None,
    project: ProjectFile = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="CSV to write; else standard output.")
    ] = None,
    level: Annotated[float, typer.Option("--level", help="Level of the intervals, 0 to 1.")] = 0.95,
) -> None:
    """Energy per call of every row of a table, with intervals and the model that made it."""
    if not 0 < level < 1:
        fail(f"The level {level} is not between 0 and 1; 0.95 is usual.")
    if sum(chosen is not None for chosen in (model, local, project)) > 1:
        fail("Choose one of --model, --local and --project.")
    frame = read_table(table)

    from advisor.predict.prior import known_columns, predict_inventory
    from advisor.predict.storing import UnusableModelFileError, load

    if model is None and not set(known_columns(frame)) - {"device", "precision", "family"}:
        fail(
            f"{table} has neither a size nor a throughput; give parameters, flops_per_call or "
            "throughput_per_s (and precision, device, idle_w, family where known)."
        )
    with bad_input(UnusableTableError, UnusableModelFileError):
        if model is not None:
            found = load(model).predict(frame, level)
        elif project is not None:
            found = _own(project).predict(frame, level)
        else:
            measured = read_table(local) if local is not None else None
            found = predict_inventory(frame, measured, level=level)
    together = pd.concat([frame, found.add_prefix("predicted_")], axis=1)
    _remarks(found, frame.get("calls_per_year"))
    if output is None:
        typer.echo(together.to_csv(index=False), nl=False)
        return
    with bad_input(OSError):
        together.to_csv(output, index=False)
    note(f"{len(together):,} predictions in {output}.")


def next_measurements(
    inventory: Annotated[
        Path | None, typer.Argument(help="An inventory of models (.csv, .xlsx, .parquet).")
    ] = None,
    project: ProjectFile = None,
    count: Annotated[int, typer.Option("--count", help="How many to name.", min=1)] = 5,
    json: Json = False,
) -> None:
    """Measure these next: the models whose benchmark narrows the portfolio's total the most."""
    from advisor.portfolio import PortfolioError, inventory_frame, take_in
    from advisor.portfolio import read_table as read_inventory_file
    from advisor.predict.local_runs import learnt_from, local_runs
    from advisor.predict.shortlist import shortlist
    from advisor.project import Project, ProjectError
    from advisor.project.inventory import with_measured

    if inventory is None and project is None:
        fail("Give an inventory, or --project with one inside.")
    with bad_input(PortfolioError, UnusableTableError, ProjectError):
        frame = None
        if inventory is not None:
            intake = take_in(read_inventory_file(inventory))
            for wrong in intake.wrong:
                note(f"row {wrong.number} ({wrong.model_id or 'no id'}): {wrong.reason}")
            frame = intake.inventory
        if project is None:
            learnt = learnt_from(local_runs([], {}))
        else:
            learnt = _own(project)
            with Project.open(project) as opened:
                frame = inventory_frame(opened.models.all()) if frame is None else frame
                frame = with_measured(opened, frame)
        found = shortlist(learnt, frame, count) if frame is not None and len(frame) else None
    if found is None:
        note("No model is left to predict: all are measured, unused, or of unknown size.")
        return
    if json:
        figures = {"total": found.total, "after": found.after, "half_width_after": found.left}
        print_json({**figures, **_steps(found.steps)})
        return
    rows = [
        [
            str(step["place"]),
            str(step["id"]),
            str(step["name"]),
            str(written(_energy(step))),
            written(_energy(step)).interval,
            f"{100 * step['narrowing']:.0f} %",
        ]
        for step in found.steps.to_dict("records")
    ]
    headings = ["measure", "id", "name", "J per call", "95 % interval", "narrower by then"]
    print_table(f"{found.predicted:,} predicted models: measure these next", headings, rows)
    now = written(found.total)
    note(f"Energy of the predicted models in a year: {now} ({now.interval}).")
    note(
        f"With these measured it would be known to about ± {written(found.left)}, wherever the "
        "total then lies."
    )


def _own(project: Path) -> Learnt:
    from advisor.project import Project, ProjectError
    from advisor.project.prediction import own_prediction

    with bad_input(ProjectError), Project.open(project) as opened:
        own = own_prediction(opened)
    if own.fitted_anew is not None:
        note(f"{own.fitted_anew} Fitted anew on {own.learnt.local} runs of the project.")
    return own.learnt


def _remarks(found: pd.DataFrame, calls: pd.Series | None) -> None:
    from advisor.predict.reach import Reach, farthest, yearly

    note(Reach.of(found["grade"], yearly(found["energy_j"], calls)).words())
    if found["extrapolated"].any():
        note(
            f"{int(found['extrapolated'].sum()):,} of {len(found):,} rows are extrapolated, their "
            f"intervals wider for it. The farthest: {farthest(found)}"
        )
    for state, rows in found["used"].value_counts().items():
        note(f"{rows:,} rows by “{state}”.")
    unknown = int(found["energy_j"].isna().sum())
    if unknown:
        note(f"{unknown:,} rows have neither a size nor a throughput: not predicted.")


def _steps(steps: pd.DataFrame) -> dict[str, object]:
    return {"measure_next": steps.to_dict("records")}


def _energy(step: Mapping[Hashable, object]) -> Quantity:
    value, low, high = (float(str(step[n])) for n in ("energy_j", "energy_j_low", "energy_j_high"))
    return Quantity(
        value=value, low=low, high=high, unit="J", provenance=Provenance.PREDICTED, source="predict"
    )
