"""Cascade: the small model answers first; what it is unsure of goes to the large one.

The threshold on the small model's confidence (its highest probability) is learnt on validation data
and judged on other, evaluation data. Energy ratio r = e_small / e_large + q, with q the share that
escalates. Both models run for escalated requests; that is the overhead.

Reference: Viola & Jones (CVPR 2001) for cascades; Chow (1970) for the reject option by confidence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from advisor.candidates.levers.lever import Effect, LeverError, LeverKind, Need
from advisor.candidates.levers.operational import OperationalFacts
from advisor.candidates.metrics import loss_points, score
from advisor.candidates.resampling import bootstrap_indices, paired_loss_draws
from advisor.candidates.scoring import Answers, Array
from advisor.quantities import Provenance, Quantity
from advisor.sentences import sentence

_DRAWS, _AT_ONCE = 1000, 50
"""Draws, and how many are drawn at once, since each holds every sample."""
_EVERYTHING = 2.0
"""A threshold that no probability reaches: all is escalated, and nothing lost."""


class CascadePoint(BaseModel):
    """What a threshold would do on the validation data."""

    model_config = ConfigDict(frozen=True)

    threshold: float
    escalated: float
    """Share of the requests that go on, 0 to 1."""
    loss_points: float

    @property
    def escalated_percent(self) -> float:
        """The same share in percent."""
        return 100.0 * self.escalated


class CascadePlan(BaseModel):
    """A cascade as learnt: the small model's answer stands at or above the threshold."""

    model_config = ConfigDict(frozen=True)

    threshold: float
    validation_escalation: float
    validation_loss_points: float
    curve: tuple[CascadePoint, ...] = Field(default=(), repr=False)
    """Every threshold that was tried, from none escalated to all."""

    @property
    def chosen(self) -> CascadePoint:
        """The threshold as a point of the curve."""
        return CascadePoint(
            threshold=self.threshold,
            escalated=self.validation_escalation,
            loss_points=self.validation_loss_points,
        )


class JudgedCascade(BaseModel):
    """A cascade on evaluation data that its threshold has not seen, against the large model."""

    model_config = ConfigDict(frozen=True)

    escalated: Quantity
    """Share of the requests that go on to the large model (unit 1), by Wilson's interval."""
    loss: Quantity
    """Points lost against the large model alone, by paired bootstrap."""
    escalated_draws: tuple[float, ...] = Field(default=(), repr=False)
    loss_draws: tuple[float, ...] = Field(default=(), repr=False)
    """Draw i of both is from the same resampled samples."""


