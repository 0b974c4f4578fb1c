"""What the room of carbon says when it is given something it cannot use."""

from __future__ import annotations

from advisor.sentences import Sentence, sentence


class CarbonError(ValueError):
    """One sentence: what is wrong, where, what to do; `said` holds it for both languages."""

    def __init__(self, said: Sentence | str) -> None:
        super().__init__(str(said))
        self.said = said if isinstance(said, Sentence) else sentence("{reason}", reason=said)
