"""The `co2_eq_emissions` block of a Hugging Face model card, one YAML a measured candidate.

`emissions` is in *grams* of CO2e (Hugging Face, model card metadata, "Displaying carbon emissions
for your model"). The card's field is meant for training; what was measured here is inference, and
`training_type` says so.
"""

from __future__ import annotations

import json

from advisor.carbon import CarbonError
from advisor.figures import rounded
from advisor.project import Project
from advisor.project.assumptions import assumptions
from advisor.report.gather import PROGRAM
from advisor.report.measured_task import measured_tasks
from advisor.report.summary import Summary

NAME = "huggingface"


def files(project: Project, summary: Summary) -> dict[str, bytes]:
    """`<candidate>.yaml`."""
    stand = assumptions(project)
    made: dict[str, bytes] = {}
    for task in measured_tasks(project):
        try:
            grams = (task.energy * stand.pue_factor * stand.grid).to("gCO2e")
        except CarbonError:
            continue
        inferences = f"inference ({task.inferences:,.0f} inferences measured)"
        lines = {
            "emissions": repr(rounded(grams)),
            "source": json.dumps(f"{PROGRAM}, {grams.provenance}"),
            "training_type": json.dumps(inferences),
            "geographical_location": json.dumps(stand.region or "not stated"),
            "hardware_used": json.dumps(task.measurement.device),
        }
        text = "co2_eq_emissions:\n" + "".join(f"  {k}: {v}\n" for k, v in lines.items())
        made[f"{task.candidate.name}.yaml".replace("/", "_")] = text.encode()
    return made
