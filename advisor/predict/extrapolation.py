"""What left-out tests say of predictions beyond the data, and intervals that follow it.

A trial leaves out a whole family, or the outer third of the runs in one figure (the largest models,
the slowest …), and notes how far each left-out run lay from the rest. Errors of runs that lay
beyond the rest calibrate the intervals of queries that lie beyond, errors of those far beyond the
intervals far beyond (Mondrian conformal prediction: Vovk et al. 2003), never narrower than near by.
Between the grades the multiplier moves without a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from advisor.predict.contender import Contender, Groups
from advisor.predict.distance import Distance, figures
from advisor.predict.encoding import Knowledge
from advisor.predict.grade import BEYOND, FAR, Grade, grades
from advisor.predict.intervals import Calibration, calibrate
from advisor.predict.rows import Floats, Rows

OUTER = 1 / 3
"""Share of the runs that a trial of one figure leaves out."""
FEWEST = 10
"""Runs that must remain on either side of a trial of one figure, and that a trial has in a grade:
fewer are a family's stragglers, not a family."""
MANY = 1_000_000
"""Counted as so many groups, a calibration is its empirical quantile. What few trials say is held
against the multiplier near by, which has the caution of few groups in it; with Student's t over two
trials an interval would span all energies."""
ALIKE = 0.5
"""Share of the smaller trial's runs that another may hold before both count as one."""
_KNOTS = (0.75 * BEYOND, BEYOND, 0.5 * (BEYOND + FAR), FAR)


@dataclass(frozen=True)
class Trial:
    """Runs predicted without each other; arrays of shape (n,)."""

    index: NDArray[np.intp]
    residual: Floats
    """Measured minus predicted, in log units."""
    scale: Floats
    distance: Floats
    """From the nearest run that remained."""

    def within(self, grade: Grade) -> Trial:
        """The runs of one grade that could be predicted."""
        here = (grades(self.distance) == grade.value) & np.isfinite(self.residual)
        return Trial(self.index[here], self.residual[here], self.scale[here], self.distance[here])

    def like(self, other: Trial) -> bool:
        """Whether so many runs are common that neither can judge the other."""
        return _alike(self.index, other.index)


def trials(
    contender: Contender, rows: Rows, groups: Groups, left_out: tuple[Floats, Floats]
) -> list[Trial]:
    """Each group left out, then the outer third of the runs in each figure, at either end.

    `left_out` are the groups' own left-out predictions and scales, as the contender gives them.
    """
    knowledge = contender.knowledge
    found = [_trial(rows, knowledge, np.asarray(g), *left_out) for g in groups]
    for part in _outer(rows, knowledge):
        mean, scale = contender.left_out(rows, [part])
        found.append(_trial(rows, knowledge, part, mean, scale))
    return found


@dataclass(frozen=True)
class Widening:
    """Calibrations of runs that lay beyond and far beyond the rest of their trial."""

    beyond: Calibration
    far: Calibration

    @staticmethod
    def of(found: Sequence[Trial]) -> Widening:
        """From trials."""
        beyond, far = (
            calibrated([p for p in (t.within(g) for t in found) if len(p.index) >= FEWEST])
            for g in (Grade.BEYOND, Grade.FAR)
        )
        return Widening(replace(beyond, groups=MANY), replace(far, groups=MANY))

    def multipliers(self, near: Floats, distance: Floats, level: float) -> Floats:
        """Multipliers of scales at distances, at least those `near` by, shape (n,)."""
        beyond = self.beyond.multiplier(level) if len(self.beyond.scores) else 0.0
        far = max(self.far.multiplier(level) if len(self.far.scores) else 0.0, beyond)
        return np.maximum(near, np.interp(distance, _KNOTS, (0.0, beyond, beyond, far)))


def _trial(
    rows: Rows, knowledge: Knowledge, part: NDArray[np.intp], mean: Floats, scale: Floats
) -> Trial:
    rest = np.setdiff1d(np.arange(len(rows)), part)
    if len(rest):
        distance = Distance().fit(rows.take(rest), knowledge)(rows.take(part))
    else:
        distance = np.full(len(part), np.nan)
    return Trial(part, (rows.log_energy - mean)[part], scale[part], distance)


def _outer(rows: Rows, knowledge: Knowledge) -> list[NDArray[np.intp]]:
    """The outer third of the runs in each figure, low and high, no two much the same."""
    out: list[NDArray[np.intp]] = []
    for column in figures(rows, knowledge).T:
        known = np.isfinite(column)
        if known.sum() < 2 * FEWEST:
            continue
        low, high = np.quantile(column[known], [OUTER, 1 - OUTER])
        for part in (np.flatnonzero(column < low), np.flatnonzero(column > high)):
            if FEWEST <= len(part) <= len(rows) - FEWEST and not any(_alike(part, o) for o in out):
                out.append(part)
    return out


def _alike(a: NDArray[np.intp], b: NDArray[np.intp]) -> bool:
    return len(np.intersect1d(a, b)) > ALIKE * min(len(a), len(b))


def calibrated(found: Sequence[Trial]) -> Calibration:
    """Calibration on the runs of trials, each trial a group."""
    if not found:
        return calibrate(np.empty(0), np.empty(0), [])
    ends = np.cumsum([len(t.index) for t in found])
    return calibrate(
        np.concatenate([t.residual for t in found]),
        np.concatenate([t.scale for t in found]),
        [np.arange(end - len(t.index), end) for end, t in zip(ends, found, strict=True)],
    )
