"""What the portfolio page shows, gathered in a job from the project: no arithmetic, only calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from advisor.portfolio import (
    Budgets,
    Plan,
    abatement_curve,
    footprint,
    inventory_frame,
    optimum,
    portfolio_options,
    predicted_energy,
    rank_portfolio,
    totals,
)
from advisor.portfolio.errors import PortfolioError
from advisor.portfolio.options import COLUMNS
from advisor.portfolio.totals import PortfolioTotal
from advisor.project.project import Project
from advisor.quantities import Provenance, Quantity
from ui import jobs
from ui.i18n import later, tr

CARBON = "kgCO2e/year"
LEVERS = {
    "distil": later("distil"),
    "fewer-trees": later("fewer trees"),
    "int8-dynamic": later("quantise to int8, dynamic"),
    "int8-static": later("quantise to int8, static"),
    "weights-int4": later("quantise weights to int4"),
    "smaller-sibling": later("smaller sibling"),
    "batch": later("answer in batches"),
    "cache": later("cache answers"),
}
_ASKED_OF_PREDICTION = [
    "id",
    "parameters",
    "flops_per_call",
    "throughput_per_s",
    "precision",
    "hardware",
    "family",
    "energy_per_call_j",
    "idle_power_w",
]


@dataclass(frozen=True)
class PortfolioPicture:
    """Footprint, options, ranking and the plan without limits, of the project's inventory."""

    inventory: pd.DataFrame
    footprint: pd.DataFrame
    predictions: pd.DataFrame | None
    """None while the energies of models nobody measured are still being predicted."""
    seal: int
    """Tells whether predictions made before still hold."""
    options: pd.DataFrame
    ranked: pd.DataFrame
    curve: pd.DataFrame
    total: PortfolioTotal | None
    fullest: Plan | None
    """The plan that saves most within the floors of the models."""
    fictitious: bool


@dataclass(frozen=True)
class Predictions:
    """Predictions kept between two pictures; the seal tells whether they still fit."""

    frame: pd.DataFrame
    seal: int


def pictures(project: Project, earlier: Predictions | None) -> Iterator[PortfolioPicture | None]:
    """First what is known, then with what had to be predicted; None for an empty inventory."""
    models = project.models.all()
    if not models:
        yield None
        return
    inventory = inventory_frame(models)
    seal = _seal(inventory)
    if earlier is not None and earlier.seal == seal:
        yield _picture(inventory, earlier.frame, seal)
        return
    yield _picture(inventory, None, seal)
    jobs.current_task().check()
    yield _picture(inventory, predicted_energy(inventory), seal)


def solved(picture: PortfolioPicture, budgets: Budgets) -> Plan:
    """The optimum within the budgets. Raises `PortfolioError`."""
    return optimum(picture.options, picture.inventory, budgets)


def models_table(picture: PortfolioPicture, plan: Plan | None) -> pd.DataFrame:
    """A row a model: footprint, data quality, and what the plan does with it."""
    found = picture.footprint
    table = pd.DataFrame(
        {
            "id": found["id"],
            "name": found["name"],
            "business_line": found["business_line"],
            "tier": found["tier"],
            "stage": found["stage"],
            "carbon_kg": found["carbon_kg_location"],
            "carbon_kg_low": found["carbon_kg_location_low"],
            "carbon_kg_high": found["carbon_kg_location_high"],
            "carbon_kg_provenance": found["energy_per_call_j_provenance"].where(
                found["carbon_kg_location"].notna(), None
            ),
            "quality": found["quality"],
        }
    )
    chosen = plan.chosen if plan is not None and plan.feasible else picture.options.iloc[:0]
    chosen = chosen.set_index("id")
    for name in ("saved_kg", "saved_low_kg", "saved_high_kg", "provenance", "probability_right"):
        column = chosen[name] if name in chosen else pd.Series(dtype=float)
        table[_TABLE_NAMES[name]] = table["id"].map(column)
    actions = {
        str(row.id): action_words(str(row.kind), str(row.name_), row.fallback)
        for row in chosen.reset_index().rename(columns={"name": "name_"}).itertuples()
    }
    table["action"] = table["id"].map(actions)
    return table.sort_values("carbon_kg", ascending=False, na_position="last", kind="stable")


