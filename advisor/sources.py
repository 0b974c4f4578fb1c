"""Where a figure comes from, in the reader's language.

`Quantity.source` and the names in `Quantity.spread` are kept in English: they stand in project
files, and a name is what lets an uncertainty that two figures share cancel. They are read here, at
the moment of showing: each part of a source is matched against the English templates of
`translations/<language>/sources.toml`, and its values are put into the translation. What no
template knows (a publication's title, a file's name) stays as it is.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache

from advisor.figures import Language
from advisor.sentences import TRANSLATIONS, translate

_JOINTS = (" − ", " + ", " × ", " ÷ ", "; ")
"""Between the parts of a source, the weakest binding first (see `advisor.quantities`)."""
_FIELD = re.compile(r"\\\{(\w+)\\\}")


def source_text(source: str, language: Language) -> str:
    """A source, or the name of an uncertainty, for a reader."""
    return source if language == "en" else _read(source, language)


@lru_cache(maxsize=4096)
def _read(source: str, language: Language) -> str:
    for pattern, translation in _templates(language):
        found = pattern.fullmatch(source)
        if found is not None:
            values = {name: _read(value, language) for name, value in found.groupdict().items()}
            return translation.format(**values)
    for joint in _JOINTS:
        if joint in source:
            return joint.join(_read(part, language) for part in source.split(joint))
    return translate(source, language)


@cache
def _templates(language: Language) -> list[tuple[re.Pattern[str], str]]:
    """Pattern and translation of every template, those with the most fixed words first."""
    path = TRANSLATIONS / language / "sources.toml"
    known: dict[str, str] = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    ordered = sorted(known.items(), key=lambda pair: -len(re.sub(r"\{\w+\}", "", pair[0])))
    return [(re.compile(_pattern(template)), text) for template, text in ordered]


def _pattern(template: str) -> str:
    """A template as a regular expression. No value reaches over a factor: meters may be a sum."""
    return _FIELD.sub(r"(?P<\1>(?:(?! [−×÷] ).)+?)", re.escape(template))
