"""A table cleaned into arrays: logarithms of what is positive, names as text, gaps as gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.predict.cells import numbers
from advisor.predict.columns import Columns, UnusableTableError, missing_column
from advisor.predict.specifications import log_thermal_power
from advisor.quantities import UnitError, conversion_factor
from advisor.sentences import Sentence, sentence

Floats = NDArray[np.float64]
Names = NDArray[np.object_]
PRECISIONS = {
    **dict.fromkeys(("float32", "fp32", "single", "f32"), "fp32"),
    **dict.fromkeys(("float16", "fp16", "half", "f16"), "fp16"),
    **dict.fromkeys(("bfloat16", "bf16"), "bf16"),
    **dict.fromkeys(("float64", "fp64", "double", "f64"), "fp64"),
    **dict.fromkeys(("int8", "uint8", "w8a8"), "int8"),
}
"""Words of graphs, frameworks and inventories → the word of the shipped runs."""
UNKNOWN = ""
"""How an unknown name is written in `Rows`."""


@dataclass(frozen=True)
class Rows:
    """Runs (or queries) as arrays of one length n; NaN and the empty name mean unknown.

    `log_energy` is the natural logarithm of joules per call (NaN in queries), `sizes` has shape
    (n, number of size columns), logarithms as well, like throughput (1/s) and idle power (W).
    """

    log_energy: Floats
    sizes: Floats
    log_throughput: Floats
    log_idle: Floats
    device: Names
    family: Names
    categories: dict[str, Names]
    log_tdp: Floats
    """Thermal design power (W) of all the device's parts by their data sheets."""
    size_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.log_energy)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_] | Sequence[int]) -> Rows:
        """The rows at an index or where a mask is true."""
        at = np.asarray(index)
        return replace(
            self,
            log_energy=self.log_energy[at],
            sizes=self.sizes[at],
            log_throughput=self.log_throughput[at],
            log_idle=self.log_idle[at],
            device=self.device[at],
            family=self.family[at],
            categories={k: v[at] for k, v in self.categories.items()},
            log_tdp=self.log_tdp[at],
        )


def measured_rows(
    table: pd.DataFrame, columns: Columns
) -> tuple[Rows, NDArray[np.intp], list[Sentence]]:
    """The runs of a table that can be learnt from, their positions, and what was left out.

    Raises `UnusableTableError` when a named column is missing or no usable run remains.
    """
    _check_columns(table, columns)
    notes: list[Sentence] = []
    try:
        joules = conversion_factor(columns.energy_unit, "J")
    except UnitError as error:
        raise UnusableTableError(
            sentence(
                "“{energy_unit}” is not a unit of energy; use J, mJ, Wh or kWh.",
                energy_unit=str(columns.energy_unit),
            )
        ) from error
    energy, own_units = numbers(table[columns.energy], columns.energy_unit)
    energy = energy * joules
    if own_units:
        notes.append(
            sentence(
                "{count} cells of “{column}” carry a unit of their own, which was read.",
                count=own_units,
                column=columns.energy,
            )
        )
    usable = np.isfinite(energy) & (energy > 0)
    _note_lost(notes, columns.energy, usable)
    if columns.throughput:
        throughput, _ = numbers(table[columns.throughput], "1/s")
        known = np.isfinite(throughput) & (throughput > 0)
        if known[usable].any():
            _note_lost(notes, columns.throughput, known | ~usable)
            usable &= known
        else:
            notes.append(_takes_no_part(columns.throughput))
    kept = np.flatnonzero(usable)
    if not len(kept):
        raise UnusableTableError(
            f"No row has a positive number in “{columns.energy}”"
            + (f" and “{columns.throughput}”" if columns.throughput else "")
            + "; check the column names and the units."
        )
    rows = _rows(table.iloc[kept], columns, np.log(energy[kept]))
    for name, column in (
        *((n, rows.sizes[:, i]) for i, n in enumerate(columns.sizes)),
        *(((columns.idle_power, rows.log_idle),) if columns.idle_power else ()),
    ):
        missing = int(np.isnan(column).sum())
        if missing == len(kept):
            notes.append(_takes_no_part(name))
        elif missing:
            notes.append(
                sentence(
                    "{count} of {total} rows have no positive number in “{column}”; "
                    "the middle of the known ones stands in, and a marker says so.",
                    count=missing,
                    total=len(kept),
                    column=name,
                )
            )
    return rows, kept, notes


