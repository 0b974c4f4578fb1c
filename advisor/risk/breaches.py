"""The breach log: which limit was passed, when, who owns it, who was told, how it was closed.

    open → action agreed → closure proposed → closed;  closure proposed → open | action agreed

Readings open a breach, raise it, and close it when they are green again. A person may agree an
action, escalate, and propose to close it; a second person confirms or refuses (four eyes). A breach
without an action after `act_within_days` of its limit, or past its action's date, goes one step up
by itself. A risk may be accepted until a day: until then the same breach is not opened again.

Pure functions on nouns: readings in, breaches out. The project stores them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from advisor.quantities import Quantity
from advisor.risk.appetite import Appetite, Level, Limit
from advisor.risk.errors import RiskError
from advisor.risk.indicators import Reading
from advisor.sentences import sentence

RULE = "automatic rule"
"""Who acts when it is a rule of this module and no person."""
_BACK = "back within the limit"


class BreachState(StrEnum):
    """Where a breach stands."""

    OPEN = "open"
    ACTION = "action agreed"
    PROPOSED = "closure proposed"
    CLOSED = "closed"


class BreachStep(BaseModel):
    """One thing that happened to a breach."""

    model_config = ConfigDict(frozen=True)

    day: date
    by: str
    state: BreachState
    words: str


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
    due: date | None = None
    """Day by which the action is done."""
    accepted_until: date | None = None
    """Where the risk was accepted: the day until which it stays so."""
    closed: date | None = None
    reason: str = ""
    steps: tuple[BreachStep, ...] = ()

    @property
    def state(self) -> BreachState:
        """The present state."""
        if self.closed is not None:
            return BreachState.CLOSED
        return self.steps[-1].state if self.steps else BreachState.OPEN


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
                entries[place] = _closed(entries[place], reading.day, RULE, _BACK)
        elif place is not None:
            entries[place] = _overdue(_seen(entries[place], reading, limit), reading.day, limit)
        elif not _accepted(entries, reading):
            entries.append(_opened(reading, limit))
    return entries


def with_action(breach: Breach, by: str, day: date, action: str, due: date) -> Breach:
    """The owner's action and the day by which it is done. Raises `RiskError`."""
    _must_be(breach, BreachState.OPEN, BreachState.ACTION)
    if not action.strip():
        raise RiskError(sentence("Say what will be done about the breach."))
    if due < day:
        raise RiskError(
            sentence("The action of a breach needs a day that is not past; choose a later one.")
        )
    moved = _moved(breach, day, by, BreachState.ACTION, action)
    return moved.model_copy(update={"action": action.strip(), "due": due})


def escalated(breach: Breach, by: str, day: date, reason: str, appetite: Appetite) -> Breach:
    """Told to the next one up, who hears of red breaches. Raises `RiskError`."""
    _must_be(breach, BreachState.OPEN, BreachState.ACTION)
    limit = appetite.limit(breach.indicator)
    above = limit.escalation.get(Level.RED.value) if limit else None
    if above is None or above == breach.escalated_to:
        raise RiskError(
            sentence("{who} is the highest step of escalation.", who=breach.escalated_to)
        )
    moved = _moved(breach, day, by, breach.state, reason or above)
    return moved.model_copy(update={"escalated_to": above})


def closure_proposed(
    breach: Breach, by: str, day: date, reason: str, accept_until: date | None = None
) -> Breach:
    """A person asks to close it, or to accept the risk until a day. Raises `RiskError`."""
    _must_be(breach, BreachState.OPEN, BreachState.ACTION)
    if not reason.strip():
        raise RiskError(sentence("Closing a breach needs a reason; write one."))
    if accept_until is not None and accept_until <= day:
        raise RiskError(sentence("A risk is accepted until a later day; choose one."))
    moved = _moved(breach, day, by, BreachState.PROPOSED, reason)
    return moved.model_copy(update={"accepted_until": accept_until})


