"""The category: AI carbon risk, its drivers, how each transmits, and how it is scored. As data.

The document `profiles/frameworks/ai_carbon_risk.toml` is meant to be read and edited by people of
risk management; this module gives it types and says in one sentence what is wrong with it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from advisor.profiles import profile_paths, read_profile
from advisor.risk.errors import RiskError

RISK_CATEGORIES = ("credit", "market", "operational", "liquidity", "reputational")
METRICS = (
    "energy_share",
    "carbon_share",
    "growth",
    "grid_kg_per_kwh",
    "materiality",
    "region_share",
    "vendor_share",
    "evidence_weakness",
    "intensity_rank",
    "uncertainty",
    "downstream",
    "without_fallback",
)
_CONDITION = re.compile(
    r"^(?P<column>\w+) (?P<verb>is|known|unknown|below|not past)(?: (?P<value>\S+))?$"
)


class Threshold(BaseModel):
    """A metric and the four values at which its score rises from 1 to 5."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    breaks: tuple[float, float, float, float]

    @field_validator("metric")
    @classmethod
    def _known(cls, metric: str) -> str:
        if metric not in METRICS:
            raise ValueError(f"the metric {metric} is not known; use {', '.join(METRICS)}")
        return metric

    @field_validator("breaks")
    @classmethod
    def _rising(cls, breaks: tuple[float, ...]) -> tuple[float, ...]:
        if list(breaks) != sorted(breaks):
            raise ValueError("the breaks of a metric must rise")
        return breaks


class RiskDriver(BaseModel):
    """A driver of AI carbon risk and the metrics that score it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    name: str
    meaning: str
    metrics: tuple[Threshold, ...] = Field(min_length=1)


class Control(BaseModel):
    """Something in place that lowers a score, and the condition under which it is in place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    name: str
    when: str
    drivers: tuple[str, ...]
    strength: float = Field(gt=0, lt=1)

    @field_validator("when")
    @classmethod
    def _readable(cls, when: str) -> str:
        if not _CONDITION.match(when):
            raise ValueError(
                f"the condition “{when}” is not understood; write for example “fallback known”, "
                "“provenance is measured”, “next_review not past” or “planned_growth below 0.1”"
            )
        return when

    @property
    def condition(self) -> tuple[str, str, str | None]:
        """Column, verb and value of `when`."""
        found = _CONDITION.match(self.when)
        assert found is not None  # the validator saw to it
        return found["column"], found["verb"], found["value"]


class Transmission(BaseModel):
    """How a driver reaches one of the bank's other risk categories."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    driver: str
    to: str
    strength: int = Field(ge=0, le=3)
    channel: str


class Scoring(BaseModel):
    """What holds for all scores."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weight: str
    unknown: float = Field(ge=1, le=5)
    amber: float = Field(ge=1, le=5)
    red: float = Field(ge=1, le=5)
    overall: str = Field(default="mean", pattern="^(mean|highest)$")
    """How a model's scores over the drivers become one."""


class Taxonomy(BaseModel):
    """The whole category, with its version and source."""

    model_config = ConfigDict(frozen=True)

    version: str
    source: str
    sha256: str
    scoring: Scoring
    drivers: tuple[RiskDriver, ...] = Field(min_length=1)
    controls: tuple[Control, ...]
    transmissions: tuple[Transmission, ...]

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        known = {d.key for d in self.drivers}
        for control in self.controls:
            for name in control.drivers:
                if name not in known:
                    raise ValueError(f"the control {control.key} names the unknown driver {name}")
        for way in self.transmissions:
            if way.driver not in known:
                raise ValueError(f"a transmission names the unknown driver {way.driver}")
            if way.to not in RISK_CATEGORIES:
                raise ValueError(
                    f"a transmission leads to {way.to}; use one of {', '.join(RISK_CATEGORIES)}"
                )
        return self


def read_taxonomy(path: Path | None = None) -> Taxonomy:
    """The taxonomy, the user's file over the shipped one. Raises `RiskError`."""
    if path is None:
        layers = profile_paths("frameworks").get("ai_carbon_risk.toml", [])
        if not layers:
            raise RiskError("No profile frameworks/ai_carbon_risk.toml; reinstall the program.")
        path = layers[-1]
    profile = read_profile(path)
    document = profile.document
    try:
        return Taxonomy(
            version=str((profile.header.model_extra or {}).get("version", "")),
            source=profile.citation,
            sha256=profile.sha256,
            scoring=document.get("scoring", {}),
            drivers=document.get("driver", ()),
            controls=document.get("control", ()),
            transmissions=document.get("transmission", ()),
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "document"
        sentence = first["msg"].removeprefix("Value error, ")
        raise RiskError(f"{path}, {where}: {sentence}.") from error
