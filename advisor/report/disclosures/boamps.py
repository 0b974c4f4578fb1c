"""BoAmps 1.1 reports (Boavizta), one JSON a candidate (schema: profiles/frameworks/boamps)."""

from __future__ import annotations

import uuid
from typing import Any

from advisor.project import Project
from advisor.project.assumptions import assumptions
from advisor.quantities import Provenance, Quantity
from advisor.report.gather import PROGRAM
from advisor.report.measured_task import MeasuredTask, as_json, measured_tasks
from advisor.report.summary import Summary

NAME = "boamps"
_LEVELS = ((0.10, "high"), (0.25, "medium"))


def files(project: Project, summary: Summary) -> dict[str, bytes]:
    """`<run>-<candidate>.json`."""
    region = assumptions(project).region
    made: dict[str, bytes] = {}
    for task in measured_tasks(project):
        name = f"{task.measurement.run_id}-{task.candidate.name}.json"
        made[name.replace("/", "_")] = as_json(report(task, summary, region))
    return made


def report(task: MeasuredTask, summary: Summary, region: str | None) -> dict[str, Any]:
    """One BoAmps report; optional fields that are not known are left out."""
    m, c = task.measurement, task.candidate
    environment = task.started.environment
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{summary.project}/{m.run_id}/{m.candidate}")
    content: dict[str, Any] = {
        "header": {
            "licensing": "not stated",
            "formatVersion": "1.1",
            "reportId": str(identity),
            "reportDatetime": f"{summary.as_of.isoformat()} 00:00:00",
            "reportStatus": "draft",
            "publisher": {
                "name": summary.organisation or summary.project,
                "confidentialityLevel": "internal",
            },
        },
        "task": {
            "taskStage": "inference",
            "taskFamily": "tabular classification" if m.metric else "inference",
            "nbRequest": task.inferences,
            "algorithms": [
                {
                    "algorithmName": c.name,
                    "framework": "onnxruntime",
                    "parametersNumber": c.facts.parameters / 1e9,
                    "quantization": c.facts.precision,
                }
            ],
            "dataset": [
                {"dataUsage": "input", "dataType": "other", "dataQuantity": task.inferences}
            ],
        },
        "measures": [
            {
                "measurementMethod": PROGRAM,
                "powerConsumption": task.energy.value,
                "measurementDuration": task.duration_s,
                "measurementDateTime": task.at[:19].replace("T", " "),
            }
        ],
        "system": {"os": environment.get("system", "unknown")},
        "software": {"language": "python", "version": environment.get("python", "unknown")},
        "infrastructure": {
            "infraType": "other",
            "components": [
                {
                    "componentName": m.device,
                    "componentType": "gpu" if "nvml" in _meters(task) else "cpu",
                    "nbComponent": 1,
                }
            ],
        },
        "quality": quality(task.energy),
    }
    if m.metric == "accuracy" and m.accuracy is not None:
        content["task"]["measuredAccuracy"] = m.accuracy.value / 100.0
    if region:
        content["environment"] = {"country": region}
    return content


def quality(energy: Quantity) -> str:
    """BoAmps' grade: high ±10 %, medium ±25 %, else low; an estimate is never high."""
    for width, grade in _LEVELS:
        if energy.relative_half_width <= width:
            return "medium" if energy.provenance is Provenance.ESTIMATED else grade
    return "low"


def _meters(task: MeasuredTask) -> str:
    return " ".join(m.name for m in task.started.meters)
