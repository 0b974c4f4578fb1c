"""What the room of ranking says when it is given something it cannot rank."""

from __future__ import annotations

from advisor.sentences import Sentence


class RankError(ValueError):
    """One sentence: what is wrong, where, what to do; `said` holds it for both languages."""

    def __init__(self, said: Sentence) -> None:
        super().__init__(str(said))
        self.said = said
