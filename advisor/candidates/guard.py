"""The accuracy guard: what a variant may lose, tested in pairs against its parent, group by group.

Loss is in the metric's points, positive is worse. Its interval is a paired bootstrap over samples;
for accuracy the exact McNemar test adds a p-value (binomial on the samples that only one of the two
answers right). Groups are scored by Fairlearn's `MetricFrame`; the *gap* is the difference between
the best and the worst group.

References: McNemar (1947); Efron & Tibshirani (1993), chapter 13; Bird et al., “Fairlearn” (2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from advisor.candidates.metrics import loss_points, metric_named, points, score
from advisor.candidates.resampling import bootstrap_indices, paired_loss_draws, resampled_scores
from advisor.candidates.scoring import Answers
from advisor.candidates.workload import UnusableDataError, Workload
from advisor.quantities import Provenance, Quantity
from advisor.sentences import Sentence, sentence

_DRAWS = 1000
_GAP_DRAWS = 200


class Limits(BaseModel):
    """What a variant must keep. Points of the metric; None: no such limit."""

    model_config = ConfigDict(frozen=True)

    floor_points: float | None = None
    """Least accuracy (or, for metrics where lower is better, the most error)."""
    most_loss_points: float | None = 1.0
    most_gap_growth_points: float | None = 1.0
    """How much the gap between the best and the worst group may grow."""


class GuardResult(BaseModel):
    """What the guard found for one variant."""

    model_config = ConfigDict(frozen=True)

    metric: str
    parent_points: float
    variant_points: float
    loss: Quantity
    """Points lost against the parent; negative: better."""
    p_value: float | None
    """Exact McNemar test, for accuracy; None for other metrics."""
    changed_answers: float
    """Share of samples answered differently."""
    group_points: dict[str, float] = Field(default_factory=dict)
    parent_group_points: dict[str, float] = Field(default_factory=dict)
    gap_growth: Quantity | None = None
    loss_draws: tuple[float, ...] = Field(default=(), repr=False)
    """The bootstrap's losses: two variants judged on the same rows are compared draw by draw."""
    breaches: tuple[Sentence, ...] = ()
    remarks: tuple[Sentence, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether every limit is kept."""
        return not self.breaches

    @property
    def less_fair(self) -> bool:
        """Whether the gap between groups grew by more than its noise."""
        return self.gap_growth is not None and self.gap_growth.low > 0


def guard(
    workload: Workload, parent: Answers, variant: Answers, limits: Limits, seed: int = 0
) -> GuardResult:
    """Judge a variant's answers on the evaluation data. Raises `UnusableDataError`."""
    if workload.labels is None or workload.metric is None:
        raise UnusableDataError(sentence("Without labels there is no accuracy to guard."))
    metric, truth = workload.metric, workload.labels
    before, after = score(metric, truth, parent), score(metric, truth, variant)
    indices = bootstrap_indices(len(truth), _DRAWS, seed)
    draws = paired_loss_draws(metric, truth, parent, variant, indices)
    loss = _quantity(loss_points(metric, before, after), draws, workload)
    groups, parent_groups = _by_group(workload, variant), _by_group(workload, parent)
    growth = _gap_growth(workload, parent, variant, indices) if len(groups) > 1 else None
    result = GuardResult(
        metric=metric,
        parent_points=points(metric, before),
        variant_points=points(metric, after),
        loss=loss,
        p_value=_mcnemar(truth, parent, variant) if metric == "accuracy" else None,
        changed_answers=float(np.mean(parent.labels != variant.labels)),
        group_points=groups,
        parent_group_points=parent_groups,
        gap_growth=growth,
        loss_draws=tuple(np.round(draws, 4).tolist()) if np.isfinite(draws).all() else (),
    )
    return result.model_copy(
        update={"breaches": _breaches(result, limits), "remarks": _remarks(result)}
    )


def _breaches(result: GuardResult, limits: Limits) -> tuple[Sentence, ...]:
    found: list[Sentence] = []
    title, higher = metric_named(result.metric).title, metric_named(result.metric).higher_is_better
    floor = limits.floor_points
    if (
        floor is not None
        and (result.variant_points < floor) == higher
        and (result.variant_points != floor)
    ):
        found.append(
            sentence(
                "{metric} is {points} points, beyond the limit of {floor}.",
                metric=title,
                points=result.variant_points,
                floor=floor,
            )
        )
    most = limits.most_loss_points
    if most is not None and result.loss.value > most:
        found.append(
            sentence(
                "It loses {loss} of {metric}; at most {most} points are allowed.",
                loss=result.loss,
                metric=title,
                most=most,
            )
        )
    growth, allowed = result.gap_growth, limits.most_gap_growth_points
    if growth is not None and allowed is not None and growth.value > allowed and growth.low > 0:
        found.append(
            sentence(
                "The gap between the best and the worst group grows by {growth}; at most {most} "
                "points are allowed.",
                growth=growth,
                most=allowed,
            )
        )
    return tuple(found)


def _remarks(result: GuardResult) -> tuple[Sentence, ...]:
    found: list[Sentence] = []
    if not result.loss.excludes_zero:
        found.append(sentence("No distinguishable difference in accuracy from the parent."))
    if result.less_fair and result.gap_growth is not None:
        found.append(
            sentence(
                "Greener but less fair: the gap between groups grows by {growth}.",
                growth=result.gap_growth,
            )
        )
    return tuple(found)


def _quantity(value: float, draws: NDArray[np.float64], workload: Workload) -> Quantity:
    unit = metric_named(workload.metric or "").unit
    low, high = np.nanquantile(draws, (0.025, 0.975))
    made = Quantity.from_interval(
        value, min(float(low), value), max(float(high), value), unit, Provenance.MEASURED,
        f"paired bootstrap over {workload.samples} samples", "evaluation samples",
    )  # fmt: skip
    return made.model_copy(update={"log": False})


def _mcnemar(truth: NDArray[Any], parent: Answers, variant: Answers) -> float:
    """Two-sided exact p-value that both are equally often right."""
    from scipy.stats import binomtest

    right = metric_named("accuracy").per_sample
    assert right is not None
    before, after = right(truth, parent) > 0, right(truth, variant) > 0
    only_before, only_after = int(np.sum(before & ~after)), int(np.sum(after & ~before))
    if only_before + only_after == 0:
        return 1.0
    return float(binomtest(only_before, only_before + only_after, 0.5).pvalue)


def _by_group(workload: Workload, answers: Answers) -> dict[str, float]:
    """The metric in points for each group; groups in which it is undefined are left out."""
    if workload.groups is None:
        return {}
    from fairlearn.metrics import MetricFrame

    scored = _scorer(workload, answers)
    rows = np.arange(workload.samples)
    frame = MetricFrame(
        metrics=scored, y_true=rows, y_pred=rows, sensitive_features=workload.groups.astype(str)
    )
    by_group: Any = frame.by_group
    return {str(k): float(v) for k, v in by_group.items() if np.isfinite(v)}


def _scorer(workload: Workload, answers: Answers) -> Any:
    """A metric for `MetricFrame` over row numbers, so that probabilities come along."""
    assert workload.labels is not None
    truth, metric = workload.labels, str(workload.metric)

    def scored(rows: NDArray[np.integer], _same: NDArray[np.integer]) -> float:
        rows = np.asarray(rows)
        try:
            return points(metric, score(metric, truth[rows], _part(answers, rows)))
        except ValueError:  # undefined in this group, as AUC with one class
            return float("nan")

    return scored


def _part(answers: Answers, rows: NDArray[np.integer]) -> Answers:
    probabilities = None if answers.probabilities is None else answers.probabilities[rows]
    return Answers(answers.labels[rows], probabilities, answers.classes)


def _gap_growth(
    workload: Workload, parent: Answers, variant: Answers, indices: NDArray[np.int64]
) -> Quantity | None:
    """Growth of (best group − worst group), with a paired bootstrap within all samples."""
    assert workload.groups is not None
    names = [np.flatnonzero(workload.groups == g) for g in np.unique(workload.groups)]
    rng = np.random.default_rng(indices[0, 0])
    drawn = [rng.integers(0, len(rows), (_GAP_DRAWS, len(rows))) for rows in names]
    value = _gap(workload, variant, names) - _gap(workload, parent, names)
    if not np.isfinite(value[0]):
        return None
    draws = _gap(workload, variant, names, drawn) - _gap(workload, parent, names, drawn)
    return _quantity(float(value[0]), draws, workload)


def _gap(
    workload: Workload,
    answers: Answers,
    groups: Sequence[NDArray[np.integer]],
    drawn: Sequence[NDArray[np.integer]] = (),
) -> NDArray[np.float64]:
    """Best group − worst group in points, by draw; NaN where fewer than two can be scored.

    `groups` are row numbers; `drawn` [draws, rows] chooses among them; without it they stand once.
    """
    assert workload.labels is not None
    metric = str(workload.metric)
    rows = drawn or [np.arange(len(group))[None] for group in groups]
    scores = np.stack(
        [
            resampled_scores(metric, workload.labels[group], _part(answers, group), chosen)
            for group, chosen in zip(groups, rows, strict=True)
        ]
    )
    known = np.isfinite(scores)
    best = np.max(scores, axis=0, initial=-np.inf, where=known)
    worst = np.min(scores, axis=0, initial=np.inf, where=known)
    gap = metric_named(metric).points_per_unit * (best - worst)
    return np.where(known.sum(axis=0) > 1, gap, np.nan)
