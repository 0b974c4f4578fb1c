"""Labelled data from .npz, .csv and .parquet, mapped onto a model's inputs.

The mapping is guessed, stated in `Workload.notes`, and can be given instead: `mapping` says for
each model input which array (.npz) or which columns feed it. The guess, in this order:
1. an array or column of the input's own name;
2. for the only input that is left: all columns (or the only array) that are left, in file order.
Columns side by side become [samples, columns], reshaped to the input's shape where the sizes agree
(pixel columns become an image). Values are cast to the input's element type, and that is stated.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from advisor.candidates.candidate import TensorSpec
from advisor.candidates.metrics import default_metric, metric_named
from advisor.candidates.workload import Task, UnusableDataError, Workload
from advisor.sentences import sentence

Array = NDArray[Any]
Mapped = Mapping[str, str | Sequence[str]]

_LABEL_NAMES = ("label", "labels", "y", "target", "class", "y_test", "default", "outcome")
_FEW_CLASSES = 50
"""Whole-number labels with at most this many distinct values are classes, not quantities."""


class Columns(Protocol):
    """A data file opened: its column (or array) names, and reading some of them."""

    names: tuple[str, ...]

    def read(self, names: Sequence[str]) -> dict[str, Array]:
        """The named columns, each with samples on the first axis."""
        ...


@dataclass(frozen=True)
class DataFacts:
    """What a data file offers, for the reader who maps it: names, and the guesses."""

    names: tuple[str, ...]
    label: str | None
    mapping: dict[str, tuple[str, ...]]


def read_workload(
    path: Path | str,
    inputs: Sequence[TensorSpec],
    *,
    label: str | None = None,
    mapping: Mapped | None = None,
    group: str | None = None,
    metric: str | None = None,
    task: Task | None = None,
    batch_size: int = 1,
    name: str | None = None,
) -> Workload:
    """Data for a model with these inputs (`candidate.facts.inputs`).

    `label` and `group` name columns (arrays in .npz); the label is guessed from common names when
    left out, and data without one measures energy only. Only the columns needed are read. Raises
    `UnusableDataError`.
    """
    path = Path(path)
    columns = open_data(path)
    facts = guess_mapping(columns.names, inputs, label, mapping, group)
    wanted = {c for used in facts.mapping.values() for c in used}
    wanted |= {c for c in (facts.label, group) if c}
    found = columns.read(sorted(wanted, key=columns.names.index))
    _same_length(path, found)
    notes: list[str] = []
    arrays = {
        spec.name: _as_input(path, spec, facts.mapping[spec.name], found, notes) for spec in inputs
    }
    labels = _labels(path, found[facts.label], facts.label) if facts.label else None
    task = task or (None if labels is None else guess_task(labels))
    chosen = metric_named(metric).name if metric else (default_metric(task) if task else None)
    if chosen and task and task not in metric_named(chosen).tasks:
        raise UnusableDataError(
            sentence(
                "{metric} does not suit a {task} task; choose another metric.",
                metric=metric_named(chosen).title,
                task=str(task),
            )
        )
    groups = found[group] if group else None
    return Workload(
        name=name or path.stem,
        inputs=arrays,
        labels=labels,
        groups=groups,
        task=task,
        metric=chosen,
        batch_size=batch_size,
        source=str(path),
        sha256=workload_digest(arrays, labels),
        notes=tuple(notes),
    )


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


def guess_mapping(
    names: Sequence[str],
    inputs: Sequence[TensorSpec],
    label: str | None = None,
    mapping: Mapped | None = None,
    group: str | None = None,
) -> DataFacts:
    """Which columns feed which input, and which column is the label. Raises `UnusableDataError`."""
    given = {k: (v,) if isinstance(v, str) else tuple(v) for k, v in (mapping or {}).items()}
    asked = [*(c for used in given.values() for c in used), *(c for c in (label, group) if c)]
    for missing in (c for c in asked if c not in names):
        raise UnusableDataError(
            sentence(
                "The data has no column “{column}”; it has {known}.",
                column=missing,
                known=_some(names),
            )
        )
    input_names = {spec.name for spec in inputs}
    for unknown in given.keys() - input_names:
        raise UnusableDataError(
            sentence(
                "The model has no input “{input}”; it has {known}.",
                input=unknown,
                known=_some(sorted(input_names)),
            )
        )
    used = {c for columns in given.values() for c in columns}
    label = label or _guess_label(names, used | input_names)
    left = [n for n in names if n not in used and n not in (label, group)]
    for spec in inputs:
        if spec.name not in given and spec.name in left:
            given[spec.name] = (spec.name,)
            left.remove(spec.name)
    for spec in (s for s in inputs if s.name not in given):
        given[spec.name] = _columns_for(spec, left, [s for s in inputs if s.name not in given])
        left = [n for n in left if n not in given[spec.name]]
    return DataFacts(tuple(names), label, given)


def guess_task(labels: Array) -> Task:
    """Two distinct labels: binary; text or few whole numbers: classes; else values."""
    distinct = np.asarray(pd.unique(pd.Series(labels.ravel())))
    if len(distinct) <= 2:
        return Task.BINARY
    if labels.dtype.kind in "OUSb":
        return Task.CLASSIFICATION
    whole = labels.dtype.kind in "iu" or bool(np.all(np.mod(distinct.astype(float), 1) == 0))
    return Task.CLASSIFICATION if whole and len(distinct) <= _FEW_CLASSES else Task.REGRESSION


def workload_digest(inputs: Mapping[str, Array], labels: Array | None) -> str:
    """SHA-256 over names, types, shapes and values of the inputs and labels."""
    whole = hashlib.sha256()
    named = [*sorted(inputs.items()), *([("", labels)] if labels is not None else [])]
    for name, array in named:
        whole.update(f"{name}|{array.dtype.str}|{array.shape}|".encode())
        if array.dtype.kind == "O":
            whole.update("\x1f".join(map(str, array.ravel())).encode())
        else:
            whole.update(np.ascontiguousarray(array).tobytes())
    return whole.hexdigest()


# -- file kinds ------------------------------------------------------------------------------------


class _Npz:
    def __init__(self, path: Path) -> None:
        self._path = path
        with np.load(path, allow_pickle=False) as archive:
            self.names = tuple(archive.files)

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
        self.names = tuple(pq.read_schema(path).names)

    def read(self, names: Sequence[str]) -> dict[str, Array]:
        table = pq.read_table(self._path, columns=list(names))
        return {name: _arrow_array(table.column(name)) for name in names}


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


# -- from columns to inputs ------------------------------------------------------------------------


def _guess_label(names: Sequence[str], taken: set[str]) -> str | None:
    free = {n.lower(): n for n in names if n not in taken}
    return next((free[n] for n in _LABEL_NAMES if n in free), None)


def _columns_for(
    spec: TensorSpec, left: Sequence[str], waiting: Sequence[TensorSpec]
) -> tuple[str, ...]:
    prefixed = tuple(n for n in left if n.startswith((f"{spec.name}_", f"{spec.name}.")))
    if prefixed and len(waiting) > 1:
        return prefixed
    if len(waiting) == 1 and left:
        return tuple(left)
    raise UnusableDataError(
        sentence(
            "Nothing in the data fits the model's input “{input}”; say which columns feed it "
            "(the data has {known}).",
            input=spec.name,
            known=_some(left),
        )
    )


def _as_input(
    path: Path,
    spec: TensorSpec,
    names: Sequence[str],
    found: Mapping[str, Array],
    notes: list[str],
) -> Array:
    parts = [found[name] for name in names]
    if len(parts) == 1:
        array = parts[0]
    else:
        array = np.column_stack([_numeric(path, n, p, spec) for n, p in zip(names, parts)])  # noqa: B905
    array = _shaped(path, spec, array)
    cast = _cast(path, spec, names, array)
    used = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]} ({len(names)} columns)"
    changed = f", {array.dtype} read as {spec.dtype}" if array.dtype != cast.dtype else ""
    notes.append(f"{spec.name} ← {used}{changed}")
    return cast


def _numeric(path: Path, name: str, values: Array, spec: TensorSpec) -> Array:
    if spec.dtype == "str" or values.dtype.kind in "fiub":
        return values
    raise UnusableDataError(
        sentence(
            "Column “{column}” of {file} holds text (for example “{value}”) and the input "
            "“{input}” takes numbers; leave the column out or name it as the label or the group.",
            column=name,
            file=path.name,
            value=str(next((v for v in values if not _is_number(v)), values[0])),
            input=spec.name,
        )
    )


def _is_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True


def _shaped(path: Path, spec: TensorSpec, array: Array) -> Array:
    """The array in the input's shape; sizes must agree, apart from the batch and free axes."""
    wanted = spec.shape[1:] if spec.shape else ()
    if len(spec.shape) == array.ndim and _fits(array.shape[1:], wanted):
        return array
    sizes = [d for d in wanted if isinstance(d, int)]
    have = math.prod(array.shape[1:])
    free = len(wanted) - len(sizes)
    if free == 0 and have == math.prod(sizes):
        return array.reshape(len(array), *sizes)
    if free == 1 and sizes and have % math.prod(sizes) == 0:
        return array.reshape(len(array), *(d if isinstance(d, int) else -1 for d in wanted))
    if free == 1 and not sizes and array.ndim <= 2:
        return array.reshape(len(array), -1)
    if free >= 1 and len(spec.shape) == 4:
        square = _square_image(wanted, have)
        if square:
            return array.reshape(len(array), *square)
    raise UnusableDataError(
        sentence(
            "The input “{input}” takes {wanted} values a sample and {file} offers {have}; choose "
            "other columns for it.",
            input=spec.name,
            wanted=" × ".join(str(d or "?") for d in wanted) or "1",
            file=path.name,
            have=have,
        )
    )


