"""The gate of a build: may a candidate go in, by its joules and carbon against limits and parent?

A limit is broken only where the whole 95 % interval lies beyond it: a difference inside its noise
does not stop a build, and is said. Against the parent the ratio counts, in which everything both
have in common (meter, drift, grid, volume) cancels; with the paired draws of one run also what only
their blocks share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from advisor.bench import Measurement
from advisor.candidates.candidate import Candidate
from advisor.project.standing import Standing
from advisor.quantities import Quantity
from advisor.rank.draws import with_interval_of


class Limits(BaseModel):
    """What a candidate must keep to; None is no limit."""

    model_config = ConfigDict(frozen=True)

    joules: float | None = Field(default=None, ge=0)
    """Joules per inference."""
    carbon_kg: float | None = Field(default=None, ge=0)
    """kgCO2e a year, under the project's volume, place and PUE."""
    increase_percent: float | None = Field(default=None, ge=0)
    """Energy per inference above the parent's (else the model in use), in percent."""

    @property
    def empty(self) -> bool:
        """True where nothing is limited."""
        return self == Limits()


class Outcome(StrEnum):
    """What a check came to."""

    KEEPS = "keeps"
    WITHIN_NOISE = "within noise"
    """The estimate is beyond the limit, its interval is not: no difference can be told."""
    FAILS = "fails"
    UNKNOWN = "unknown"
    """The figure is not known; what is not known cannot be let through."""


class Check(BaseModel):
    """One limit held against one candidate."""

    model_config = ConfigDict(frozen=True)

    candidate: str
    limited: str
    figure: Quantity | None
    limit: float
    outcome: Outcome

    @property
    def stops(self) -> bool:
        """Whether the build has to stop."""
        return self.outcome in (Outcome.FAILS, Outcome.UNKNOWN)


def gate(
    standing: Standing,
    candidates: Mapping[str, Candidate],
    limits: Limits,
    chosen: Sequence[str] | None = None,
) -> list[Check]:
    """Every limit against every chosen candidate (by key; all but the model in use by default)."""
    keys = [m.candidate for m in standing.measurements if m.candidate != standing.baseline]
    return [
        check
        for key in (keys if chosen is None else chosen)
        for check in _checks(standing, candidates, limits, key)
    ]


def _checks(
    standing: Standing, candidates: Mapping[str, Candidate], limits: Limits, key: str
) -> Iterator[Check]:
    name = standing.names.get(key, key[:12])
    measured, ranked = standing.measurement(key), standing.of_candidate(key)
    if limits.joules is not None:
        energy = measured.energy_j if measured else None
        yield checked(name, "joules per inference", energy, limits.joules)
    if limits.carbon_kg is not None:
        carbon = ranked.option.carbon_kg if ranked else None
        yield checked(name, "kgCO2e a year", carbon, limits.carbon_kg)
    if limits.increase_percent is not None:
        parent = candidates[key].parent_key if key in candidates else None
        before = standing.measurement(parent) if parent else None
        before = before or standing.measurement(standing.baseline)
        above = increase(measured, before) if measured and before else None
        against = standing.names.get(before.candidate, before.candidate[:12]) if before else "?"
        yield checked(name, f"percent above {against}", above, limits.increase_percent)


def checked(candidate: str, limited: str, figure: Quantity | None, limit: float) -> Check:
    """A figure, in the limit's unit, against its limit."""
    if figure is None:
        outcome = Outcome.UNKNOWN
    elif figure.low > limit:
        outcome = Outcome.FAILS
    else:
        outcome = Outcome.WITHIN_NOISE if figure.value > limit else Outcome.KEEPS
    return Check(candidate=candidate, limited=limited, figure=figure, limit=limit, outcome=outcome)


def increase(measured: Measurement, before: Measurement) -> Quantity:
    """Energy per inference above another's, in percent; negative is less."""
    ratio = measured.energy_j / before.energy_j
    one = ratio.model_copy(update={"value": 1.0, "low": 1.0, "high": 1.0, "spread": {}})
    above = (ratio - one).to("percent")
    mine, theirs = np.asarray(measured.energy_draws_j), np.asarray(before.energy_draws_j)
    paired = measured.run_id == before.run_id and mine.size and mine.size == theirs.size
    return with_interval_of(above, 100.0 * (mine / theirs - 1.0)) if paired else above
