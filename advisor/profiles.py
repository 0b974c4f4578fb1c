"""Typed reading of `profiles/`: figures shipped as data, each file with its source in its header.

A profile is a CSV file whose first lines are `# key: value` (source, checked, licence, unit,
provenance are required), or a TOML file with the same keys in a table `[header]`. The user's own
profiles lie in the same folder structure under `user_profiles_folder()` and are layered over the
shipped ones: rows with the same key replace, others add.
"""

from __future__ import annotations

import csv
import hashlib
import os
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import platformdirs
from pydantic import BaseModel, ConfigDict, ValidationError

from advisor.quantities import Provenance
from advisor.sentences import SaidError, sentence

Row = TypeVar("Row", bound=BaseModel)


class ProfileError(SaidError):
    """A profile that cannot be used. Its text is one sentence: which file, where, what to do."""


class ProfileHeader(BaseModel):
    """Where the figures of a profile come from."""

    model_config = ConfigDict(frozen=True, extra="allow")

    source: str
    """Publication or data set, with enough detail to find it again."""
    checked: str
    """ISO date on which the figures were compared with the source."""
    licence: str
    unit: str
    """Unit of the figures, or `see columns`."""
    provenance: Provenance = Provenance.IMPORTED


@dataclass(frozen=True)
class Profile:
    """A profile as read: header, raw rows or document, path and digest."""

    name: str
    path: Path
    sha256: str
    header: ProfileHeader
    rows: tuple[dict[str, str], ...]
    document: dict[str, Any]

    @property
    def citation(self) -> str:
        """Source and file in one line, for `Quantity.source`."""
        return f"{self.header.source} (profiles/{self.name})"


def shipped_profiles_folder() -> Path:
    """The folder `profiles/` beside the package."""
    return Path(__file__).resolve().parent.parent / "profiles"


def user_profiles_folder() -> Path:
    """The user's own profiles; `CARBON_ADVISOR_PROFILES` overrides the platform's place."""
    chosen = os.environ.get("CARBON_ADVISOR_PROFILES")
    if chosen:
        return Path(chosen)
    return Path(platformdirs.user_config_dir("carbon-advisor", appauthor=False)) / "profiles"


def profile_paths(folder: str, pattern: str = "*") -> dict[str, list[Path]]:
    """File names of a folder of profiles → their layers, shipped first."""
    layers: dict[str, list[Path]] = {}
    for root in (shipped_profiles_folder(), user_profiles_folder()):
        for path in sorted((root / folder).glob(pattern)):
            if path.suffix in (".csv", ".toml"):
                layers.setdefault(path.name, []).append(path)
    return layers


def read_profile(path: Path) -> Profile:
    """Read one profile file. Raises `ProfileError`."""
    try:
        stat = path.stat()
    except OSError as error:
        raise ProfileError(
            sentence(
                "The profile {file} cannot be read: {reason}.",
                file=str(path),
                reason=str(error.strerror),
            )
        ) from error
    return _read_profile(path, stat.st_mtime_ns)


@lru_cache(maxsize=256)
def _read_profile(path: Path, modified_ns: int) -> Profile:
    name = f"{path.parent.name}/{path.name}"
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
        if path.suffix == ".toml":
            document = tomllib.loads(text)
            header, rows = document.pop("header", {}), ()
        else:
            header, rows = _csv_with_header(text)
            document = {}
        return Profile(
            name,
            path,
            hashlib.sha256(data).hexdigest(),
            ProfileHeader.model_validate(header),
            rows,
            document,
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, csv.Error) as error:
        raise ProfileError(
            sentence(
                "The profile {file} cannot be read: {reason}.", file=str(path), reason=str(error)
            )
        ) from error
    except ValidationError as error:
        missing = ", ".join(str(e["loc"][0]) for e in error.errors())
        raise ProfileError(
            sentence(
                "The profile {file} lacks a valid {missing} in its header; add it at the top.",
                file=str(path),
                missing=str(missing),
            )
        ) from error


def read_rows(path: Path, row_type: type[Row]) -> Iterator[Row]:
    """The rows of a CSV profile; empty cells count as absent. Raises `ProfileError`."""
    profile = read_profile(path)
    for number, row in enumerate(profile.rows, start=1):
        try:
            yield row_type.model_validate({k: v for k, v in row.items() if v != ""})
        except ValidationError as error:
            first = error.errors()[0]
            raise ProfileError(
                sentence(
                    "{file}, row {number}, column {column}: {reason}.",
                    file=str(path),
                    number=str(number),
                    column=str(first["loc"][0]),
                    reason=str(first["msg"]),
                )
            ) from error


def layered_rows(
    folder: str, file_name: str, row_type: type[Row], key: Callable[[Row], str]
) -> dict[str, tuple[Row, Profile]]:
    """Rows by key over all layers of one file, each with the profile it came from."""
    found: dict[str, tuple[Row, Profile]] = {}
    for path in profile_paths(folder).get(file_name, []):
        profile = read_profile(path)
        for row in read_rows(path, row_type):
            found[key(row)] = (row, profile)
    if not found:
        raise ProfileError(
            sentence(
                "No profile {folder}/{file_name} was found; reinstall the program.",
                folder=str(folder),
                file_name=str(file_name),
            )
        )
    return found


def _csv_with_header(text: str) -> tuple[dict[str, str], tuple[dict[str, str], ...]]:
    header: dict[str, str] = {}
    lines = text.splitlines()
    body = 0
    for line in lines:
        if not line.startswith("#"):
            break
        key, _, value = line[1:].partition(":")
        header[key.strip()] = value.strip()
        body += 1
    return header, tuple(csv.DictReader(lines[body:]))
