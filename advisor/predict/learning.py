"""Fitting the field on training rows: left-out predictions, calibrations, blend and choice.

Everything that is decided here is decided inside the rows given; `validate` gives it the rows
without the groups it will be judged on, `fit` gives it all.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from advisor.predict.blend import BLEND, Blend, blend_weights, combine, own_scales
from advisor.predict.contender import Contender, Groups
from advisor.predict.encoding import Knowledge
from advisor.predict.field import FEW_RUNS, contenders, knowledge_in, rivals
from advisor.predict.intervals import Calibration, calibrate
from advisor.predict.power_law import PowerLaw
from advisor.predict.process import PARTS, Process
from advisor.predict.rows import Floats, Rows


@dataclass
class Learnt:
    """A fitted contender with what its left-out predictions say of it."""

    contender: Contender
    left_out_mean: Floats
    left_out_scale: Floats
    calibration: Calibration
    inner_error: float
    """Mean absolute left-out error of log energy: the criterion of choice."""

    @property
    def label(self) -> str:
        """Contender and state of knowledge in one name."""
        return label(self.contender)


def label(contender: Contender) -> str:
    """Contender and state of knowledge in one name; rivals speak for themselves."""
    return contender.name if contender.rival else f"{contender.name}: {contender.knowledge.value}"


def learn(
    rows: Rows,
    groups: Groups,
    leave: str,
    *,
    only: list[Knowledge] | None = None,
    with_rivals: bool = True,
    alone: bool = False,
) -> list[Learnt]:
    """The fitted field of every state of knowledge, the blend, and the rivals.

    `alone` says that `groups` are slices of one group (see `calibrate`).
    """
    judge = Judge(rows, groups, alone=alone)
    few = len(rows) < FEW_RUNS or len(groups) < 2
    out: list[Learnt] = []
    for knowledge in only or knowledge_in(rows):
        level: list[Learnt] = []
        twin: Process | None = None
        for contender in contenders(rows, knowledge, leave, few=few):
            if not isinstance(contender, Process) or not contender.smooth:
                level.append(judge.learnt(contender.fit(rows)))
                continue
            if knowledge == Knowledge.DEVICE:
                fitted, mean, scale = _tuned(contender, twin, rows, groups)
                level.append(judge.judged(fitted, mean, scale))
            else:
                fitted = contender.fit(rows)
                level.append(judge.learnt(fitted))
            twin = fitted
        # The physics form says all that the power law says, which stays for its plain formula.
        better = [x for x in level if not isinstance(x.contender, PowerLaw)]
        members = better if knowledge == Knowledge.DEVICE else level
        if len(members) > 1:
            level.append(judge.blended(members))
        out += level
    if with_rivals:
        out += [judge.learnt(rival.fit(rows)) for rival in rivals(rows)]
    return out


def best(learnt: list[Learnt]) -> Learnt:
    """The blend of the richest state of knowledge, as a query that knows all is answered with.

    Where so few runs are known that there is no blend, the contender with the least inner error.
    Never a rival.
    """
    field = [x for x in learnt if not x.contender.rival]
    field = [x for x in field if x.contender.knowledge == field[-1].contender.knowledge]
    blends = [x for x in field if x.contender.name == BLEND]
    return min(blends or field, key=lambda x: x.inner_error)


def _tuned(
    process: Process, twin: Process | None, rows: Rows, groups: Groups
) -> tuple[Process, Floats, Floats]:
    """A process fitted, and its crossed left-out predictions: two searches side by side.

    Each starts where those of its twin, searched by likelihood, ended.
    """
    start, parts = (twin.parameters, twin.part_parameters) if twin else (None, ())
    if len(groups) < PARTS:
        fitted = process.fit(rows, start)
        return fitted, *fitted.left_out(rows, groups)
    with ThreadPoolExecutor(1) as pool:
        crossing = pool.submit(process.crossed, rows, groups, parts)
        fitted = process.fit(rows, start)
        return fitted, *crossing.result()


@dataclass(frozen=True)
class Judge:
    """What left-out predictions of rows in groups say of contenders."""

    rows: Rows
    groups: Groups
    alone: bool = False

    def learnt(self, contender: Contender) -> Learnt:
        """By the contender's own left-out predictions."""
        return self.judged(contender, *contender.left_out(self.rows, self.groups))

    def judged(self, contender: Contender, mean: Floats, scale: Floats) -> Learnt:
        """By left-out predictions made elsewhere."""
        residual = self.rows.log_energy - mean
        good = np.isfinite(residual)
        error = float(np.mean(np.abs(residual[good]))) if good.any() else np.inf
        calibration = calibrate(residual, scale, self.groups, alone=self.alone)
        return Learnt(contender, mean, scale, calibration, error)

    def blended(self, members: list[Learnt]) -> Learnt:
        """The blend of those that do not err too much."""
        target = self.rows.log_energy
        weights = blend_weights(target, np.array([x.left_out_mean for x in members]))
        members = [x for x, weight in zip(members, weights, strict=True) if weight > 0]
        weights = weights[weights > 0]
        parts = [(x.left_out_mean, x.left_out_scale) for x in members]
        scales = own_scales(target, parts)
        mean, scale = combine(parts, weights, scales)
        return self.judged(Blend([x.contender for x in members], weights, scales), mean, scale)
