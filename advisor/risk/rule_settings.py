"""The settings inside a rule book, one a row, as text that a person can change.

A document is what `tomllib` made of the file, without its header. A path leads to a value in it:
names of tables and numbers of array entries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from pydantic import BaseModel, ConfigDict

from advisor.risk.errors import RiskError
from advisor.sentences import sentence

Path = tuple[str | int, ...]
Document = dict[str, Any]
_TITLES = ("name", "key")


class RuleSetting(BaseModel):
    """One value of a rule book."""

    model_config = ConfigDict(frozen=True)

    path: Path
    group: str
    """The entry it belongs to, in its own words: an indicator, a driver, a control."""
    name: str
    """The setting's name below its entry, dotted."""
    text: str
    """The value as text; empty where it is not given."""

    @property
    def entry(self) -> Path | None:
        """The path of its entry in an array of tables; None outside one."""
        return self.path[:2] if len(self.path) > 1 and isinstance(self.path[1], int) else None


def settings_of(document: Mapping[str, Any], optional: Sequence[Path] = ()) -> list[RuleSetting]:
    """Every value of a document in its order, and the `optional` ones that are not given."""
    rows: list[RuleSetting] = []
    for name, value in document.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            for number, entry in enumerate(value):
                rows += _leaves((name, number), entry, _title(entry, f"{name} {number + 1}"))
        else:
            rows += _leaves((name,), value, name)
    given = {row.path for row in rows}
    return rows + [
        RuleSetting(path=path, group=str(path[0]), name=".".join(map(str, path[1:])), text="")
        for path in optional
        if path not in given and not any(known[: len(path)] == path for known in given)
    ]


def with_setting(document: Document, path: Path, text: str) -> Document:
    """A copy with one value changed; empty text takes it away. Raises `RiskError`.

    Numbers stay numbers and lists stay lists; a value that was not there becomes a number where it
    reads as one.
    """
    made = deepcopy(document)
    place: Any = made
    for step in path[:-1]:
        place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
    last = path[-1]
    before = place.get(last) if isinstance(place, dict) else place[last]
    if not text.strip() and isinstance(place, dict):
        place.pop(last, None)
    else:
        place[last] = _parsed(text.strip(), before, ".".join(map(str, path)))
    return made


def with_copy(document: Document, entry: Path) -> Document:
    """A copy of the document with an entry doubled behind itself, under a key of its own."""
    made = deepcopy(document)
    name, number = str(entry[0]), int(entry[1])
    doubled = deepcopy(made[name][number])
    for title in _TITLES:
        if isinstance(doubled.get(title), str):
            doubled[title] = f"{doubled[title]}_2" if title == "key" else f"{doubled[title]} (2)"
    made[name].insert(number + 1, doubled)
    return made


def without_entry(document: Document, entry: Path) -> Document:
    """A copy of the document without an entry."""
    made = deepcopy(document)
    del made[str(entry[0])][int(entry[1])]
    return made


def value_text(value: Any) -> str:
    """A value as a person types it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value_text(each) for each in value)
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value)


def _leaves(path: Path, value: Any, group: str, below: tuple[str, ...] = ()) -> list[RuleSetting]:
    if isinstance(value, Mapping):
        return [
            row
            for name, each in value.items()
            for row in _leaves((*path, name), each, group, (*below, name))
        ]
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return [
            row
            for number, each in enumerate(value)
            for row in _leaves((*path, number), each, group, (*below, str(number + 1)))
        ]
    return [RuleSetting(path=path, group=group, name=".".join(below), text=value_text(value))]


def _title(entry: Mapping[str, Any], otherwise: str) -> str:
    for name in _TITLES:
        if isinstance(entry.get(name), str):
            return str(entry[name])
    if "driver" in entry and "to" in entry:
        return f"{entry['driver']} → {entry['to']}"
    if "between" in entry:
        return " × ".join(entry["between"])
    return otherwise


def _parsed(text: str, before: Any, where: str) -> Any:
    if isinstance(before, bool):
        return text.casefold() in ("yes", "true", "1", "はい")
    if isinstance(before, int | float):
        number = _number(text)
        if number is None:
            raise RiskError(
                sentence("{where} is “{text}”, not a number; correct it.", where=where, text=text)
            )
        return number
    if isinstance(before, list):
        parts = [part.strip() for part in text.split(",") if part.strip()]
        kind = before[0] if before else ""
        return [_parsed(part, kind, where) for part in parts]
    if before is None:
        number = _number(text)
        return text if number is None else number
    return text


def _number(text: str) -> int | float | None:
    plain = text.replace(" ", "").replace("_", "")
    for kind in (int, float):
        try:
            return kind(plain)
        except ValueError:
            continue
    return None
