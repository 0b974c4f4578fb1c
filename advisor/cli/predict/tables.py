"""Tables of runs at the terminal: reading them, and the scores of contenders in one table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from advisor.cli.console import bad_input, fail
from advisor.predict.columns import Columns

if TYPE_CHECKING:
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
Processes = Annotated[
    int, typer.Option("--processes", help="Processes side by side; 1 needs least memory.", min=1)
]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Family = Annotated[str | None, typer.Option("--family", help="Column: model family.")]
_NOTHING = ("", "NA", "N/A", "n/a", "nan", "NaN", "None", "null", "NULL", "#N/A")
"""Cells that say nothing, as pandas and spreadsheets write them."""
FAR = 100.0
"""Errors and widths above it are all the same: of no use. The figures stand in the JSON."""
HEADINGS = [
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


def read_table(path: Path) -> pd.DataFrame:
    """A table from a file, its cells as they stand; one sentence and exit code 2 when that fails.

    Cells that say that nothing is known (empty, “n/a”, “NaN” …) are empty.
    """
    if path.is_dir():
        fail(f"{path} is a folder; give the path of a table.")
    if not path.exists():
        fail(f"There is no file {path}; check the name.")

    from advisor.portfolio.errors import PortfolioError
    from advisor.portfolio.reading import read_table as read

    with bad_input(PortfolioError):
        frame = read(path)
    for name in frame.select_dtypes(["object", "string"]).columns:
        nothing = frame[name].astype("string").str.strip().isin(_NOTHING)
        frame[name] = frame[name].mask(nothing)
    return frame


def columns_of(
    energy: str,
    size: list[str],
    *,
    energy_unit: str,
    throughput: str | None,
    device: str | None,
    idle_power: str | None,
    precision: str | None,
    category: list[str] | None,
    family: str | None = None,
) -> Columns:
    """The parts that the options give to columns; one named twice counts once."""
    return Columns(
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


def score_row(s: Score) -> list[str]:
    """One contender under `HEADINGS`; rivals are marked with ·."""
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
    if share is None:
        return "–"
    return f"{100 * share:.1f} %" if share < FAR else f"> {100 * FAR:,.0f} %"
