"""EU AI Act, Annex XI section 1 point 2(d) and (e): compute and energy of general-purpose models.

The duty is the provider's, and for general-purpose AI models only; a bank asks its vendors for the
same. Point 2(e) admits an estimate from the compute used where energy is not known, so each figure
carries its provenance. Regulation (EU) 2024/1689.
"""

from __future__ import annotations

from advisor.project import Project
from advisor.report.measured_task import as_json
from advisor.report.summary import FootprintRow, Summary

NAME = "eu-ai-act"


def files(project: Project, summary: Summary) -> dict[str, bytes]:
    """`annex-xi-energy.json`."""
    rows = {r.id: r for r in summary.footprint}
    models = [
        {
            "id": m.id,
            "name": m.name,
            "provider": m.vendor or "the bank itself",
            "parameters": m.parameters,
            "point_2d_training_compute_flop": None,
            "point_2d_gap": "training compute is not in the inventory; ask the provider",
            "point_2e_training_energy_kwh": m.training_energy_kwh,
            "point_2e_provenance": "declared" if m.training_energy_kwh is not None else None,
            "point_2e_gap": None
            if m.training_energy_kwh is not None
            else "energy of training is not stated; ask the provider or estimate from compute",
            "inference_energy": _inference(rows, m.id),
        }
        for m in project.models.all()
    ]
    content = {
        "reference": "Regulation (EU) 2024/1689, Annex XI, section 1, point 2(d) and (e)",
        "applies_to": "providers of general-purpose AI models; other models are listed to be whole",
        "as_of": summary.as_of.isoformat(),
        "models": models,
    }
    return {"annex-xi-energy.json": as_json(content)} if models else {}


def _inference(rows: dict[str, FootprintRow], key: str) -> dict[str, object] | None:
    row = rows.get(key)
    energy = row.energy if row else None
    if energy is None:
        return None
    return energy.model_dump(mode="json", exclude={"spread", "log"})
