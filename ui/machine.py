"""What this machine can measure with, looked up once in the background and told to every view."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from advisor.meters import Finding, MeterFacts
from ui import jobs


@dataclass(frozen=True)
class Equipment:
    """Meters that work here, and what was looked for."""

    meters: tuple[MeterFacts, ...]
    findings: tuple[Finding, ...]


class Machine(QObject):
    """The machine's meters. Emits `found` when they are known."""

    found = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.equipment: Equipment | None = None

    def look(self) -> jobs.Task:
        """Look for meters in the background."""
        return jobs.compute(self, _equipment, done=self._know)

    def _know(self, equipment: Equipment) -> None:
        self.equipment = equipment
        self.found.emit()


def _equipment() -> Equipment:
    from advisor.meters import discover

    discovery = discover()
    facts = tuple(meter.facts for meter in discovery.meters)
    discovery.close()
    return Equipment(facts, discovery.findings)
