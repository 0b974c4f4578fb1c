"""The formats a summary can be had in: one file a format, found by name.

Each module holds `EXTENSION` and `render(summary, edition) -> bytes`; the same project gives the
same bytes.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from types import MappingProxyType

from advisor.report.edition import Edition
from advisor.report.summary import Summary
from advisor.sentences import SaidError, sentence

Render = Callable[[Summary, Edition], bytes]


class UnknownFormatError(SaidError):
    """A format that no module of this folder makes."""


@cache
def formats() -> MappingProxyType[str, Render]:
    """File extension → renderer."""
    found: dict[str, Render] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        extension = getattr(loaded, "EXTENSION", None)
        if extension is not None:
            found[extension] = loaded.render
    return MappingProxyType(found)


def render(summary: Summary, edition: Edition, extension: str) -> bytes:
    """A summary as the bytes of a file of that format. Raises `UnknownFormatError`."""
    try:
        make = formats()[extension]
    except KeyError as error:
        known = ", ".join(formats())
        raise UnknownFormatError(
            sentence(
                "“{extension}” is not a format of the summary; choose from {known}.",
                extension=str(extension),
                known=str(known),
            )
        ) from error
    return make(summary, edition)
