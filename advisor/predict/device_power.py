"""The device's own power: what physics starts from, and what stands in where it is not known.

Idle power comes from the table: the row's own, else that of the device's other runs, else what
the thermal design power of its data sheet suggests, else the middle of all. A table without idle
power starts from the thermal design power instead.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from advisor.predict.rows import UNKNOWN, Floats, Rows


class DevicePower:
    """Learns from training rows which power is known and how thermal power stands to idle power."""

    def fit(self, rows: Rows, *, knows_device: bool) -> Self:
        """Learn; without knowledge of the device there is nothing to start from."""
        idle, tdp = np.isfinite(rows.log_idle), np.isfinite(rows.log_tdp)
        self.use_idle = knows_device and bool(idle.any())
        self.use_tdp = knows_device and not self.use_idle and bool(tdp.any())
        self.use_headroom = self.use_idle and bool((idle & tdp).any())
        self.by_device: dict[str, float] = _medians(rows) if self.use_idle else {}
        self.middle, self.headroom = 0.0, 0.0
        if self.use_idle or self.use_tdp:
            self.middle = float(np.nanmedian(rows.log_idle if self.use_idle else rows.log_tdp))
        if self.use_headroom:
            self.headroom = float(np.median((rows.log_tdp - rows.log_idle)[idle & tdp]))
        self.marked = bool(self._guessed(rows).any())
        return self

    def level(self, rows: Rows) -> Floats:
        """Log power each row starts from, shape (n,); nought where tables know none."""
        if not (self.use_idle or self.use_tdp):
            return np.zeros(len(rows))
        power = self._known(rows)
        if self.use_headroom:
            power = np.where(np.isnan(power), rows.log_tdp - self.headroom, power)
        return np.where(np.isnan(power), self.middle, power)

    def figures(self, rows: Rows) -> Floats:
        """The level, the headroom up to thermal power, and whether the level is a guess.

        Shape (n, figures in use).
        """
        if not (self.use_idle or self.use_tdp):
            return np.zeros((len(rows), 0))
        level = self.level(rows)
        out = [level]
        if self.use_headroom:
            known = np.isfinite(rows.log_tdp)
            out.append(np.where(known, rows.log_tdp - level, self.headroom))
        if self.marked:
            out.append(self._guessed(rows).astype(float))
        return np.column_stack(out)

    def known(self, rows: Rows) -> NDArray[np.bool_]:
        """Rows that state a power this can start from."""
        out = np.isfinite(rows.log_idle) if self.use_idle else np.zeros(len(rows), dtype=bool)
        return out | (np.isfinite(rows.log_tdp) if self.use_tdp or self.use_headroom else False)

    def _known(self, rows: Rows) -> Floats:
        if not self.use_idle:
            return rows.log_tdp
        out = rows.log_idle.copy()
        gap = np.flatnonzero(np.isnan(out))
        out[gap] = [self.by_device.get(d, np.nan) for d in rows.device[gap]]
        return out

    def _guessed(self, rows: Rows) -> NDArray[np.bool_]:
        if not (self.use_idle or self.use_tdp):
            return np.zeros(len(rows), dtype=bool)
        return np.isnan(self._known(rows))


def _medians(rows: Rows) -> dict[str, float]:
    """Median log idle power of every device that has one."""
    known = np.isfinite(rows.log_idle)
    return {
        str(d): float(np.median(rows.log_idle[known & (rows.device == d)]))
        for d in set(rows.device[known])
        if d != UNKNOWN
    }
