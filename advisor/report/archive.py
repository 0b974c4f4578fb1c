"""Zip files whose bytes depend on nothing but their content: for OOXML documents and packs."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date

_CLOCK = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def packed(files: Mapping[str, bytes], as_of: date) -> bytes:
    """A zip of the files in the given order, every entry dated as the project."""
    out = io.BytesIO()
    moment = (max(as_of.year, 1980), as_of.month, as_of.day, 0, 0, 0)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, data)
    return out.getvalue()


def redated(document: bytes, as_of: date) -> bytes:
    """An OOXML document with the clock taken out, also out of workbooks embedded in it."""
    stamp = f"{as_of.isoformat()}T00:00:00Z".encode()
    files: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if name.endswith(".xlsx"):
                data = redated(data, as_of)
            elif name == "docProps/core.xml":
                data = _CLOCK.sub(rb"\g<1>" + stamp + rb"\g<3>", data)
            files[name] = data
    return packed(files, as_of)
