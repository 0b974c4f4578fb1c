"""Rules of setting that templates of words cannot know: where a line must not break."""

from __future__ import annotations

import re
from typing import Any

NO_BREAK = "\u00a0"
_UNITS = r"(?:%|points|ポイント|EUR|USD|JPY|[nµmkMGT]?(?:J|Wh|g|W|s|t)(?![A-Za-z]))"
_KEEP_TOGETHER = (
    re.compile(rf"(?<=[0-9]) (?={_UNITS})"),
    re.compile(r" (?=CO₂e)"),
    re.compile(r"(?<=CO₂e) (?=/)"),
    re.compile(r"(?<=/) (?=year|年|inference|回)"),
    re.compile(r"(?<=[0-9]) (?=– )"),
    re.compile("(?<=–) (?=[0-9\u2212])"),
)


def unbroken(value: Any) -> Any:
    """The same data with no line break possible between a number and its unit."""
    if isinstance(value, str):
        if value.startswith("<svg"):
            return value
        for gap in _KEEP_TOGETHER:
            value = gap.sub(NO_BREAK, value)
        return value
    if isinstance(value, dict):
        return {k: unbroken(v) for k, v in value.items()}
    if isinstance(value, list):
        return [unbroken(v) for v in value]
    return value
