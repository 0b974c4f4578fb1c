"""Appetite: amber and red limits for each indicator, with an owner and an escalation. As data."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from advisor.profiles import profile_paths, read_profile
from advisor.quantities import Quantity, UnitError, conversion_factor
from advisor.risk.errors import RiskError
from advisor.risk.refusals import refused
from advisor.sentences import sentence

INDICATOR_UNITS = {
    "kg_per_1000_decisions": "kgCO2e",
    "share_measured": "%",
    "share_red_models": "%",
    "growth": "%",
    "top10_share": "%",
    "overdue_share": "%",
    "target_gap": "%",
}
"""The indicators there are, each with its own unit; a limit may stand in another of its kind."""
LossMeasure = Literal["expected_loss", "var_99", "var_99_9", "shortfall_99"]


class Level(StrEnum):
    """Where a reading stands against its limits."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """0 green, 1 amber, 2 red; unknown ranks with amber: not knowing is no all-clear."""
        return {"green": 0, "amber": 1, "red": 2, "unknown": 1}[self.value]


LOSS_KEY = "stress_loss"
"""Key under which readings and breaches hold the loss of a stress test."""


class Limit(BaseModel):
    """One indicator's limits."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    key: str
    name: str
    unit: str
    better: Literal["low", "high"]
    amber: float
    red: float
    owner: str
    escalation: dict[str, str]
    act_within_days: int = Field(default=30, ge=1)
    """A breach without an agreed action for so long goes one step up."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.red < self.amber) == (self.better == "low") and self.red != self.amber:
            raise RiskError(
                sentence("The red limit of {key} must lie beyond the amber one.", key=self.key)
            )
        return self

    def level(self, value: float | None) -> Level:
        """Where a value stands; a limit counts as breached when it is passed, not when reached."""
        if value is None:
            return Level.UNKNOWN
        sign = 1.0 if self.better == "low" else -1.0
        if sign * value > sign * self.red:
            return Level.RED
        return Level.AMBER if sign * value > sign * self.amber else Level.GREEN

    def worst_level(self, value: Quantity) -> Level:
        """Where the worse end of a figure's 95 % interval stands."""
        return self.level(value.high if self.better == "low" else value.low)


class LossLimit(BaseModel):
    """What the bank accepts to lose, in basis points of CET1."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    measure: LossMeasure
    amber_basis_points: float = Field(ge=0)
    red_basis_points: float = Field(ge=0)
    owner: str
    escalation: dict[str, str]
    act_within_days: int = Field(default=30, ge=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.red_basis_points < self.amber_basis_points:
            raise RiskError(
                sentence("The red limit of {key} must lie beyond the amber one.", key="loss")
            )
        return self

    def limit(self) -> Limit:
        """The same as the limit of an indicator, so that readings and breaches treat it alike."""
        return Limit(
            key=LOSS_KEY,
            name="Stressed loss in basis points of CET1",
            unit="1",
            better="low",
            amber=self.amber_basis_points,
            red=self.red_basis_points,
            owner=self.owner,
            escalation=self.escalation,
            act_within_days=self.act_within_days,
        )


class Appetite(BaseModel):
    """All limits, with version and source."""

    model_config = ConfigDict(frozen=True)

    version: str
    source: str
    limits: tuple[Limit, ...]
    loss: LossLimit

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        keys = [limit.key for limit in self.limits]
        for key in keys:
            if key not in INDICATOR_UNITS:
                raise RiskError(
                    sentence(
                        "{key} is no indicator that this program can read; use one of {choices}.",
                        key=key,
                        choices=", ".join(INDICATOR_UNITS),
                    )
                )
            if keys.count(key) > 1:
                raise RiskError(sentence("{key} stands there twice; keep one.", key=key))
        for limit in self.limits:
            own = INDICATOR_UNITS[limit.key]
            try:
                conversion_factor(own, limit.unit)
            except UnitError:
                raise RiskError(
                    sentence(
                        "The unit of {key} is “{unit}”, which is no kind of {own}; correct it.",
                        key=limit.key,
                        unit=limit.unit,
                        own=own,
                    )
                ) from None
        return self

    def limit(self, key: str) -> Limit | None:
        """The limit of an indicator or of the stressed loss; None where the bank set none."""
        if key == LOSS_KEY:
            return self.loss.limit()
        return next((limit for limit in self.limits if limit.key == key), None)


def read_appetite(path: Path | None = None) -> Appetite:
    """The appetite, the user's file over the shipped one. Raises `RiskError`."""
    if path is None:
        layers = profile_paths("frameworks").get("ai_carbon_appetite.toml", [])
        if not layers:
            raise RiskError(
                sentence(
                    "There is no profile {name}; reinstall the program.",
                    name="ai_carbon_appetite.toml",
                )
            )
        path = layers[-1]
    profile = read_profile(path)
    try:
        return Appetite(
            version=str((profile.header.model_extra or {}).get("version", "")),
            source=profile.citation,
            limits=profile.document.get("indicator", ()),
            loss=profile.document.get("loss", {}),
        )
    except ValidationError as error:
        raise refused(error, path.name) from error
