"""Numbers that say what they are: value, interval, unit, provenance and source.

`Quantity` is the only currency between the rooms of the house. It carries its uncertainty split by
*named independent sources* ("meter gain", "tick", "windows", "grid intensity"), to first order, as
the library `uncertainties` does: a source that two figures share cancels in their ratio and does
not average out in their sum.

Positive physical figures (joules, seconds, grams) have *log* spread: the interval is multiplicative
and never crosses zero. Differences have *linear* spread. Products and quotients of log figures are
exact in log space; everything else is first order.

Reference: JCGM 100:2008 (GUM), section 5.1.2; 95 % interval with coverage factor 1.96.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, Self

import pint
from pydantic import BaseModel, ConfigDict, Field, model_validator

Z95 = 1.959963984540054
"""Two-sided 95 % point of the normal distribution."""

_REGISTRY: pint.UnitRegistry[float] = pint.UnitRegistry(autoconvert_offset_to_baseunit=False)
for _definition in (
    "gCO2e = [carbon]",
    "kgCO2e = 1e3 * gCO2e",
    "tCO2e = 1e6 * gCO2e",
    "inference = [inference]",
    "token = [token]",
    "point = [accuracy_point]",
    "EUR = [currency]",
    "USD = [usd]",
    "JPY = [jpy]",
):
    _REGISTRY.define(_definition)


_LARGEST_LOG_RELATIVE_STD = 5.0


class Provenance(StrEnum):
    """How a figure was got, from the strongest to the weakest."""

    MEASURED = "measured"
    IMPORTED = "imported"
    DECLARED = "declared"
    ESTIMATED = "estimated"
    PREDICTED = "predicted"

    @property
    def rank(self) -> int:
        """0 for the strongest; larger is weaker."""
        return list(Provenance).index(self)

    @staticmethod
    def weakest(provenances: Iterable[Provenance]) -> Provenance:
        """The provenance that a sum or product of the given ones carries."""
        return max(provenances, key=lambda p: p.rank)


class UnitError(ValueError):
    """Two figures of different dimension were added, compared or converted."""


@lru_cache(maxsize=1024)
def _unit(unit: str) -> pint.Unit:
    try:
        return _REGISTRY.Unit(unit)
    except Exception as error:
        raise UnitError(f"“{unit}” is not a unit this program knows.") from error


@lru_cache(maxsize=4096)
def conversion_factor(unit: str, into: str) -> float:
    """Factor f such that x [unit] = f·x [into]. Raises `UnitError` for different dimensions."""
    try:
        return float(_REGISTRY.Quantity(1.0, _unit(unit)).to(_unit(into)).magnitude)
    except pint.DimensionalityError as error:
        raise UnitError(f"{unit} cannot be converted into {into}.") from error


@lru_cache(maxsize=4096)
def _combined(left: str, right: str, power: int) -> str:
    combined = _unit(left) * _unit(right) ** power
    return "1" if combined.dimensionless and str(combined) == "dimensionless" else f"{combined:~C}"


class Quantity(BaseModel):
    """A figure with its 95 % interval, unit, provenance and source.

    `spread` maps each independent source of uncertainty to its signed standard uncertainty, in the
    figure's own unit (first order: ∂value/∂source · σ). `log` says that the interval is
    multiplicative (positive figures). `low` and `high` are the 95 % interval.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float
    high: float
    unit: str
    provenance: Provenance
    source: str
    spread: dict[str, float] = Field(default_factory=dict)
    log: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _unit(self.unit)
        for number in (self.value, self.low, self.high):
            if math.isnan(number):
                raise ValueError("a quantity is never NaN: leave it out, and say it is unknown")
        slack = 1e-9 * max(abs(self.low), abs(self.high), 1e-300)
        if self.low > self.high + slack:
            raise ValueError(f"interval is upside down: {self.low} > {self.high}")
        return self

    # -- ways in ---------------------------------------------------------------------------

    @classmethod
    def exact(cls, value: float, unit: str, provenance: Provenance, source: str) -> Self:
        """A figure without uncertainty (a count, a definition)."""
        return cls(
            value=value, low=value, high=value, unit=unit, provenance=provenance, source=source
        )

    @classmethod
    def from_spread(
        cls,
        value: float,
        unit: str,
        provenance: Provenance,
        source: str,
        spread: Mapping[str, float],
        *,
        log: bool = True,
    ) -> Self:
        """A figure from standard uncertainties by named source, in the figure's unit.

        Where the spread is many times the value, even a positive figure gets a linear interval: it
        cannot be told from zero, and a multiplicative one would deny that.
        """
        sigma = math.sqrt(sum(s * s for s in spread.values()))
        log = log and value > 0 and sigma <= _LARGEST_LOG_RELATIVE_STD * value
        low, high = _interval(value, spread, log)
        return cls(
            value=value,
            low=low,
            high=high,
            unit=unit,
            provenance=provenance,
            source=source,
            spread={k: float(v) for k, v in spread.items() if v != 0.0},
            log=log,
        )

    @classmethod
    def from_interval(
        cls,
        value: float,
        low: float,
        high: float,
        unit: str,
        provenance: Provenance,
        source: str,
        uncertainty: str,
    ) -> Self:
        """A figure from a 95 % interval; `uncertainty` names the independent source behind it."""
        log = low > 0 and value > 0
        sigma = (
            value * math.log(high / low) / (2 * Z95)
            if log and high > low
            else (high - low) / (2 * Z95)
        )
        return cls(
            value=value,
            low=low,
            high=high,
            unit=unit,
            provenance=provenance,
            source=source,
            spread={uncertainty: sigma} if sigma else {},
            log=log,
        )

    # -- what it says ----------------------------------------------------------------------

    @property
    def std(self) -> float:
        """Standard uncertainty, in the figure's unit."""
        return math.sqrt(sum(s * s for s in self.spread.values()))

    @property
    def uncertainty_budget(self) -> tuple[tuple[str, float], ...]:
        """Each named source with its share of the variance (0 to 1), the largest first."""
        variance = sum(s * s for s in self.spread.values())
        shares = ((source, s * s / variance) for source, s in self.spread.items() if variance)
        return tuple(sorted(shares, key=lambda pair: -pair[1]))

    @property
    def relative_half_width(self) -> float:
        """Half the 95 % interval over the value; infinite for a value of zero with an interval."""
        half = (self.high - self.low) / 2
        return half / abs(self.value) if self.value else (math.inf if half else 0.0)

    @property
    def excludes_zero(self) -> bool:
        """True when the 95 % interval lies wholly on one side of zero."""
        return self.low > 0 or self.high < 0

    def to(self, unit: str) -> Quantity:
        """The same figure in another unit. Raises `UnitError`."""
        f = conversion_factor(self.unit, unit)
        return self.model_copy(
            update={
                "value": self.value * f,
                "low": self.low * f,
                "high": self.high * f,
                "unit": unit,
                "spread": {k: v * f for k, v in self.spread.items()},
            }
        )

    def named(self, source: str) -> Quantity:
        """The same figure under another description of where it comes from."""
        return self.model_copy(update={"source": source})

    # -- arithmetic ------------------------------------------------------------------------

    def __add__(self, other: Quantity) -> Quantity:
        return total([self, other])

    def __sub__(self, other: Quantity) -> Quantity:
        b = other.to(self.unit)
        spread = _merge(self.spread, b.spread, 1.0, -1.0)
        return Quantity.from_spread(
            self.value - b.value,
            self.unit,
            Provenance.weakest((self.provenance, b.provenance)),
            _joined((self.source, b.source), " − "),
            spread,
            log=False,
        )

    def __mul__(self, other: Quantity | float) -> Quantity:
        if not isinstance(other, Quantity):
            return self._scaled(float(other))
        return self._product(other, 1)

    __rmul__ = __mul__

    def __truediv__(self, other: Quantity | float) -> Quantity:
        if not isinstance(other, Quantity):
            return self._scaled(1.0 / float(other))
        return self._product(other, -1)

    def _scaled(self, factor: float) -> Quantity:
        ends = sorted((self.low * factor, self.high * factor))
        return self.model_copy(
            update={
                "value": self.value * factor,
                "low": ends[0],
                "high": ends[1],
                "spread": {k: v * factor for k, v in self.spread.items()},
                "log": self.log and factor > 0,
            }
        )

    def _product(self, other: Quantity, power: int) -> Quantity:
        a, b = self.value, other.value
        value = a * b if power == 1 else a / b
        by_self = b if power == 1 else 1.0 / b
        by_other = a if power == 1 else -a / (b * b)
        spread = _merge(self.spread, other.spread, by_self, by_other)
        linear = (self.spread and not self.log) or (other.spread and not other.log)
        return Quantity.from_spread(
            value,
            _combined(self.unit, other.unit, power),
            Provenance.weakest((self.provenance, other.provenance)),
            _joined((self.source, other.source), " × " if power == 1 else " ÷ "),
            spread,
            log=not linear,
        )


