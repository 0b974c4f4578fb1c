"""The category: AI carbon risk, its drivers, how each transmits, and how it is scored. As data.

The document `profiles/frameworks/ai_carbon_risk.toml` is meant to be read and edited by people of
risk management; this module gives it types and says in one sentence what is wrong with it.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from advisor.profiles import profile_paths, read_profile
from advisor.quantities import Provenance
from advisor.risk.errors import RiskError
from advisor.risk.exposures import DATES, NUMBERS, WORDS
from advisor.risk.refusals import refused
from advisor.sentences import sentence

RiskCategory = Literal["credit", "market", "operational", "liquidity", "reputational"]
RISK_CATEGORIES: tuple[RiskCategory, ...] = get_args(RiskCategory)
Metric = Literal[
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
]
METRICS: tuple[Metric, ...] = get_args(Metric)
_CONDITION = re.compile(
    r"^(?P<column>\w+) (?P<verb>is|known|unknown|below|not past)(?: (?P<value>\S+))?$"
)


class Threshold(BaseModel):
    """A metric and the four values at which its score rises from 1 to 5."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    metric: Metric
    breaks: tuple[float, float, float, float]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if list(self.breaks) != sorted(self.breaks):
            raise RiskError(sentence("The breaks of {metric} must rise.", metric=self.metric))
        return self


class RiskDriver(BaseModel):
    """A driver of AI carbon risk and the metrics that score it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    key: str
    name: str
    meaning: str
    metrics: tuple[Threshold, ...] = Field(min_length=1)


class Control(BaseModel):
    """Something in place that lowers a score, and the condition under which it is in place."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    key: str
    name: str
    when: str
    drivers: tuple[str, ...]
    strength: float = Field(gt=0, lt=1)

    @field_validator("when")
    @classmethod
    def _readable(cls, when: str) -> str:
        found = _CONDITION.match(when)
        if not found or not _can_hold(found["column"], found["verb"], found["value"]):
            raise RiskError(
                sentence(
                    "The condition “{when}” is not understood; write for example “fallback known”, "
                    "“provenance is measured”, “next_review not past” or “planned_growth below "
                    "0.1”.",
                    when=when,
                )
            )
        return when

    @property
    def condition(self) -> tuple[str, str, str | None]:
        """Column, verb and value of `when`."""
        found = _CONDITION.match(self.when)
        assert found is not None  # the validator saw to it
        return found["column"], found["verb"], found["value"]


def _can_hold(column: str, verb: str, value: str | None) -> bool:
    """True where a condition asks something that a column of the exposures can answer."""
    if (value is None) == (verb in ("is", "below")):
        return False
    if column == "provenance" and verb == "is":
        return value in {p.value for p in Provenance}
    if verb == "not past":
        return column == "next_review"
    if column in NUMBERS:
        return value is None or _is_number(value)
    return verb != "below" and column in (*DATES, *WORDS, "provenance")


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


class Transmission(BaseModel):
    """How a driver reaches one of the bank's other risk categories."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    driver: str
    to: RiskCategory
    strength: int = Field(ge=0, le=3)
    channel: str


class Scoring(BaseModel):
    """What holds for all scores."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    weight: Literal["carbon_kg", "energy_kwh", "carbon_market_kg", "calls_per_year"]
    unknown: float = Field(ge=1, le=5)
    amber: float = Field(ge=1, le=5)
    red: float = Field(ge=1, le=5)
    overall: Literal["mean", "highest"] = "mean"
    """How a model's scores over the drivers become one."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.red < self.amber:
            raise RiskError(
                sentence("The red limit of {key} must lie beyond the amber one.", key="scoring")
            )
        return self


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
        for keys in ([d.key for d in self.drivers], [c.key for c in self.controls]):
            twice = next((key for key in keys if keys.count(key) > 1), None)
            if twice is not None:
                raise RiskError(sentence("{key} stands there twice; keep one.", key=twice))
        named = [(c.key, name) for c in self.controls for name in c.drivers]
        named += [(f"{way.driver} → {way.to}", way.driver) for way in self.transmissions]
        known = {d.key for d in self.drivers}
        for entry, name in named:
            if name not in known:
                raise RiskError(
                    sentence(
                        "{entry} names the driver {name}, which there is not; correct it.",
                        entry=entry,
                        name=name,
                    )
                )
        return self


def read_taxonomy(path: Path | None = None) -> Taxonomy:
    """The taxonomy, the user's file over the shipped one. Raises `RiskError`."""
    if path is None:
        layers = profile_paths("frameworks").get("ai_carbon_risk.toml", [])
        if not layers:
            raise RiskError(
                sentence(
                    "There is no profile {name}; reinstall the program.", name="ai_carbon_risk.toml"
                )
            )
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
        raise refused(error, path.name) from error
