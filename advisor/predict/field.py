"""The field: every contender that a table's columns permit, and the rivals they have to beat."""

from __future__ import annotations

import numpy as np

from advisor.predict.boosted_trees import BoostedTrees
from advisor.predict.contender import Contender
from advisor.predict.device_level import DeviceLevel
from advisor.predict.encoding import Knowledge
from advisor.predict.neighbours import Neighbours
from advisor.predict.power_law import PhysicsForm, PowerLaw
from advisor.predict.process import Aim, Process
from advisor.predict.rivals import ConstantMedian, MeanPower, NearestNeighbour, ThermalPower
from advisor.predict.rows import UNKNOWN, Rows

FEW_RUNS = 12
"""Below this many training runs only what has no hyperparameters is tried."""
FEW_FOR_TREES = 60
"""Below this many, trees have nothing to split."""


def knowledge_in(rows: Rows) -> list[Knowledge]:
    """The states of knowledge that can be told apart in rows, poorest first."""
    out = [Knowledge.SIZE] if rows.size_names else []
    if np.isfinite(rows.log_throughput).any():
        out.append(Knowledge.THROUGHPUT)
    if (rows.device != UNKNOWN).any() or np.isfinite(rows.log_idle).any():
        out.append(Knowledge.DEVICE)
    return out


def contenders(rows: Rows, knowledge: Knowledge, leave: str, *, few: bool) -> list[Contender]:
    """Unfitted contenders of one state of knowledge; `leave` is what will be left out."""
    out: list[Contender] = [PowerLaw(knowledge)]
    if knowledge == Knowledge.DEVICE:
        out.append(PhysicsForm(knowledge))
        if (rows.device != UNKNOWN).any():
            out.append(DeviceLevel(knowledge))
    if few:
        return out
    if knowledge == Knowledge.DEVICE:
        out += [
            Process("mixed effects", knowledge, smooth=False),
            Process("Gaussian process", knowledge),
            group_tuned(knowledge, leave, smooth=True),
        ]
    else:
        out.append(Process("Gaussian process", knowledge))
    out.append(Neighbours(knowledge, leave))
    if len(rows) >= FEW_FOR_TREES:
        out.append(BoostedTrees(knowledge))
    return out


def group_tuned(knowledge: Knowledge, leave: str, *, smooth: bool) -> Process:
    """A process whose hyperparameters predict left-out groups."""
    name = "Gaussian process" if smooth else "mixed effects"
    return Process(f"{name}, group-tuned", knowledge, smooth=smooth, aim=Aim.LEFT_OUT, leave=leave)


def single(knowledge: Knowledge, leave: str) -> Process:
    """The one contender of a fit that compares none, and of the prior.

    Linear where the throughput is known: far beyond the runs, where most of a bank's models lie, it
    errs the least, and no curve of it turns back (docs/decisions/predict.md).
    """
    return group_tuned(knowledge, leave, smooth=knowledge == Knowledge.SIZE)


def rivals(rows: Rows) -> list[Contender]:
    """The naive rivals that the columns permit."""
    best = knowledge_in(rows)[-1]
    out: list[Contender] = [ConstantMedian(Knowledge.SIZE), NearestNeighbour(best)]
    if np.isfinite(rows.log_throughput).any():
        out += [MeanPower(best), ThermalPower(best)]
    return out
