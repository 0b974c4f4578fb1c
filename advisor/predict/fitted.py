"""A fitted model: for every state of knowledge the chosen contender and its calibration."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.predict.columns import Columns
from advisor.predict.contender import Contender
from advisor.predict.distance import Distance
from advisor.predict.encoding import Encoder, Knowledge
from advisor.predict.exponents import Exponent, formula
from advisor.predict.extrapolation import Widening
from advisor.predict.grade import BEYOND, grades
from advisor.predict.intervals import WIDEST, Calibration
from advisor.predict.rows import UNKNOWN, Floats, Names, Rows, query_rows
from advisor.predict.scores import Score
from advisor.sentences import Sentence

LEVEL = 0.95
"""The house's interval."""


@dataclass
class FittedLevel:
    """What is known of energy at one state of knowledge."""

    knowledge: Knowledge
    chosen: Contender
    new_family: Calibration
    new_device: Calibration
    widening: Widening
    distance: Distance
    encoder: Encoder


@dataclass
class FittedModel:
    """Predicts joules per call, each row with the best level its knowledge permits.

    `contenders` holds every contender's and rival's errors on left-out families of the training
    runs (chosen there: for an unbiased judgement see `validate`), `exponents` the power law with
    all figures the table has, `measured` the training runs beside their left-out predictions.
    """

    columns: Columns
    levels: dict[Knowledge, FittedLevel]
    model_id: str
    data_sha256: str
    contenders: list[Score] = field(default_factory=list)
    exponents: list[Exponent] = field(default_factory=list)
    measured: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: list[Sentence] = field(default_factory=list)

    @property
    def formula(self) -> str:
        """The power law in plain text."""
        return formula(self.exponents)

    def predict(self, frame: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
        """Energy of each row of a frame with the columns of the training table (gaps allowed).

        A row of which neither a size nor the throughput is known has no energy: NaN.

        Columns: `energy_j`, `energy_j_low`, `energy_j_high` (interval at `level`),
        `energy_j_provenance`, `distance` and `grade` (`advisor.predict.distance`), `extrapolated`
        (any grade but inside), `outside` and `outside_factor` (the column farthest outside the
        runs' range, and its figure ÷ the nearest end), `model_id`, `used` (the level and the
        contender). The index is the frame's.
        """
        rows = query_rows(frame, self.columns)
        which = self.levels_of(rows)
        which[~_describable(rows)] = ""
        mean, half = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
        distance = np.full(len(rows), np.nan)
        used, outside = (np.full(len(rows), "", dtype=object) for _ in range(2))
        factor = np.full(len(rows), np.nan)
        for knowledge, fitted in self.levels.items():
            index = np.flatnonzero(which == knowledge.value)
            if not len(index):
                continue
            part = rows.take(index)
            found, scale = fitted.chosen.predict(part)
            # Who idles at 100 W draws no less at work.
            mean[index] = np.fmax(found, part.log_idle - part.log_throughput)
            distance[index] = fitted.distance(part)
            near = _multipliers(fitted, part, level)
            reach = fitted.widening.multipliers(near, distance[index], level)
            half[index] = np.minimum(scale * reach, WIDEST)
            at, factor[index] = fitted.distance.outside(part)
            outside[index] = self._figures[at]
            used[index] = f"{knowledge.value}: {fitted.chosen.name}"
        return pd.DataFrame(
            {
                "energy_j": np.exp(mean),
                "energy_j_low": np.exp(mean - half),
                "energy_j_high": np.exp(mean + half),
                "energy_j_provenance": np.where(np.isfinite(mean), "predicted", ""),
                "extrapolated": distance > BEYOND,
                "distance": distance,
                "grade": grades(distance),
                "outside": outside,
                "outside_factor": factor,
                "model_id": self.model_id,
                "used": used,
            },
            index=frame.index,
        )

    @property
    def _figures(self) -> Names:
        """Columns of the figures a distance runs over, and “none” last (`Distance.outside`)."""
        names = (*self.columns.sizes, self.columns.throughput, self.columns.idle_power, "")
        return np.array([n or "" for n in names], dtype=object)

    def levels_of(self, rows: Rows) -> Names:
        """The best level each row's knowledge permits, by its name."""
        which = np.full(len(rows), Knowledge.SIZE.value, dtype=object)
        rate = np.isfinite(rows.log_throughput)
        if Knowledge.THROUGHPUT in self.levels:
            which[rate] = Knowledge.THROUGHPUT.value
        if Knowledge.DEVICE in self.levels:
            # A device's name nobody knows says nothing, unless its idle power speaks for it.
            encoder = self.levels[Knowledge.DEVICE].encoder
            names = _known(encoder, rows) | encoder.device_vocabulary.vectors(rows.device).any(1)
            device = encoder.power.known(rows) | names
            needs_rate = Knowledge.THROUGHPUT in self.levels
            which[device & (rate | (not needs_rate))] = Knowledge.DEVICE.value
        return which


def _describable(rows: Rows) -> NDArray[np.bool_]:
    return np.isfinite(rows.sizes).any(axis=1) | np.isfinite(rows.log_throughput)


def _multipliers(fitted: FittedLevel, rows: Rows, level: float) -> Floats:
    family = fitted.new_family.multiplier(level)
    if fitted.knowledge != Knowledge.DEVICE:
        return np.full(len(rows), family)
    new = ~_known(fitted.encoder, rows)
    return np.where(new, max(fitted.new_device.multiplier(level), family), family)


def _known(encoder: Encoder, rows: Rows) -> NDArray[np.bool_]:
    """Rows whose device was measured."""
    levels = encoder.levels["device"]
    return np.array([d != UNKNOWN and d in levels for d in rows.device], dtype=bool)
