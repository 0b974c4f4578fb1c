"""From the columns of a data file to the arrays that a model's inputs and its labels take.

Columns side by side become [samples, columns], reshaped to the input's shape where the sizes agree
(pixel columns become an image). Values are cast to the input's element type, and that is stated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.candidates.candidate import TensorSpec
from advisor.candidates.rows import rows_without_number
from advisor.candidates.workload import Task, UnusableDataError
from advisor.sentences import Sentence, sentence

Array = NDArray[Any]

_FEW_CLASSES = 50
"""Whole-number labels with at most this many distinct values are classes, not quantities."""


def as_input(
    path: Path,
    spec: TensorSpec,
    names: Sequence[str],
    found: Mapping[str, Array],
    notes: list[Sentence],
) -> Array:
    """The columns as one array of the input's shape and type; what was done goes into `notes`."""
    parts = [found[name] for name in names]
    if len(parts) == 1:
        array = parts[0]
    else:
        array = np.column_stack([_numeric(path, n, p, spec) for n, p in zip(names, parts)])  # noqa: B905
    array = _shaped(path, spec, array)
    cast = _cast(path, spec, names, array)
    notes.append(_fed(spec.name, names))
    empty = rows_without_number(array)
    if empty:
        gaps = sentence("{input}: {n} rows have empty cells", input=spec.name, n=empty)
        notes.append(gaps)
    if array.dtype != cast.dtype:
        types = {"before": str(array.dtype), "after": spec.dtype}
        notes.append(sentence("{input}: {before} read as {after}", input=spec.name, **types))
    return cast


def _fed(name: str, columns: Sequence[str]) -> Sentence:
    """Which columns feed an input."""
    if len(columns) == 1:
        return sentence("{input} ← {column}", input=name, column=columns[0])
    return sentence(
        "{input} ← {first} … {last} ({n} columns)",
        input=name,
        first=columns[0],
        last=columns[-1],
        n=len(columns),
    )


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
            "The input “{input}” takes {wanted} values a sample and {file} offers {have}; say "
            "which column is the label and which columns feed the input.",
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


def as_labels(path: Path, values: Array, name: str) -> Array:
    """One label a sample; one-hot rows become their column. Raises `UnusableDataError`."""
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


def guess_task(labels: Array) -> Task:
    """Two distinct labels: binary; text or few whole numbers: classes; else values."""
    distinct = np.asarray(pd.unique(pd.Series(labels.ravel())))
    if len(distinct) <= 2:
        return Task.BINARY
    if labels.dtype.kind in "OUSb":
        return Task.CLASSIFICATION
    whole = labels.dtype.kind in "iu" or bool(np.all(np.mod(distinct.astype(float), 1) == 0))
    return Task.CLASSIFICATION if whole and len(distinct) <= _FEW_CLASSES else Task.REGRESSION
