"""Rows of data told apart by their content: calibration data must never be evaluation data.

A row's digest is over its values in every model input. The same row in both files, wherever it
stands, is found; a variant calibrated on what it is judged on would look better than it is.
"""

from __future__ import annotations

import hashlib

import numpy as np

from advisor.candidates.workload import UnusableDataError, Workload
from advisor.candidates.workload_files import rows_of
from advisor.sentences import sentence


def row_digests(workload: Workload) -> list[bytes]:
    """One digest for each sample, over its inputs in the order of their names."""
    arrays = [workload.inputs[name] for name in sorted(workload.inputs)]
    plain = [a.astype(str).astype("S") if a.dtype.kind in "OU" else a for a in arrays]
    together = [np.ascontiguousarray(a).reshape(len(a), -1) for a in plain]
    return [
        hashlib.blake2b(b"|".join(a[row].tobytes() for a in together), digest_size=16).digest()
        for row in range(workload.samples)
    ]


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


def split_for_calibration(
    workload: Workload, share: float = 0.25, seed: int = 0
) -> tuple[Workload, Workload]:
    """Calibration and evaluation data out of one file, without a row in common.

    Rows are drawn by content: copies of one row fall on the same side. Raises `UnusableDataError`
    when too little is left on a side.
    """
    digests = row_digests(workload)
    distinct = sorted(set(digests))
    order = np.random.default_rng(seed).permutation(len(distinct))
    chosen = {distinct[i] for i in order[: round(share * len(distinct))]}
    side = np.array([digest in chosen for digest in digests])
    if side.sum() < 8 or (~side).sum() < 8:
        raise UnusableDataError(
            sentence(
                "{samples} samples are too few to split into calibration and evaluation data; give "
                "more.",
                samples=workload.samples,
            )
        )
    return rows_of(workload, np.flatnonzero(side)), rows_of(workload, np.flatnonzero(~side))
