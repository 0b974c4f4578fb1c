"""Indicators of AI carbon risk (KRI/KPI): what they are today, and where they stand.

Every indicator is a `Quantity` computed from the table of exposures, or unknown where a column it
needs is empty for too much of the footprint. Shares of the footprint are weighted by carbon.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from advisor.quantities import Z95, Provenance, Quantity
from advisor.risk.appetite import Appetite, Level
from advisor.risk.exposures import log_spread, overdue
from advisor.risk.scores import Scores
from advisor.sentences import Sentence, sentence

LEAST_COVERAGE = 0.5
"""Below this share of the footprint with the needed column, an indicator is unknown."""
TOP = 10


class Target(BaseModel):
    """The bank's own target: a straight path from a base year to a target year."""

    model_config = ConfigDict(frozen=True)

    base_year: int
    base_kg: float
    target_year: int
    reduction: float
    """0.5 halves the footprint by the target year."""

    def allowed_kg(self, day: date) -> float:
        """kgCO2e per year on the target path."""
        at = day.year + (day.timetuple().tm_yday - 1) / 365.25
        done = (at - self.base_year) / max(self.target_year - self.base_year, 1)
        return self.base_kg * (1.0 - self.reduction * min(max(done, 0.0), 1.0))


class Reading(BaseModel):
    """One indicator on one day."""

    model_config = ConfigDict(frozen=True)

    key: str
    day: date
    value: Quantity | None
    level: Level
    models: tuple[str, ...] = ()
    """The models behind the figure, the largest first (at most 50)."""
    why_unknown: Sentence | None = None

    @property
    def figure(self) -> float | None:
        """The value as a number in the unit of its limit; None when unknown."""
        return self.value.value if self.value else None


@dataclass(frozen=True)
class _Question:
    table: pd.DataFrame
    scores: Scores
    as_of: date
    target: Target | None


_Answer = tuple[Quantity | None, pd.Series, Sentence | None]
"""Value, the weight of each model behind it, and why it is unknown."""


def readings(
    scores: Scores, appetite: Appetite, as_of: date, target: Target | None = None
) -> list[Reading]:
    """All indicators of a scored portfolio on a day, in the order of the appetite."""
    question = _Question(scores.table, scores, as_of, target)
    found: list[Reading] = []
    for limit in appetite.limits:
        value, weight, why = _INDICATORS[limit.key](question)
        shown = value.to(limit.unit) if value is not None else None
        ids = question.table["model_id"][weight.sort_values(ascending=False).index[:50]]
        ids = ids[weight[ids.index] > 0]
        found.append(
            Reading(
                key=limit.key,
                day=as_of,
                value=shown,
                level=limit.level(shown.value if shown else None),
                models=tuple(ids),
                why_unknown=why,
            )
        )
    return found


def _per_thousand(q: _Question) -> _Answer:
    table = q.table
    known = table["calls_per_year"] > 0
    covered = _covered(table, known)
    carbon = table["carbon_kg"].where(known, 0.0)
    if covered < LEAST_COVERAGE:
        return None, carbon, _too_little("calls_per_year", covered)
    decisions = float(table.loc[known, "calls_per_year"].sum())
    value = float(carbon.sum()) / decisions * 1000.0
    spread = _carbon_sigma(table.loc[known]) / decisions * 1000.0
    return _quantity(value, "kgCO2e", table, spread, "carbon over decisions"), carbon, None


def _share_measured(q: _Question) -> _Answer:
    measured = q.table["provenance"] == Provenance.MEASURED.value
    rest = q.table["carbon_kg"].where(~measured, 0.0)
    return (
        _carbon_share(measured, q, "carbon of measured models over all"),
        rest,
        None,
    )


def _share_red(q: _Question) -> _Answer:
    red = q.scores.red().to_numpy()
    carbon = q.table["carbon_kg"].where(red, 0.0)
    return _carbon_share(red, q, "carbon of red models over all"), carbon, None


def _growth(q: _Question) -> _Answer:
    table = q.table
    known = table["carbon_kg_last_year"].notna()
    covered = _covered(table, known)
    change = (table["carbon_kg"] - table["carbon_kg_last_year"]).where(known, 0.0)
    before = float(table.loc[known, "carbon_kg_last_year"].sum())
    if covered < LEAST_COVERAGE or before <= 0:
        return None, change, _too_little("carbon_kg_last_year", covered)
    spread = _carbon_sigma(table[known]) / before
    source = "carbon against last year's; the interval is this year's alone"
    return _per_cent(float(change.sum()) / before, q, source, spread), change, None


