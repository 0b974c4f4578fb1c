"""A card whose figure is words (shares, scores) and can be asked like any other."""

from __future__ import annotations

from ui.figures import FigureCard


class WordsCard(FigureCard):
    """Words instead of a quantity. Emits `asked` when clicked; None reads “unknown”."""

    def __init__(self, name: str, words: str | None, note: str = "") -> None:
        super().__init__(name, words, note)
        self._clickable(name)
