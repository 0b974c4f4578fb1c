"""An evidence pack as it was found: the bytes of every file, and which of them are damaged.

A pack comes from somebody else, so it is read with suspicion: sizes are bounded before anything is
inflated, names that lead out of a folder are refused, and nothing is unpacked onto the disk.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from advisor.report.evidence import SCHEMA
from advisor.sentences import SaidError, sentence

OWN = frozenset({"manifest.json", "signature.json"})
"""Files of a pack that its manifest does not list."""
_LARGEST = 2 * 1024**3
"""Bytes that a pack may hold when inflated; that of 100,000 models is a tenth of it."""
_SMALL, _DENSEST = 64 * 1024**2, 200
"""A pack above so many bytes may not be packed more densely than this: logs come to 30 at most."""


class NotAPackError(SaidError):
    """A file that is no evidence pack at all. Its text: what, where, what to do."""


@dataclass(frozen=True)
class OpenedPack:
    """The raw archive, its readable files, its manifest, and the names of damaged files."""

    data: bytes
    files: dict[str, bytes]
    manifest: dict[str, Any]
    damaged: frozenset[str]

    @property
    def names(self) -> set[str]:
        """Every file that the archive names, damaged or not."""
        return self.files.keys() | self.damaged

    @property
    def digests(self) -> dict[str, str]:
        """File → SHA-256, as the manifest says; empty where it is no such table."""
        said = self.manifest.get("files")
        return {str(k): str(v) for k, v in said.items()} if isinstance(said, dict) else {}


def opened(path: Path) -> OpenedPack:
    """The pack at a path. Raises `NotAPackError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotAPackError(
            sentence("{file} cannot be read: {reason}.", file=str(path), reason=str(error.strerror))
        ) from error
    files: dict[str, bytes] = {}
    damaged: set[str] = set()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_hostile(path, archive, len(data))
            for name in archive.namelist():
                try:
                    files[name] = archive.read(name)
                except Exception:  # zlib.error has no public base: any failure to inflate is damage
                    damaged.add(name)
    except NotAPackError:
        raise
    except Exception as error:  # as above: a broken directory fails in many ways
        raise NotAPackError(
            sentence(
                "{file} is damaged or no evidence pack of this program: its directory of "
                "files cannot be read ({reason}); get it again.",
                file=str(path),
                reason=str(error),
            )
        ) from error
    return OpenedPack(data, files, _manifest(path, files, damaged), frozenset(damaged))


def _refuse_hostile(path: Path, archive: zipfile.ZipFile, packed_bytes: int) -> None:
    inflated = sum(entry.file_size for entry in archive.infolist())
    if inflated > _LARGEST or (inflated > _SMALL and inflated > _DENSEST * packed_bytes):
        raise NotAPackError(
            sentence(
                "{file} would inflate to {value} MiB, which no evidence pack does; it was "
                "not opened.",
                file=str(path),
                value=f"{inflated / 1024**2:,.0f}",
            )
        )
    for name in archive.namelist():
        parts = PurePosixPath(name).parts
        if name.startswith("/") or "\\" in name or ".." in parts or ":" in name:
            raise NotAPackError(
                sentence(
                    "{file} holds a file named {name}, which leads out of it; refuse it.",
                    file=str(path),
                    name=repr(name),
                )
            )


def _manifest(path: Path, files: dict[str, bytes], damaged: set[str]) -> dict[str, Any]:
    if "manifest.json" in damaged:
        raise NotAPackError(
            sentence(
                "{file} is damaged in manifest.json, which says what is in it; get it again.",
                file=str(path),
            )
        )
    if "manifest.json" not in files:
        raise NotAPackError(
            sentence(
                "{file} is damaged or no evidence pack of this program: it has no "
                "manifest.json; get it again.",
                file=str(path),
            )
        )
    try:
        manifest = json.loads(files["manifest.json"])
        date.fromisoformat(manifest["as_of"])
    except (KeyError, TypeError, ValueError) as error:
        raise NotAPackError(
            sentence(
                "{file} has a manifest.json that cannot be read; get it again.", file=str(path)
            )
        ) from error
    if manifest.get("schema") != SCHEMA:
        raise NotAPackError(
            sentence(
                "{file} is no evidence pack that this program knows; update it.", file=str(path)
            )
        )
    return manifest


def project_file(name: str) -> str:
    """The name of a file for a pack's project, wherever a hostile name would lead."""
    return f"{PurePosixPath(name.replace(chr(92), '/')).name or 'project'}.advisor"