def _top_ten(q: _Question) -> _Answer:
    largest = q.table["carbon_kg"].nlargest(TOP)
    chosen = q.table.index.isin(largest.index)
    weight = q.table["carbon_kg"].where(chosen, 0.0)
    if len(q.table) <= TOP:
        why = sentence("With {top} models or fewer it is always 100 % and says nothing.", top=TOP)
        return None, weight, why
    return _carbon_share(chosen, q, f"carbon of the {TOP} largest over all"), weight, None


def _overdue(q: _Question) -> _Answer:
    known = q.table["next_review"].notna()
    late = overdue(q.table, q.as_of)
    weight = q.table["carbon_kg"].where(late, 0.0) + late * 1e-12
    if known.mean() < LEAST_COVERAGE:
        return None, weight, _too_little("next_review", float(known.mean()))
    share = float(late.sum() / known.sum())
    source = "models past their review over models with a date"
    return Quantity.exact(share * 100.0, "%", Provenance.DECLARED, source), weight, None


def _target_gap(q: _Question) -> _Answer:
    carbon = q.table["carbon_kg"]
    if q.target is None:
        return None, carbon, sentence("No target is set; set a base year, a year and a reduction.")
    allowed = q.target.allowed_kg(q.as_of)
    if allowed <= 0:
        return (
            None,
            carbon,
            sentence("The target path allows nothing; a share of it cannot be said."),
        )
    gap = float(carbon.sum()) / allowed - 1.0
    spread = _carbon_sigma(q.table) / allowed
    return _per_cent(gap, q, "carbon over the target path", spread), carbon, None


_INDICATORS: dict[str, Callable[[_Question], _Answer]] = {
    "kg_per_1000_decisions": _per_thousand,
    "share_measured": _share_measured,
    "share_red_models": _share_red,
    "growth": _growth,
    "top10_share": _top_ten,
    "overdue_share": _overdue,
    "target_gap": _target_gap,
}


_FIELD_WORDS = {
    "calls_per_year": "Decisions a year",
    "carbon_kg_last_year": "Last year's footprint",
    "next_review": "The day of the next review",
}


def _covered(table: pd.DataFrame, chosen: pd.Series[bool] | np.ndarray) -> float:
    total = float(table["carbon_kg"].sum())
    return float(table["carbon_kg"].where(chosen, 0.0).sum()) / total if total > 0 else 0.0


def _carbon_sigma(table: pd.DataFrame) -> float:
    """Standard uncertainty of the summed carbon, models independent, first order."""
    return float(np.sqrt(((table["carbon_kg"] * log_spread(table)) ** 2).sum()))


def _quantity(value: float, unit: str, table: pd.DataFrame, sigma: float, source: str) -> Quantity:
    spread = {"footprint": sigma} if sigma else {}
    return Quantity.from_spread(value, unit, _provenance(table), source, spread)


def _provenance(table: pd.DataFrame) -> Provenance:
    return Provenance.weakest(Provenance(p) for p in set(table["provenance"]))


def _carbon_share(chosen: pd.Series[bool] | np.ndarray, q: _Question, source: str) -> Quantity:
    """The chosen models' share of the carbon; first order in its log odds, models independent.

    ∂S/∂cᵢ = (1ᵢ − S)/C, so a large model that is uncertain moves numerator and denominator at once.
    The interval is taken of ln S/(1 − S), which keeps it between 0 and 100 %.
    """
    share, total = _covered(q.table, chosen), float(q.table["carbon_kg"].sum())
    slope = np.where(chosen, 1.0 - share, -share)
    parts = q.table["carbon_kg"] * log_spread(q.table) * slope
    spread = float(np.sqrt((parts**2).sum())) / total if total > 0 else 0.0
    if not spread or not 0.0 < share < 1.0:
        return _per_cent(share, q, source, 0.0)
    odds = np.log(share / (1.0 - share))
    half = Z95 * spread / (share * (1.0 - share))
    low, high = (100.0 / (1.0 + np.exp(-(odds + side * half))) for side in (-1, 1))
    provenance = _provenance(q.table)
    value = share * 100.0
    return Quantity.from_interval(value, low, high, "%", provenance, source, "footprint")


def _per_cent(share: float, q: _Question, source: str, spread: float) -> Quantity:
    return _quantity(share * 100.0, "%", q.table, spread * 100.0, source)


def _too_little(column: str, covered: float) -> Sentence:
    return sentence(
        "{column} is known for {covered} % of the footprint only; fill it in.",
        column=_FIELD_WORDS.get(column, column),
        covered=f"{covered * 100:.0f}",
    )