def _fits(have: Sequence[int], wanted: Sequence[int | str | None]) -> bool:
    return all(not isinstance(w, int) or w == h for h, w in zip(have, wanted, strict=True))


def _square_image(wanted: Sequence[int | str | None], have: int) -> tuple[int, ...] | None:
    """Channels first with free height and width: the square that the pixels make, if one."""
    channels = wanted[0] if isinstance(wanted[0], int) else 1
    side = math.isqrt(have // channels)
    return (channels, side, side) if channels * side * side == have else None


def _cast(path: Path, spec: TensorSpec, names: Sequence[str], array: Array) -> Array:
    if spec.dtype == "str":
        return array.astype(str).astype(object)
    if array.dtype.kind == "f" and np.isnan(array).any() and not spec.dtype.startswith("float"):
        raise UnusableDataError(
            sentence(
                "{columns} of {file} has empty cells and the input “{input}” takes whole numbers; "
                "fill or drop these rows.",
                columns=names[0],
                file=path.name,
                input=spec.name,
            )
        )
    try:
        return np.ascontiguousarray(array.astype(numpy_dtype(spec.dtype)))
    except (TypeError, ValueError):
        _numeric(path, names[0], array.ravel(), spec)
        raise


def numpy_dtype(name: str) -> np.dtype[Any]:
    """NumPy's type for a `TensorSpec.dtype`; `bfloat16` and 8-bit floats cannot be fed."""
    try:
        return np.dtype("object" if name == "str" else name)
    except TypeError as error:
        raise UnusableDataError(
            sentence("Inputs of type {type} cannot be fed from a data file.", type=name)
        ) from error


def _labels(path: Path, values: Array, name: str) -> Array:
    values = values.reshape(len(values)) if values.size == len(values) else values
    if values.ndim == 2 and set(np.unique(values)) <= {0, 1}:
        return values.argmax(axis=1)  # one-hot
    if values.ndim != 1:
        raise UnusableDataError(
            sentence(
                "The label “{label}” of {file} has {axes} axes; it needs one value a sample.",
                label=name,
                file=path.name,
                axes=values.ndim,
            )
        )
    missing = pd.isna(pd.Series(values)).sum()
    if missing:
        raise UnusableDataError(
            sentence(
                "{missing} rows of {file} have no label in “{label}”; fill or drop them.",
                missing=int(missing),
                file=path.name,
                label=name,
            )
        )
    if values.dtype.kind == "f" and np.all(np.mod(values, 1) == 0):
        return values.astype(np.int64) if len(np.unique(values)) <= _FEW_CLASSES else values
    return values


def _same_length(path: Path, found: Mapping[str, Array]) -> None:
    lengths = {name: len(values) if values.ndim else 0 for name, values in found.items()}
    if len(set(lengths.values())) > 1:
        raise UnusableDataError(
            sentence(
                "The arrays of {file} differ in length ({lengths}); each needs one entry a sample.",
                file=path.name,
                lengths=", ".join(f"{k}: {v}" for k, v in list(lengths.items())[:4]),
            )
        )
    if not found or min(lengths.values()) == 0:
        raise UnusableDataError(
            sentence("{file} holds no samples; choose another file.", file=path.name)
        )


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(list(names)[:8])
    return shown + (" …" if len(names) > 8 else "") if names else "nothing"


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__


def rows_of(workload: Workload, rows: NDArray[np.integer]) -> Workload:
    """The workload restricted to some rows, with its own digest."""
    inputs = {name: array[rows] for name, array in workload.inputs.items()}
    labels = None if workload.labels is None else workload.labels[rows]
    groups = None if workload.groups is None else workload.groups[rows]
    return Workload(
        name=workload.name,
        inputs=inputs,
        labels=labels,
        groups=groups,
        task=workload.task,
        metric=workload.metric,
        batch_size=workload.batch_size,
        source=workload.source,
        sha256=workload_digest(inputs, labels),
        synthetic=workload.synthetic,
        notes=workload.notes,
    )
