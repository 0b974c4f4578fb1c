"""The nouns `Budgets`, `Plan` and `Relaxation`."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from advisor.sentences import Sentence


class Budgets(BaseModel):
    """What the bank allows; None is no limit."""

    model_config = ConfigDict(frozen=True)

    carbon_target_kg: float | None = Field(default=None, ge=0)
    """kgCO2e a year to be saved at least."""
    loss_budget: float | None = Field(default=None, ge=0)
    """Accuracy points weighted by tier, in all."""
    cost_budget_eur: float | None = Field(default=None, ge=0)
    engineer_days: float | None = Field(default=None, ge=0)
    tier_weight: dict[float, float] | None = None


class Relaxation(BaseModel):
    """What one limit would have to be for a plan to exist, the others kept."""

    model_config = ConfigDict(frozen=True)

    limit: str
    given: float
    needed: float
    said: Sentence


@dataclass(frozen=True)
class Plan:
    """A choice of options with its sums; empty and with `relaxations` when nothing fits."""

    budgets: Budgets
    chosen: pd.DataFrame
    """Rows of the options table, with weight, probability_right."""
    feasible: bool
    saved_kg: float = 0.0
    saved_low_kg: float = 0.0
    saved_high_kg: float = 0.0
    loss: float = 0.0
    cost_eur: float = 0.0
    engineer_days: float = 0.0
    gap: float = 0.0
    """Proven relative distance from the optimum."""
    relaxations: tuple[Relaxation, ...] = field(default_factory=tuple)
