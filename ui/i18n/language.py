"""The reader's language, live: `tr()` for words, `language.changed` when another was chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from advisor.figures import Language as Code
from advisor.figures import written
from advisor.quantities import Quantity
from advisor.sentences import Sentence, translate

CATALOGUES = Path(__file__).parent
NAMES: dict[Code, str] = {"en": "English", "ja": "日本語"}


class Language(QObject):
    """The language in force. Emits `changed` after a switch; the window then builds itself anew."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.code: Code = "en"

    def choose(self, code: Code) -> None:
        """Switch to a language."""
        if code != self.code:
            self.code = code
            self.changed.emit()


language = Language()
"""The one language of the process."""


def tr(template: str, **values: Any) -> str:
    """An English template in the reader's language, with its values filled in.

    Values may be quantities (written by the rounding rule of `advisor.figures`), sentences,
    numbers or words; words are not translated, so say `tr(word)` for those that should be.
    A literal handed to `tr` or `later` needs its Japanese in `ui/i18n/ja/<page>.toml`.
    """
    found = translate(template, language.code, CATALOGUES)
    if found == template:
        found = translate(template, language.code)
    return found.format(**{name: _shown(value) for name, value in values.items()})


def later(template: str) -> str:
    """Mark a literal for translation where it cannot be translated yet (class attributes)."""
    return template


def said(text: Sentence | str | None) -> str:
    """A sentence from `advisor` in the reader's language."""
    return text.text(language.code) if isinstance(text, Sentence) else (text or "")


def figure(quantity: Quantity | None, unit: str | None = None) -> str:
    """Value and unit of a figure; `unknown` where there is none."""
    return written(quantity, language.code, unit=unit).text


def interval(quantity: Quantity | None, unit: str | None = None) -> str:
    """The 95 % interval of a figure; empty where there is none."""
    return "" if quantity is None else written(quantity, language.code, unit=unit).interval


def _shown(value: Any) -> Any:
    if isinstance(value, Quantity) or value is None:
        return written(value, language.code)
    if isinstance(value, Sentence):
        return said(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    return f"{value:,}"
