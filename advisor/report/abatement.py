"""What the recommended actions save together, one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from advisor.quantities import Quantity
from advisor.report.summary import Action, Summary
from advisor.sentences import Sentence, sentence

VISIBLE = 1e-3
"""Share of the whole saving below which a step cannot be seen in a chart."""


@dataclass(frozen=True)
class Step:
    """One step of the abatement curve: the action taken and everything saved up to it."""

    action: Action
    cumulative: Quantity


def abatement_steps(s: Summary) -> list[Step]:
    """Cumulative saving over the recommended actions in the order of their place.

    Options of one model exclude each other: a later one adds only what it saves beyond the earlier,
    and is left out where that is nothing.
    """
    taken: dict[str, Quantity] = {}
    steps: list[Step] = []
    cumulative: Quantity | None = None
    for action in s.actions:
        before = taken.get(action.model_id)
        gain = action.saved if before is None else action.saved - before
        if gain.value <= 0:
            continue
        taken[action.model_id] = action.saved
        cumulative = gain if cumulative is None else cumulative + gain
        steps.append(Step(action, cumulative))
    return steps


def visible_steps(steps: Sequence[Step]) -> list[Step]:
    """The steps that can be seen; what the others save is in the sums of those that follow."""
    if not steps:
        return []
    whole = steps[-1].cumulative.value
    gains = [
        steps[0].cumulative.value,
        *(after.cumulative.value - before.cumulative.value for before, after in pairwise(steps)),
    ]
    return [step for step, gain in zip(steps, gains, strict=True) if gain >= VISIBLE * whole]


def abatement_caption(steps: Sequence[Step]) -> Sentence:
    """What the curve shows, and how many steps are too small to be drawn."""
    saved = steps[-1].cumulative
    count, drawn = (len({x.action.model_id for x in y}) for y in (steps, visible_steps(steps)))
    hidden = count - drawn
    if not hidden:
        return sentence(
            "Cumulative saving of the {count} recommended actions: {saved} ({saved.interval}).",
            count=count,
            saved=saved,
        )
    return sentence(
        "Cumulative saving of the {count} recommended actions: {saved} ({saved.interval}); "
        "{hidden} of them save less than a thousandth of it each and are not drawn.",
        count=count,
        saved=saved,
        hidden=hidden,
    )
