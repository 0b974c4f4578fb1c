"""How good the predictions are, as figures to draw: every run predicted without its own group.

A run's group (its family, or its device) takes no part in its prediction. The width of its interval
is calibrated on the residuals of the other groups alone (in whose predictions it may have a part).
Hyperparameters that predict a family never saw it, where the shipped ones are used; those that
predict a device, or a table of one's own, are those of the whole table. `judgement` holds the
nested figures, in which all is chosen anew without the group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from advisor.predict.contender import Groups, groups_or_runs
from advisor.predict.extrapolation import Trial, Widening, calibrated, trials
from advisor.predict.fitted import FittedLevel
from advisor.predict.grade import Grade, grades
from advisor.predict.local_runs import Learnt
from advisor.predict.prior import shipped_hyperparameters
from advisor.predict.process import Process
from advisor.predict.rows import Floats, Names, Rows, measured_rows
from advisor.predict.scores import Score, score

LEVELS = (0.8, 0.9, 0.95)
Leave = Literal["family", "device"]
LEAVES: tuple[Leave, ...] = ("family", "device")
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
DRAWS = 400


@dataclass(frozen=True)
class Coverage:
    """Share of runs inside the intervals of one nominal level, all shares 0 to 1."""

    nominal: float
    found: float
    low: float
    high: float
    """95 % interval of `found`, bootstrapped over whole groups."""
    by_group: dict[str, float]


@dataclass(frozen=True)
class GradeCoverage:
    """How predictions of one grade of distance did in the trials (`advisor.predict.extrapolation`).

    `runs` counts a run once for each trial that left it out. Each trial's intervals rest on the
    other trials that are not much the same.
    """

    grade: Grade
    runs: int
    trials: int
    inside: dict[float, float]
    """Share of the runs inside the intervals, by nominal level."""
    median_error: float
    """Median of |predicted − measured| ÷ measured."""
    factor: float
    """Median of upper end ÷ prediction of the 95 % intervals."""


@dataclass(frozen=True)
class LeftOut:
    """The runs predicted without their group.

    `points`: key, model, family, device, precision, measured_j, predicted_j, predicted_j_low,
    predicted_j_high (95 %), factor (predicted ÷ measured), local. `residuals`: a row a group with
    its runs and the quantiles of the factor, the largest median deviation first.
    """

    leave: Leave
    used: str
    points: pd.DataFrame
    coverage: tuple[Coverage, ...]
    residuals: pd.DataFrame
    score: Score
    by_grade: tuple[GradeCoverage, ...]
    """Nearest first; a grade that no trial reached is missing."""


def left_out(learnt: Learnt, leave: Leave = "family") -> LeftOut:
    """Left-out predictions of the best state of knowledge. Raises `UnusableTableError`."""
    model = learnt.model
    knowledge, level = list(model.levels.items())[-1]
    rows, kept, _ = measured_rows(learnt.runs, model.columns)
    names = (rows.device if leave == "device" else rows.family).astype(str).astype(object)
    groups = groups_or_runs(rows.device if leave == "device" else rows.family)
    mean, scale = _without_groups(level, rows, groups, names, leave)
    found = trials(level.chosen, rows, groups, (mean, scale))
    widths = [_half_widths(found, number, len(groups), level, rows) for number in range(len(found))]
    half = np.full((len(LEVELS), len(rows)), np.nan)
    for each, width in zip(found[: len(groups)], widths, strict=False):
        half[:, each.index] = width
    residual = mean - rows.log_energy
    points = _points(learnt, rows, kept)
    points["predicted_j"] = np.exp(mean)
    points["predicted_j_low"] = np.exp(mean - half[-1])
    points["predicted_j_high"] = np.exp(mean + half[-1])
    points["factor"] = np.exp(residual)
    inside = np.abs(residual) <= half
    nobody = np.zeros(len(rows), dtype=bool)
    return LeftOut(
        leave,
        f"{knowledge.value}: {level.chosen.name}",
        points[np.isfinite(mean)].reset_index(drop=True),
        tuple(
            _coverage(q, inside[i][np.isfinite(mean)], names[np.isfinite(mean)])
            for i, q in enumerate(LEVELS)
        ),
        _residuals(points["factor"].to_numpy(float), names),
        score(level.chosen.name, False, rows.log_energy, mean, half, LEVELS, nobody, names),
        _by_grade(found, widths),
    )


def _without_groups(
    level: FittedLevel, rows: Rows, groups: Groups, names: Names, leave: Leave
) -> tuple[Floats, Floats]:
    """Families by hyperparameters that never saw them, where such are shipped."""
    chosen, tuned = level.chosen, shipped_hyperparameters().get(level.knowledge)
    if leave == "family" and tuned and isinstance(chosen, Process) and chosen.takes(rows, tuned):
        return chosen.crossed_known(rows, groups, names, tuned)
    return chosen.left_out(rows, groups)


def _half_widths(
    found: list[Trial], number: int, groups: int, level: FittedLevel, rows: Rows
) -> Floats:
    """Half-widths of a trial in log units, shape (levels, n), calibrated on the other trials.

    The first `groups` trials are the groups; runs of a device that only the trial has are held to
    what the fitted model says of new devices.
    """
    trial = found[number]
    others = [t for i, t in enumerate(found) if i != number and not t.like(trial)]
    near = calibrated([t for t in others if any(t is g for g in found[:groups])])
    widening = Widening.of(others)
    rest = set(rows.device[np.setdiff1d(np.arange(len(rows)), trial.index)])
    new = np.array([d not in rest for d in rows.device[trial.index]], dtype=bool)
    out: list[Floats] = []
    for q in LEVELS:
        known = near.multiplier(q)
        multiplier = np.where(new, max(known, level.new_device.multiplier(q)), known)
        out.append(trial.scale * widening.multipliers(multiplier, trial.distance, q))
    return np.array(out)


def _points(learnt: Learnt, rows: Rows, kept: np.ndarray) -> pd.DataFrame:
    runs = learnt.runs.iloc[kept].reset_index(drop=True)
    local = kept >= learnt.shipped
    keys = [f"run {i}" for i in kept]
    if "key" in runs:
        own = runs["key"].astype(object).to_numpy()
        keys = [str(o) if here else k for k, o, here in zip(keys, own, local, strict=True)]
    model = runs["model"] if "model" in runs else pd.Series(keys)
    first = next(iter(rows.categories.values()), np.full(len(rows), "", dtype=object))
    return pd.DataFrame(
        {
            "key": keys,
            "model": model.astype(str),
            "family": rows.family.astype(str),
            "device": rows.device.astype(str),
            "precision": first.astype(str),
            "measured_j": np.exp(rows.log_energy),
            "local": local,
        }
    )


def _by_grade(found: list[Trial], widths: list[Floats]) -> tuple[GradeCoverage, ...]:
    out: list[GradeCoverage] = []
    error = np.concatenate([np.abs(t.residual) for t in found])
    factor = np.concatenate([np.abs(np.expm1(-t.residual)) for t in found])
    half = np.concatenate(widths, axis=1)
    names = np.concatenate([grades(t.distance) for t in found])
    which = np.repeat(np.arange(len(found)), [len(t.index) for t in found])
    for grade in Grade:
        here = (names == grade.value) & np.isfinite(error)
        if here.any():
            inside = (error[here] <= half[:, here]).mean(axis=1)
            out.append(
                GradeCoverage(
                    grade,
                    int(here.sum()),
                    len(set(which[here])),
                    {q: float(share) for q, share in zip(LEVELS, inside, strict=True)},
                    float(np.median(factor[here])),
                    float(np.exp(np.median(half[-1, here]))),
                )
            )
    return tuple(out)


def _coverage(nominal: float, inside: np.ndarray, names: np.ndarray) -> Coverage:
    levels, codes = np.unique(names.astype(str), return_inverse=True)
    runs = np.bincount(codes).astype(float)
    hits = np.bincount(codes, weights=inside.astype(float))
    drawn = np.random.default_rng(0).integers(0, len(levels), (DRAWS, len(levels)))
    shares = hits[drawn].sum(axis=1) / runs[drawn].sum(axis=1)
    low, high = np.quantile(shares, [0.025, 0.975])
    found = float(hits.sum() / runs.sum())
    return Coverage(
        nominal,
        found,
        min(float(low), found),
        max(float(high), found),
        {str(n): float(h / r) for n, h, r in zip(levels, hits, runs, strict=True)},
    )


def _residuals(factor: Floats, names: np.ndarray) -> pd.DataFrame:
    records: list[dict[str, object]] = []
    for name in sorted(set(names.tolist())):
        here = factor[(names == name) & np.isfinite(factor)]
        if not len(here):
            continue
        found = np.exp(np.quantile(np.log(here), QUANTILES))
        labels = ("p05", "p25", "median", "p75", "p95")
        records.append(
            {
                "group": name,
                "runs": len(here),
                **{n: float(v) for n, v in zip(labels, found, strict=True)},
                "median_error": float(np.median(np.abs(here - 1))),
            }
        )
    table = pd.DataFrame(records)
    order = np.argsort(-np.abs(np.log(table["median"].to_numpy(float))), kind="stable")
    return table.iloc[order].reset_index(drop=True)
