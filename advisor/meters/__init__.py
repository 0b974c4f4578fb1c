"""Joules: one file a source, on one protocol, and what can be read on this machine."""

from advisor.meters.discovery import Discovery, Finding, discover
from advisor.meters.meter import Coverage, Meter, MeterError, MeterFacts, Reading

__all__ = [
    "Coverage",
    "Discovery",
    "Finding",
    "Meter",
    "MeterError",
    "MeterFacts",
    "Reading",
    "discover",
]
