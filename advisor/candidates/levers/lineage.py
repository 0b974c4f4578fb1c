"""What a lever writes into the file it makes (`metadata_props`): parent, lever, settings."""

from __future__ import annotations

import json
from typing import Any

from onnx import ModelProto

PREFIX = "carbon_advisor."
PARENT, LEVER_NAME, SETTINGS, VERSION, ENERGY, COMPARISON = (
    PREFIX + name for name in ("parent", "lever", "settings", "version", "energy", "comparison")
)


def read_lineage(model: ModelProto) -> dict[str, Any]:
    """`parent_key`, `lever` and `lever_settings` of a file that a lever made; {} for others."""
    props = {entry.key: entry.value for entry in model.metadata_props}
    if LEVER_NAME not in props:
        return {}
    try:
        settings = json.loads(props.get(SETTINGS, "{}"))
    except json.JSONDecodeError:
        settings = {}
    return {
        "parent_key": props.get(PARENT) or None,
        "lever": props[LEVER_NAME],
        "lever_settings": settings if isinstance(settings, dict) else {},
    }


def write_lineage(
    model: ModelProto, parent: str, lever: str, settings: dict[str, Any], version: str
) -> None:
    """Write (or replace) the lineage entries in a model's metadata."""
    entries = {
        PARENT: parent,
        LEVER_NAME: lever,
        SETTINGS: json.dumps(settings, sort_keys=True, ensure_ascii=False, default=str),
        VERSION: version,
    }
    kept = [e for e in model.metadata_props if e.key not in (*entries, ENERGY, COMPARISON)]
    pairs = [(e.key, e.value) for e in kept] + list(entries.items())
    del model.metadata_props[:]
    for key, value in pairs:
        model.metadata_props.add(key=key, value=value)
