"""Options without a file of their own: worked out from what was measured and what the user said.

An operational lever changes how, when or where measured candidates are used. One request then needs
`share` inferences of each of its parts, and `extra` joules beside (a look-up, a rule):

    E = Σ share_k · E_k + extra

by named source and draw by draw, so that what the parts share with the model in use (meter gain,
drift) cancels. However well the parts were measured, the result is *estimated*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from advisor.bench.measurement import Measurement
from advisor.quantities import Provenance, Quantity, total
from advisor.rank.draws import DRAWS, Array, quantity_draws
from advisor.rank.option import OptionKind
from advisor.sentences import Sentence


@dataclass(frozen=True)
class Part:
    """A measured candidate, and how many of its inferences one request needs (unit 1)."""

    measurement: Measurement
    share: Quantity
    draws: tuple[float, ...] = field(default=(), repr=False)
    """Draws of the share where they are known; else it is drawn by its named sources."""


@dataclass(frozen=True)
class WorkedOut:
    """What the ranking needs of an option: the same figures as of a measured candidate."""

    candidate: str
    """Its key; no candidate of the project has it."""
    name: str
    kind: OptionKind
    run_id: str
    workload_sha256: str
    energy_j: Quantity
    """Joules per request, J/inference."""
    energy_above_idle_j: Quantity | None
    energy_draws_j: tuple[float, ...] = field(repr=False)
    metric: str | None
    accuracy: Quantity | None
    loss_draws: tuple[float, ...] = field(default=(), repr=False)
    group_accuracy: dict[str, Quantity] = field(default_factory=dict)
    grid: Quantity | None = None
    """Where the work runs on another grid than the model in use."""
    reason: Sentence | None = None
    """What is done, in one sentence."""
    rests_on: tuple[Sentence, ...] = ()
    """What was entered or learnt, one sentence each."""
    cautions: tuple[Sentence, ...] = ()
    evidence: tuple[str, ...] = ()


def worked_out(
    key: str,
    name: str,
    kind: OptionKind,
    parts: Sequence[Part],
    like: Measurement,
    extra_j: Quantity | None = None,
) -> WorkedOut:
    """The option's energy from its parts; answers (accuracy, groups) are those of `like`.

    Evidence: what was declared comes first, since it is what the figure rests on.
    """
    return WorkedOut(
        candidate=key,
        name=name,
        kind=kind,
        run_id=like.run_id,
        workload_sha256=like.workload_sha256,
        energy_j=_estimated([p.measurement.energy_j * p.share for p in parts], extra_j),
        energy_above_idle_j=_above_idle(parts, extra_j),
        energy_draws_j=tuple(_draws(parts, extra_j).tolist()),
        metric=like.metric,
        accuracy=like.accuracy,
        loss_draws=like.loss_draws,
        group_accuracy=like.group_accuracy,
        evidence=(
            f"operational:{key}",
            *(f"measurement:{p.measurement.run_id}/{p.measurement.candidate}" for p in parts),
        ),
    )


def answering_worse(
    option: WorkedOut, loss: Quantity, draws: tuple[float, ...], higher_is_better: bool
) -> WorkedOut:
    """The option with answers that lose `loss` points (worse is positive) against those it had.

    `draws` of the loss are added to the draws it had where there are as many of both.
    """
    if option.accuracy is None:
        return option
    shift = loss * -1.0 if higher_is_better else loss
    accuracy = (option.accuracy + shift).named(loss.source)
    kept = option.loss_draws if len(draws) == len(option.loss_draws) else ()
    return replace(
        option,
        accuracy=accuracy,
        loss_draws=tuple(a + b for a, b in zip(kept, draws, strict=True)) if kept else (),
        group_accuracy={},
    )


def _estimated(terms: Sequence[Quantity], extra_j: Quantity | None) -> Quantity:
    summed = total([*terms, *([extra_j] if extra_j is not None else [])])
    weakest = Provenance.weakest((summed.provenance, Provenance.ESTIMATED))
    source = "worked out from what was measured and entered"
    return summed.model_copy(update={"provenance": weakest, "source": source})


def _above_idle(parts: Sequence[Part], extra_j: Quantity | None) -> Quantity | None:
    terms: list[Quantity] = []
    for part in parts:
        if part.measurement.energy_above_idle_j is None:
            return None
        terms.append(part.measurement.energy_above_idle_j * part.share)
    return _estimated(terms, extra_j) if terms or extra_j is not None else None


def _draws(parts: Sequence[Part], extra_j: Quantity | None) -> Array:
    """As many draws as the parts' measurements kept; where they differ, draws by named source."""
    counts = {len(p.measurement.energy_draws_j) for p in parts} or {DRAWS}
    count = counts.pop() if len(counts) == 1 else 0
    count = count or DRAWS
    summed = np.zeros(count) if extra_j is None else quantity_draws(extra_j, count)
    for part in parts:
        kept = part.measurement.energy_draws_j
        energy = (
            np.asarray(kept)
            if len(kept) == count
            else quantity_draws(part.measurement.energy_j, count)
        )
        share = (
            np.asarray(part.draws)
            if len(part.draws) == count
            else quantity_draws(part.share, count)
        )
        summed = summed + energy * share
    return summed