@dataclass(frozen=True)
class Cascade(OperationalFacts):
    """The lever `cascade`."""

    def learn(
        self,
        metric: str,
        truth: Array,
        small: Answers,
        large: Answers,
        most_loss_points: float = 0.0,
    ) -> CascadePlan:
        """The lowest threshold whose loss on this *validation* data stays within the bound.

        Loss is against the large model, in points. Raises `LeverError` where the small model gives
        no probabilities. Always possible: a threshold above 1 sends everything on.
        """
        confidence = _confidence(small)
        reference = score(metric, truth, large)
        levels = np.unique(np.quantile(confidence, np.linspace(0, 1, 101)))
        curve: list[CascadePoint] = []
        for threshold in [0.0, *levels.tolist(), _EVERYTHING]:
            joined = combined(small, large, confidence < threshold)
            curve.append(
                CascadePoint(
                    threshold=threshold,
                    escalated=float(np.mean(confidence < threshold)),
                    loss_points=loss_points(metric, reference, score(metric, truth, joined)),
                )
            )
        chosen = next(p for p in curve if p.loss_points <= most_loss_points + 1e-12)
        return CascadePlan(
            threshold=chosen.threshold,
            validation_escalation=chosen.escalated,
            validation_loss_points=chosen.loss_points,
            curve=tuple(curve),
        )

    def judge(
        self,
        plan: CascadePlan,
        metric: str,
        truth: Array,
        small: Answers,
        large: Answers,
        seed: int = 0,
    ) -> JudgedCascade:
        """Escalated share and loss on *evaluation* data that the threshold has not seen."""
        escalated = _confidence(small) < plan.threshold
        joined = combined(small, large, escalated)
        loss = loss_points(metric, score(metric, truth, large), score(metric, truth, joined))
        shares: list[Array] = []
        losses: list[Array] = []
        for part in range(_DRAWS // _AT_ONCE):
            indices = bootstrap_indices(len(truth), _AT_ONCE, seed + part)
            shares.append(escalated[indices].mean(axis=1))
            losses.append(paired_loss_draws(metric, truth, large, joined, indices))
        draws = np.concatenate(losses)
        known = draws[np.isfinite(draws)]
        low, high = np.quantile(known, (0.025, 0.975)) if known.size else (loss, loss)
        return JudgedCascade(
            escalated=_share(escalated),
            loss=Quantity.from_interval(
                loss, min(float(low), loss), max(float(high), loss), "point", Provenance.MEASURED,
                f"paired bootstrap over {len(truth)} evaluation samples", "evaluation samples",
            ),
            escalated_draws=tuple(np.concatenate(shares).tolist()),
            loss_draws=tuple(np.where(np.isfinite(draws), draws, loss).tolist()),
        )  # fmt: skip

    def effect(
        self, plan: CascadePlan, judged: JudgedCascade, small_j: Quantity, large_j: Quantity
    ) -> Effect:
        """What the cascade changes against the large model alone, from both measured energies."""
        share = judged.escalated
        return Effect(
            lever=self.name,
            kind=self.kind,
            energy_ratio=small_j / large_j + share,
            accuracy_loss=judged.loss,
            reason=sentence(
                "The small model answers alone when it is sure; {share} of the requests go on to "
                "the large one.",
                share=share.to("percent"),
            ),
            settings=plan.model_dump(exclude={"curve"}),
            accuracy_loss_draws=judged.loss_draws,
        )


def combined(small: Answers, large: Answers, escalated: NDArray[np.bool_]) -> Answers:
    """Answers of the cascade: the large model's where escalated, else the small model's."""
    labels = np.where(escalated, large.labels, small.labels)
    if small.probabilities is None or large.probabilities is None:
        return Answers(labels)
    if small.probabilities.shape != large.probabilities.shape or not _same_classes(small, large):
        return Answers(labels)
    both = np.where(escalated[:, None], large.probabilities, small.probabilities)
    return Answers(labels, both, large.classes)


def _same_classes(small: Answers, large: Answers) -> bool:
    """Whether the columns stand for the same classes, as far as both models name them."""
    if small.classes is None or large.classes is None:
        return True
    pairs = zip(small.classes, large.classes, strict=True)
    return all(str(a).removesuffix(".0") == str(b).removesuffix(".0") for a, b in pairs)


def _confidence(answers: Answers) -> NDArray[np.float64]:
    if answers.probabilities is None:
        raise LeverError(
            sentence("A cascade needs the small model's probabilities, and it gives labels only.")
        )
    return answers.probabilities.max(axis=1)


def _share(escalated: NDArray[np.bool_]) -> Quantity:
    """Escalated share with its 95 % interval (Wilson score interval)."""
    n, p, z = len(escalated), float(np.mean(escalated)), 1.96
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low, high = max(min(p, centre - half), 0.0), min(max(p, centre + half), 1.0)
    return Quantity.from_interval(
        p, low, high, "1", Provenance.MEASURED, f"share of {n} samples", "evaluation samples"
    )


LEVER = Cascade(
    "cascade",
    LeverKind.CASCADE,
    sentence("Cascade of a small and a large model"),
    sentence("A small model answers first; only unsure requests go to the large one."),
    (Need.SECOND_MODEL, Need.LABELLED_DATA),
    (
        sentence("Unsure requests take longer: both models run."),
        sentence("When the traffic drifts, more is escalated and the saving shrinks."),
    ),
)
