"""A fitted model: for every state of knowledge the chosen contender and its calibration."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from advisor import __version__
from advisor.predict.columns import Columns, UnusableTableError
from advisor.predict.contender import Contender, index_groups, merged_groups
from advisor.predict.distance import Distance
from advisor.predict.encoding import Encoder, Knowledge
from advisor.predict.exponents import Exponent, formula, power_law_exponents
from advisor.predict.extrapolation import Widening, trials
from advisor.predict.field import knowledge_in
from advisor.predict.grade import BEYOND, grades
from advisor.predict.intervals import WIDEST, Calibration, calibrate
from advisor.predict.learning import Learnt, best, learn
from advisor.predict.process import Process
from advisor.predict.rows import UNKNOWN, Floats, Names, Rows, measured_rows, query_rows
from advisor.predict.scores import Score, score
from advisor.sentences import Sentence, sentence

LEVEL = 0.95
"""The house's interval."""
FEWEST_RUNS = 4
JUDGED_AT = (0.8, 0.9, 0.95)


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
            mean[index], scale = fitted.chosen.predict(part)
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


@threadpool_limits.wrap(limits=1, user_api="blas")  # matrices are small: threads only wait
def fit(
    table: pd.DataFrame,
    columns: Columns,
    *,
    thorough: bool = True,
    known: Mapping[Knowledge, Floats] | None = None,
) -> FittedModel:
    """Fit the levels that the table's columns permit. Raises `UnusableTableError`.

    `thorough` fits all contenders and chooses on left-out families (or devices, or runs); otherwise
    the Gaussian process alone, several times faster, and without a search where `known` gives the
    hyperparameters of a level.
    """
    rows, kept, notes = measured_rows(table, columns)
    if len(rows) < FEWEST_RUNS:
        raise UnusableTableError(
            sentence(
                "Only {count} usable runs; at least {least} are needed, better fifty.",
                count=len(rows),
                least=str(FEWEST_RUNS),
            )
        )
    data = hashlib.sha256(columns.model_dump_json().encode())
    data.update(table.to_csv(index=False).encode())
    names, leave = _groups_of(rows)
    groups = index_groups(names)
    levels: dict[Knowledge, FittedLevel] = {}
    scores: list[Score] = []
    measured = pd.DataFrame({"row": kept, "group": names, "measured_j": np.exp(rows.log_energy)})
    states = knowledge_in(rows)
    for knowledge in states:
        last = knowledge == states[-1]
        if thorough:
            learnt = learn(rows, groups, leave, only=[knowledge], with_rivals=last)
            pick = best(learnt)
            chosen, calibration = pick.contender, pick.calibration
            left_out = pick.left_out_mean, pick.left_out_scale
            scores += [_score(x, rows, names) for x in learnt]
        else:
            process = Process("Gaussian process", knowledge)
            theta = (known or {}).get(knowledge)
            chosen = process.fit(rows) if theta is None else process.fit_known(rows, theta)
            left_out = chosen.left_out(rows, groups)
            calibration = calibrate(rows.log_energy - left_out[0], left_out[1], groups)
        widening = Widening.of(trials(chosen, rows, groups, left_out))
        levels[knowledge] = _level(chosen, calibration, widening, rows)
        if last:
            _beside(measured, left_out, levels[knowledge])
    return FittedModel(
        columns,
        levels,
        _model_id(data.digest(), thorough, known),
        data.hexdigest(),
        scores,
        power_law_exponents(rows, states[-1], groups),
        measured,
        notes,
    )


def _model_id(data: bytes, thorough: bool, known: Mapping[Knowledge, Floats] | None) -> str:
    """The same for the same data, settings and program; another for any other."""
    digest = hashlib.sha256(data + f"{__version__} {thorough}".encode())
    for knowledge, theta in sorted((known or {}).items()):
        digest.update(knowledge.value.encode() + np.asarray(theta, dtype=float).tobytes())
    return f"predict-{digest.hexdigest()[:16]}"


def _score(learnt: Learnt, rows: Rows, names: Names) -> Score:
    multipliers = [learnt.calibration.multiplier(q) for q in JUDGED_AT]
    return score(
        learnt.label,
        learnt.contender.rival,
        rows.log_energy,
        learnt.left_out_mean,
        np.array([learnt.left_out_scale * m for m in multipliers]),
        JUDGED_AT,
        np.zeros(len(rows), dtype=bool),
        names,
    )


def _level(
    chosen: Contender, new_family: Calibration, widening: Widening, rows: Rows
) -> FittedLevel:
    knowledge, by_device = chosen.knowledge, _or_runs(rows, rows.device)
    return FittedLevel(
        knowledge,
        chosen,
        new_family,
        _calibration(chosen, rows, by_device) if knowledge == Knowledge.DEVICE else new_family,
        widening,
        Distance().fit(rows, knowledge),
        Encoder(knowledge).fit(rows),
    )


def _beside(measured: pd.DataFrame, left_out: tuple[Floats, Floats], level: FittedLevel) -> None:
    mean, scale = left_out
    half = scale * level.new_family.multiplier(LEVEL)
    measured["predicted_j"] = np.exp(mean)
    measured["low_j"], measured["high_j"] = np.exp(mean - half), np.exp(mean + half)


def _groups_of(rows: Rows) -> tuple[Names, str]:
    """What is left out when a model is fitted: families, else devices, else tenths of the runs."""
    if len(set(rows.family)) > 1:
        return rows.family, "family"
    if len(set(rows.device)) > 1:
        return rows.device, "device"
    tenth = np.array([f"part {i % 10 + 1}" for i in range(len(rows))], dtype=object)
    return tenth, "family"


def _or_runs(rows: Rows, names: Names) -> list[NDArray[np.intp]]:
    groups = index_groups(names)
    if len(groups) > 1:
        return groups
    return merged_groups([np.array([i]) for i in range(len(rows))], min(10, len(rows)))


def _calibration(contender: Contender, rows: Rows, groups: list[NDArray[np.intp]]) -> Calibration:
    mean, scale = contender.left_out(rows, groups)
    return calibrate(rows.log_energy - mean, scale, groups)


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
