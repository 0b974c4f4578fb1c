"""BoAmps reports (Boavizta, JSON) in: one task a measure, provenance imported.

`powerConsumption` is in kWh, `measurementDuration` in s, `measuredAccuracy` from 0 to 1 (BoAmps
1.1, `measure_schema.json`, `report_schema.json`). `quality` sets the interval: high ±10 %, medium
±25 %, low or absent ±50 %. Several measures are the same task seen by several tools: each stays on
its own, none is added.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from advisor.collect.imported import (
    HALF_WIDTH,
    CollectError,
    ImportedTask,
    Stage,
    imported_energy,
)
from advisor.quantities import Provenance, Quantity
from advisor.sentences import sentence


def read_report(path: Path) -> list[ImportedTask]:
    """The tasks of a report, one for each measure. Raises `CollectError`."""
    try:
        report: Any = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CollectError(
            sentence("{file} cannot be read: {reason}.", file=str(path), reason=str(error.strerror))
        ) from error
    except ValueError as error:
        raise CollectError(
            sentence("{file} is no JSON; give a BoAmps report.", file=str(path))
        ) from error
    try:
        task, measures = report["task"], list(report["measures"])
        return [_task(report, task, m, number) for number, m in enumerate(measures, start=1)]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise CollectError(
            sentence(
                "{file} is no BoAmps report that can be used ({reason}); task.taskStage "
                "and measures[].powerConsumption are needed.",
                file=str(path),
                reason=str(error),
            )
        ) from error


def _task(
    report: dict[str, Any], task: dict[str, Any], measure: dict[str, Any], number: int
) -> ImportedTask:
    kwh = float(measure["powerConsumption"])
    if kwh <= 0:
        raise ValueError(f"measure {number} says {kwh:g} kWh")
    algorithm = task["algorithms"][0]
    named = (algorithm.get(key) for key in ("algorithmName", "foundationModelName"))
    name = next((n for n in named if n), task.get("taskFamily", "unnamed"))
    tracker = " ".join(
        str(p) for p in (measure.get("measurementMethod", "unknown"), measure.get("version")) if p
    )
    seconds, requests = measure.get("measurementDuration"), task.get("nbRequest")
    half_width = HALF_WIDTH[report.get("quality", "low")]
    return ImportedTask(
        tracker=tracker,
        id=f"{report.get('header', {}).get('reportId', name)}-{number}",
        name=str(name),
        at=str(measure.get("measurementDateTime", "")),
        duration_s=float(seconds) if seconds else None,
        energy=imported_energy(kwh, half_width, str(name), tracker),
        inferences=float(requests) if requests else None,
        stage=_stage(str(task["taskStage"])),
        device=_device(report),
        accuracy=_accuracy(task, tracker),
    )


def _stage(words: str) -> Stage | None:
    stages = {w.strip().lower() for w in words.split("+")}
    if stages == {"inference"}:
        return "inference"
    return "training" if stages <= {"training", "finetuning", "retraining"} else None


def _device(report: dict[str, Any]) -> str:
    components = report.get("infrastructure", {}).get("components", [])
    for kind in ("gpu", "cpu"):
        for part in components:
            if part.get("componentType") == kind and part.get("componentName"):
                return str(part["componentName"])
    return "unknown"


def _accuracy(task: dict[str, Any], tracker: str) -> Quantity | None:
    stated = task.get("measuredAccuracy")
    if stated is None:
        return None
    return Quantity.exact(100.0 * float(stated), "point", Provenance.IMPORTED, tracker)
