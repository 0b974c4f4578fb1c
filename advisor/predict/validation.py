"""Validation by nested cross-validation that leaves whole groups out.

Outer folds are groups of the left-out column (merged to at most `MOST_FOLDS`), bundled into at most
`MOST_BUNDLES` bundles. Everything that is chosen (hyperparameters, blend weights, calibration, the
contender itself) is chosen from rows outside the whole bundle; the chosen contender then learns its
weights from the rows outside the fold and predicts the fold. No figure of a group ever takes part
in anything it is judged by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from threadpoolctl import threadpool_limits

from advisor.predict.columns import Columns, UnusableTableError, missing_column
from advisor.predict.contender import (
    Groups,
    index_groups,
    merged_groups,
    single_runs,
    sliced_groups,
)
from advisor.predict.intervals import WIDEST
from advisor.predict.learning import Learnt, best, learn
from advisor.predict.rows import UNKNOWN, Floats, Rows, drawn_for_judging, measured_rows
from advisor.predict.scores import Score, score
from advisor.sentences import Sentence, sentence

MOST_FOLDS = 60
MOST_BUNDLES = 5
FEW_FOLDS = 8
"""Up to so many folds, every fold is its own bundle."""
SLICES = 5
"""Into so many the only group that is left for training is cut."""
LEVELS = (0.8, 0.9, 0.95)
FEWEST_RUNS, MOST_RUNS = 4, 6000
CHOSEN = "chosen by nested cross-validation"

Index = NDArray[np.intp]


@dataclass
class Validation:
    """What came out: one score a contender, the predictions themselves, and words."""

    leave_out: str
    runs: int
    groups: int
    folds: int
    scores: list[Score]
    chosen: dict[str, int]
    """How often each contender was chosen, by bundle."""
    predictions: pd.DataFrame
    """Row position, group, measured, and for the chosen contender predicted and its intervals."""
    notes: list[Sentence] = field(default_factory=list)


class Found(BaseModel):
    """Predictions of one contender for some rows."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    label: str
    rival: bool
    index: Any
    mean: Any
    half: Any
    """Half-widths in log units, shape (levels, n)."""


def validate(
    table: pd.DataFrame,
    columns: Columns,
    leave_out: str,
    *,
    progress: Callable[[int, int], None] | None = None,
    processes: int = 2,
) -> Validation:
    """Judge every contender and rival on whole left-out groups.

    `leave_out` is a column of the table. Raises `UnusableTableError` when nothing can be judged.
    """
    if leave_out not in table.columns:
        raise missing_column(leave_out, table.columns, "to leave out")
    if columns.family is None and leave_out != columns.device:
        columns = columns.model_copy(update={"family": leave_out})
    columns = columns.model_copy(
        update={"categories": tuple(c for c in columns.categories if c != leave_out)}
    )
    rows, kept, notes = measured_rows(table, columns)
    if len(rows) < FEWEST_RUNS:
        raise UnusableTableError(
            sentence(
                "Only {count} usable runs: at least {least} are needed, better fifty.",
                count=len(rows),
                least=str(FEWEST_RUNS),
            )
        )
    names = _group_names(table[leave_out].iloc[kept])
    drawn = drawn_for_judging(len(rows), MOST_RUNS, notes)
    rows, kept, names = rows.take(drawn), kept[drawn], names[drawn]
    groups, folds = _folds(rows, names, leave_out, notes)
    bundles = merged_groups(folds, len(folds) if len(folds) <= FEW_FOLDS else MOST_BUNDLES, seed=1)
    leave = "device" if leave_out == columns.device else "family"
    jobs = [
        delayed(_bundle)(rows, names, [f for f in folds if np.isin(f, b).all()], leave)
        for b in bundles
    ]
    done: list[tuple[list[Found], str]] = []
    workers: Any = Parallel(n_jobs=min(processes, len(jobs)), return_as="generator_unordered")
    for part in workers(jobs):
        done.append(part)
        if progress is not None:
            progress(len(done), len(jobs))
    return _gathered(rows, kept, names, leave_out, groups, folds, done, notes)


def _group_names(column: pd.Series) -> NDArray[np.object_]:
    return column.astype("string").fillna(UNKNOWN).str.strip().to_numpy(dtype=object)


def _folds(
    rows: Rows, names: NDArray[np.object_], leave_out: str, notes: list[Sentence]
) -> tuple[int, list[Index]]:
    groups = index_groups(names)
    if len(groups) == 1:
        notes.append(
            sentence(
                "“{column}” has one group only, so single runs are left out instead; "
                "this says nothing about a new group.",
                column=leave_out,
            )
        )
        return 1, single_runs(len(rows))
    folds = merged_groups(groups, MOST_FOLDS)
    if len(folds) < len(groups):
        notes.append(
            sentence(
                "{groups} groups are left out in {folds} folds of whole groups, to save time.",
                groups=len(groups),
                folds=len(folds),
            )
        )
    if len(groups) < FEW_FOLDS:
        notes.append(
            sentence(
                "Only {groups} groups: the coverage of intervals is itself uncertain.",
                groups=len(groups),
            )
        )
    return len(groups), folds


