"""Capital: an add-on under Pillar 2 by the bank's own rule, basis points of CET1, ICAAP rows.

Basis points of CET1 of a loss L: 10⁴ · L (1 − tax) / RWA, the fall of the CET1 ratio with risk
weighted assets unchanged. Both follow the bank's declared figures; without them they stay unknown.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from advisor.profiles import profile_paths, read_profile
from advisor.quantities import Provenance, Quantity
from advisor.risk.bank import BankFigures
from advisor.risk.errors import RiskError
from advisor.risk.losses import LossDistribution
from advisor.risk.measures import Estimate, expected_loss, expected_shortfall, value_at_risk
from advisor.risk.refusals import refused
from advisor.risk.stress_result import StressResult
from advisor.sentences import Sentence, sentence

_TAKE = {"largest": max, "mean": lambda v: sum(v) / len(v), "sum": sum}


class Pillar2Rule(BaseModel):
    """A readable rule for the add-on; see `profiles/frameworks/pillar2_rule.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    key: str
    name: str
    planning_years: int = Field(ge=1)
    quantile: float = Field(gt=0, lt=1)
    less: Literal["expected_loss", "nothing"]
    take: Literal["largest", "mean", "sum"]
    floor: float = 0.0
    share: float = Field(default=1.0, ge=0)
    source: str = ""

    def sentence(self) -> Sentence:
        """The rule in words."""
        return sentence(
            "add-on = {share} × the {take} over the first {years} years of (loss at {quantile} % "
            "of the year, less {less}), at least {floor}",
            share=f"{self.share:g}",
            take=self.take,
            years=self.planning_years,
            quantile=f"{self.quantile * 100:g}",
            less=self.less.replace("_", " "),
            floor=f"{self.floor:,.0f}",
        )


def read_pillar2_rule(path: Path | None = None) -> Pillar2Rule:
    """The rule, the user's file over the shipped one. Raises `RiskError`."""
    if path is None:
        layers = profile_paths("frameworks").get("pillar2_rule.toml", [])
        if not layers:
            raise RiskError(
                sentence(
                    "There is no profile {name}; reinstall the program.", name="pillar2_rule.toml"
                )
            )
        path = layers[-1]
    profile = read_profile(path)
    try:
        return Pillar2Rule(**profile.document.get("rule", {}), source=profile.citation)
    except ValidationError as error:
        raise refused(error, path.name, "rule") from error


def pillar2_add_on(losses: LossDistribution, rule: Pillar2Rule) -> Estimate:
    """The add-on under a rule, with the simulation's error of the quantiles it uses."""
    yearly: list[Estimate] = []
    for column in losses.annual()[:, : rule.planning_years].T:
        quantile = value_at_risk(column, rule.quantile)
        less = expected_loss(column).value if rule.less == "expected_loss" else 0.0
        yearly.append(
            Estimate(
                quantile.value - less,
                quantile.low - less,
                quantile.high - less,
                quantile.standard_error,
            )
        )
    take = _TAKE[rule.take]

    def ruled(values: list[float]) -> float:
        return max(rule.share * float(take(values)), rule.floor)

    value = ruled([e.value for e in yearly])
    chosen = max(yearly, key=lambda e: e.value)
    errors = [e.standard_error for e in yearly]
    error = chosen.standard_error if rule.take == "largest" else float(take(errors))
    return Estimate(
        value,
        ruled([e.low for e in yearly]),
        ruled([e.high for e in yearly]),
        rule.share * error,
    )


def cet1_basis_points(loss: Estimate, bank: BankFigures, source: str) -> Quantity | None:
    """Fall of the CET1 ratio in basis points; None where the bank declares no RWA."""
    if bank.risk_weighted_assets is None:
        return None
    factor = 1e4 * (1.0 - bank.tax_rate) / bank.risk_weighted_assets
    scaled = Estimate(
        loss.value * factor, loss.low * factor, loss.high * factor, loss.standard_error * factor
    )
    return scaled.quantity("1", f"{source}; basis points of CET1")


def cet1_ratio(bank: BankFigures, loss: float = 0.0) -> Quantity | None:
    """CET1 ratio in per cent after a loss; None where the bank declares no capital."""
    if bank.cet1_capital is None or bank.risk_weighted_assets is None:
        return None
    ratio = (bank.cet1_capital - loss * (1.0 - bank.tax_rate)) / bank.risk_weighted_assets
    return Quantity.exact(100.0 * ratio, "1", Provenance.DECLARED, bank.source)


def icaap_table(result: StressResult, rule: Pillar2Rule) -> pd.DataFrame:
    """A row per year and portfolio, as an ICAAP asks: expected and unexpected loss, VaR, ES, CET1.

    Columns: `portfolio`, `year`, `expected_loss`, `var_99`, `var_99_9`, `shortfall_99`,
    `unexpected_loss` (VaR 99.9 less expected loss), each with `_error` where it is an estimate, and
    `cet1_bp` of the VaR 99.9 (empty where the bank declares no RWA). Attributes of the frame
    (`.attrs`) name scenario, model, price year, deflator and rule.
    """
    rows: list[dict[str, object]] = []
    for losses in (result.before, result.after):
        if losses is None:
            continue
        for year, column in zip(losses.years, losses.annual().T, strict=True):
            mean, var99 = expected_loss(column), value_at_risk(column, 0.99)
            var999, shortfall = value_at_risk(column, 0.999), expected_shortfall(column, 0.99)
            points = cet1_basis_points(var999, result.bank, result.source())
            rows.append(
                {
                    "portfolio": losses.label,
                    "year": year,
                    "expected_loss": mean.value,
                    "expected_loss_error": mean.standard_error,
                    "var_99": var99.value,
                    "var_99_error": var99.standard_error,
                    "var_99_9": var999.value,
                    "var_99_9_error": var999.standard_error,
                    "shortfall_99": shortfall.value,
                    "shortfall_99_error": shortfall.standard_error,
                    "unexpected_loss": var999.value - mean.value,
                    "cet1_bp": points.value if points else None,
                }
            )
    table = pd.DataFrame(rows)
    table.attrs.update(
        source=result.source(),
        scenario=result.scenario.name,
        model=result.central.model_label,
        price_year=result.bank.price_year,
        deflator="; ".join(label.text() for label in result.central.labels),
        currency=result.bank.currency,
        rule=rule.sentence().text(),
    )
    return table
