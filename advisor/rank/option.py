"""The nouns `Option` and `Recommendation`."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from advisor.quantities import Quantity
from advisor.sentences import Sentence


class OptionKind(StrEnum):
    """What could be done about a model."""

    KEEP = "keep"
    QUANTISE = "quantise"
    SHRINK = "shrink"
    REPLACE = "replace"
    BATCH = "batch"
    MOVE = "move"
    CACHE = "cache"
    CASCADE = "cascade"
    RETIRE = "retire"


class Basis(StrEnum):
    """Which energy is counted."""

    TOTAL = "total"
    """Everything the meter saw while the model ran, its share of idle power with it."""
    ABOVE_IDLE = "above idle"
    """Only what the model adds to an idle machine."""


class Verdict(StrEnum):
    """Where an option stands after ranking."""

    BASELINE = "baseline"
    NO_REGRET = "no regret"
    FRONTIER = "on the frontier"
    DOMINATED = "dominated"
    EXTENDED_DOMINATED = "extended dominated"
    NO_DIFFERENCE = "no distinguishable difference"
    WORSE = "saves nothing"
    UNKNOWN = "accuracy unknown"
    BELOW_FLOOR = "below the accuracy floor"


class Option(BaseModel):
    """Something one could do about one model, against its baseline.

    `carbon_saved_kg` is kgCO2e per year (positive saves); `accuracy_loss` is in the metric's own
    points (positive is worse), None when unknown. Draws are paired by index over options.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    model_id: str
    kind: OptionKind
    name: str
    candidate: str | None = None
    carbon_kg: Quantity | None = None
    """Footprint after the option, kgCO2e/year."""
    carbon_saved_kg: Quantity
    accuracy_loss: Quantity | None
    one_off_cost: Quantity | None = None
    engineer_days: float | None = None
    evidence: tuple[str, ...] = ()
    """References: `measurement:RUN/KEY`, `profile:PATH`, `prediction:ID`."""
    energy_j: Quantity | None = None
    """Joules per inference after the option."""
    accuracy: Quantity | None = None
    """The metric's value after the option, in its own points."""
    metric: str | None = None
    loss_allowed: float | None = None
    """Largest loss that the floor leaves room for, in points; None: no floor."""
    group_loss: Quantity | None = None
    """Largest loss over the protected groups, in points; None: not measured by group."""
    money_saved: Quantity | None = None
    """Running cost saved a year."""
    basis: Basis = Basis.TOTAL
    carbon_saved_draws_kg: tuple[float, ...] = Field(default=(), repr=False)
    accuracy_loss_draws: tuple[float, ...] = Field(default=(), repr=False)


class Recommendation(BaseModel):
    """An option with its place, one sentence of reason, and the probability that it is right."""

    model_config = ConfigDict(frozen=True)

    option: Option
    verdict: Verdict
    place: int | None
    """1 is best; None for options that are not recommended."""
    place_low: int | None = None
    place_high: int | None = None
    incremental_kg_per_point: Quantity | None = None
    """kgCO2e saved per accuracy point given up, from the previous step of the frontier."""
    """None where the step's loss cannot be told from zero: dividing by it would rank noise."""
    reason: Sentence
    probability_best: float | None = None
    """Share of draws in which the same rule puts this option first."""
    probability_recommended: float | None = None
    """Share of draws in which the same rule recommends it at all (no regret or frontier)."""
