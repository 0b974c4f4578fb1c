"""What an action is called in a document: the portfolio's levers in words for a reader."""

from __future__ import annotations

_NAMES = {
    "distil": "distil into a smaller model",
    "fewer-trees": "use fewer trees",
    "int8-dynamic": "quantise to int8",
    "int8-static": "quantise to int8 (static)",
    "int4-weights": "quantise weights to int4",
    "smaller-sibling": "replace by a smaller sibling",
    "batch": "answer in batches",
    "cache": "cache answers",
}


def action_name(kind: str, lever: str) -> str:
    """An option of the portfolio in words, e.g. `int8-dynamic` as “quantise to int8”."""
    return "retire" if kind == "retire" else _NAMES.get(lever, lever)
