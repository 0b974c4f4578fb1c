"""What the portfolio page shows, gathered in a job from the project: no arithmetic, only calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from advisor.portfolio import (
    Budgets,
    KeptPlan,
    Plan,
    PortfolioTotal,
    Study,
    inventory_frame,
    metered_frame,
    optimum,
    study,
)
from advisor.predict.judgement import runs_digest
from advisor.project.inventory import (
    PortfolioTerms,
    evidence_of,
    portfolio_terms,
    predictions_of,
)
from advisor.project.prediction import measured_here
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
    "int4-weights": later("quantise weights to int4"),
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
    """The study of the project's inventory, and the plan without limits."""

    study: Study
    terms: PortfolioTerms
    predictions: pd.DataFrame | None
    """None while the energies of models nobody measured are still being predicted."""
    seal: int
    """Tells whether predictions made before still hold."""
    fullest: Plan | None
    """The plan that saves most within the floors of the models."""
    fictitious: bool
    metered: pd.DataFrame
    """Metered months, as `advisor.portfolio.metered_frame`."""

    @property
    def inventory(self) -> pd.DataFrame:
        """A row a model, as stated."""
        return self.study.inventory

    @property
    def footprint(self) -> pd.DataFrame:
        """A row a model, worked out."""
        return self.study.footprint

    @property
    def options(self) -> pd.DataFrame:
        """A row an option."""
        return self.study.options

    @property
    def curve(self) -> pd.DataFrame:
        """Steps of the abatement curve."""
        return self.study.curve

    @property
    def total(self) -> PortfolioTotal | None:
        """The whole; None where nothing is known."""
        return self.study.total


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
    seal = _seal(inventory, project)
    if earlier is not None and earlier.seal == seal:
        yield _picture(project, inventory, earlier.frame, seal)
        return
    yield _picture(project, inventory, None, seal)
    jobs.current_task().check()
    yield _picture(project, inventory, predictions_of(project, inventory), seal)


def solved(picture: PortfolioPicture, budgets: Budgets) -> Plan:
    """The optimum within the budgets. Raises `PortfolioError`."""
    return optimum(picture.options, picture.inventory, budgets)


def action_words(kind: str, name: str, fallback: object = None) -> str:
    """What an option does, in the reader's language."""
    if kind == "retire":
        if isinstance(fallback, str) and fallback:
            return tr("retire; {model} takes over", model=fallback)
        return tr("retire: unused")
    if kind == "move":
        return tr("move to {region}", region=name.removeprefix("move to "))
    return tr(LEVERS[name]) if name in LEVERS else name


def changes_counted(n: int) -> str:
    """How many changes, in words."""
    return tr("1 change") if n == 1 else tr("{n} changes", n=n)


def plan_saving(plan: Plan | KeptPlan) -> Quantity:
    """What a plan saves, as one figure with its interval and weakest provenance."""
    words: list[Provenance] = []
    if isinstance(plan, Plan):
        words = [Provenance(p) for p in plan.chosen["provenance"].dropna().unique()]
    return Quantity(
        value=plan.saved_kg,
        low=plan.saved_low_kg,
        high=plan.saved_high_kg,
        unit=CARBON,
        provenance=Provenance.weakest(words or [Provenance.ESTIMATED]),
        source=f"sum of {len(plan_options(plan))} changes",
    )


def plan_options(plan: Plan | KeptPlan) -> tuple[str, ...]:
    """Names of the options of a plan."""
    return tuple(plan.chosen["option"]) if isinstance(plan, Plan) else plan.options


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


# -- inside ------------------------------------------------------------------------------------


def _picture(
    project: Project, inventory: pd.DataFrame, predictions: pd.DataFrame | None, seal: int
) -> PortfolioPicture:
    made = study(inventory, evidence_of(project, predictions))
    some = len(made.options) > 0
    return PortfolioPicture(
        study=made,
        terms=portfolio_terms(project),
        predictions=predictions,
        seal=seal,
        fullest=optimum(made.options, made.inventory, Budgets()) if some else None,
        fictitious=bool(inventory["fictitious"].astype(bool).any()),
        metered=metered_frame(project.shelf("metered").all()),
    )


def _seal(inventory: pd.DataFrame, project: Project) -> int:
    """Of all that predictions follow from: what is asked, and what was measured here."""
    asked = inventory[_ASKED_OF_PREDICTION]
    hashed = pd.util.hash_pandas_object(asked, index=True).to_numpy(np.uint64)
    return hash((hashed.tobytes(), runs_digest(measured_here(project))))