def total(quantities: Iterable[Quantity], source: str | None = None) -> Quantity:
    """Sum of figures of one dimension, in the unit of the first.

    Shared sources of uncertainty add linearly, independent ones in quadrature. Raises `ValueError`
    for an empty sequence and `UnitError` for mixed dimensions.
    """
    items = list(quantities)
    if not items:
        raise ValueError("the sum of no figures has no unit: say which figure is unknown")
    unit = items[0].unit
    items = [q.to(unit) for q in items]
    spread: dict[str, float] = {}
    for q in items:
        spread = _merge(spread, q.spread, 1.0, 1.0)
    return Quantity.from_spread(
        math.fsum(q.value for q in items),
        unit,
        Provenance.weakest(q.provenance for q in items),
        source or _joined((q.source for q in items), " + "),
        spread,
        log=all(q.log or not q.spread for q in items),
    )


def _merge(
    left: Mapping[str, float], right: Mapping[str, float], by_left: float, by_right: float
) -> dict[str, float]:
    merged = {k: v * by_left for k, v in left.items()}
    for k, v in right.items():
        merged[k] = merged.get(k, 0.0) + v * by_right
    return merged


def _interval(value: float, spread: Mapping[str, float], log: bool) -> tuple[float, float]:
    sigma = math.sqrt(sum(s * s for s in spread.values()))
    if not log:
        return value - Z95 * sigma, value + Z95 * sigma
    factor = math.exp(Z95 * sigma / value)
    return value / factor, value * factor


def _joined(sources: Iterable[str], sign: str) -> str:
    distinct = list(dict.fromkeys(s for s in sources if s))
    return sign.join(distinct) if len(distinct) <= 4 else f"{len(distinct)} sources"


def quantity_columns(frame_prefix: str, quantities: Iterable[Quantity | None]) -> dict[str, Any]:
    """Columns `<prefix>`, `<prefix>_low`, `<prefix>_high`, `<prefix>_provenance` for a table.

    `None` (unknown) becomes an empty cell, never zero.
    """
    items = list(quantities)
    return {
        frame_prefix: [q.value if q else None for q in items],
        f"{frame_prefix}_low": [q.low if q else None for q in items],
        f"{frame_prefix}_high": [q.high if q else None for q in items],
        f"{frame_prefix}_provenance": [str(q.provenance) if q else None for q in items],
    }
