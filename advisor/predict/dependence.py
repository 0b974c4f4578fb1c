"""How the prediction moves with one figure: over all runs, and around one model.

Partial dependence (Friedman 2001, 10.13.2): one column of a sample of runs is set to each value of
a grid, all else left as it is, and the predictions are averaged (geometric mean, as energies differ
by decades). The spread over the runs is shown beside it: where the band widens, the figure acts
differently on different devices and families.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from advisor.predict.local_runs import Learnt, Prediction
from advisor.predict.rows import Floats

MOST_RUNS = 80
POINTS = 15
EDGE = 0.02
"""Share of the runs left out at both ends of the grid: beyond them nearly nothing was measured."""


def partial_dependence(learnt: Learnt, column: str) -> pd.DataFrame:
    """Columns: value, energy_j (geometric mean), low_j, high_j (the middle 80 % of the runs)."""
    known = _known(learnt, column)
    first, last = np.quantile(known, [EDGE, 1 - EDGE])
    grid = np.geomspace(float(first), float(last), POINTS)
    runs = learnt.runs
    if len(runs) > MOST_RUNS:
        runs = runs.sample(MOST_RUNS, random_state=0)
    asked = pd.concat([runs.assign(**{column: value}) for value in grid], ignore_index=True)
    energy = learnt.model.predict(asked)["energy_j"].to_numpy(float).reshape(POINTS, -1)
    low, high = np.quantile(energy, [0.1, 0.9], axis=1)
    return pd.DataFrame(
        {
            "value": grid,
            "energy_j": np.exp(np.log(energy).mean(axis=1)),
            "low_j": low,
            "high_j": high,
        }
    )


def along(
    learnt: Learnt, asked: dict[str, float | str], column: str, points: int = 41
) -> tuple[Prediction, pd.DataFrame]:
    """One model's prediction, and the same as one figure runs over the range of the runs.

    The line's columns: value, energy_j, energy_j_low, energy_j_high (95 %), grade. Raises
    `ValueError` where nothing is known to predict from.
    """
    low, high = span(learnt, column)
    at = asked.get(column)
    if isinstance(at, int | float):
        low, high = min(low, float(at)), max(high, float(at))
    grid = np.geomspace(low, high, points)
    line = pd.DataFrame([asked] * points).assign(**{column: grid})
    found = learnt.predict(pd.concat([pd.DataFrame([asked]), line], ignore_index=True), shares=1)
    names = ["energy_j", "energy_j_low", "energy_j_high", "grade"]
    rest = found.iloc[1:].reset_index(drop=True)
    return Prediction.of(found.iloc[0]), rest[names].assign(value=grid)


def span(learnt: Learnt, column: str) -> tuple[float, float]:
    """Least and largest value of a column among the runs."""
    known = _known(learnt, column)
    return float(known.min()), float(known.max())


def _known(learnt: Learnt, column: str) -> Floats:
    values = pd.to_numeric(learnt.runs[column], errors="coerce").to_numpy(float)
    return values[np.isfinite(values) & (values > 0)]
