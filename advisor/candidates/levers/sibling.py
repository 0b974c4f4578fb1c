"""Replace by a smaller sibling: another measured candidate for the same task.

Energy ratio r = e_small / e_large, both measured; the accuracy loss comes from the same labelled
data. Often the better lever: a model of a hundredth of the size may lose nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from advisor.candidates.candidate import Candidate
from advisor.candidates.levers.lever import Effect, LeverKind, Need
from advisor.candidates.levers.operational import OperationalFacts
from advisor.quantities import Quantity
from advisor.sentences import Sentence, sentence


@dataclass(frozen=True)
class Sibling(OperationalFacts):
    """The lever `smaller-sibling`."""

    def siblings(self, candidate: Candidate, others: Iterable[Candidate]) -> list[Candidate]:
        """Other candidates that could stand in: same inputs, fewer operations; smallest first."""
        mine = _operations(candidate)
        fit = [
            other
            for other in others
            if other.key != candidate.key
            and other.parent_key != candidate.key
            and self.mismatch(candidate, other) is None
            and (mine is None or (_operations(other) or mine) < mine)
        ]
        return sorted(fit, key=lambda c: _operations(c) or float("inf"))

    def mismatch(self, candidate: Candidate, other: Candidate) -> Sentence | None:
        """Why another candidate cannot take the place: it wants other inputs."""
        if _sizes(candidate) != _sizes(other):
            return sentence(
                "{other} takes other inputs than {name}.", other=other.name, name=candidate.name
            )
        return None

    def effect(
        self, small: str, energy_j: Quantity, small_j: Quantity, accuracy_loss: Quantity | None
    ) -> Effect:
        """From the measured energies of both and the loss on the same data."""
        return Effect(
            lever=self.name,
            kind=self.kind,
            energy_ratio=small_j / energy_j,
            accuracy_loss=accuracy_loss,
            reason=sentence("{small} answers instead.", small=small),
            settings={"sibling": small},
        )


def _sizes(candidate: Candidate) -> tuple[int, ...]:
    """Values a sample of each input (free axes count 1), which must agree for the same data."""
    sizes: list[int] = []
    for spec in candidate.facts.inputs:
        size = 1
        for dim in spec.shape[1:]:
            size *= dim if isinstance(dim, int) else 1
        sizes.append(size)
    return tuple(sorted(sizes))


def _operations(candidate: Candidate) -> float | None:
    flops = candidate.facts.flops_per_inference
    return flops.value if flops else None


LEVER = Sibling(
    "smaller-sibling",
    LeverKind.REPLACE,
    sentence("Replace by a smaller sibling"),
    sentence("Another candidate for the same task, with fewer operations, takes its place."),
    (Need.SECOND_MODEL, Need.LABELLED_DATA),
    (sentence("A new model needs its own validation and approval."),),
)
