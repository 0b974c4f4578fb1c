"""Reverse stress test: how much worse must a scenario be to breach the appetite?

The scenario is scaled by a severity m, 0 for the budget, 1 for the scenario as published: what
moves against the bank is multiplied, what moves in its favour (a grid that gets cleaner) goes no
further than published. So the loss never falls with m, and the smallest m that reaches a limit is
found by bracketing and Brent's method (Brent 1973, ch. 4) on one set of draws.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy import optimize

from advisor.risk.bank import BankFigures
from advisor.risk.dependence import Dependence
from advisor.risk.driver_paths import CentralPath, central_path
from advisor.risk.errors import RiskError
from advisor.risk.library import Library
from advisor.risk.losses import LossDistribution
from advisor.risk.measures import Estimate
from advisor.risk.pathways import Scenario
from advisor.risk.stress import stress_along
from advisor.risk.stress_result import StressSettings
from advisor.sentences import Sentence, sentence

Array = NDArray[np.float64]
Measure = Callable[[LossDistribution], Estimate]
LARGEST = 64.0
"""Severity beyond which the search gives up: no scenario of the shelf is that much milder."""
_CLOSE = 1e-4
"""Relative width at which the search for the severity ends."""


class ReverseResult(BaseModel):
    """The severity at which a limit is reached, or that it is not reached."""

    model_config = ConfigDict(frozen=True)

    scenario: str
    measure: str
    limit: float
    severity: float | None
    """Smallest severity tried that reaches the limit; None where the largest one does not."""
    severity_low: float | None
    severity_high: float | None
    """Where the ends of the simulation's 95 % interval of the loss reach the limit."""
    largest_tried: float
    loss_at_one: float
    loss_at_severity: float
    """In money; at the largest severity where the limit is not reached."""
    drivers: dict[str, dict[int, float]]
    """What the drivers are at that severity, by year."""
    sentence: Sentence


def severity_scaled(central: CentralPath, severity: float) -> CentralPath:
    """A central path with every driver's distance from the budget scaled by `severity`.

    The budget is 1 for multipliers and the floor's quantile, the budgeted carbon price for carbon
    prices, and 0 for other levels.
    """

    def scaled(value: Array, rest: Array | float, worse: int = 1) -> Array:
        distance = value - rest
        harmful = worse * distance > 0
        moved = rest + np.where(harmful, severity, min(severity, 1.0)) * distance
        return np.maximum(moved, 0.0)

    capped = np.isfinite(central.cap)
    cap = np.where(capped, scaled(np.where(capped, central.cap, 1.0), 1.0, -1), np.inf)
    return replace(
        central,
        energy=scaled(central.energy, 1.0),
        carbon=scaled(central.carbon, central.carbon_budget),
        grid=scaled(central.grid, 1.0),
        volume=scaled(central.volume, 1.0),
        hours=scaled(central.hours, 0.0),
        disclosure=scaled(central.disclosure, 0.0),
        floor_quantile=scaled(central.floor_quantile, 1.0, -1),
        cap=cap,
        penalty=scaled(central.penalty, 0.0),
    )


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
    check: Callable[[], object] = lambda: None,
) -> ReverseResult:
    """The smallest severity at which a loss measure reaches a limit. Raises `RiskError`.

    Each try runs the whole simulation on the same draws: use some 2,000 paths. `check` is called
    between blocks of paths; raise in it to cancel.
    """
    if limit <= 0:
        raise RiskError(sentence("The limit of a reverse stress test must be above zero."))
    published = central_path(scenario, settings.horizon, bank, shelf)
    seen: dict[float, Estimate] = {}

    def loss(severity: float) -> Estimate:
        if severity not in seen:
            tried = severity_scaled(published, severity)
            ran = stress_along(
                exposures,
                tried,
                bank,
                dependence,
                settings,
                progress=lambda _: check(),
            )
            seen[severity] = measure(ran.before)
        return seen[severity]

    at_one = loss(1.0).value
    severity = _reaching(lambda m: loss(m).value, limit, seen, _CLOSE)
    low = high = None
    if severity is not None:
        low = _reaching(lambda m: loss(m).high, limit, seen, 0.01)
        high = _reaching(lambda m: loss(m).low, limit, seen, 0.01)
    shown = severity if severity is not None else max(seen)
    return ReverseResult(
        scenario=scenario.name,
        measure=measure_name,
        limit=limit,
        severity=severity,
        severity_low=low,
        severity_high=high,
        largest_tried=max(seen),
        loss_at_one=at_one,
        loss_at_severity=loss(shown).value,
        drivers=_drivers(severity_scaled(published, shown)),
        sentence=_sentence(scenario, measure_name, limit, bank.currency, (low, severity, high)),
    )


def with_fewer_paths(settings: StressSettings, paths: int = 2000) -> StressSettings:
    """The same test on fewer paths, for the many tries of a reverse test."""
    return replace(settings, paths=min(settings.paths, paths))


def _reaching(
    loss: Callable[[float], float], limit: float, seen: dict[float, Estimate], close: float
) -> float | None:
    """The smallest severity that reaches the limit, to a relative width; None if none does."""
    if loss(0.0) >= limit:
        return 0.0
    low, high = 0.0, 1.0
    while loss(high) < limit:
        low, high = high, high * 2.0
        if high > LARGEST:
            return None
    optimize.brentq(lambda m: loss(m) - limit, low, high, xtol=close * high, rtol=close)
    # Brent's method ends on either side of the root: take the last try that does reach it.
    reached = min(m for m in seen if low <= m <= high and loss(m) >= limit)
    below = max(m for m in seen if low <= m < reached)
    while reached - below > close * reached:
        middle = (below + reached) / 2.0
        reached, below = (middle, below) if loss(middle) >= limit else (reached, middle)
    return reached


def _drivers(central: CentralPath) -> dict[str, dict[int, float]]:
    moved = {
        "energy_price": central.energy,
        "carbon_price": central.carbon,
        "grid_intensity": central.grid,
        "volume": central.volume,
        "supply_hours": central.hours,
        "disclosure_cost": central.disclosure,
        "efficiency_floor": central.floor_quantile,
        "emission_cap": central.cap,
        "penalty": central.penalty,
    }
    at_rest = {"energy_price": 1.0, "grid_intensity": 1.0, "volume": 1.0, "efficiency_floor": 1.0}
    return {
        name: {year: float(v) for year, v in zip(central.years, values, strict=True)}
        for name, values in moved.items()
        if np.isfinite(values).all() and (values != at_rest.get(name, 0.0)).any()
    }


def _sentence(
    scenario: Scenario,
    measure: str,
    limit: float,
    currency: str,
    found: tuple[float | None, float | None, float | None],
) -> Sentence:
    low, severity, high = found
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
        "{measure} reaches {limit} at {severity} times the severity of “{scenario}” (95 % of the "
        "simulation: {low} to {high}).",
        severity=f"{severity:.3g}",
        low=f"{low or 0.0:.3g}",
        high=f"{high:.3g}" if high is not None else "…",
        **values,
    )
