"""Sentences for people, in English and Japanese, made from a template and its values.

A calculation says *what* it has to say (`sentence("… {saved} …", saved=q)`); the reader's
language is chosen where it is shown. The English template is the key; Japanese templates stand in
`translations/ja/*.toml` (any file, merged) as `"english template" = "日本語"`.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Union

from pydantic import BaseModel, ConfigDict

from advisor.figures import Language, WrittenFigure, written
from advisor.quantities import Quantity

Value = Union[Quantity, "Sentence", int, float, str, None]
TRANSLATIONS = Path(__file__).parent / "translations"


class Sentence(BaseModel):
    """A template with its values; plain data that survives JSON. `str()` gives English."""

    model_config = ConfigDict(frozen=True)

    template: str
    values: dict[str, Value] = {}

    def text(self, language: Language = "en") -> str:
        """The sentence in a language; figures follow the rounding rule of `advisor.figures`.

        A template may ask for a figure's parts: `{saved}`, `{saved.interval}`, `{saved.value}`.
        """
        return translate(self.template, language).format(
            **{k: _shown(v, language) for k, v in self.values.items()}
        )

    def __str__(self) -> str:
        return self.text()


def sentence(template: str, **values: Value) -> Sentence:
    """A `Sentence` from a template and its values."""
    return Sentence(template=template, values=values)


class SaidError(ValueError):
    """Something a person must mend, in one sentence: what is wrong, where, what to do.

    Every room has its own kind. `said` is for readers of either language, `str()` is English.
    """

    def __init__(self, said: Sentence | str) -> None:
        super().__init__(str(said))
        self.said = said if isinstance(said, Sentence) else sentence("{text}", text=said)


def translate(template: str, language: Language, folder: Path = TRANSLATIONS) -> str:
    """The template in a language; English where no translation is known."""
    return template if language == "en" else catalogue(language, folder).get(template, template)


@cache
def catalogue(language: Language, folder: Path = TRANSLATIONS) -> dict[str, str]:
    """English template → translation, merged over all files of `folder/<language>/`."""
    merged: dict[str, str] = {}
    for path in sorted((folder / language).glob("*.toml")):
        merged.update(tomllib.loads(path.read_text("utf-8")))
    return merged


def _shown(value: Value, language: Language) -> str | WrittenFigure:
    if isinstance(value, Quantity) or value is None:
        return written(value, language)
    if isinstance(value, Sentence):
        return value.text(language)
    if isinstance(value, str):
        return translate(value, language)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.4g}"
