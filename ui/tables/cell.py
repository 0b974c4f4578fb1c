"""What is drawn in one cell of a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """Text, and for a figure its interval, provenance and the scale its interval is drawn on."""

    text: str
    interval: str = ""
    value: float = 0.0
    low: float = 0.0
    high: float = 0.0
    provenance: str | None = None
    scale: tuple[float, float] | None = None
    log: bool = False
    right: bool = False
    faint: bool = False
    strong: bool = False
