"""Rules of setting that templates of words cannot know: where a line must not break."""

from __future__ import annotations

import re
from typing import Any

NO_BREAK = "\u00a0"
_UNITS = r"(?:%|points|ポイント|EUR|USD|JPY|[nµmkMGT]?(?:J|Wh|g|W|s|t)(?![A-Za-z]))"
_KEEP_TOGETHER = (
    re.compile(rf"(?<=[0-9]) (?={_UNITS})"),
    re.compile(r" (?=CO₂e)"),
    re.compile(r"(?<=95 %) (?=interval)"),
    re.compile(r"(?<=CO₂e) (?=/)"),
    re.compile(r"(?<=/) (?=year|年|inference|回)"),
    re.compile(r"(?<=[0-9]) (?=– )"),
    re.compile("(?<=–) (?=[0-9\u2212])"),
)
_BEFORE_LATIN = re.compile("(?<=[\u3040-\u30ff\u4e00-\u9fff])(?=[0-9A-Za-z])")
"""Where Japanese meets a number or a Latin word: a quarter em stands between them."""


def unbroken(value: Any) -> Any:
    """The same data with no line break between a number and its unit, and Latin set apart."""
    if isinstance(value, str):
        if value.startswith("<svg"):
            return value
        for gap in _KEEP_TOGETHER:
            value = gap.sub(NO_BREAK, value)
        return _BEFORE_LATIN.sub(" ", value)
    if isinstance(value, dict):
        return {k: unbroken(v) for k, v in value.items()}
    if isinstance(value, list):
        return [unbroken(v) for v in value]
    return value
