"""The stressed loss against the appetite: in basis points of CET1, and the limit in money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from advisor.risk.appetite import LOSS_KEY, Appetite
from advisor.risk.bank import BankFigures
from advisor.risk.capital import cet1_basis_points
from advisor.risk.indicators import Reading
from advisor.risk.losses import LossDistribution
from advisor.risk.measures import Estimate
from advisor.risk.stress_result import StressResult
from advisor.sentences import sentence

MEASURES: dict[str, tuple[str, Callable[[LossDistribution], Estimate]]] = {
    "expected_loss": ("expected loss", lambda losses: losses.expected_loss()),
    "var_99": ("VaR 99 %", lambda losses: losses.var(0.99)),
    "var_99_9": ("VaR 99.9 %", lambda losses: losses.var(0.999)),
    "shortfall_99": ("expected shortfall 99 %", lambda losses: losses.shortfall(0.99)),
}
"""What an appetite for loss may be measured in: key → name, and how it is read off."""


def measured_loss(losses: LossDistribution, appetite: Appetite) -> Estimate:
    """The loss in the measure that the appetite names, over the horizon, in money."""
    return MEASURES[appetite.loss.measure][1](losses)


def loss_reading(result: StressResult, appetite: Appetite, day: date) -> Reading:
    """The stressed loss without a plan as a reading of `LOSS_KEY`; unknown without RWA."""
    limit = appetite.loss.limit()
    loss = measured_loss(result.before, appetite)
    points = cet1_basis_points(loss, result.bank, result.source())
    largest = result.before.by_model()["model_id"].head(50)
    return Reading(
        key=LOSS_KEY,
        day=day,
        value=points,
        level=limit.level(points.value if points else None),
        models=tuple(largest),
        why_unknown=None
        if points
        else sentence("The bank's risk-weighted assets are not declared; add them to its figures."),
    )


def appetite_in_money(appetite: Appetite, bank: BankFigures) -> tuple[float, float] | None:
    """Amber and red limit of the stressed loss in money; None where the bank declares no RWA.

    Money = basis points · RWA / (10⁴ (1 − tax)): the inverse of `cet1_basis_points`.
    """
    if bank.risk_weighted_assets is None:
        return None
    factor = bank.risk_weighted_assets / (1e4 * (1.0 - bank.tax_rate))
    return appetite.loss.amber_basis_points * factor, appetite.loss.red_basis_points * factor
