"""Disclosure data: one file a framework, found by name.

Each module holds `NAME` (its folder) and `files(project, summary) -> dict[str, bytes]`.
What is not known is listed as a gap, never filled; coverage is shown, compliance is not claimed.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from advisor.project import Project
from advisor.report.summary import Summary

Files = Callable[[Project, Summary], dict[str, bytes]]


@cache
def disclosures() -> Mapping[str, Files]:
    """Name → maker of its files."""
    found: dict[str, Files] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        loaded: Any = importlib.import_module(f"{__name__}.{module.name}")
        if hasattr(loaded, "NAME"):
            found[loaded.NAME] = loaded.files
    return MappingProxyType(found)


def disclosure_files(
    project: Project, summary: Summary, names: Iterable[str] | None = None
) -> dict[str, bytes]:
    """The files of the named frameworks (all by default): path → bytes."""
    made: dict[str, bytes] = {}
    for name, files in disclosures().items():
        if names is None or name in names:
            made |= {f"{name}/{path}": data for path, data in files(project, summary).items()}
    return made
