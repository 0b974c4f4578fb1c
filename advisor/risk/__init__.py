"""AI carbon risk: taxonomy and scores, indicators and limits, scenarios, stress test, capital.

Everything starts from a table of exposures (`advisor.risk.exposures`), one row a model.
"""

from advisor.risk.appetite import Appetite, Level, Limit, read_appetite
from advisor.risk.bank import BankFigures, read_bank_figures
from advisor.risk.breaches import (
    Breach,
    BreachState,
    BreachStep,
    closure_confirmed,
    closure_proposed,
    closure_refused,
    escalated,
    open_breaches,
    updated_breaches,
    with_action,
)
from advisor.risk.capital import (
    Pillar2Rule,
    cet1_basis_points,
    cet1_ratio,
    icaap_table,
    pillar2_add_on,
    read_pillar2_rule,
)
from advisor.risk.dependence import Dependence, read_dependence
from advisor.risk.errors import RiskError
from advisor.risk.exposures import checked_exposures, read_exposures
from advisor.risk.indicators import Reading, Target, readings
from advisor.risk.library import Library, library, read_pathways
from advisor.risk.loss import LOSS_DRIVERS
from advisor.risk.loss_appetite import appetite_in_money, loss_reading, measured_loss
from advisor.risk.losses import LossDistribution
from advisor.risk.measures import Estimate, expected_loss, expected_shortfall, value_at_risk
from advisor.risk.own_scenarios import (
    import_ngfs,
    keep_pathway,
    keep_pathways,
    keep_scenario,
    own_keys,
    remove_own,
    values_by_year,
)
from advisor.risk.pathways import Driver, Pathway, Scenario, combine, scenario_of
from advisor.risk.regulation import (
    Coverage,
    CoverageRow,
    Obligation,
    by_regime,
    coverage,
    read_obligations,
)
from advisor.risk.reverse import ReverseResult, reverse_stress_test, with_fewer_paths
from advisor.risk.rule_settings import RuleSetting, with_copy, with_setting, without_entry
from advisor.risk.rulebooks import (
    RULEBOOKS,
    Rulebook,
    RuleVersion,
    in_force,
    keep_rules,
    restore,
    rulebook,
    rules_of,
    versions,
)
from advisor.risk.scores import Scores, score
from advisor.risk.showback import (
    ShowbackYear,
    against_last_year,
    incentives,
    monthly_exposures,
    read_months,
    showback,
    showback_year,
    with_metered,
)
from advisor.risk.stress import stress_test
from advisor.risk.stress_result import StressResult, StressSettings
from advisor.risk.taxonomy import Taxonomy, read_taxonomy
from advisor.risk.trends import Crossing, Outlook, Trend, fit_trend, forecast_crossing, outlook

__all__ = [
    "LOSS_DRIVERS",
    "RULEBOOKS",
    "Appetite",
    "BankFigures",
    "Breach",
    "BreachState",
    "BreachStep",
    "Coverage",
    "CoverageRow",
    "Crossing",
    "Dependence",
    "Driver",
    "Estimate",
    "Level",
    "Library",
    "Limit",
    "LossDistribution",
    "Obligation",
    "Outlook",
    "Pathway",
    "Pillar2Rule",
    "Reading",
    "ReverseResult",
    "RiskError",
    "RuleSetting",
    "RuleVersion",
    "Rulebook",
    "Scenario",
    "Scores",
    "ShowbackYear",
    "StressResult",
    "StressSettings",
    "Target",
    "Taxonomy",
    "Trend",
    "against_last_year",
    "appetite_in_money",
    "by_regime",
    "cet1_basis_points",
    "cet1_ratio",
    "checked_exposures",
    "closure_confirmed",
    "closure_proposed",
    "closure_refused",
    "combine",
    "coverage",
    "escalated",
    "expected_loss",
    "expected_shortfall",
    "fit_trend",
    "forecast_crossing",
    "icaap_table",
    "import_ngfs",
    "in_force",
    "incentives",
    "keep_pathway",
    "keep_pathways",
    "keep_rules",
    "keep_scenario",
    "library",
    "loss_reading",
    "measured_loss",
    "monthly_exposures",
    "open_breaches",
    "outlook",
    "own_keys",
    "pillar2_add_on",
    "read_appetite",
    "read_bank_figures",
    "read_dependence",
    "read_exposures",
    "read_months",
    "read_obligations",
    "read_pathways",
    "read_pillar2_rule",
    "read_taxonomy",
    "readings",
    "remove_own",
    "restore",
    "reverse_stress_test",
    "rulebook",
    "rules_of",
    "scenario_of",
    "score",
    "showback",
    "showback_year",
    "stress_test",
    "updated_breaches",
    "value_at_risk",
    "values_by_year",
    "versions",
    "with_action",
    "with_copy",
    "with_fewer_paths",
    "with_metered",
    "with_setting",
    "without_entry",
]
