"""Options, the efficient frontier, and recommendations by carbon saved per accuracy lost."""

from advisor.rank.acceptability import acceptability
from advisor.rank.comparator import on_one_scale
from advisor.rank.draws import quantity_draws, source_draws
from advisor.rank.errors import RankError
from advisor.rank.frontier import Frontier, efficient_frontier
from advisor.rank.measured import default_baseline, kind_of, options_from_measurements
from advisor.rank.option import Basis, Option, OptionKind, Recommendation, Verdict
from advisor.rank.ranking import rank
from advisor.rank.shared import own_savings
from advisor.rank.table import ranking_frame
from advisor.rank.worked_out import Part, WorkedOut, answering_worse, worked_out

__all__ = [
    "Basis",
    "Frontier",
    "Option",
    "OptionKind",
    "Part",
    "RankError",
    "Recommendation",
    "Verdict",
    "WorkedOut",
    "acceptability",
    "answering_worse",
    "default_baseline",
    "efficient_frontier",
    "kind_of",
    "on_one_scale",
    "options_from_measurements",
    "own_savings",
    "quantity_draws",
    "rank",
    "ranking_frame",
    "source_draws",
    "worked_out",
]