def drawn_for_judging(count: int, most: int, notes: list[Sentence]) -> NDArray[np.intp]:
    """Positions of the runs that are judged, at most so many; a note says that it is a draw."""
    if count <= most:
        return np.arange(count)
    notes.append(
        sentence(
            "{count} of {total} runs, drawn at random from all groups, are judged, to save time.",
            count=most,
            total=count,
        )
    )
    return np.sort(np.random.default_rng(0).choice(count, most, replace=False))


def query_rows(frame: pd.DataFrame, columns: Columns) -> Rows:
    """Rows to be predicted; columns that the frame lacks are unknown."""
    return _rows(frame, columns, np.full(len(frame), np.nan))


def _rows(table: pd.DataFrame, columns: Columns, log_energy: Floats) -> Rows:
    n = len(table)
    names = dict.fromkeys(
        (*((columns.precision,) if columns.precision else ()), *columns.categories)
    )
    device = _names(table, columns.device)
    categories = {c: _names(table, c) for c in names}
    if columns.precision:
        words = categories[columns.precision]
        categories[columns.precision] = np.array(
            [PRECISIONS.get(w.casefold(), w) for w in words], dtype=object
        )
    return Rows(
        log_energy=log_energy,
        sizes=np.column_stack([_log(table, c) for c in columns.sizes])
        if columns.sizes
        else np.empty((n, 0)),
        log_throughput=_log(table, columns.throughput, "1/s"),
        log_idle=_log(table, columns.idle_power, "W"),
        device=device,
        family=_names(table, columns.family),
        categories=categories,
        log_tdp=log_thermal_power(device, list(categories.values())),
        size_names=columns.sizes,
    )


def _check_columns(table: pd.DataFrame, columns: Columns) -> None:
    named = [
        columns.energy,
        *columns.sizes,
        *columns.categories,
        *(
            c
            for c in (
                columns.throughput,
                columns.device,
                columns.idle_power,
                columns.precision,
                columns.family,
            )
            if c
        ),
    ]
    for name in named:
        if name not in table.columns:
            raise missing_column(name, table.columns)
        again = {f"{name}.1", f"{name} (2)"}  # as pandas and the reader of tables name a second one
        if list(table.columns).count(name) > 1 or again.intersection(table.columns):
            raise UnusableTableError(
                sentence(
                    "The table has more than one column “{name}”; rename or remove the others.",
                    name=str(name),
                )
            )
    if not (columns.sizes or columns.throughput):
        raise UnusableTableError(sentence("Name at least one column of size, or the throughput."))
    if not len(table):
        raise UnusableTableError(
            sentence("The table has no rows; give one with at least ten runs.")
        )


def _log(table: pd.DataFrame, name: str | None, unit: str | None = None) -> Floats:
    if name is None or name not in table.columns:
        return np.full(len(table), np.nan)
    values, _ = numbers(table[name], unit)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isfinite(values) & (values > 0), np.log(values), np.nan)


def _names(table: pd.DataFrame, name: str | None) -> Names:
    if name is None or name not in table.columns:
        return np.full(len(table), UNKNOWN, dtype=object)
    text = table[name].astype("string").fillna(UNKNOWN).str.strip()
    return text.to_numpy(dtype=object)


def _takes_no_part(column: str) -> Sentence:
    return sentence(
        "No row has a positive number in “{column}”, so it takes no part.", column=column
    )


def _note_lost(notes: list[Sentence], column: str, usable: NDArray[np.bool_]) -> None:
    lost = int((~usable).sum())
    if lost:
        notes.append(
            sentence(
                "{count} of {total} rows were left out: no positive number in “{column}”.",
                count=lost,
                total=len(usable),
                column=column,
            )
        )
