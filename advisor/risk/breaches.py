"""The breach log: which limit was passed, when, who owns it, who was told, how it was closed.

Pure functions on nouns: readings in, breaches out. The project stores them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pydantic import BaseModel, ConfigDict

from advisor.quantities import Quantity
from advisor.risk.appetite import Appetite, Level
from advisor.risk.indicators import Reading


class Breach(BaseModel):
    """A limit passed, from the day it was seen to the day it was closed."""

    model_config = ConfigDict(frozen=True)

    id: str
    """`indicator/day it was opened`."""
    indicator: str
    level: Level
    """The worst level so far."""
    opened: date
    value: Quantity
    limit: float
    owner: str
    escalated_to: str
    last_seen: date
    models: tuple[str, ...] = ()
    action: str = ""
    """What the owner decided to do, in the owner's words."""
    closed: date | None = None
    reason: str = ""


def updated_breaches(
    log: Iterable[Breach], readings: Iterable[Reading], appetite: Appetite
) -> list[Breach]:
    """The log after new readings, the same order, new breaches last.

    A reading beyond a limit opens a breach or, where one is open, raises its level; a green reading
    closes it. An unknown reading changes nothing: not knowing neither opens nor closes.
    """
    entries = list(log)
    for reading in readings:
        limit = appetite.limit(reading.key)
        if limit is None or reading.value is None:
            continue
        place = next(
            (i for i, b in enumerate(entries) if b.indicator == reading.key and b.closed is None),
            None,
        )
        if reading.level is Level.GREEN:
            if place is not None:
                entries[place] = entries[place].model_copy(
                    update={"closed": reading.day, "reason": "back within the limit"}
                )
            continue
        broken = limit.red if reading.level is Level.RED else limit.amber
        if place is None:
            entries.append(
                Breach(
                    id=f"{reading.key}/{reading.day.isoformat()}",
                    indicator=reading.key,
                    level=reading.level,
                    opened=reading.day,
                    value=reading.value,
                    limit=broken,
                    owner=limit.owner,
                    escalated_to=limit.escalation.get(reading.level.value, limit.owner),
                    last_seen=reading.day,
                    models=reading.models,
                )
            )
            continue
        entry = entries[place]
        worse = reading.level.rank > entry.level.rank
        entries[place] = entry.model_copy(
            update={
                "last_seen": reading.day,
                "value": reading.value,
                "models": reading.models,
                **(
                    {
                        "level": reading.level,
                        "limit": broken,
                        "escalated_to": limit.escalation.get(reading.level.value, limit.owner),
                    }
                    if worse
                    else {}
                ),
            }
        )
    return entries


def closed_breach(breach: Breach, day: date, reason: str) -> Breach:
    """A breach closed by a person, with the reason."""
    return breach.model_copy(update={"closed": day, "reason": reason})


def open_breaches(log: Iterable[Breach]) -> list[Breach]:
    """What is still open, the worst first."""
    return sorted(
        (b for b in log if b.closed is None), key=lambda b: (-b.level.rank, b.opened, b.indicator)
    )