_TABLE_NAMES = {
    "saved_kg": "saved_kg",
    "saved_low_kg": "saved_kg_low",
    "saved_high_kg": "saved_kg_high",
    "provenance": "saved_kg_provenance",
    "probability_right": "probability",
}


def action_words(kind: str, name: str, fallback: object = None) -> str:
    """What an option does, in the reader's language."""
    if kind == "retire":
        if isinstance(fallback, str) and fallback:
            return tr("retire; {model} takes over", model=fallback)
        return tr("retire: unused")
    if kind == "move":
        return tr("move to {region}", region=name.removeprefix("move to "))
    return tr(LEVERS[name]) if name in LEVERS else name


def by_line_and_tier(picture: PortfolioPicture) -> pd.DataFrame:
    """Carbon of each business line and tier; columns group, part, value, models."""
    known = picture.footprint[picture.footprint["carbon_kg_location"] > 0]
    keys = [
        known["business_line"].fillna("").astype(str),
        known["tier"].map(lambda t: "" if pd.isna(t) else str(int(t))),
    ]
    grouped = known["carbon_kg_location"].groupby(keys)
    made = pd.DataFrame({"value": grouped.sum(), "models": grouped.size()})
    made.index.names = ["group", "part"]
    return made.reset_index()


def plan_saving(plan: Plan) -> Quantity:
    """What a plan saves, as one figure with its interval and weakest provenance."""
    words = [Provenance(p) for p in plan.chosen["provenance"].dropna().unique()]
    return Quantity(
        value=plan.saved_kg,
        low=plan.saved_low_kg,
        high=plan.saved_high_kg,
        unit=CARBON,
        provenance=Provenance.weakest(words or [Provenance.ESTIMATED]),
        source=f"sum of {len(plan.chosen)} changes",
    )


def figure_of(row: Any, name: str, unit: str = CARBON) -> Quantity | None:
    """A figure column of a row as a quantity; None where unknown."""
    value = row[name]
    if pd.isna(value):
        return None
    provenance = row.get(f"{name}_provenance")
    known = not (pd.isna(row[f"{name}_low"]) or pd.isna(row[f"{name}_high"]))
    return Quantity(
        value=float(value),
        low=float(row[f"{name}_low"] if known else value),
        high=float(row[f"{name}_high"] if known else value),
        unit=unit,
        provenance=Provenance(provenance) if isinstance(provenance, str) else Provenance.DECLARED,
        source="",
    )


def narrowed(table: pd.DataFrame, line: str, tier: str) -> pd.DataFrame:
    """The rows of one business line and tier, as `by_line_and_tier` names them."""
    tiers = table["tier"].map(lambda t: "" if pd.isna(t) else str(int(t)))
    return table[(table["business_line"].fillna("") == line) & (tiers == tier)]


# -- inside ------------------------------------------------------------------------------------


def _picture(
    inventory: pd.DataFrame, predictions: pd.DataFrame | None, seal: int
) -> PortfolioPicture:
    found = footprint(inventory, predictions)
    options = _options(inventory, found)
    ranked = rank_portfolio(options, inventory)
    try:
        total = totals(found)
    except PortfolioError:  # nothing is known of any model yet: the page says so
        total = None
    return PortfolioPicture(
        inventory=inventory,
        footprint=found,
        predictions=predictions,
        seal=seal,
        options=options,
        ranked=ranked,
        curve=abatement_curve(ranked),
        total=total,
        fullest=optimum(options, inventory, Budgets()) if len(options) else None,
        fictitious=bool(inventory["fictitious"].astype(bool).any()),
    )


def _options(inventory: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The options; an empty table where no model is open to any."""
    closed = inventory["never_touch"].astype(bool) | (inventory["stage"] == "retired")
    if (found["carbon_kg_location"].notna() & ~closed).any():
        return portfolio_options(inventory, found)
    words = {"id", "option", "kind", "name", "fallback", "evidence", "provenance"}
    return pd.DataFrame({c: pd.Series(dtype=object if c in words else float) for c in COLUMNS})


def _seal(inventory: pd.DataFrame) -> int:
    asked = inventory[_ASKED_OF_PREDICTION]
    hashed = pd.util.hash_pandas_object(asked, index=True).to_numpy(np.uint64)
    return hash(hashed.tobytes())
