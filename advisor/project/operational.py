"""The noun `OperationalOption`: a lever without a file, as the user set it, kept in the project.

Kept is what was entered and, for a cascade, what was learnt from data; the energy is worked out
anew from the measurements whenever it is asked for (`advisor.project.working_out`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from advisor.candidates.levers.cascade import CascadePlan, JudgedCascade
from advisor.carbon.grid import region_name
from advisor.figures import percent
from advisor.sentences import Sentence, sentence


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CacheSettings(_Settings):
    """Answers to repeated requests are looked up."""

    lever: Literal["cache"] = "cache"
    model: str
    """Key of the candidate whose answers are kept."""
    repeat_rate: float = Field(ge=0, le=1)
    give_or_take: float = Field(default=0.0, ge=0, le=1)
    """Half the 95 % interval of the repeat rate, as the user judges it; 0: as counted."""
    lookup_j: float | None = Field(default=None, ge=0)
    """Joules of one look-up; None: unknown, left out and said."""


class CascadeSettings(_Settings):
    """A small model answers first; what it is unsure of goes to the large one."""

    lever: Literal["cascade"] = "cascade"
    small: str
    large: str
    """Keys of the candidates."""
    most_loss_points: float = Field(default=0.0, ge=0)
    """What it may lose against the large model on the validation rows."""
    plan: CascadePlan
    judged: JudgedCascade
    metric: str
    data: str
    """Name of the data file."""
    validation_samples: int
    evaluation_samples: int


class MoveSettings(_Settings):
    """The same work on another grid, or in the cleanest hours of the day."""

    lever: Literal["move"] = "move"
    model: str
    region: str | None = None
    """Where to; None: the place stays."""
    hours: tuple[float, ...] = ()
    """Grid intensity of each hour of a typical day, gCO2e/kWh; empty: the time stays."""
    hours_source: str = ""
    hours_needed: int = Field(default=24, ge=1, le=24)
    may_wait: float = Field(default=1.0, ge=0, le=1)
    """Share of the work that may wait for the cleanest hours."""

    @model_validator(mode="after")
    def _somewhere_or_sometime(self) -> Self:
        if (self.region is None) == (not self.hours):
            raise ValueError("a move is to a region or to hours")
        return self


class RetireSettings(_Settings):
    """The model stops; something else, or nothing, takes over."""

    lever: Literal["retire"] = "retire"
    model: str
    fallback: str = ""
    """Key of a measured candidate that takes over; empty: a rule, a person, or nothing."""
    fallback_j: float = Field(default=0.0, ge=0)
    """Joules of one request answered by a rule or person."""
    inherited_share: float = Field(default=1.0, ge=0, le=1)
    accuracy_points: float | None = None
    """The metric of a rule or person, in points; None: unknown."""


Settings = Annotated[
    CacheSettings | CascadeSettings | MoveSettings | RetireSettings, Field(discriminator="lever")
]


class OperationalOption(BaseModel):
    """One option as entered; `name` is what a reader calls it."""

    model_config = ConfigDict(frozen=True)

    name: str
    settings: Settings

    @property
    def key(self) -> str:
        """Identity: what is done to which candidates. Entered again, it takes the other's place."""
        whole = self.settings.model_dump_json(include=_IDENTITY[self.settings.lever])
        return f"{self.settings.lever}-{hashlib.sha256(whole.encode()).hexdigest()[:12]}"

    @property
    def candidates(self) -> tuple[str, ...]:
        """Keys of the candidates it rests on, which must have been measured."""
        match self.settings:
            case CascadeSettings(small=small, large=large):
                return (small, large)
            case RetireSettings(model=model, fallback=fallback):
                return (model, fallback) if fallback else (model,)
            case _:
                return (self.settings.model,)


_IDENTITY = {
    "cache": {"model", "repeat_rate", "give_or_take", "lookup_j"},
    "cascade": {"small", "large", "most_loss_points"},
    "move": {"model", "region", "hours", "hours_needed", "may_wait"},
    "retire": {"model", "fallback", "inherited_share"},
}


def suggested_name(settings: Settings, names: Mapping[str, str]) -> Sentence:
    """What an option is called where the user gives it no name; `names` by candidate key."""
    match settings:
        case CacheSettings(model=model, repeat_rate=rate):
            return sentence("{model} + cache {rate}", model=names[model], rate=percent(rate))
        case CascadeSettings(small=small, large=large):
            return sentence("{small}, where unsure {large}", small=names[small], large=names[large])
        case MoveSettings(model=model, region=str(region)):
            return sentence("{model} in {region}", model=names[model], region=region_name(region))
        case MoveSettings(model=model, hours_needed=hours):
            return sentence("{model} in the {n} cleanest hours", model=names[model], n=hours)
        case RetireSettings(model=model, fallback=fallback) if fallback:
            return sentence(
                "{model} retired, {other} takes over", model=names[model], other=names[fallback]
            )
        case _:
            return sentence("{model} retired", model=names[settings.model])
