"""The noun `ImportedTask`: energy that another tracker measured, and where the bank uses it.

A tracker knows kilowatt-hours of a whole task. Joules per inference need the number of inferences,
which some state and others leave to the user; without it nothing per inference is made up.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from advisor.bench import Measurement
from advisor.portfolio import Model
from advisor.quantities import Provenance, Quantity
from advisor.sentences import SaidError, sentence

Stage = Literal["training", "inference"]
HALF_WIDTH = {"high": 0.10, "medium": 0.25, "low": 0.50}
"""Relative, 95 %: what BoAmps 1.1 means by the quality of a report."""


class CollectError(SaidError):
    """A file of another tracker that cannot be used. Its text: what, where, what to do."""


class ImportedTask(BaseModel):
    """One task of another tracker."""

    model_config = ConfigDict(frozen=True)

    tracker: str
    """What measured it, e.g. `codecarbon 3.0.4`."""
    id: str
    name: str
    at: str = ""
    duration_s: float | None = None
    energy: Quantity
    """kWh of the whole task, imported."""
    inferences: float | None = None
    stage: Stage | None = None
    device: str = "unknown"
    accuracy: Quantity | None = None
    """In points, where the tracker's file states one."""


def imported_energy(kwh: float, half_width: float, task: str, tracker: str) -> Quantity:
    """kWh as another tracker gave them, with a relative 95 % half-width."""
    ends = (kwh / (1 + half_width), kwh * (1 + half_width))
    return Quantity.from_interval(
        kwh, *ends, "kWh", Provenance.IMPORTED, f"{tracker}, {task}", f"imported energy of {task}"
    )


def joules_per_inference(task: ImportedTask) -> Quantity | None:
    """Energy of the task over its inferences; None where these are not known."""
    if not task.inferences:
        return None
    per_call = task.energy.to("J") * (1.0 / task.inferences)
    return per_call.model_copy(update={"unit": "J/inference"})


def as_measurement(task: ImportedTask) -> Measurement | None:
    """The task as a measurement beside our own: no windows, no latency, provenance imported.

    None where a rate per inference cannot be had. It belongs to no run, so it is never ranked
    against candidates that were measured here under other conditions.
    """
    energy = joules_per_inference(task)
    if energy is None or not task.inferences or not task.duration_s:
        return None
    return Measurement(
        run_id=f"imported-{task.id}",
        candidate=task.name,
        workload_sha256="",
        device=task.device,
        batch_size=1,
        energy_j=energy,
        energy_above_idle_j=None,
        latency_ms={},
        throughput_per_s=Quantity.exact(
            task.inferences / task.duration_s, "1/s", Provenance.IMPORTED, task.tracker
        ),
        metric="accuracy" if task.accuracy else None,
        accuracy=task.accuracy,
        windows_used=0,
        windows_excluded=0,
        coverage=f"as {task.tracker} covers",
    )


def in_inventory(model: Model, task: ImportedTask) -> Model:
    """The model with the task's energy: of a training run, or per call. Raises `CollectError`."""
    if task.stage == "training":
        return model.model_copy(update={"training_energy_kwh": task.energy.value})
    energy = joules_per_inference(task)
    if energy is None:
        raise CollectError(
            sentence(
                "{name} states no number of inferences; give --inferences, or --stage training.",
                name=str(task.name),
            )
        )
    return model.model_copy(
        update={"energy_per_call_j": energy.value, "energy_provenance": "imported"}
    )
