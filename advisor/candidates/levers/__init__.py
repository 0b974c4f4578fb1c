"""Levers: ways to make a candidate greener, one file each, found by name.

A file of this folder with a module-level `LEVER` (or `LEVERS`, a tuple) adds to the catalogue.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from advisor.candidates.levers.lever import (
    Effect,
    Lever,
    LeverError,
    LeverKind,
    MakingLever,
    Need,
    OperationalLever,
    Settings,
)
from advisor.candidates.levers.plug_ins import BrokenPlugIn, CommandLever, plugged_in
from advisor.sentences import sentence


def catalogue() -> tuple[Lever, ...]:
    """Every lever of this folder in the order of their files' names, then installed plug-ins."""
    return (*_own(), *plugged_in()[0])


@cache
def _own() -> tuple[Lever, ...]:
    found: list[Lever] = []
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        one = getattr(loaded, "LEVER", None)
        found.extend([one] if one is not None else getattr(loaded, "LEVERS", ()))
    return tuple(found)


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


def check_settings(lever: Lever, settings: Settings) -> None:
    """Raises `LeverError` for a setting that the lever does not have.

    A plug-in that does not say which settings it has takes them all.
    """
    known: Mapping[str, Any] | None = getattr(lever, "defaults", None)
    for name in settings:
        if known is not None and name not in known:
            raise LeverError(
                sentence(
                    "{lever} has no setting “{name}”; it has {known}.",
                    lever=lever.name,
                    name=name,
                    known=", ".join(known) or "–",
                )
            )


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
    "catalogue",
    "check_settings",
    "lever_named",
    "plugged_in",
]
