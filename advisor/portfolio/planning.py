"""Thresholds and planning costs of options, from `profiles/levers/`; the bank's replace them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from advisor.profiles import profile_paths, read_profile


class Effort(BaseModel):
    """What an option costs once."""

    model_config = ConfigDict(frozen=True)

    one_off_cost_eur: float = Field(ge=0)
    engineer_days: float = Field(ge=0)


class Unused(Effort):
    """When a model counts as unused."""

    calls_per_year: float = Field(gt=0)


class Overlap(Effort):
    """When two models of one purpose are compared."""

    largest_gap_points: float = Field(ge=0)
    reported_metric_std_points: float = Field(gt=0)


class Move(Effort):
    """When a move to a cleaner grid is proposed."""

    least_ratio: float = Field(ge=1)


class Planning(BaseModel):
    """All of `profiles/levers/planning.toml`."""

    model_config = ConfigDict(frozen=True)

    unused: Unused
    overlap: Overlap
    move: Move
    measured: Effort


class Revalidation(BaseModel):
    """All of `profiles/levers/revalidation.toml`."""

    model_config = ConfigDict(frozen=True)

    days: dict[str, float]
    """Working days of a full revalidation by tier, and for `unknown`."""
    share_by_option: dict[str, float]
    cost: dict[str, float]


def planning() -> Planning:
    """The figures in force. Raises `ProfileError`."""
    return Planning.model_validate(_layered("planning.toml"))


def revalidation() -> Revalidation:
    """The figures in force. Raises `ProfileError`."""
    return Revalidation.model_validate(_layered("revalidation.toml"))


def _layered(name: str) -> dict[str, dict[str, Any]]:
    """Table by table, the user's figures over the shipped ones."""
    merged: dict[str, dict[str, Any]] = {}
    for path in profile_paths("levers").get(name, []):
        for table, figures in read_profile(path).document.items():
            merged[table] = merged.get(table, {}) | figures
    return merged
