"""Exposures of an inventory: the portfolio's footprint under this room's column names.

A footprint's own provenance is never stronger than `declared`, since volumes are declared. Here
`provenance` says how the *energy per call* was got, which is what the share of the footprint that
is measured asks about.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from advisor.portfolio import Budgets, optimum
from advisor.portfolio.study import Study
from advisor.risk.errors import RiskError
from advisor.risk.exposures import checked_exposures
from advisor.sentences import sentence


@dataclass(frozen=True)
class PortfolioExposures:
    """Exposures of the covered models, and the ids of those whose footprint is unknown."""

    table: pd.DataFrame
    not_covered: tuple[str, ...]


def exposures_of(footprint: pd.DataFrame) -> PortfolioExposures:
    """The exposures of what `advisor.portfolio.footprint` makes. Raises `RiskError`."""
    from advisor.portfolio.totals import as_exposures

    covered = footprint["carbon_kg_location"].notna()
    if not covered.any():
        raise RiskError(
            sentence(
                "No model of the inventory has a known footprint; give regions, volumes and "
                "energies."
            )
        )
    table = as_exposures(footprint)
    per_call = footprint.loc[covered, "energy_per_call_j_provenance"].reset_index(drop=True)
    table["provenance"] = per_call.where(per_call.notna(), table["provenance"])
    return PortfolioExposures(checked_exposures(table), tuple(footprint.loc[~covered, "id"]))


def exposures_after(table: pd.DataFrame, chosen: pd.DataFrame) -> pd.DataFrame:
    """The exposures once a plan is done: the `chosen` options of `advisor.portfolio.optimum`.

    `chosen` has `id`, `saved_kg` (location) and `energy_saved_kwh` a year; market-based carbon
    falls by the same share. Raises `RiskError` for models that are not exposed.
    """
    after = checked_exposures(table)
    saved = chosen.groupby("id")[["saved_kg", "energy_saved_kwh"]].sum()
    unknown = [name for name in saved.index if name not in set(after["model_id"])]
    if unknown:
        raise RiskError(
            sentence(
                "The plan names {model}, which has no exposure; predict it first.",
                model=str(unknown[0]),
            )
        )
    for column, name, follow in (
        ("saved_kg", "carbon_kg", ("carbon_market_kg",)),
        ("energy_saved_kwh", "energy_kwh", ("energy_low_kwh", "energy_high_kwh")),
    ):
        gone = after["model_id"].map(saved[column]).fillna(0.0)
        left = (1.0 - gone / after[name].where(after[name] > 0)).fillna(1.0).clip(lower=0.0)
        for each in (name, *follow):
            after[each] = after[each] * left
    return after


def without_retired(after: pd.DataFrame, chosen: pd.DataFrame) -> pd.DataFrame:
    """`after` without the models that `chosen` retires; what they still use goes to the fallback.

    A retirement whose fallback is not exposed stays, so that no carbon is lost from the sum.
    """
    gone = chosen[chosen["kind"] == "retire"].set_index("id")["fallback"]
    gone = gone[gone.isna() | gone.isin(after["model_id"])]
    rows = after.set_index("model_id")
    heirs = gone.dropna()
    handed = rows.loc[heirs.index, _HANDED_OVER].groupby(heirs).sum()
    rows.loc[handed.index, _HANDED_OVER] = rows.loc[handed.index, _HANDED_OVER].add(handed)
    return rows.drop(gone.index).reset_index()[after.columns]


_HANDED_OVER = [
    "energy_kwh",
    "energy_low_kwh",
    "energy_high_kwh",
    "carbon_kg",
    "carbon_market_kg",
    "calls_per_year",
]


def recommended_exposures(
    study: Study, table: pd.DataFrame, budgets: Budgets | None = None
) -> pd.DataFrame:
    """The exposures after the best plan within `budgets` (none: the models' floors alone).

    Raises `RiskError` where no plan keeps within them.
    """
    plan = optimum(study.options, study.inventory, budgets or Budgets())
    if not plan.feasible:
        raise RiskError(
            sentence("No plan keeps within the limits adopted on the portfolio page; widen them.")
        )
    return exposures_after(table, plan.chosen)
