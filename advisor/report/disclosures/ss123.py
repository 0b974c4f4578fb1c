"""Inventory extract in the sense of PRA SS1/23, principles 1.2 and 1.3, with energy and carbon.

All models: in use, in development and decommissioned (1.2(c)), with their tier (1.3). Fields of the
inventory that are empty in the project stay empty here.
"""

from __future__ import annotations

from advisor.project import Project
from advisor.report.measured_task import as_csv
from advisor.report.summary import Summary

NAME = "ss1-23"
FIELDS = (
    *("id", "name", "purpose", "owner", "business_line", "kind", "vendor", "tier", "stage"),
    *("status", "first_used", "validated", "next_review", "metric", "metric_value", "fallback"),
    "feeds",
)
FIGURES = ("energy_kwh", "carbon_kg", "carbon_kg_low", "carbon_kg_high", "provenance")


def files(project: Project, summary: Summary) -> dict[str, bytes]:
    """`inventory.csv`."""
    rows: list[list[object]] = []
    footprint = {r.id: r for r in summary.footprint}
    for model in project.models.all():
        plain = model.model_dump(mode="json")
        plain["feeds"] = "; ".join(model.feeds)
        found = footprint.get(model.id)
        energy = found.energy if found else None
        carbon = found.carbon if found else None
        figures = (
            energy.to("kWh/year").value if energy else None,
            carbon.to("kgCO2e/year").value if carbon else None,
            carbon.to("kgCO2e/year").low if carbon else None,
            carbon.to("kgCO2e/year").high if carbon else None,
            str(carbon.provenance) if carbon else None,
        )
        rows.append([*(plain.get(name) for name in FIELDS), *figures])
    head = [*FIELDS, *(f"{name}_per_year" if name != "provenance" else name for name in FIGURES)]
    return {"inventory.csv": as_csv(head, rows)} if rows else {}
