"""AI carbon risk: taxonomy and scores, indicators and limits, scenarios, stress test, capital.

Everything starts from a table of exposures (`advisor.risk.exposures`), one row a model.
"""

from advisor.risk.appetite import Appetite, Level, Limit, read_appetite
from advisor.risk.bank import BankFigures, read_bank_figures
from advisor.risk.breaches import Breach, closed_breach, open_breaches, updated_breaches
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
from advisor.risk.library import Library, import_ngfs, library, read_pathways
from advisor.risk.loss import LOSS_DRIVERS
from advisor.risk.losses import LossDistribution
from advisor.risk.measures import Estimate, expected_loss, expected_shortfall, value_at_risk
from advisor.risk.pathways import Driver, Pathway, Scenario, combine, scenario_of
from advisor.risk.regulation import Coverage, CoverageRow, Obligation, coverage, read_obligations
from advisor.risk.reverse import ReverseResult, reverse_stress_test, with_fewer_paths
from advisor.risk.scores import Scores, score
from advisor.risk.showback import incentives, monthly_exposures, showback
from advisor.risk.stress import stress_test
from advisor.risk.stress_result import StressResult, StressSettings
from advisor.risk.taxonomy import Taxonomy, read_taxonomy
from advisor.risk.trends import Crossing, Trend, fit_trend, forecast_crossing

__all__ = [
    "LOSS_DRIVERS",
    "Appetite",
    "BankFigures",
    "Breach",
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
    "Pathway",
    "Pillar2Rule",
    "Reading",
    "ReverseResult",
    "RiskError",
    "Scenario",
    "Scores",
    "StressResult",
    "StressSettings",
    "Target",
    "Taxonomy",
    "Trend",
    "cet1_basis_points",
    "cet1_ratio",
    "checked_exposures",
    "closed_breach",
    "combine",
    "coverage",
    "expected_loss",
    "expected_shortfall",
    "fit_trend",
    "forecast_crossing",
    "icaap_table",
    "import_ngfs",
    "incentives",
    "library",
    "monthly_exposures",
    "open_breaches",
    "pillar2_add_on",
    "read_appetite",
    "read_bank_figures",
    "read_dependence",
    "read_exposures",
    "read_obligations",
    "read_pathways",
    "read_pillar2_rule",
    "read_taxonomy",
    "readings",
    "reverse_stress_test",
    "scenario_of",
    "score",
    "showback",
    "stress_test",
    "updated_breaches",
    "value_at_risk",
    "with_fewer_paths",
]
