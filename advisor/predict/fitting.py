"""Fitting: the contenders of every state of knowledge, judged, chosen and calibrated.

What a thorough fit decides on left-out groups it decides on at most `MOST_JUDGED` runs; what was
chosen then learns from all. The states of knowledge are fitted side by side, one a thread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from advisor import __version__
from advisor.predict.columns import Columns, UnusableTableError
from advisor.predict.contender import Contender, Groups, groups_or_runs, index_groups
from advisor.predict.distance import Distance
from advisor.predict.encoding import Encoder, Knowledge
from advisor.predict.exponents import power_law_exponents
from advisor.predict.extrapolation import Widening, trials
from advisor.predict.field import knowledge_in, single
from advisor.predict.fitted import LEVEL, FittedLevel, FittedModel
from advisor.predict.intervals import Calibration, calibrate
from advisor.predict.learning import Judge, Learnt, best, learn
from advisor.predict.process import PARTS, Tuned
from advisor.predict.rows import Floats, Names, Rows, drawn_for_judging, measured_rows
from advisor.predict.scores import Score, score
from advisor.sentences import sentence

FEWEST_RUNS, MOST_JUDGED = 4, 1800
JUDGED_AT = (0.8, 0.9, 0.95)
THREADS = 2
"""States of knowledge fitted at the same time: the richest costs as much as the others together."""


@threadpool_limits.wrap(limits=1)  # matrices and trees are small: more threads only wait
def fit(
    table: pd.DataFrame,
    columns: Columns,
    *,
    thorough: bool = True,
    known: Mapping[Knowledge, Tuned] | None = None,
) -> FittedModel:
    """Fit the levels that the table's columns permit. Raises `UnusableTableError`.

    `thorough` fits all contenders and chooses on left-out families (or devices, or runs); otherwise
    one contender alone (`single`), several times faster, and without a search where `known` gives
    the hyperparameters of a level.
    """
    rows, kept, notes = measured_rows(table, columns)
    if len(rows) < FEWEST_RUNS:
        raise UnusableTableError(
            sentence(
                "Only {count} usable runs; at least {least} are needed, better fifty.",
                count=len(rows),
                least=str(FEWEST_RUNS),
            )
        )
    data = hashlib.sha256(columns.model_dump_json().encode())
    data.update(table.to_csv(index=False).encode())
    drawn = drawn_for_judging(len(rows), MOST_JUDGED if thorough else len(rows), notes)
    fitting = _Fitting(rows, drawn, thorough=thorough, known=known or {})
    states = knowledge_in(rows)
    with ThreadPoolExecutor(THREADS) as pool:  # the richest, and slowest, first
        done = list(pool.map(fitting.level, reversed(states)))[::-1]
    richest = done[-1]
    return FittedModel(
        columns,
        {d.level.knowledge: d.level for d in done},
        _model_id(data.digest(), thorough, known),
        data.hexdigest(),
        [s for d in done for s in d.scores],
        power_law_exponents(fitting.judged, states[-1], fitting.groups),
        _measured(richest, fitting, kept[drawn]),
        notes,
    )


@dataclass(frozen=True)
class _Done:
    """One state of knowledge, fitted; left-out mean and scale are those of the judged runs."""

    level: FittedLevel
    scores: list[Score]
    left_out: tuple[Floats, Floats]


class _Fitting:
    """All runs, those that judge, and how."""

    def __init__(
        self,
        rows: Rows,
        drawn: NDArray[np.intp],
        *,
        thorough: bool,
        known: Mapping[Knowledge, Tuned],
    ) -> None:
        self.rows, self.thorough, self.known = rows, thorough, known
        self.judged = rows if len(drawn) == len(rows) else rows.take(drawn)
        self.names, self.leave = _groups_of(self.judged)
        self.groups: Groups = index_groups(self.names)
        self.richest = knowledge_in(rows)[-1]

    def level(self, knowledge: Knowledge) -> _Done:
        """Choose and calibrate on the judged runs, learn from all."""
        rows, groups = self.judged, self.groups
        if self.thorough:
            rivals = knowledge == self.richest
            learnt = learn(rows, groups, self.leave, only=[knowledge], with_rivals=rivals)
        else:
            learnt = [self._single(knowledge)]
        pick = best(learnt)
        chosen, calibration = pick.contender, pick.calibration
        left_out = pick.left_out_mean, pick.left_out_scale
        with ThreadPoolExecutor(THREADS) as pool:  # three looks at what was chosen, side by side
            tried = pool.submit(trials, chosen, rows, groups, left_out)
            new_device = pool.submit(self._new_device, chosen, calibration)
            everything = chosen if rows is self.rows else chosen.refit(self.rows)
            level = FittedLevel(
                knowledge,
                everything,
                calibration,
                new_device.result(),
                Widening.of(tried.result()),
                Distance().fit(self.rows, knowledge),
                Encoder(knowledge).fit(self.rows),
            )
        return _Done(level, [self._score(x) for x in learnt], left_out)

    def _new_device(self, chosen: Contender, new_family: Calibration) -> Calibration:
        """Calibrated on left-out devices, where the device is known at all."""
        rows = self.judged
        if chosen.knowledge != Knowledge.DEVICE:
            return new_family
        groups = groups_or_runs(rows.device)
        mean, scale = chosen.left_out(rows, groups)
        return calibrate(rows.log_energy - mean, scale, groups)

    def _single(self, knowledge: Knowledge) -> Learnt:
        """The single contender, judged as `learn` judges it."""
        rows, groups = self.judged, self.groups
        process, tuned = single(knowledge, self.leave), self.known.get(knowledge)
        if tuned and not process.takes(rows, tuned):
            tuned = None
        process = process.fit_known(rows, tuned.theta) if tuned else process.fit(rows)
        if knowledge != Knowledge.DEVICE or len(groups) < PARTS:
            left_out = process.left_out(rows, groups)
        elif tuned:
            left_out = process.crossed_known(rows, groups, self.names, tuned)
        else:
            left_out = process.crossed(rows, groups)
        return Judge(rows, groups).judged(process, *left_out)

    def _score(self, learnt: Learnt) -> Score:
        multipliers = [learnt.calibration.multiplier(q) for q in JUDGED_AT]
        return score(
            learnt.label,
            learnt.contender.rival,
            self.judged.log_energy,
            learnt.left_out_mean,
            np.array([learnt.left_out_scale * m for m in multipliers]),
            JUDGED_AT,
            np.zeros(len(self.judged), dtype=bool),
            self.names,
        )


def _measured(richest: _Done, fitting: _Fitting, kept: NDArray[np.intp]) -> pd.DataFrame:
    """The judged runs beside their left-out predictions; `kept` are their rows of the table."""
    mean, scale = richest.left_out
    half = scale * richest.level.new_family.multiplier(LEVEL)
    return pd.DataFrame(
        {
            "row": kept,
            "group": fitting.names,
            "measured_j": np.exp(fitting.judged.log_energy),
            "predicted_j": np.exp(mean),
            "low_j": np.exp(mean - half),
            "high_j": np.exp(mean + half),
        }
    )


def _model_id(data: bytes, thorough: bool, known: Mapping[Knowledge, Tuned] | None) -> str:
    """The same for the same data, settings and program; another for any other."""
    digest = hashlib.sha256(data + f"{__version__} {thorough}".encode())
    for knowledge, tuned in sorted((known or {}).items()):
        digest.update(knowledge.value.encode())
        for theta in tuned.all:
            digest.update(np.asarray(theta, dtype=float).tobytes())
    return f"predict-{digest.hexdigest()[:16]}"


def _groups_of(rows: Rows) -> tuple[Names, str]:
    """What is left out when a model is fitted: families, else devices, else tenths of the runs."""
    if len(set(rows.family)) > 1:
        return rows.family, "family"
    if len(set(rows.device)) > 1:
        return rows.device, "device"
    tenth = np.array([f"part {i % 10 + 1}" for i in range(len(rows))], dtype=object)
    return tenth, "family"
