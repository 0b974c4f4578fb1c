"""Trends of indicators: the slope, and when a limit will be crossed, with an interval.

Ordinary least squares on time. The crossing is forecast only when the slope is distinguishable from
zero at 95 % (Student's t); its interval is where the 95 % confidence band of the fitted line meets
the limit (inverse regression, Fieller's limits; Draper and Smith 1998, § 3.2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy import stats

from advisor.risk.appetite import Level, Limit
from advisor.sentences import Sentence, sentence

LEAST_POINTS = 4
DAYS = 365.25
FARTHEST_YEARS = 20.0
SPANS_AHEAD = 5.0
"""A crossing is forecast no further ahead than so many times the span of the readings."""


class Trend(BaseModel):
    """A fitted line; times in years from the last reading."""

    model_config = ConfigDict(frozen=True)

    points: int
    slope_per_year: float
    slope_low: float
    slope_high: float
    now: float
    """The line's value at the last reading."""
    residual_std: float

    @property
    def distinguishable(self) -> bool:
        """True when the slope's 95 % interval excludes zero."""
        return self.slope_low > 0 or self.slope_high < 0


class Crossing(BaseModel):
    """When a limit will be crossed. `None` means beyond the forecast's reach."""

    model_config = ConfigDict(frozen=True)

    limit: float
    expected: date | None
    earliest: date | None
    latest: date | None


class Outlook(BaseModel):
    """Where an indicator is heading: its trend, the next limit it will cross, and in words."""

    model_config = ConfigDict(frozen=True)

    trend: Trend | None
    crossing: Crossing | None
    """Of the next limit: amber while it is green, red while it is amber."""
    said: Sentence


def outlook(days: Sequence[date], values: Sequence[float], limit: Limit) -> Outlook:
    """What the readings of an indicator say of the next limit. At least one reading."""
    level = limit.level(values[-1])
    trend = fit_trend(days, values)
    if trend is None:
        words = sentence(
            "No forecast yet: {count} of the {needed} days with readings it takes.",
            count=len(set(days)),
            needed=LEAST_POINTS,
        )
        return Outlook(trend=None, crossing=None, said=words)
    if not trend.distinguishable:
        words = sentence(
            "No trend that can be told from noise ({count} readings).", count=len(days)
        )
        return Outlook(trend=trend, crossing=None, said=words)
    worse = trend.slope_per_year > 0 if limit.better == "low" else trend.slope_per_year < 0
    if not worse:
        words = sentence("Improving by {slope} {unit} a year.", **_slope(trend, limit))
        return Outlook(trend=trend, crossing=None, said=words)
    if level is Level.RED:
        words = sentence(
            "Beyond the red limit, and worse by {slope} {unit} a year.", **_slope(trend, limit)
        )
        return Outlook(trend=trend, crossing=None, said=words)
    beyond = limit.amber if level is Level.GREEN else limit.red
    crossing = forecast_crossing(days, values, beyond)
    reach = min(FARTHEST_YEARS, SPANS_AHEAD * (max(days) - min(days)).days / DAYS)
    last = max(days) + timedelta(days=round(reach * DAYS))
    if crossing is None or crossing.expected is None or crossing.expected > last:
        words = sentence(
            "Worse by {slope} {unit} a year; no limit within {years} years.",
            **_slope(trend, limit),
            years=f"{reach:.2g}",
        )
        return Outlook(trend=trend, crossing=None, said=words)
    words = sentence(
        "Crosses the {limit} around {month} (95 %: {early} to {late}).",
        limit="amber limit" if level is Level.GREEN else "red limit",
        month=_month(crossing.expected),
        early=_month(crossing.earliest),
        late=_month(crossing.latest),
    )
    return Outlook(trend=trend, crossing=crossing, said=words)


def fit_trend(days: Sequence[date], values: Sequence[float]) -> Trend | None:
    """The line through readings; None with fewer than four of them on different days."""
    if len(set(days)) < LEAST_POINTS:
        return None
    x, y = _axis(days), np.asarray(values, dtype=float)
    fit = stats.linregress(x, y)
    residual = y - (fit.intercept + fit.slope * x)
    half = stats.t.ppf(0.975, len(x) - 2) * fit.stderr
    return Trend(
        points=len(x),
        slope_per_year=float(fit.slope),
        slope_low=float(fit.slope - half),
        slope_high=float(fit.slope + half),
        now=float(fit.intercept),
        residual_std=float(math.sqrt((residual**2).sum() / (len(x) - 2))),
    )


def forecast_crossing(
    days: Sequence[date], values: Sequence[float], limit: float
) -> Crossing | None:
    """When the trend meets a limit, with a 95 % interval.

    None where there is no distinguishable trend, or where it leads away from the limit.
    """
    trend = fit_trend(days, values)
    if trend is None or not trend.distinguishable:
        return None
    away = (limit - trend.now) * trend.slope_per_year <= 0
    if away:
        return None
    x, y = _axis(days), np.asarray(values, dtype=float)
    ahead = np.linspace(0.0, FARTHEST_YEARS, 4001)
    line = trend.now + trend.slope_per_year * ahead
    leverage = 1.0 / len(x) + (ahead - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    half = stats.t.ppf(0.975, len(y) - 2) * trend.residual_std * np.sqrt(leverage)
    rising = trend.slope_per_year > 0
    early, late = (line + half, line - half) if rising else (line - half, line + half)
    last = max(days)
    return Crossing(
        limit=limit,
        expected=_first(ahead, line, limit, rising, last),
        earliest=_first(ahead, early, limit, rising, last),
        latest=_first(ahead, late, limit, rising, last),
    )


def _slope(trend: Trend, limit: Limit) -> dict[str, str]:
    unit = {"1": "basis points", "%": "percentage points"}.get(limit.unit, limit.unit)
    return {"slope": f"{abs(trend.slope_per_year):.2g}", "unit": unit}


def _month(day: date | None) -> str:
    return f"{day:%Y-%m}" if day else "…"


def _axis(days: Sequence[date]) -> np.ndarray:
    last = max(days)
    return np.array([(day - last).days / DAYS for day in days])


def _first(
    ahead: np.ndarray, line: np.ndarray, limit: float, rising: bool, last: date
) -> date | None:
    reached = line >= limit if rising else line <= limit
    if not reached.any():
        return None
    return last + timedelta(days=round(float(ahead[int(reached.argmax())]) * DAYS))
