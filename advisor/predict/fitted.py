"""A fitted model: for every state of knowledge the chosen contender and its calibration."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advisor.predict.columns import Columns, UnusableTableError
from advisor.predict.contender import Contender, index_groups
from advisor.predict.distance import THRESHOLD, Distance
from advisor.predict.encoding import Knowledge
from advisor.predict.intervals import Calibration, calibrate
from advisor.predict.process import Process
from advisor.predict.rows import UNKNOWN, Floats, Names, Rows, measured_rows, query_rows
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
    distance: Distance


@dataclass
class FittedModel:
    """Predicts joules per call, each row with the best level its knowledge permits."""

    columns: Columns
    levels: dict[Knowledge, FittedLevel]
    model_id: str
    notes: list[Sentence] = field(default_factory=list)

    def predict(self, frame: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
        """Energy of each row of a frame with the columns of the training table (gaps allowed).

        Columns: `energy_j`, `energy_j_low`, `energy_j_high` (interval at `level`),
        `energy_j_provenance`, `extrapolated`, `distance`, `model_id`, `used` (the level and the
        contender). The index is the frame's.
        """
        rows = query_rows(frame, self.columns)
        which = self._levels_of(rows)
        mean, half = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
        distance = np.full(len(rows), np.nan)
        used = np.full(len(rows), "", dtype=object)
        for knowledge, fitted in self.levels.items():
            index = np.flatnonzero(which == knowledge.value)
            if not len(index):
                continue
            part = rows.take(index)
            mean[index], scale = fitted.chosen.predict(part)
            half[index] = scale * self._multipliers(fitted, part, level)
            distance[index] = fitted.distance(part)
            used[index] = f"{knowledge.value}: {fitted.chosen.name}"
        return pd.DataFrame(
            {
                "energy_j": np.exp(mean),
                "energy_j_low": np.exp(mean - half),
                "energy_j_high": np.exp(mean + half),
                "energy_j_provenance": "predicted",
                "extrapolated": distance > THRESHOLD,
                "distance": distance,
                "model_id": self.model_id,
                "used": used,
            },
            index=frame.index,
        )

    def _levels_of(self, rows: Rows) -> Names:
        """The best level each row's knowledge permits."""
        which = np.full(len(rows), Knowledge.SIZE.value, dtype=object)
        rate = np.isfinite(rows.log_throughput)
        if Knowledge.THROUGHPUT in self.levels:
            which[rate] = Knowledge.THROUGHPUT.value
        if Knowledge.DEVICE in self.levels:
            # A device's name nobody knows says nothing, unless its idle power speaks for it.
            seen = _device_tokens_known(self.levels[Knowledge.DEVICE].chosen, rows)
            device = np.isfinite(rows.log_idle) | seen
            needs_rate = Knowledge.THROUGHPUT in self.levels
            which[device & (rate | (not needs_rate))] = Knowledge.DEVICE.value
        return which

    def _multipliers(self, fitted: FittedLevel, rows: Rows, level: float) -> Floats:
        family = fitted.new_family.multiplier(level)
        if fitted.knowledge is not Knowledge.DEVICE:
            return np.full(len(rows), family)
        new = ~_device_known(fitted.chosen, rows)
        return np.where(new, max(fitted.new_device.multiplier(level), 0.0), family)


def _device_known(contender: Contender, rows: Rows) -> NDArray[np.bool_]:
    encoder = getattr(contender, "encoder", None)
    levels = encoder.levels["device"] if encoder is not None else {}
    return np.array([d in levels for d in rows.device], dtype=bool)


def _device_tokens_known(contender: Contender, rows: Rows) -> NDArray[np.bool_]:
    encoder = getattr(contender, "encoder", None)
    if encoder is None:
        return np.zeros(len(rows), dtype=bool)
    return _device_known(contender, rows) | (
        encoder.device_vocabulary.vectors(rows.device).any(axis=1)
    )


def fit(table: pd.DataFrame, columns: Columns) -> FittedModel:
    """Fit the levels that the table's columns permit. Raises `UnusableTableError`."""
    rows, _, notes = measured_rows(table, columns)
    if len(rows) < 3:
        raise UnusableTableError(
            f"Only {len(rows)} usable runs; a prediction needs at least three, better thirty."
        )
    levels = {k: _fit_level(rows, k) for k in knowledge_of(columns)}
    return FittedModel(columns, levels, _model_id(table, columns), notes)


def knowledge_of(columns: Columns) -> list[Knowledge]:
    """The levels that can be fitted from the columns a table has."""
    out = [Knowledge.SIZE] if columns.sizes else []
    if columns.throughput:
        out.append(Knowledge.THROUGHPUT)
    if columns.device or columns.idle_power:
        out.append(Knowledge.DEVICE)
    return out or [Knowledge.SIZE]


def _fit_level(rows: Rows, knowledge: Knowledge) -> FittedLevel:
    contender = Process("Gaussian process", knowledge).fit(rows)
    families = rows.family if len(set(rows.family) - {UNKNOWN}) > 1 else rows.device
    return FittedLevel(
        knowledge,
        contender,
        _calibration(contender, rows, families),
        _calibration(contender, rows, rows.device),
        Distance().fit(rows, knowledge),
    )


def _calibration(contender: Contender, rows: Rows, names: Names) -> Calibration:
    groups = index_groups(names)
    if len(groups) < 2:
        groups = [np.array([i]) for i in range(len(rows))]
    mean, scale = contender.left_out(rows, groups)
    return calibrate(rows.log_energy - mean, scale, groups)


def _model_id(table: pd.DataFrame, columns: Columns) -> str:
    digest = hashlib.sha256(columns.model_dump_json().encode())
    digest.update(table.to_csv(index=False).encode())
    return f"predict-{digest.hexdigest()[:16]}"
