"""Reverse stress test: how much worse must a scenario be to breach the appetite?

The scenario is scaled by a severity m: every driver's distance from doing nothing is multiplied
(0 is the budget, 1 the scenario as published). The loss measure is a function of m on one set of
draws, so its root is found by bracketing and Brent's method (Brent 1973, ch. 4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict
from scipy import optimize

from advisor.risk.bank import BankFigures
from advisor.risk.dependence import Dependence
from advisor.risk.driver_paths import CentralPath
from advisor.risk.errors import RiskError
from advisor.risk.library import Library
from advisor.risk.losses import LossDistribution
from advisor.risk.pathways import Driver, Pathway, Scenario, scenario_of
from advisor.risk.stress import stress_test
from advisor.risk.stress_result import StressSettings
from advisor.sentences import Sentence, sentence

Measure = Callable[[LossDistribution], float]
LARGEST = 64.0
"""Severity beyond which the search gives up: no scenario of the shelf is that much milder."""
_ZERO_AT_REST = {
    Driver.ENERGY_PRICE: 1.0,
    Driver.VOLUME: 1.0,
    Driver.GRID_INTENSITY: 1.0,
    Driver.EMISSION_CAP: 1.0,
    Driver.EFFICIENCY_FLOOR: 1.0,
}


class ReverseResult(BaseModel):
    """The severity at which a limit is reached, or that it is not reached."""

    model_config = ConfigDict(frozen=True)

    scenario: str
    measure: str
    limit: float
    severity: float | None
    """None when the limit is not reached up to the largest severity tried."""
    largest_tried: float
    loss_at_one: float
    drivers: dict[str, dict[int, float]]
    """What the drivers are at that severity, by year."""
    sentence: Sentence


def severity_scaled(
    scenario: Scenario, severity: float, years: Sequence[int], shelf: Library
) -> Scenario:
    """The scenario with every driver's distance from rest multiplied by `severity`.

    Rest is 1 for multipliers and for the floor's quantile, the baseline pathway for carbon prices,
    and 0 for other levels. Floors and caps stay within their range.
    """
    scaled = [_scaled(p, severity, years, shelf) for p in scenario.pathways]
    return scenario_of(scenario.key, f"{scenario.name} ×{severity:.3g}", scaled)


def reverse_stress_test(
    exposures: pd.DataFrame,
    scenario: Scenario,
    bank: BankFigures,
    dependence: Dependence,
    shelf: Library,
    settings: StressSettings,
    limit: float,
    *,
    measure: Measure,
    measure_name: str,
) -> ReverseResult:
    """The smallest severity at which a loss measure reaches a limit. Raises `RiskError`.

    Each try runs the whole simulation on the same draws: use some 2,000 paths.
    """
    if limit <= 0:
        raise RiskError("The limit of a reverse stress test must be above zero.")
    seen: dict[float, tuple[float, CentralPath]] = {}

    def loss(severity: float) -> float:
        if severity not in seen:
            tried = severity_scaled(scenario, severity, settings.horizon, shelf)
            ran = stress_test(exposures, tried, bank, dependence, shelf, settings)
            seen[severity] = (measure(ran.before), ran.central)
        return seen[severity][0]

    at_one = loss(1.0)
    low, high = _bracket(loss, limit)
    severity = None
    if high is not None:
        severity = low
        if low < high:
            severity = float(optimize.brentq(lambda m: loss(m) - limit, low, high, xtol=1e-3))
    shown = severity if severity is not None else LARGEST
    loss(shown)
    return ReverseResult(
        scenario=scenario.name,
        measure=measure_name,
        limit=limit,
        severity=severity,
        largest_tried=max(seen),
        loss_at_one=at_one,
        drivers=_drivers(seen[shown][1]),
        sentence=_sentence(scenario, measure_name, limit, severity, bank.currency),
    )


def with_fewer_paths(settings: StressSettings, paths: int = 2000) -> StressSettings:
    """The same test on fewer paths, for the many tries of a reverse test."""
    return replace(settings, paths=min(settings.paths, paths))


def _bracket(loss: Callable[[float], float], limit: float) -> tuple[float, float | None]:
    """Severities below and above the limit; the upper is None when it is never reached."""
    if loss(0.0) >= limit:
        return 0.0, 0.0
    low, high = 0.0, 1.0
    while loss(high) < limit:
        low, high = high, high * 2.0
        if high > LARGEST:
            return low, None
    return low, high


def _scaled(pathway: Pathway, severity: float, years: Sequence[int], shelf: Library) -> Pathway:
    values = pathway.over(years)
    rest = np.full(len(years), _ZERO_AT_REST.get(pathway.driver, 0.0))
    if pathway.form == "level":
        baseline = shelf.baseline_of(pathway)
        rest = baseline.over(years) if baseline else rest
    else:
        rest = np.ones(len(years))
    moved = rest + severity * (values - rest)
    if pathway.driver in (Driver.EFFICIENCY_FLOOR, Driver.EMISSION_CAP):
        moved = np.clip(moved, 0.0, 1.0)
    moved = np.maximum(moved, 0.0)
    return pathway.model_copy(
        update={
            "values": {year: float(v) for year, v in zip(years, moved, strict=True)},
            "annual_change": None,
            "timing": "calendar",
        }
    )


def _drivers(central: CentralPath) -> dict[str, dict[int, float]]:
    moved = {
        "energy_price": central.energy,
        "carbon_price": central.carbon,
        "grid_intensity": central.grid,
        "volume": central.volume,
        "supply_hours": central.hours,
    }
    return {
        name: {year: float(v) for year, v in zip(central.years, values, strict=True)}
        for name, values in moved.items()
    }


def _sentence(
    scenario: Scenario, measure: str, limit: float, severity: float | None, currency: str
) -> Sentence:
    values = {
        "scenario": scenario.name,
        "measure": measure,
        "limit": f"{limit:,.0f} {currency}",
    }
    if severity is None:
        return sentence(
            "Even {largest} times the severity of “{scenario}” leaves {measure} below {limit}.",
            largest=f"{LARGEST:g}",
            **values,
        )
    if severity == 0.0:
        return sentence(
            "{measure} lies above {limit} before “{scenario}” moves anything.",
            **values,
        )
    return sentence(
        "{measure} reaches {limit} at {severity} times the severity of “{scenario}”.",
        severity=f"{severity:.3g}",
        **values,
    )
