"""The bank's inventory of models: footprint, options, optimum, review and simulation.

intake = read_inventory(path); footprints = footprint(intake.inventory, predicted_energy(...))
options = portfolio_options(intake.inventory, footprints); ranked = rank_portfolio(options, …)
plan = optimum(options, intake.inventory, Budgets(engineer_days=200))
"""

from advisor.portfolio.allocation import MachineMeter, allocate_machines
from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.footprint import FootprintSettings, footprint, predicted_energy
from advisor.portfolio.frontier import abatement_curve, greedy, in_order, rank_portfolio
from advisor.portfolio.inventory import (
    Intake,
    inventory_frame,
    models_of,
    read_inventory,
    take_in,
)
from advisor.portfolio.kept_plan import (
    KeptPlan,
    beside,
    explain_difference,
    grids_of,
    keep_plan,
)
from advisor.portfolio.mapping import Mapping, guess_mapping
from advisor.portfolio.metered import MeteredMonth, metered_frame, read_metered
from advisor.portfolio.model import Model, Stage
from advisor.portfolio.optimum import optimum
from advisor.portfolio.options import portfolio_options
from advisor.portfolio.plan import Budgets, Plan
from advisor.portfolio.policy import proposals, read_rules, try_rule
from advisor.portfolio.proof import Proof, proof_of_retirement
from advisor.portfolio.reading import read_pasted, read_table
from advisor.portfolio.reconciliation import Statement, reconcile
from advisor.portfolio.review import Decision, State, moved, next_states, propose
from advisor.portfolio.sample import sample_inventory
from advisor.portfolio.simulation import SimulationSettings, simulate
from advisor.portfolio.study import Evidence, Study, study
from advisor.portfolio.totals import PortfolioTotal, as_exposures, totals
from advisor.portfolio.updating import Difference, difference, updated

__all__ = [
    "Budgets",
    "Decision",
    "Difference",
    "Evidence",
    "FootprintSettings",
    "Intake",
    "KeptPlan",
    "MachineMeter",
    "Mapping",
    "MeteredMonth",
    "Model",
    "Plan",
    "PortfolioError",
    "PortfolioTotal",
    "Proof",
    "SimulationSettings",
    "Stage",
    "State",
    "Statement",
    "Study",
    "abatement_curve",
    "allocate_machines",
    "as_exposures",
    "beside",
    "difference",
    "explain_difference",
    "footprint",
    "greedy",
    "grids_of",
    "guess_mapping",
    "in_order",
    "inventory_frame",
    "keep_plan",
    "metered_frame",
    "models_of",
    "moved",
    "next_states",
    "optimum",
    "portfolio_options",
    "predicted_energy",
    "proof_of_retirement",
    "proposals",
    "propose",
    "rank_portfolio",
    "read_inventory",
    "read_metered",
    "read_pasted",
    "read_rules",
    "read_table",
    "reconcile",
    "sample_inventory",
    "simulate",
    "study",
    "take_in",
    "totals",
    "try_rule",
    "updated",
]
