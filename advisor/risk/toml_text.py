"""A rule book's document as TOML text: tables, arrays of tables, and inline values beneath them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(document: Mapping[str, Any]) -> str:
    """The document as text that `tomllib` reads back to the same document."""
    parts: list[str] = []
    for name, value in document.items():
        if isinstance(value, Mapping):
            parts.append(f"[{_key(name)}]\n{_lines(value)}")
        elif isinstance(value, list) and value and all(isinstance(v, Mapping) for v in value):
            parts += [f"[[{_key(name)}]]\n{_lines(row)}" for row in value]
        else:
            parts.insert(0, f"{_key(name)} = {_inline(value)}\n")
    return "\n".join(parts)


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{_key(name)} = {_inline(value)}\n" for name, value in table.items())


def _inline(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(name)} = {_inline(each)}" for name, each in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    return f"[{', '.join(_inline(each) for each in value)}]"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    """A basic string: JSON's escapes are TOML's, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
