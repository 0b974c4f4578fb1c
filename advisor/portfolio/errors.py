"""What the room of the portfolio says when it is given something it cannot use."""

from __future__ import annotations

from advisor.sentences import Sentence


class PortfolioError(ValueError):
    """One sentence: what is wrong, where, what to do; `said` holds it for both languages."""

    def __init__(self, said: Sentence) -> None:
        super().__init__(str(said))
        self.said = said
