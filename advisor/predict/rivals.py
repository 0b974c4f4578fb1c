"""The naive ways a prediction has to beat; every one of them sees the training rows only."""

from __future__ import annotations

from typing import Self

import numpy as np
from sklearn.neighbors import NearestNeighbors

from advisor.predict.contender import Groups, left_out_by_refitting
from advisor.predict.encoding import Encoder, Knowledge
from advisor.predict.rows import UNKNOWN, Floats, Rows

MOST_FOLDS = 60


class _Rival:
    rival = True
    name = ""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.scale = 1.0

    def fit(self, rows: Rows) -> Self:
        """Learn from rows."""
        self._learn(rows)
        mean, _ = self.predict(rows)
        self.scale = max(float(np.sqrt(np.nanmean((rows.log_energy - mean) ** 2))), 1e-3)
        return self

    def refit(self, rows: Rows) -> Self:
        """There is nothing to keep."""
        return type(self)(self.knowledge).fit(rows)

    def predict(self, rows: Rows) -> tuple[Floats, Floats]:
        """Log energy; the scale is the same everywhere."""
        return self._mean(rows), np.full(len(rows), self.scale)

    def left_out(self, rows: Rows, groups: Groups) -> tuple[Floats, Floats]:
        """By refitting."""
        return left_out_by_refitting(self, rows, groups, MOST_FOLDS)

    def _learn(self, rows: Rows) -> None:
        raise NotImplementedError

    def _mean(self, rows: Rows) -> Floats:
        raise NotImplementedError


class ConstantMedian(_Rival):
    """The median energy of the training rows."""

    name = "constant median"

    def _learn(self, rows: Rows) -> None:
        self.median = float(np.median(rows.log_energy))

    def _mean(self, rows: Rows) -> Floats:
        return np.full(len(rows), self.median)


class NearestNeighbour(_Rival):
    """The energy of the nearest training row in standardised features."""

    name = "nearest neighbour"

    def _learn(self, rows: Rows) -> None:
        self.encoder = Encoder(self.knowledge).fit(rows)
        self.energy = rows.log_energy
        self.search = NearestNeighbors(n_neighbors=1).fit(self.encoder.encode(rows).everything)

    def _mean(self, rows: Rows) -> Floats:
        at = self.search.kneighbors(self.encoder.encode(rows).everything, return_distance=False)
        return self.energy[at[:, 0]]

    def fit(self, rows: Rows) -> Self:
        """Learn; every training row is its own neighbour, so the scale comes from the target."""
        self._learn(rows)
        self.scale = max(float(np.std(rows.log_energy)), 1e-3)
        return self


class _PowerOverThroughput(_Rival):
    highest = False

    def _learn(self, rows: Rows) -> None:
        watts = np.exp(rows.log_energy + rows.log_throughput)
        summary = np.max if self.highest else np.mean
        self.all = float(summary(watts))
        self.by_device = {
            str(d): float(summary(watts[rows.device == d]))
            for d in set(rows.device)
            if d != UNKNOWN
        }

    def _watts(self, rows: Rows) -> Floats:
        return np.array([self.by_device.get(d, self.all) for d in rows.device], dtype=float)

    def _mean(self, rows: Rows) -> Floats:
        return np.log(self._watts(rows)) - rows.log_throughput


class MeanPower(_PowerOverThroughput):
    """The known device's mean power (a new device: the mean of all) ÷ throughput."""

    name = "device's mean power ÷ throughput"


class ThermalPower(_PowerOverThroughput):
    """TDP ÷ throughput: TDP by the names of device and categories from `profiles/hardware`.

    Where no part is known, the highest power that the training rows show for the device stands in
    (a new device: the highest of all).
    """

    name = "TDP ÷ throughput"
    highest = True

    def _watts(self, rows: Rows) -> Floats:
        return np.where(np.isfinite(rows.log_tdp), np.exp(rows.log_tdp), super()._watts(rows))
