"""What the operational levers share: no file is made, nothing about the file stands in the way."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.candidates.candidate import Candidate
from advisor.candidates.levers.lever import LeverKind, Need
from advisor.quantities import Quantity
from advisor.sentences import Sentence


@dataclass(frozen=True)
class OperationalFacts:
    """Name, kind and words of an operational lever; its `effect` stands in its own file."""

    name: str
    kind: LeverKind
    title: Sentence
    changes: Sentence
    needs: tuple[Need, ...]
    risks: tuple[Sentence, ...]

    def obstacle(self, candidate: Candidate) -> Sentence | None:
        """None: it depends on the use of the model, not on its file."""
        return None

    def expected_energy_ratio(self, candidate: Candidate) -> Quantity | None:
        """None: it follows from figures only the user has."""
        return None
