"""How a figure is written for a reader: one rounding rule and one choice of unit everywhere.

Window, command line, PDF, XLSX and JSON all call `written()` (or `rounded()` where the reader wants
a number), so the same figure is the same number in each of them.

Rounding rule (GUM 7.2.6): the half-width of the 95 % interval is kept to two significant digits and
the value is rounded to the same decimal place; a figure without interval gets four.
"""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict

from advisor.quantities import Z95, Quantity, conversion_factor

Language = Literal["en", "ja"]

# For each unit a reader may meet, the ladder of units it is shown in.
_LADDERS: tuple[tuple[str, ...], ...] = (
    ("nJ", "µJ", "mJ", "J", "kJ"),
    ("mWh", "Wh", "kWh", "MWh", "GWh"),
    ("µgCO2e", "mgCO2e", "gCO2e", "kgCO2e", "tCO2e"),
    ("µs", "ms", "s"),
    ("mW", "W", "kW", "MW"),
)
_WRITTEN = {"1": "", "percent": "%", "point": "points"}
_WRITTEN_JA = {"1": "", "percent": "%", "point": "ポイント", "inference": "回", "year": "年"}


class WrittenFigure(BaseModel):
    """A figure as a reader sees it."""

    model_config = ConfigDict(frozen=True)

    value: str
    low: str
    high: str
    unit: str

    @property
    def text(self) -> str:
        """Value and unit, without the interval."""
        return f"{self.value} {self.unit}".strip()

    def __str__(self) -> str:
        return self.text

    @property
    def interval(self) -> str:
        """The 95 % interval and unit; empty for an exact figure."""
        return "" if self.low == self.high else f"{self.low} – {self.high} {self.unit}".strip()


def decimals(value: float, low: float, high: float) -> int:
    """Decimal places to keep (negative: tens, hundreds …) for a value with this interval.

    Of a lopsided interval the narrower side decides, so that a small lower end is not rounded away;
    but a side below a tenth of the other and of the value buys no digits.
    """
    halves = [h for h in (value - low, high - value) if h > 0 and math.isfinite(h)]
    magnitude = math.floor(math.log10(abs(value))) if value and math.isfinite(value) else 0
    if halves:  # never more than six significant digits
        half = max(min(halves), min(max(halves), abs(value)) / 10)
        return min(1 - math.floor(math.log10(half)), 5 - magnitude)
    return 3 - magnitude if value else 0


def rounded(q: Quantity) -> float:
    """The value as a number, rounded by the rule of this module, in the figure's own unit."""
    return round(q.value, decimals(q.value, q.low, q.high))


def reader_unit(q: Quantity) -> str:
    """The unit in which a reader meets this figure, e.g. 0.0023 J as mJ. The dimension is kept."""
    head, slash, rest = q.unit.partition("/")
    for ladder in _LADDERS:
        if head in ladder:
            magnitude = max(abs(q.value), 0.0) or max(abs(q.low), abs(q.high))
            if not magnitude:
                return q.unit
            best = head
            for step in ladder:
                if magnitude * conversion_factor(head, step) >= 1.0 or step == ladder[0]:
                    best = step
            return best + slash + rest
    return q.unit


def unit_text(unit: str, language: Language = "en") -> str:
    """A unit as typeset for a reader: CO₂e with its subscript, `/year` as ` / year`."""
    names = _WRITTEN_JA if language == "ja" else _WRITTEN
    head, slash, rest = unit.partition("/")
    head = names.get(head, head)
    head = head.replace("CO2e", " CO₂e")
    rest = names.get(rest, rest)
    if rest in ("CO2e",):
        rest = "CO₂e"
    return f"{head} / {rest}" if slash else head


def number_text(value: float, places: int) -> str:
    """A number with grouped thousands and a true minus sign."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{round(value, places):,.{max(places, 0)}f}"
    if text.lstrip("-0.,") == "":
        text = text.lstrip("-")
    return text.replace("-", "−")


def percent(share: float, places: int = 0) -> str:
    """A share in percent, with the space that SI asks for: 0.744 as `74 %`."""
    return f"{number_text(100.0 * share, places)}\N{NO-BREAK SPACE}%"


def gain_text(relative_std: float) -> str:
    """The 95 % interval of a factor: `±10 %`, or `×÷ 2.9` where it is too wide to be symmetric."""
    if relative_std < 0.1:
        return f"±{percent(Z95 * relative_std)}"
    return f"×÷\N{NO-BREAK SPACE}{math.exp(Z95 * relative_std):.1f}"


def written(
    q: Quantity | None, language: Language = "en", *, unit: str | None = None
) -> WrittenFigure:
    """A figure for a reader, in `unit` or in the unit that suits its size.

    `None` is an unknown figure and reads as such; it is never zero.
    """
    if q is None:
        word = "不明" if language == "ja" else "unknown"
        return WrittenFigure(value=word, low=word, high=word, unit="")
    shown = q.to(unit or reader_unit(q))
    places = decimals(shown.value, shown.low, shown.high)
    return WrittenFigure(
        value=number_text(shown.value, places),
        low=number_text(shown.low, places),
        high=number_text(shown.high, places),
        unit=unit_text(shown.unit, language),
    )
