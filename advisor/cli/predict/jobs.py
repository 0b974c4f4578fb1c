"""`predict training`, `predict tokens`: training jobs from a log, requests to language models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from advisor.cli.console import bad_input, fail, note, print_json, print_table
from advisor.cli.predict.tables import Json, read_table
from advisor.figures import written
from advisor.predict.generation import generation_energy
from advisor.predict.training import UnknownDeviceError, training_energy
from advisor.quantities import Quantity, total

Pue = Annotated[float, typer.Option("--pue", help="Power usage effectiveness of the site.")]


def training(
    log: Annotated[
        Path | None,
        typer.Argument(help="A log: columns gpu_hours, device, and mean_utilisation, pue, job."),
    ] = None,
    gpu_hours: Annotated[
        float | None, typer.Option("--gpu-hours", help="Hours × accelerators of one job.")
    ] = None,
    device: Annotated[str | None, typer.Option("--device", help="Name of the accelerator.")] = None,
    utilisation: Annotated[
        float | None, typer.Option("--utilisation", help="Mean utilisation, 0 to 1.")
    ] = None,
    pue: Pue = 1.0,
    json: Json = False,
) -> None:
    """Electric energy of training jobs: hours × power at the utilisation × host × PUE."""
    if log is not None:
        jobs = _jobs(read_table(log), pue)
    elif gpu_hours is not None and device is not None:
        jobs = [("job", gpu_hours, device, utilisation, pue)]
    else:
        fail("Give a log, or --gpu-hours and --device of one job.")
    found: list[tuple[str, Quantity]] = []
    for name, hours, part, used, site in jobs:
        try:
            energy = training_energy(hours, part, mean_utilisation=used, pue=site)
        except ValueError as error:
            if log is None:
                fail(error)
            note(f"{name} is left out: {error}")
            continue
        found.append((name, energy))
    if not found:
        fail("No job could be predicted.")
    figures = [*found, *([("together", total([q for _, q in found]))] if len(found) > 1 else [])]
    _show("Training energy", figures, json)


def tokens(
    parameters: Annotated[float, typer.Option("--parameters", help="Active ones a token.")],
    prompt: Annotated[float, typer.Option("--prompt", help="Tokens of the prompt.")],
    output: Annotated[float, typer.Option("--output-tokens", help="Tokens written.")],
    device: Annotated[str, typer.Option("--device", help="Name of the accelerator.")],
    precision: Annotated[str, typer.Option("--precision", help="bf16, fp8, int4 …")] = "bf16",
    batch: Annotated[float, typer.Option("--batch", help="Requests served at a time.")] = 1.0,
    json: Json = False,
) -> None:
    """Joules of a request to a generative model, reading (prefill) and writing (decode) apart."""
    with bad_input(UnknownDeviceError, ValueError):
        found = generation_energy(
            parameters, prompt, output, device, precision=precision, batch=batch
        )
    parts = [("prefill", found.prefill), ("decode", found.decode), ("request", found.request)]
    _show("Energy of a request at the accelerator", parts, json)


def _jobs(table: pd.DataFrame, pue: float) -> list[tuple[str, float, str, float | None, float]]:
    for needed in ("gpu_hours", "device"):
        if needed not in table.columns:
            has = ", ".join(map(str, table.columns[:30])) or "none"
            fail(f"The log has no column “{needed}”; it has {has}.")
    hours = pd.to_numeric(table["gpu_hours"], errors="coerce")
    jobs: list[tuple[str, float, str, float | None, float]] = []
    for number in range(len(table)):
        row = table.iloc[number]
        name = str(row["job"]) if "job" in table.columns else f"row {number + 1}"
        if pd.isna(hours.iloc[number]) or pd.isna(row["device"]):
            note(f"{name} is left out: it has no number of GPU hours or no device.")
            continue
        used = _number(row, "mean_utilisation")
        site = _number(row, "pue")
        jobs.append(
            (
                name,
                float(hours.iloc[number]),
                str(row["device"]),
                used,
                pue if site is None else site,
            )
        )
    return jobs


def _number(row: pd.Series, name: str) -> float | None:
    if name not in row.index:
        return None
    value = pd.to_numeric(pd.Series([row[name]]), errors="coerce").iloc[0]
    return None if pd.isna(value) else float(value)


def _show(title: str, figures: list[tuple[str, Quantity]], json: bool) -> None:
    if json:
        print_json(dict(figures))
        return
    rows = [[name, str(written(q)), written(q).interval, _how(name, q)] for name, q in figures]
    print_table(title, ["", "energy", "95 % interval", "how"], rows)


def _how(name: str, figure: Quantity) -> str:
    """The formula with its figures; whose data they are stands in the JSON."""
    return "" if name == "together" else figure.source.partition("; ")[0]
