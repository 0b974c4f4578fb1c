"""Opening data files, .npz, .csv and .parquet: their column names, and reading some of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from advisor.candidates.workload import UnusableDataError
from advisor.sentences import sentence

Array = NDArray[Any]

_HEAD = 200
"""Rows of a .csv that are looked at to tell words from numbers."""


class Columns(Protocol):
    """A data file opened: its column (or array) names, and reading some of them."""

    names: tuple[str, ...]

    def words(self) -> frozenset[str]:
        """Columns that hold no numbers at all (text, dates), as far as the first rows tell."""
        ...

    def read(self, names: Sequence[str]) -> dict[str, Array]:
        """The named columns, each with samples on the first axis."""
        ...


def open_data(path: Path) -> Columns:
    """Open a data file by its ending. Raises `UnusableDataError`."""
    readers = {".npz": _Npz, ".csv": _Csv, ".parquet": _Parquet, ".pq": _Parquet}
    if path.is_dir():
        raise UnusableDataError(
            sentence("{file} is a folder; choose a data file in it.", file=path.name)
        )
    if not path.exists():
        raise UnusableDataError(sentence("{file} does not exist; check the path.", file=str(path)))
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise UnusableDataError(
            sentence("{file} is not .npz, .csv or .parquet; save it as one.", file=path.name)
        )
    try:
        return reader(path)
    except (OSError, ValueError, pa.ArrowException, EOFError, KeyError) as error:
        raise UnusableDataError(
            sentence(
                "{file} cannot be read as {kind} ({reason}); save it again.",
                file=path.name,
                kind=path.suffix.lower(),
                reason=_first_line(error),
            )
        ) from error


class _Npz:
    def __init__(self, path: Path) -> None:
        self._path = path
        with np.load(path, allow_pickle=False) as archive:
            self.names = tuple(archive.files)

    def words(self) -> frozenset[str]:
        return frozenset()  # an array feeds the input of its name

    def read(self, names: Sequence[str]) -> dict[str, Array]:
        try:
            with np.load(self._path, allow_pickle=False) as archive:
                return {name: archive[name] for name in names}
        except ValueError as error:
            raise UnusableDataError(
                sentence(
                    "{file} holds Python objects, which are not read because they could run code; "
                    "save plain arrays.",
                    file=self._path.name,
                )
            ) from error


class _Csv:
    def __init__(self, path: Path) -> None:
        self._path = path
        head = pd.read_csv(path, nrows=0, sep=None, engine="python", encoding_errors="replace")
        self._separator = _separator(path)
        self.names = tuple(str(c) for c in head.columns)

    def words(self) -> frozenset[str]:
        head = pd.read_csv(
            self._path, nrows=_HEAD, sep=self._separator, encoding_errors="replace", dtype=str
        )
        known = {str(name): column.dropna() for name, column in head.items()}
        return frozenset(
            name
            for name, values in known.items()
            if len(values) and bool(pd.to_numeric(values, errors="coerce").isna().all())
        )

    def read(self, names: Sequence[str]) -> dict[str, Array]:
        try:
            frame = pd.read_csv(self._path, usecols=list(names), sep=self._separator)
        except (ValueError, UnicodeDecodeError) as error:
            raise UnusableDataError(
                sentence(
                    "{file} cannot be read as {kind} ({reason}); save it again.",
                    file=self._path.name,
                    kind=".csv",
                    reason=_first_line(error),
                )
            ) from error
        return {name: frame[name].to_numpy() for name in names}


class _Parquet:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._schema = pq.read_schema(path)
        self.names = tuple(self._schema.names)

    def words(self) -> frozenset[str]:
        return frozenset(f.name for f in self._schema if _holds_words(f.type))

    def read(self, names: Sequence[str]) -> dict[str, Array]:
        table = pq.read_table(self._path, columns=list(names))
        return {name: _arrow_array(table.column(name)) for name in names}


def _holds_words(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_temporal(kind)


def _arrow_array(column: pa.ChunkedArray) -> Array:
    """A column as an array; lists of one length become a second axis."""
    values = column.to_numpy(zero_copy_only=False)
    if values.dtype == object and len(values) and isinstance(values[0], np.ndarray | list):
        return np.stack([np.asarray(v) for v in values])
    return values


def _separator(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        first = file.readline()
    return max(",;\t|", key=first.count)


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__
