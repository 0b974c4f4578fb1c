"""What the settings of a rule book are called."""

from __future__ import annotations

from advisor.risk import RuleSetting
from ui.i18n import later, tr

_WORDS = {
    "key": later("key"),
    "name": later("name"),
    "meaning": later("meaning"),
    "unit": later("unit"),
    "better": later("better when (low or high)"),
    "amber": later("amber limit"),
    "red": later("red limit"),
    "owner": later("owner"),
    "escalation": later("told when"),
    "act_within_days": later("days to act"),
    "measure": later("measure of loss"),
    "amber_basis_points": later("amber limit, basis points of CET1"),
    "red_basis_points": later("red limit, basis points of CET1"),
    "weight": later("weighted by"),
    "unknown": later("score of what is unknown"),
    "overall": later("over the drivers (mean or highest)"),
    "metrics": later("metric"),
    "metric": later("measured by"),
    "breaks": later("breaks between the scores"),
    "when": later("in force when"),
    "drivers": later("lowers"),
    "strength": later("strength"),
    "driver": later("driver"),
    "to": later("reaches"),
    "channel": later("by way of"),
    "currency": later("currency"),
    "price_year": later("price year"),
    "power_price_per_kwh": later("power price per kWh"),
    "any": later("any region"),
    "wholesale_share": later("share of the tariff that follows the market"),
    "carbon_to_power_pass_through": later("pass-through of carbon cost into power"),
    "provider_pass_through": later("share of a provider's cost that reaches the bank"),
    "budget_carbon_price_per_t": later("carbon price in the budget, per tonne"),
    "discount_rate": later("discount rate"),
    "tax_rate": later("tax rate"),
    "internal_carbon_price_per_t": later("internal carbon price, per tonne"),
    "cet1_capital": later("CET1 capital"),
    "risk_weighted_assets": later("risk-weighted assets"),
    "outage_cost_per_hour": later("cost of an hour of standstill, tier"),
    "remediation_cost": later("cost of remedying a model"),
    "exchange": later("exchange rate per USD"),
    "planning_years": later("planning years"),
    "quantile": later("quantile of the year's loss"),
    "less": later("less"),
    "take": later("of the years take"),
    "floor": later("at least"),
    "share": later("share"),
    "between": later("between"),
    "value": later("correlation"),
    "reason": later("reason"),
    "energy_price": later("power price"),
    "carbon_price": later("carbon price"),
    "grid_intensity": later("grid intensity"),
    "supply": later("supply"),
    "volume": later("volume of all models"),
    "regulation": later("regulation"),
    "own_volume": later("a model's own volume"),
    "year_to_year": later("persistence from year to year"),
    "common_measurement": later("part of the error common to all models"),
}


def setting_words(setting: RuleSetting) -> str:
    """A setting's name in the reader's language, piece by piece."""
    pieces = setting.name.split(".")
    return " · ".join(tr(_WORDS[piece]) if piece in _WORDS else piece for piece in pieces)
