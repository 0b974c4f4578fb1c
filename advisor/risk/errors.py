"""What goes wrong in this room, said in one sentence."""

from __future__ import annotations

from advisor.sentences import Sentence, sentence


class RiskError(ValueError):
    """Exposures, scenarios or rules that cannot be used: what is wrong, where, what to do.

    `said` holds it for readers of both languages.
    """

    def __init__(self, said: Sentence | str) -> None:
        super().__init__(str(said))
        self.said = said if isinstance(said, Sentence) else sentence("{text}", text=said)
