"""Which layers suffer from int8, kept beside the project: it takes long, and never changes."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from advisor.candidates import Candidate, Workload
from advisor.candidates.levers import lever_named
from advisor.candidates.levers.mixed_int8 import sensitivity_of
from advisor.candidates.levers.sensitivity import LayerSensitivity
from advisor.project.intake import variants_folder
from advisor.project.project import Project
from advisor.sentences import Sentence, sentence

_LAYERS: TypeAdapter[list[LayerSensitivity]] = TypeAdapter(list[LayerSensitivity])


def no_layers(candidate: Candidate, calibration: Workload | None) -> Sentence | None:
    """Why there is nothing to look at; None when there is."""
    if calibration is None:
        return sentence("It needs calibration data, and none was given.")
    return lever_named("mixed-int8").obstacle(candidate)


def layer_damage(
    project: Project, candidate: Candidate, calibration: Workload
) -> list[LayerSensitivity]:
    """What int8 does to the answers, layer by layer, in the graph's order. Raises `LeverError`."""
    kept = _file(project, candidate, calibration)
    known = known_layer_damage(project, candidate, calibration)
    if known is not None:
        return known
    found = sensitivity_of(candidate, calibration)
    kept.write_bytes(_LAYERS.dump_json(found))
    return found


def known_layer_damage(
    project: Project, candidate: Candidate, calibration: Workload
) -> list[LayerSensitivity] | None:
    """The same where it was worked out before; None where it was not."""
    kept = _file(project, candidate, calibration)
    try:
        return _LAYERS.validate_json(kept.read_bytes())
    except (OSError, ValidationError):
        return None


def _file(project: Project, candidate: Candidate, calibration: Workload) -> Path:
    name = f"layers-{candidate.sha256[:12]}-{calibration.sha256[:12]}.json"
    return variants_folder(project) / name