def closure_confirmed(breach: Breach, by: str, day: date) -> Breach:
    """A second person agrees, and it is closed. Raises `RiskError` for the same person."""
    _must_be(breach, BreachState.PROPOSED)
    proposed = breach.steps[-1]
    person = _person(by)
    if person.casefold() == proposed.by.casefold():
        raise RiskError(
            sentence(
                "{person} proposed to close it and cannot confirm: a second person has to.",
                person=person,
            )
        )
    return _closed(breach, day, person, proposed.words)


def closure_refused(breach: Breach, by: str, day: date, reason: str) -> Breach:
    """It stays open, and the acceptance is off. Raises `RiskError`."""
    _must_be(breach, BreachState.PROPOSED)
    if not reason.strip():
        raise RiskError(sentence("Refusing to close a breach needs a reason; write one."))
    state = BreachState.ACTION if breach.action else BreachState.OPEN
    return _moved(breach, day, by, state, reason).model_copy(update={"accepted_until": None})


def open_breaches(log: Iterable[Breach]) -> list[Breach]:
    """What is still open, the worst first."""
    return sorted(
        (b for b in log if b.closed is None), key=lambda b: (-b.level.rank, b.opened, b.indicator)
    )


# -- inside ------------------------------------------------------------------------------------


def _opened(reading: Reading, limit: Limit) -> Breach:
    assert reading.value is not None  # unknown readings open nothing
    told = limit.escalation.get(reading.level.value, limit.owner)
    step = BreachStep(day=reading.day, by=RULE, state=BreachState.OPEN, words=told)
    return Breach(
        id=f"{reading.key}/{reading.day.isoformat()}",
        indicator=reading.key,
        level=reading.level,
        opened=reading.day,
        value=reading.value,
        limit=_broken(reading.level, limit),
        owner=limit.owner,
        escalated_to=told,
        last_seen=reading.day,
        models=reading.models,
        steps=(step,),
    )


def _seen(breach: Breach, reading: Reading, limit: Limit) -> Breach:
    update: dict[str, object] = {
        "last_seen": reading.day,
        "value": reading.value,
        "models": reading.models,
    }
    if reading.level.rank > breach.level.rank:
        told = limit.escalation.get(reading.level.value, limit.owner)
        breach = _moved(breach, reading.day, RULE, breach.state, told)
        update |= {
            "level": reading.level,
            "limit": _broken(reading.level, limit),
            "escalated_to": told,
        }
    return breach.model_copy(update=update)


def _overdue(breach: Breach, day: date, limit: Limit) -> Breach:
    above = limit.escalation.get(Level.RED.value)
    late = breach.due or breach.opened + timedelta(days=limit.act_within_days)
    if above is None or above == breach.escalated_to or day <= late:
        return breach
    if breach.state is BreachState.PROPOSED:
        return breach
    moved = _moved(breach, day, RULE, breach.state, above)
    return moved.model_copy(update={"escalated_to": above})


def _accepted(log: list[Breach], reading: Reading) -> bool:
    return any(
        b.indicator == reading.key
        and b.closed is not None
        and b.accepted_until is not None
        and reading.day <= b.accepted_until
        and reading.level.rank <= b.level.rank
        for b in log
    )


def _broken(level: Level, limit: Limit) -> float:
    return limit.red if level is Level.RED else limit.amber


def _closed(breach: Breach, day: date, by: str, reason: str) -> Breach:
    moved = _moved(breach, day, by, BreachState.CLOSED, reason)
    return moved.model_copy(update={"closed": day, "reason": reason})


def _moved(breach: Breach, day: date, by: str, state: BreachState, words: str) -> Breach:
    step = BreachStep(day=day, by=_person(by), state=state, words=words.strip())
    return breach.model_copy(update={"steps": (*breach.steps, step)})


def _must_be(breach: Breach, *states: BreachState) -> None:
    if breach.state not in states:
        raise RiskError(
            sentence(
                "This breach is “{now}”; the step needs one that is “{needed}”.",
                now=breach.state.value,
                needed=states[0].value,
            )
        )


def _person(name: str) -> str:
    if not name.strip():
        raise RiskError(sentence("Who does this? Give a name."))
    return name.strip()
