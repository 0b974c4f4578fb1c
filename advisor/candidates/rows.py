"""Rows of data told apart by their content: calibration data must never be evaluation data.

A row's digest is over its values in every model input. The same row in both files, wherever it
stands, is found; a variant calibrated on what it is judged on would look better than it is.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from advisor.candidates.workload import UnusableDataError, Workload, rows_of
from advisor.sentences import sentence

_MOST_CALIBRATION_ROWS = 1000
"""More rows would not calibrate better (static int8 reads 200, pruning 256) but judge worse."""
_FEWEST_ROWS = 8

Ranges = tuple[tuple[int, int], ...]
"""Row numbers counted from 0, as (first, one past the last)."""


class RowSplit(BaseModel):
    """Which rows of a data set calibrate and which judge; kept with what was measured on them."""

    model_config = ConfigDict(frozen=True)

    calibration: Ranges
    evaluation: Ranges
    seed: int
    """Of the draw; the ranges say what came out of it."""

    def parts(self, workload: Workload) -> tuple[Workload, Workload]:
        """Calibration and evaluation data out of the whole.

        Raises `UnusableDataError` when a row stands on both sides, by number or by content, or
        when the data has fewer rows.
        """
        calibration, evaluation = _numbers(self.calibration), _numbers(self.evaluation)
        shared = np.intersect1d(calibration, evaluation)
        if len(shared):
            raise UnusableDataError(
                sentence(
                    "Row {row} is to calibrate and to judge ({shared} rows are), which would "
                    "flatter the variant; give each row one use.",
                    row=int(shared[0]),
                    shared=len(shared),
                )
            )
        last = max(calibration.max(initial=-1), evaluation.max(initial=-1))
        if last >= workload.samples:
            raise UnusableDataError(
                sentence(
                    "The split names row {row} and {data} has {samples}; it belongs to other data.",
                    row=int(last),
                    data=workload.name,
                    samples=workload.samples,
                )
            )
        if not len(calibration) or not len(evaluation):
            raise UnusableDataError(
                sentence("The split leaves one side without rows; split the data again.")
            )
        both = rows_of(workload, calibration), rows_of(workload, evaluation)
        check_disjoint(*both)
        return both


def row_digests(workload: Workload) -> list[bytes]:
    """One digest for each sample, over its inputs in the order of their names.

    Numbers are compared as float32 (a file of the same rows may have been saved in less precision),
    texts by their characters, however long the longest of the file is.
    """
    arrays = [
        workload.inputs[name].reshape(workload.samples, -1) for name in sorted(workload.inputs)
    ]
    plain = [_comparable(a) for a in arrays]
    return [
        hashlib.blake2b(b"|".join(_bytes(a[row]) for a in plain), digest_size=16).digest()
        for row in range(workload.samples)
    ]


def _comparable(array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.kind != "f":
        return np.ascontiguousarray(array)
    with np.errstate(over="ignore"):
        return array.astype(np.float32) + np.float32(0)  # −0 and 0 are one value


def _bytes(values: NDArray[Any]) -> bytes:
    if values.dtype.kind in "OUS":
        return "\x1f".join(map(str, values)).encode()
    return values.tobytes()


def check_disjoint(calibration: Workload, evaluation: Workload) -> None:
    """Raises `UnusableDataError` when a sample of the calibration data is evaluation data."""
    judged = set(row_digests(evaluation))
    shared = sum(digest in judged for digest in row_digests(calibration))
    if shared:
        raise UnusableDataError(
            sentence(
                "{shared} of {samples} calibration samples are evaluation samples too, which would "
                "flatter the variant; give calibration data of their own, or let the program split "
                "the data.",
                shared=shared,
                samples=calibration.samples,
            )
        )


def split_for_calibration(workload: Workload, share: float = 0.25, seed: int = 0) -> RowSplit:
    """Calibration and evaluation rows out of one data set, without a row in common.

    Rows are drawn by content: copies of one row fall on the same side. At most a thousand distinct
    rows calibrate. Raises `UnusableDataError` when too little is left on a side.
    """
    digests = row_digests(workload)
    distinct = sorted(set(digests))
    order = np.random.default_rng(seed).permutation(len(distinct))
    count = min(round(share * len(distinct)), _MOST_CALIBRATION_ROWS)
    chosen = {distinct[i] for i in order[:count]}
    side = np.array([digest in chosen for digest in digests])
    if side.sum() < _FEWEST_ROWS or (~side).sum() < _FEWEST_ROWS:
        raise UnusableDataError(
            sentence(
                "{samples} samples are too few to split into calibration and evaluation data; give "
                "more.",
                samples=workload.samples,
            )
        )
    return RowSplit(calibration=_ranges(side), evaluation=_ranges(~side), seed=seed)


def _ranges(side: NDArray[np.bool_]) -> Ranges:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], side, [False]]).astype(np.int8)))
    return tuple((int(a), int(b)) for a, b in edges.reshape(-1, 2))


def _numbers(ranges: Ranges) -> NDArray[np.int64]:
    parts = [np.arange(a, b, dtype=np.int64) for a, b in ranges]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def rows_without_number(array: NDArray[Any]) -> int:
    """How many rows of [rows, …] hold a NaN (an empty cell, an answer that is no number)."""
    if array.dtype.kind != "f":
        return 0
    return int(np.isnan(array.reshape(len(array), -1)).any(axis=1).sum())
