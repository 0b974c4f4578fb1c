"""Words of the risk page that stand for codes: levels, coverage, states, drivers of loss."""

from __future__ import annotations

from ui.i18n import later, tr

LEVELS = {
    "green": later("green"),
    "amber": later("amber"),
    "red": later("red"),
    "unknown": later("unknown"),
}
MARKS = {"green": "●", "amber": "▲", "red": "■", "unknown": "?"}
"""A shape for each level, so that colour is never alone."""
TONES = {"green": "accent", "amber": "warning", "red": "danger", "unknown": ""}
COVERAGE = {
    "complete": later("complete"),
    "partial": later("partial"),
    "missing": later("missing"),
    "outside the program": later("outside the program"),
}
PORTFOLIOS = {
    "without the plan": later("without the plan"),
    "with the plan": later("with the plan"),
}
DRIVERS = {
    "measurement": later("Measurement error"),
    "volume": later("Volume"),
    "energy_price": later("Power price"),
    "carbon_price": later("Carbon price"),
    "grid_intensity": later("Grid intensity"),
    "supply": later("Supply"),
    "supply_hours": later("Hours rationed"),
    "model_dependence": later("Model dependence"),
    "regulation": later("Regulation"),
}
CATEGORIES = {
    "credit": later("Credit"),
    "market": later("Market"),
    "operational": later("Operational"),
    "liquidity": later("Liquidity"),
    "reputational": later("Reputational"),
}


def level_words(level: str) -> str:
    """Mark and word of a level."""
    return f"{MARKS[level]} {tr(LEVELS[level])}"


def in_words(table: dict[str, str]) -> dict[str, str]:
    """A table of codes in the reader's language."""
    return {code: tr(word) for code, word in table.items()}
