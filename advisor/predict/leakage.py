"""Columns in which the answer hides: energy itself, or the average power that makes it energy.

A column that is an exact multiple of the energy, or of energy × throughput, was most likely worked
out from it. A prediction from such a column is perfect on the table and worthless for a model that
nobody measured, where the column is as unknown as the energy.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from advisor.predict.columns import Columns, UnusableTableError
from advisor.predict.rows import Floats, Rows, measured_rows
from advisor.sentences import sentence

EXACT, VARIES = 1e-3, 0.02
"""Standard deviations of logarithms: of a ratio that counts as constant, of a column that varies
enough to tell."""
FEWEST = 5


def refuse_answers(table: pd.DataFrame, columns: Columns) -> None:
    """Raises `UnusableTableError` where a column named as known before tells the energy."""
    named = [*columns.sizes, *(c for c in (columns.throughput, columns.idle_power) if c)]
    if columns.energy in named:
        raise UnusableTableError(
            sentence(
                "“{column}” is the energy itself; give columns that are known before anything is "
                "measured.",
                column=columns.energy,
            )
        )
    rows, _, _ = measured_rows(table, columns)
    known = [(name, rows.sizes[:, i]) for i, name in enumerate(columns.sizes)]
    if columns.idle_power:
        known.append((columns.idle_power, rows.log_idle))
    for name, column in known:
        if _multiple(column, rows.log_energy):
            raise UnusableTableError(
                sentence(
                    "“{column}” is an exact multiple of “{energy}”, so it was worked out from the "
                    "answer; leave it out.",
                    column=name,
                    energy=columns.energy,
                )
            )
        if _multiple(column, _log_power(rows)):
            raise UnusableTableError(
                sentence(
                    "“{column}” is an exact multiple of “{energy}” × “{throughput}”: average "
                    "power, which is the answer; leave it out.",
                    column=name,
                    energy=columns.energy,
                    throughput=str(columns.throughput),
                )
            )


def _log_power(rows: Rows) -> Floats:
    return rows.log_energy + rows.log_throughput


def _multiple(column: Floats, answer: Floats) -> bool:
    known = np.isfinite(column) & np.isfinite(answer)
    if known.sum() < FEWEST or float(np.std(column[known])) < VARIES:
        return False
    return float(np.std((column - answer)[known])) < EXACT
