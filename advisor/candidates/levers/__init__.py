"""Levers: ways to make a candidate greener, one file each, found by name.

A file of this folder with a module-level `LEVER` (or `LEVERS`, a tuple) adds to the catalogue.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache

from advisor.candidates.levers.lever import (
    Effect,
    Lever,
    LeverError,
    LeverKind,
    MakingLever,
    Need,
    OperationalLever,
    Settings,
    check_settings,
)
from advisor.candidates.levers.plug_ins import (
    BrokenPlugIn,
    CommandLever,
    plugged_in,
    without_names_taken,
)
from advisor.sentences import sentence


def catalogue() -> tuple[Lever, ...]:
    """Every lever of this folder in the order of their files' names, then installed plug-ins."""
    return (*_own(), *_plugged_in()[0])


def broken_plug_ins() -> tuple[BrokenPlugIn, ...]:
    """Plug-ins that are not in the catalogue, and why."""
    return _plugged_in()[1]


def _plugged_in() -> tuple[tuple[Lever, ...], tuple[BrokenPlugIn, ...]]:
    levers, broken = plugged_in()
    free, taken = without_names_taken(levers, {lever.name for lever in _own()})
    return tuple(free), (*broken, *taken)


@cache
def _own() -> tuple[Lever, ...]:
    found: list[Lever] = []
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        one = getattr(loaded, "LEVER", None)
        found.extend([one] if one is not None else getattr(loaded, "LEVERS", ()))
    return tuple(found)


def is_ours(lever: Lever) -> bool:
    """Whether it is one of this folder, and not a stranger's tool or code."""
    return any(lever is one for one in _own())


def lever_named(name: str, own: Sequence[Lever] = ()) -> Lever:
    """The lever of that name, out of the catalogue or the user's own. Raises `LeverError`."""
    known = {lever.name: lever for lever in (*catalogue(), *own)}
    if name not in known:
        raise LeverError(
            sentence(
                "“{name}” is not a lever; the catalogue has {known}.",
                name=name,
                known=", ".join(known),
            )
        )
    return known[name]


__all__ = [
    "BrokenPlugIn",
    "CommandLever",
    "Effect",
    "Lever",
    "LeverError",
    "LeverKind",
    "MakingLever",
    "Need",
    "OperationalLever",
    "Settings",
    "broken_plug_ins",
    "catalogue",
    "check_settings",
    "is_ours",
    "lever_named",
]
