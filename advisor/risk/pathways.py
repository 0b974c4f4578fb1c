"""Pathways and scenarios: how one driver, or several, move over the years. Data with sources.

A pathway moves one driver: power price, carbon price, grid intensity, supply, volume, or one of the
four kinds of regulation. A scenario combines pathways: multipliers of one driver multiply; two
levels of one driver cannot be combined (and are never averaged).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from advisor.risk.errors import RiskError
from advisor.risk.refusals import refused
from advisor.sentences import sentence


class Driver(StrEnum):
    """What a pathway moves."""

    ENERGY_PRICE = "energy_price"
    CARBON_PRICE = "carbon_price"
    GRID_INTENSITY = "grid_intensity"
    SUPPLY_HOURS = "supply_hours"
    VOLUME = "volume"
    DISCLOSURE_COST = "disclosure_cost"
    EFFICIENCY_FLOOR = "efficiency_floor"
    EMISSION_CAP = "emission_cap"
    PENALTY = "penalty"


Value = Annotated[float, Field(ge=0)]
NEUTRAL = {
    Driver.ENERGY_PRICE: 1.0,
    Driver.CARBON_PRICE: 0.0,
    Driver.GRID_INTENSITY: 1.0,
    Driver.SUPPLY_HOURS: 0.0,
    Driver.VOLUME: 1.0,
    Driver.DISCLOSURE_COST: 0.0,
    Driver.EFFICIENCY_FLOOR: 1.0,
    Driver.EMISSION_CAP: np.inf,
    Driver.PENALTY: 0.0,
}
"""The value of a driver of which a scenario says nothing: no loss comes from it."""


class Pathway(BaseModel):
    """One driver over the years, with its source.

    `values` maps a year to the driver's value: calendar years, or years counted from the first year
    of the horizon (1, 2, …) when `timing` is `relative`. Between two years the path is a straight
    line; before the first and after the last it is flat. `annual_change` instead of `values` means
    (1 + change)^k in the k-th year. `baseline` names the pathway that the budget assumes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    key: str = Field(min_length=1)
    family: str
    name: str
    driver: Driver
    form: Literal["multiplier", "level"]
    timing: Literal["calendar", "relative"]
    unit: str
    region: str = "any"
    model: str | None = None
    values: dict[int, Value] = Field(default_factory=dict)
    annual_change: float | None = Field(default=None, gt=-1)
    depth: float = Field(default=1.0, gt=0, le=1)
    """Share of the load that is rationed (supply only)."""
    probability: float = Field(default=1.0, gt=0, le=1)
    """Of an event in a year (supply), or of being in force (regulation); 1 inside a what-if."""
    source: str = Field(min_length=1)
    note: str = ""
    baseline: str | None = None
    file: str = ""
    """Profile file and digest that it was read from."""

    @model_validator(mode="after")
    def _has_a_path(self) -> Self:
        if bool(self.values) == (self.annual_change is not None):
            raise RiskError(
                sentence("A pathway has either values by year or an annual change; give one.")
            )
        return self

    def over(self, years: Sequence[int]) -> NDArray[np.float64]:
        """The driver's value in each year of a horizon (consecutive calendar years). Shape (T,)."""
        steps = np.arange(1, len(years) + 1, dtype=float)
        if self.annual_change is not None:
            return (1.0 + self.annual_change) ** steps
        at = np.asarray(years, dtype=float) if self.timing == "calendar" else steps
        known = sorted(self.values)
        return np.interp(at, known, [self.values[year] for year in known])


class Scenario(BaseModel):
    """Several pathways taken together, under one name."""

    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    pathways: tuple[Pathway, ...] = ()

    @model_validator(mode="after")
    def _one_level_a_driver(self) -> Self:
        for driver in Driver:
            levels = [p for p in self.pathways if p.driver == driver and p.form == "level"]
            if len(levels) > 1:
                raise RiskError(
                    sentence(
                        "“{one}” and “{other}” both set the level of {driver}; choose one (they "
                        "are never averaged).",
                        one=levels[0].name,
                        other=levels[1].name,
                        driver=driver.value,
                    )
                )
        return self

    def of(self, driver: Driver) -> tuple[Pathway, ...]:
        """The pathways of one driver."""
        return tuple(p for p in self.pathways if p.driver == driver)

    def over(self, driver: Driver, years: Sequence[int]) -> NDArray[np.float64]:
        """Value of a driver in each year, neutral where nothing is said. Shape (T,).

        A level comes first; multipliers of the same driver scale it.
        """
        found = self.of(driver)
        path = np.full(len(years), NEUTRAL[driver])
        for pathway in sorted(found, key=lambda p: p.form != "level"):
            values = pathway.over(years)
            if pathway.form == "level" or not np.isfinite(path).all():
                path = values
            else:
                path = path * values
        return path

    @property
    def models(self) -> tuple[str, ...]:
        """The climate-economy models behind its pathways, for the label of every figure."""
        return tuple(dict.fromkeys(p.model for p in self.pathways if p.model))


def combine(key: str, name: str, scenarios: Iterable[Scenario]) -> Scenario:
    """One scenario of several; the same pathway in two of them counts once. Raises `RiskError`."""
    pathways = {p.key: p for scenario in scenarios for p in scenario.pathways}
    return scenario_of(key, name, pathways.values())


def scenario_of(key: str, name: str, pathways: Iterable[Pathway]) -> Scenario:
    """A scenario from pathways. Raises `RiskError` where two levels collide."""
    try:
        return Scenario(key=key, name=name, pathways=tuple(pathways))
    except ValidationError as error:
        raise refused(error, name) from error
