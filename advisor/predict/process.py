"""The hierarchical contenders: a mixed effects model, and the same with smooth terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from advisor.predict.contender import Groups, group_names, index_groups, merged_groups
from advisor.predict.encoding import Encoded, Encoder, Knowledge
from advisor.predict.gaussian_process import Conditioned, Hyperparameters, left_out, search
from advisor.predict.kernels import Component, Covariance
from advisor.predict.left_out_search import search_left_out
from advisor.predict.rows import UNKNOWN, Floats, Names, Rows

MOST_ROWS = 2400
"""Rows a Gaussian process is conditioned on; beyond that a random draw (time grows as n³)."""


PARTS = 3
"""Parts into which groups are split so that hyperparameters never see what calibrates them."""


@dataclass(frozen=True)
class Tuned:
    """Hyperparameters found earlier, and those found without some of the groups.

    `parts` are names of groups with the hyperparameters that never saw them, for left-out
    predictions.
    """

    theta: Floats
    parts: tuple[tuple[frozenset[str], Floats], ...] = ()

    @property
    def all(self) -> list[Floats]:
        """Those of the whole, and of each part."""
        return [self.theta, *(theta for _, theta in self.parts)]


class Aim(StrEnum):
    """What the hyperparameters are chosen for."""

    LIKELIHOOD = "likelihood"
    LEFT_OUT = "left-out groups"


def components(rows: Rows, knowledge: Knowledge, *, smooth: bool) -> tuple[Component, ...]:
    """The covariance for what the rows know: population, device, look-alike devices, family."""
    out = [Component("linear", 0.05, (), "everything")]
    if smooth:
        out.append(Component("smooth", 0.05, (), "everything"))
    devices = set(rows.device) - {UNKNOWN} if knowledge == Knowledge.DEVICE else set[str]()
    if len(devices) > 1:
        for mask in ("device", "words"):
            out += [Component("constant", 0.05, (mask,)), Component("linear", 0.01, (mask,))]
            if smooth:
                out.append(Component("smooth", 0.03, (mask,)))
    if len(set(rows.family) - {UNKNOWN}) > 1:
        out += [Component("constant", 0.02, ("family",)), Component("linear", 0.005, ("family",))]
        if len(devices) > 1:
            out += [
                Component("constant", 0.005, ("family", "device")),
                Component("constant", 0.005, ("family", "words")),
            ]
    return tuple(out)


class Process:
    """A Gaussian process on the log of energy over what idle power ÷ throughput says.

    Without smooth terms it is a linear mixed effects model with crossed random effects. `groups`
    names what is left out when the aim is left-out prediction (default: the families, else the
    devices).
    """

    rival = False

    def __init__(
        self,
        name: str,
        knowledge: Knowledge,
        *,
        smooth: bool = True,
        aim: Aim = Aim.LIKELIHOOD,
        leave: str = "family",
        seed: int = 0,
    ) -> None:
        self.name, self.knowledge = name, knowledge
        self.smooth, self.aim, self.leave, self.seed = smooth, aim, leave, seed
        self.part_parameters: list[Hyperparameters] = []

    def fit(self, rows: Rows, start: Hyperparameters | None = None) -> Self:
        """Hyperparameters and weights; `start` saves the likelihood search where it is known."""
        rows = self._drawn(rows)
        encoded, y = self._prepared(rows)
        self.parameters = self._search(rows, encoded, y, start)
        self.conditioned = Conditioned(self.parameters, encoded, y)
        return self

    def takes(self, rows: Rows, tuned: Tuned) -> bool:
        """Whether hyperparameters found earlier are as many as these rows ask for."""
        encoded, _ = self._empty()._prepared(self._drawn(rows))
        asked = len(self._covariance(rows, encoded).start) + 1  # and the noise
        return all(len(theta) == asked for theta in tuned.all)

    def fit_known(self, rows: Rows, theta: Floats) -> Self:
        """Weights for hyperparameters found earlier (see `takes`)."""
        encoded, y = self._prepared(self._drawn(rows))
        self.parameters = Hyperparameters(theta, self._covariance(rows, encoded))
        self.conditioned = Conditioned(self.parameters, encoded, y)
        return self

    def crossed_known(
        self, rows: Rows, groups: Groups, names: Names, tuned: Tuned
    ) -> tuple[Floats, Floats]:
        """Left-out predictions of a fitted process, each by hyperparameters that never saw it.

        A group in none of the parts (a local one) was seen by none of the hyperparameters.
        """
        mean, deviation = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
        left = list(groups)
        for without, theta in (*tuned.parts, (frozenset[str](), tuned.theta)):
            here = [g for g in left if names[g[0]] in without] if without else left
            left = [g for g in left if not any(g is h for h in here)]
            if here:
                other = self._empty()
                other.parameters = Hyperparameters(theta, self.parameters.covariance)
                found, spread = other.left_out(rows, here)
                index = np.concatenate(here)
                mean[index], deviation[index] = found[index], spread[index]
        return mean, deviation

    def _covariance(self, rows: Rows, encoded: Encoded) -> Covariance:
        terms = components(self._drawn(rows), self.knowledge, smooth=self.smooth)
        return Covariance(terms, encoded)

    def crossed(
        self, rows: Rows, groups: Groups, starts: Sequence[Hyperparameters] = ()
    ) -> tuple[Floats, Floats]:
        """Left-out predictions whose hyperparameters did not see the group either.

        The groups, at least `PARTS`, are split into as many; each part is predicted with
        hyperparameters searched on the other parts (`part_parameters` keeps them). `starts` are
        those of another Process for the same split.
        """
        parts = merged_groups(groups, PARTS, seed=2)
        mean, deviation = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
        self.part_parameters = []
        for number, part in enumerate(parts):
            other = self._empty()
            rest = other._drawn(rows.take(np.setdiff1d(np.arange(len(rows)), part)))
            encoded, y = other._prepared(rest)
            start = starts[number] if len(starts) > number else None
            other.parameters = other._search(rest, encoded, y, start, quick=True)
            self.part_parameters.append(other.parameters)
            inside = [g for g in groups if np.isin(g, part).all()]
            found, spread = other.left_out(rows, inside)
            index = np.concatenate(inside)
            mean[index], deviation[index] = found[index], spread[index]
        return mean, deviation

    def _search(
        self,
        rows: Rows,
        encoded: Encoded,
        y: Floats,
        start: Hyperparameters | None,
        *,
        quick: bool = False,
    ) -> Hyperparameters:
        terms = components(rows, self.knowledge, smooth=self.smooth)
        few, many = (400, 600) if quick else (600, 700)
        found = start or search(terms, encoded, y, search_rows=few, seed=self.seed)
        groups = index_groups(group_names(rows, self.leave))
        if self.aim == Aim.LIKELIHOOD or len(groups) < 2:
            return found
        return search_left_out(
            found.for_rows(encoded),
            encoded,
            y,
            groups,
            search_rows=many,
            iterations=25 if quick else 30,  # longer searches learn the groups at hand
            seed=self.seed,
        )

    def refit(self, rows: Rows) -> Process:
        """The same hyperparameters, other rows."""
        other = self._empty()
        encoded, y = other._prepared(self._drawn(rows))
        other.parameters = self.parameters.for_rows(encoded)
        other.conditioned = Conditioned(other.parameters, encoded, y)
        return other

    def predict(self, rows: Rows) -> tuple[Floats, Floats]:
        """Log energy and standard deviation."""
        encoded = self.encoder.encode(rows)
        mean, deviation = self.conditioned.predict(encoded)
        return mean + self.centre + encoded.offset, deviation

    def covariance(self, rows: Rows) -> Floats:
        """Posterior covariance of the rows' log energies (without noise), shape (n, n)."""
        return self.conditioned.covariance(self.encoder.encode(rows))

    def weights_of_runs(self, rows: Rows) -> Floats:
        """How much each training run weighs in each prediction, shape (n, training runs)."""
        return self.conditioned.weights_of_runs(self.encoder.encode(rows))

    def left_out(self, rows: Rows, groups: Groups) -> tuple[Floats, Floats]:
        """Closed form; see `gaussian_process.left_out`."""
        other = self._empty()
        kept = self.drawn_from(len(rows))
        place = np.full(len(rows), -1, dtype=np.intp)
        place[kept] = np.arange(len(kept))
        smaller = [place[np.asarray(g)] for g in groups]
        smaller = [g[g >= 0] for g in smaller]
        part = rows.take(kept)
        encoded, y = other._prepared(part)
        smaller = [g for g in smaller if len(g)]
        mine = getattr(self, "conditioned", None)  # not while its own parts are crossed
        if mine is not None and mine.learnt_from(encoded, y):
            found, spread = mine.left_out(smaller)
        else:
            found, spread = left_out(self.parameters.for_rows(encoded), encoded, y, smaller)
        mean, deviation = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
        mean[kept], deviation[kept] = found + other.centre + encoded.offset, spread
        return mean, deviation

    def _empty(self) -> Process:
        return Process(
            self.name,
            self.knowledge,
            smooth=self.smooth,
            aim=self.aim,
            leave=self.leave,
            seed=self.seed,
        )

    def _prepared(self, rows: Rows) -> tuple[Encoded, Floats]:
        self.encoder = Encoder(self.knowledge).fit(rows)
        encoded = self.encoder.encode(rows)
        residual = rows.log_energy - encoded.offset
        self.centre = float(residual.mean())
        return encoded, residual - self.centre

    def _drawn(self, rows: Rows) -> Rows:
        return rows.take(self.drawn_from(len(rows)))

    def drawn_from(self, n: int) -> NDArray[np.intp]:
        """Positions of the rows that are used of n: all, or a random draw of `MOST_ROWS`."""
        if n <= MOST_ROWS:
            return np.arange(n)
        return np.sort(np.random.default_rng(self.seed).choice(n, MOST_ROWS, replace=False))
