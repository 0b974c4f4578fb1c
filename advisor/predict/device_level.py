"""The simplest physics: a device draws what it drew before, whatever it computes.

log(power ÷ idle power) of a device (and of its runs at the same precision and categories) is the
mean of its runs, shrunk towards the wider mean by how few they are. Where devices really are that
simple, nothing cleverer should be used; the blend weighs it.
"""

from __future__ import annotations

from typing import Self

import numpy as np

from advisor.predict.contender import Groups, left_out_by_refitting
from advisor.predict.encoding import Encoder, Knowledge
from advisor.predict.rows import UNKNOWN, Floats, Names, Rows

MOST_FOLDS = 60
SHRINK = 1.0
"""Runs' worth of weight of the wider mean."""


class DeviceLevel:
    """Shrunk means: all runs, then the device, then the device at these categories."""

    rival = False

    def __init__(self, knowledge: Knowledge, name: str = "device level") -> None:
        self.knowledge, self.name = knowledge, name

    def fit(self, rows: Rows) -> Self:
        """Means of log power above idle."""
        self.encoder = Encoder(self.knowledge).fit(rows)
        y = rows.log_energy - self.encoder.encode(rows).offset
        self.all = float(np.median(y))
        self.by_device = _means(rows.device, y, {}, self.all)
        cells = _cells(rows)
        above = {
            c: self.by_device.get(str(d), self.all) for c, d in zip(cells, rows.device, strict=True)
        }
        self.by_cell = _means(cells, y, above, self.all)
        self.scale = max(float(np.std(y - self._level(rows))), 1e-3)
        return self

    def refit(self, rows: Rows) -> DeviceLevel:
        """There is nothing to keep."""
        return DeviceLevel(self.knowledge, self.name).fit(rows)

    def predict(self, rows: Rows) -> tuple[Floats, Floats]:
        """Log energy; the scale is the same everywhere."""
        mean = self._level(rows) + self.encoder.encode(rows).offset
        return mean, np.full(len(rows), self.scale)

    def left_out(self, rows: Rows, groups: Groups) -> tuple[Floats, Floats]:
        """By refitting."""
        return left_out_by_refitting(self, rows, groups, MOST_FOLDS)

    def _level(self, rows: Rows) -> Floats:
        return np.array(
            [
                self.by_cell.get(c, self.by_device.get(str(d), self.all))
                for c, d in zip(_cells(rows), rows.device, strict=True)
            ],
            dtype=float,
        )


def _cells(rows: Rows) -> Names:
    """Device and categories in one name; empty where the device is unknown."""
    parts = [rows.device, *rows.categories.values()]
    joined = ["\x1f".join(map(str, p)) for p in zip(*parts, strict=True)]
    known = rows.device != UNKNOWN
    return np.array([j if k else UNKNOWN for j, k in zip(joined, known, strict=True)], dtype=object)


def _means(names: Names, y: Floats, above: dict[str, float], middle: float) -> dict[str, float]:
    levels, at, counts = np.unique(names.astype(str), return_inverse=True, return_counts=True)
    wider = np.array([above.get(name, middle) for name in levels], dtype=float)
    means = (np.bincount(at, weights=y) + SHRINK * wider) / (counts + SHRINK)
    return {str(n): float(m) for n, m in zip(levels, means, strict=True) if n != UNKNOWN}
