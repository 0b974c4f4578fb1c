"""Fitting the field on training rows: left-out predictions, calibrations, blend and choice.

Everything that is decided here is decided inside the rows given; `validate` gives it the rows
without the groups it will be judged on, `fit` gives it all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from advisor.predict.contender import Contender, Groups
from advisor.predict.encoding import Knowledge
from advisor.predict.field import FEW_RUNS, contenders, knowledge_in, rivals
from advisor.predict.intervals import Calibration, calibrate
from advisor.predict.process import Process
from advisor.predict.rows import Floats, Rows
from advisor.predict.stack import Blend, combine, own_scales, stacking_weights

BLEND = "blend"
FEWEST_TO_BLEND = 10
"""Groups needed to weigh contenders against each other; from fewer the weights learn the groups."""
TOLERANCE = 1.05
"""The blend is chosen unless a single contender beats it by more: averages are steadier."""


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
        if len(level) > 1 and len(groups) >= FEWEST_TO_BLEND:
            level.append(_blended(level, rows, groups))
        out += level
    if with_rivals:
        out += [_learnt(rival.fit(rows), rows, groups) for rival in rivals(rows)]
    return out


def best(learnt: list[Learnt], knowledge: Knowledge | None = None) -> Learnt:
    """The contender with the least inner error (of one state of knowledge); never a rival."""
    field = [
        x
        for x in learnt
        if not x.contender.rival and (knowledge is None or x.contender.knowledge == knowledge)
    ]
    least = min(field, key=lambda x: x.inner_error)
    blends = [x for x in field if x.contender.name == BLEND]
    blend = min(blends, key=lambda x: x.inner_error, default=least)
    return blend if blend.inner_error <= TOLERANCE * least.inner_error else least


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


def _blended(level: list[Learnt], rows: Rows, groups: Groups) -> Learnt:
    parts = [(x.left_out_mean, x.left_out_scale) for x in level]
    weights = stacking_weights(rows.log_energy, np.array([p[0] for p in parts]), np.ones(len(rows)))
    keep = [i for i, w in enumerate(weights) if w > 0.01]
    weights = weights[keep] / weights[keep].sum()
    parts = [parts[i] for i in keep]
    scales = own_scales(rows.log_energy, parts)
    blend = Blend([level[i].contender for i in keep], weights, scales, BLEND)
    mean, scale = combine(parts, weights, scales)
    return _judged(blend, mean, scale, rows, groups)
