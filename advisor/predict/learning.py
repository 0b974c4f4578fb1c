"""Fitting the field on training rows: left-out predictions, calibrations, blend and choice.

Everything that is decided here is decided inside the rows given; `validate` gives it the rows
without the groups it will be judged on, `fit` gives it all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from advisor.predict.blend import BLEND, Blend, blend_weights, combine, own_scales
from advisor.predict.contender import Contender, Groups
from advisor.predict.encoding import Knowledge
from advisor.predict.field import FEW_RUNS, contenders, knowledge_in, rivals
from advisor.predict.intervals import Calibration, calibrate
from advisor.predict.power_law import PowerLaw
from advisor.predict.process import Process
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
) -> list[Learnt]:
    """The fitted field of every state of knowledge, the blend, and the rivals."""
    few = len(rows) < FEW_RUNS or len(groups) < 2
    out: list[Learnt] = []
    for knowledge in only or knowledge_in(rows):
        level: list[Learnt] = []
        twin: Process | None = None
        for contender in contenders(rows, knowledge, leave, few=few):
            if not isinstance(contender, Process) or not contender.smooth:
                level.append(_learnt(contender.fit(rows), rows, groups))
                continue
            # The group-tuned one starts where the likelihood's search ended.
            fitted = contender.fit(rows, twin.parameters if twin else None)
            if knowledge == Knowledge.DEVICE:
                parts = getattr(twin, "part_parameters", ())
                mean, scale = fitted.crossed(rows, groups, parts)
                level.append(_judged(fitted, mean, scale, rows, groups))
            else:
                level.append(_learnt(fitted, rows, groups))
            twin = fitted
        # The physics form says all that the power law says, which stays for its plain formula.
        better = [x for x in level if not isinstance(x.contender, PowerLaw)]
        members = better if knowledge == Knowledge.DEVICE else level
        if len(members) > 1:
            level.append(_blended(members, rows, groups))
        out += level
    if with_rivals:
        out += [_learnt(rival.fit(rows), rows, groups) for rival in rivals(rows)]
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


def _learnt(contender: Contender, rows: Rows, groups: Groups) -> Learnt:
    mean, scale = contender.left_out(rows, groups)
    return _judged(contender, mean, scale, rows, groups)


def _judged(
    contender: Contender, mean: Floats, scale: Floats, rows: Rows, groups: Groups
) -> Learnt:
    residual = rows.log_energy - mean
    good = np.isfinite(residual)
    error = float(np.mean(np.abs(residual[good]))) if good.any() else np.inf
    return Learnt(contender, mean, scale, calibrate(residual, scale, groups), error)


def _blended(members: list[Learnt], rows: Rows, groups: Groups) -> Learnt:
    parts = [(x.left_out_mean, x.left_out_scale) for x in members]
    weights = blend_weights(rows.log_energy, np.array([p[0] for p in parts]))
    scales = own_scales(rows.log_energy, parts)
    mean, scale = combine(parts, weights, scales)
    blend = Blend([x.contender for x in members], weights, scales)
    return _judged(blend, mean, scale, rows, groups)
