"""The inventory of a project: taken in by id, and studied with everything else the project knows.

Window, command line and documents ask here, so they cannot disagree.
"""

from __future__ import annotations

import pandas as pd
from pydantic import BaseModel, ConfigDict

from advisor.carbon import Allocation
from advisor.portfolio import (
    Difference,
    Evidence,
    Intake,
    MachineMeter,
    Mapping,
    SimulationSettings,
    Statement,
    Study,
    difference,
    inventory_frame,
    models_of,
    predicted_energy,
    study,
    updated,
)
from advisor.portfolio.measured import measured_energy
from advisor.project.prediction import own_prediction
from advisor.project.project import Project

MAPPING = "inventory_mapping"
"""Setting that remembers the last mapping."""
TERMS = "portfolio_terms"
"""Setting that holds `PortfolioTerms`."""


class PortfolioTerms(BaseModel):
    """What the bank states about its portfolio beside the models."""

    model_config = ConfigDict(frozen=True)

    allocation: Allocation = Allocation.PROPORTIONAL
    meters: tuple[MachineMeter, ...] = ()
    statements: tuple[Statement, ...] = ()
    rules: str = ""
    """The rules that bind, as TOML; empty: none."""
    simulation: SimulationSettings = SimulationSettings()


def portfolio_terms(project: Project) -> PortfolioTerms:
    """The terms kept in the project."""
    return PortfolioTerms.model_validate(project.setting(TERMS) or {})


def keep_terms(project: Project, terms: PortfolioTerms) -> None:
    """Keep terms in the project."""
    project.set(**{TERMS: terms.model_dump(mode="json")})


def remembered_mapping(project: Project) -> Mapping | None:
    """The mapping of the last import."""
    kept = project.setting(MAPPING)
    return Mapping.model_validate(kept) if kept else None


def change_by(project: Project, intake: Intake) -> Difference:
    """What taking the intake over the project's models would change."""
    return difference(inventory_frame(project.models.all()), intake.inventory)


def take_over(project: Project, intake: Intake, *, action: str = "import") -> int:
    """Put new and changed models into the project, keyed by id; returns how many."""
    before = inventory_frame(project.models.all())
    change = difference(before, intake.inventory)
    touched = {*change.added, *change.changed["id"]}
    whole = updated(before, intake.inventory) if len(before) else intake.inventory
    rows = whole[whole["id"].isin(touched)]
    mapping = intake.mapping.remembering(remembered_mapping(project))
    project.set(**{MAPPING: mapping.model_dump(mode="json")})
    return project.models.put_many(models_of(rows), action=action)


def predictions_of(project: Project, inventory: pd.DataFrame) -> pd.DataFrame:
    """Energy per call that nobody measured or stated, by the project's own prediction.

    The figures of the predict page and of `predict models --project`; same index.
    """
    return predicted_energy(inventory, own_prediction(project).learnt)


def with_measured(project: Project, inventory: pd.DataFrame) -> pd.DataFrame:
    """The inventory with what the project measured in the place of what its rows state."""
    known = measured_energy(inventory, project.measurements.all(), project.candidates.all())
    made = inventory.copy()
    made.loc[known.index, "energy_per_call_j"] = known["energy_j"]
    return made


def evidence_of(project: Project, predictions: pd.DataFrame | None = None) -> Evidence:
    """What the project knows beside the inventory."""
    terms = portfolio_terms(project)
    return Evidence(
        measurements=project.measurements.all(),
        candidates=project.candidates.all(),
        meters=terms.meters,
        allocation=terms.allocation,
        predictions=predictions,
    )


def inventory_study(project: Project, *, predict: bool = True) -> Study | None:
    """The study of the project's inventory; None where it holds none.

    With `predict=False` energies nobody measured or stated stay unknown. Raises `PortfolioError`,
    `CarbonError`.
    """
    inventory = inventory_frame(project.models.all())
    if inventory.empty:
        return None
    predictions = predictions_of(project, inventory) if predict else None
    return study(inventory, evidence_of(project, predictions))