@threadpool_limits.wrap(limits=1, user_api="blas")  # matrices are small: threads only wait
def _bundle(
    rows: Rows, names: NDArray[np.object_], folds: list[Index], leave: str
) -> tuple[list[Found], str]:
    """Choose outside a bundle of folds, then predict each fold from all rows outside it."""
    everything = np.arange(len(rows))
    bundle = np.concatenate(folds)
    rest = np.setdiff1d(everything, bundle)
    training = rows.take(rest)
    inner, alone = _inner_groups(training, names[rest], several=len(set(names)) > 1)
    field_ = learn(training, inner, leave, alone=alone)
    chosen = best(field_)
    out: list[Found] = []
    for fold in folds:
        outside = np.setdiff1d(everything, fold)
        for learnt in field_:
            contender = learnt.contender
            if len(outside) != len(rest):
                contender = contender.refit(rows.take(outside))
            mean, scale = contender.predict(rows.take(fold))
            found = _found(learnt, fold, mean, scale)
            out.append(found)
            if learnt is chosen:
                out.append(found.model_copy(update={"label": CHOSEN}))
    return out, chosen.label


def _inner_groups(rows: Rows, names: NDArray[np.object_], *, several: bool) -> tuple[Groups, bool]:
    """Groups of the training rows, and whether they are slices of the only one that is left.

    Where the whole table has one group, single runs are left out, inside as outside.
    """
    groups = index_groups(names)
    if len(groups) > 1:
        return groups, False
    if several:
        return sliced_groups(rows, SLICES), True
    return single_runs(len(rows)), False


def _found(learnt: Learnt, index: Index, mean: Floats, scale: Floats) -> Found:
    half = np.array([scale * learnt.calibration.multiplier(q) for q in LEVELS])
    half = np.minimum(half, WIDEST)
    return Found(
        label=learnt.label, rival=learnt.contender.rival, index=index, mean=mean, half=half
    )


def _gathered(
    rows: Rows,
    kept: Index,
    names: NDArray[np.object_],
    leave_out: str,
    groups: int,
    folds: Sequence[Index],
    done: list[tuple[list[Found], str]],
    notes: list[Sentence],
) -> Validation:
    labels = list(dict.fromkeys(f.label for part, _ in done for f in part))
    known = _device_known(rows, folds)
    scores: list[Score] = []
    predictions = pd.DataFrame({"row": kept, "group": names, "measured_j": np.exp(rows.log_energy)})
    for name in labels:
        mean = np.full(len(rows), np.nan)
        half = np.full((len(LEVELS), len(rows)), np.nan)
        rival = False
        for part, _ in done:
            for f in part:
                if f.label == name:
                    mean[f.index], half[:, f.index] = f.mean, f.half
                    rival = f.rival
        scores.append(score(name, rival, rows.log_energy, mean, half, LEVELS, known, names))
        if name == CHOSEN:
            predictions["predicted_j"] = np.exp(mean)
            for level, h in zip(LEVELS, half, strict=True):
                predictions[f"low_{level:.0%}"] = np.exp(mean - h)
                predictions[f"high_{level:.0%}"] = np.exp(mean + h)
    chosen: dict[str, int] = {}
    for _, name in done:
        chosen[name] = chosen.get(name, 0) + 1
    first = [s for s in scores if s.contender == CHOSEN]
    own = sorted((s for s in scores if not s.rival and s.contender != CHOSEN), key=_by_error)
    naive = sorted((s for s in scores if s.rival), key=_by_error)
    return Validation(
        leave_out,
        len(rows),
        groups,
        len(folds),
        [*first, *own, *naive],
        dict(sorted(chosen.items(), key=lambda item: -item[1])),
        predictions,
        notes,
    )


def _by_error(s: Score) -> float:
    return s.median_error if s.median_error is not None else np.inf


def _device_known(rows: Rows, folds: Sequence[Index]) -> NDArray[np.bool_]:
    """Rows whose device has runs outside their fold."""
    known = np.zeros(len(rows), dtype=bool)
    everything = np.arange(len(rows))
    for fold in folds:
        outside = set(rows.device[np.setdiff1d(everything, fold)]) - {UNKNOWN}
        known[fold] = [d in outside for d in rows.device[fold]]
    return known
