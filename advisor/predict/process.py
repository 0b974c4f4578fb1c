"""The hierarchical contenders: a mixed effects model, and the same with smooth terms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from advisor.predict.contender import Groups
from advisor.predict.encoding import Encoded, Encoder, Knowledge
from advisor.predict.gaussian_process import Conditioned, Hyperparameters, left_out, search
from advisor.predict.kernels import Component
from advisor.predict.rows import UNKNOWN, Floats, Rows

MOST_ROWS = 3000
"""Rows a Gaussian process is conditioned on; beyond that a random draw (time grows as n³)."""


def components(rows: Rows, knowledge: Knowledge, *, smooth: bool) -> tuple[Component, ...]:
    """The covariance for what the rows know: population, device, look-alike devices, family."""
    out = [Component("linear", 0.05, (), "everything")]
    if smooth:
        out.append(Component("smooth", 0.05, (), "everything"))
    devices = set(rows.device) - {UNKNOWN} if knowledge is Knowledge.DEVICE else set()
    if len(devices) > 1:
        for mask, level, slope, curve in (
            ("device", 0.05, 0.01, 0.03),
            ("words", 0.05, 0.01, 0.03),
        ):
            out += [Component("constant", level, (mask,)), Component("linear", slope, (mask,))]
            if smooth:
                out.append(Component("smooth", curve, (mask,)))
    if len(set(rows.family) - {UNKNOWN}) > 1:
        out += [Component("constant", 0.02, ("family",)), Component("linear", 0.005, ("family",))]
        if len(devices) > 1:
            out += [
                Component("constant", 0.005, ("family", "device")),
                Component("constant", 0.005, ("family", "words")),
            ]
    return tuple(out)


@dataclass
class Process:
    """A Gaussian process on the log of energy over what idle power ÷ throughput says."""

    name: str
    knowledge: Knowledge
    smooth: bool = True
    rival: bool = False
    seed: int = 0
    encoder: Encoder | None = None
    parameters: Hyperparameters | None = None
    conditioned: Conditioned | None = None
    centre: float = 0.0
    terms: tuple[Component, ...] = field(default=())

    def fit(self, rows: Rows) -> Self:
        """Hyperparameters and weights."""
        rows = self._drawn(rows)
        self.terms = components(rows, self.knowledge, smooth=self.smooth)
        encoded, y = self._prepared(rows)
        self.parameters = search(self.terms, encoded, y, seed=self.seed)
        self.conditioned = Conditioned(self.parameters, encoded, y)
        return self

    def refit(self, rows: Rows) -> Process:
        """The same hyperparameters, other rows."""
        other = Process(self.name, self.knowledge, self.smooth, self.rival, self.seed)
        rows = self._drawn(rows)
        encoded, y = other._prepared(rows)
        other.parameters, other.terms = self._fitting(encoded), self.terms
        other.conditioned = Conditioned(other.parameters, encoded, y)
        return other

    def predict(self, rows: Rows) -> tuple[Floats, Floats]:
        """Log energy and standard deviation."""
        assert self.encoder is not None and self.conditioned is not None
        encoded = self.encoder.encode(rows)
        mean, deviation = self.conditioned.predict(encoded)
        return mean + self.centre + encoded.offset, deviation

    def left_out(self, rows: Rows, groups: Groups) -> tuple[Floats, Floats]:
        """Closed form; see `gaussian_process.left_out`."""
        other = Process(self.name, self.knowledge, self.smooth, self.rival, self.seed)
        encoded, y = other._prepared(rows)
        mean, deviation = left_out(self._fitting(encoded), encoded, y, groups)
        return mean + other.centre + encoded.offset, deviation

    def _prepared(self, rows: Rows) -> tuple[Encoded, Floats]:
        self.encoder = Encoder(self.knowledge).fit(rows)
        encoded = self.encoder.encode(rows)
        residual = rows.log_energy - encoded.offset
        self.centre = float(residual.mean())
        return encoded, residual - self.centre

    def _drawn(self, rows: Rows) -> Rows:
        if len(rows) <= MOST_ROWS:
            return rows
        index = np.random.default_rng(self.seed).choice(len(rows), MOST_ROWS, replace=False)
        return rows.take(np.sort(index))

    def _fitting(self, encoded: Encoded) -> Hyperparameters:
        """The hyperparameters for the blocks of other rows (fewer categories may be left)."""
        assert self.parameters is not None
        return self.parameters.for_rows(encoded)
