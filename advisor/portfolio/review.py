"""The retirement review as a state machine: nothing here knows a database, a clock or a window.

    proposed → under review → agreed | rejected | deferred;  deferred → under review
    agreed → retired (with its checklist complete);  undo goes one state back

Four eyes: who agrees is not who proposed. The checklist follows PRA SS1/23 (principle 1.2: the
inventory keeps decommissioned models; principle 3: dependants and overlays; principle 5: residual
risk of what takes over).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

import pandas as pd
from pydantic import BaseModel, ConfigDict

from advisor.portfolio.errors import PortfolioError
from advisor.sentences import Sentence, sentence

CHECKLIST = (
    "owner and users informed",
    "dependent models and reports moved to the replacement",
    "fallback validated for the inherited population",
    "fairness of the fallback compared by group",
    "data, code and documentation archived for the retention period",
    "inventory entry kept as decommissioned",
    "capacity given back and access closed",
)


class State(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    UNDER_REVIEW = "under review"
    AGREED = "agreed"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    RETIRED = "retired"


_MOVES: dict[State, tuple[State, ...]] = {
    State.PROPOSED: (State.UNDER_REVIEW, State.REJECTED),
    State.UNDER_REVIEW: (State.AGREED, State.REJECTED, State.DEFERRED),
    State.DEFERRED: (State.UNDER_REVIEW, State.REJECTED),
    State.AGREED: (State.RETIRED, State.UNDER_REVIEW),
    State.REJECTED: (State.UNDER_REVIEW,),
    State.RETIRED: (),
}


class Step(BaseModel):
    """One change of state: who, when, why."""

    model_config = ConfigDict(frozen=True)

    state: State
    by: str
    on: date
    reason: str


class Decision(BaseModel):
    """A proposal about one model with its history; the noun that the project keeps."""

    model_config = ConfigDict(frozen=True)

    id: str
    model_id: str
    option: str
    kind: str
    reason: str
    evidence: Sentence | str = ""
    """A sentence; plain words in projects of before."""
    saved_kg: float | None = None
    saved_low_kg: float | None = None
    saved_high_kg: float | None = None
    fallback: str | None = None
    dependants: tuple[str, ...] = ()
    retire_on: date | None = None
    deferred_until: date | None = None
    checked: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def state(self) -> State:
        """The present state."""
        return self.steps[-1].state if self.steps else State.PROPOSED

    @property
    def open_checks(self) -> tuple[str, ...]:
        """What of the checklist is still to be done."""
        return tuple(c for c in CHECKLIST if c not in self.checked)


def propose(
    option: pd.Series, inventory: pd.DataFrame, by: str, on: date, reason: str = ""
) -> Decision:
    """A proposal from a row of the options table, with what depends on the model."""
    model = str(option["id"])
    return Decision(
        id=str(option["option"]),
        model_id=model,
        option=str(option["name"]),
        kind=str(option["kind"]),
        reason=reason,
        evidence=option["evidence"] or "",
        saved_kg=_known(option["saved_kg"]),
        saved_low_kg=_known(option["saved_low_kg"]),
        saved_high_kg=_known(option["saved_high_kg"]),
        fallback=None if pd.isna(option["fallback"]) else str(option["fallback"]),
        dependants=dependants(model, inventory),
        steps=(Step(state=State.PROPOSED, by=_person(by), on=on, reason=reason),),
    )


def dependants(model_id: str, inventory: pd.DataFrame) -> tuple[str, ...]:
    """Models that consume its output, and models whose fallback it is."""
    own = inventory.loc[inventory["id"] == model_id, "feeds"]
    fed = set(own.iloc[0]) if len(own) else set()
    relying = set(inventory.loc[inventory["fallback"] == model_id, "id"])
    return tuple(sorted(fed | relying))


def next_states(decision: Decision) -> tuple[State, ...]:
    """Where a decision may go from here; only a retirement ends in `retired`."""
    moves = _MOVES[decision.state]
    return tuple(m for m in moves if m is not State.RETIRED or decision.kind == "retire")


def moved(
    decision: Decision,
    to: State,
    by: str,
    on: date,
    reason: str,
    *,
    until: date | None = None,
    retire_on: date | None = None,
) -> Decision:
    """The decision in its next state. Raises `PortfolioError` for a move that is not allowed."""
    if to not in next_states(decision):
        raise PortfolioError(
            sentence(
                "A decision that is {now} cannot become {next}.",
                now=decision.state.value,
                next=to.value,
            )
        )
    person = _person(by)
    if not reason.strip():
        raise PortfolioError(sentence("A decision needs a reason; write one."))
    if to is State.AGREED and person.casefold() == decision.steps[0].by.casefold():
        raise PortfolioError(
            sentence(
                "{person} proposed it and cannot agree to it: a second person has to.",
                person=person,
            )
        )
    if to is State.DEFERRED and (until is None or until <= on):
        raise PortfolioError(sentence("Deferring needs a later day; give one."))
    if to is State.RETIRED and decision.open_checks:
        raise PortfolioError(
            sentence(
                "{count} items of the checklist are not done yet, the first: {check}.",
                count=len(decision.open_checks),
                check=decision.open_checks[0],
            )
        )
    return decision.model_copy(
        update={
            "steps": (*decision.steps, Step(state=to, by=person, on=on, reason=reason)),
            "deferred_until": until if to is State.DEFERRED else None,
            "retire_on": retire_on or decision.retire_on,
        }
    )


def undone(decision: Decision) -> Decision:
    """The decision one state back. Raises `PortfolioError` at the first."""
    if len(decision.steps) < 2:
        raise PortfolioError(sentence("There is nothing to undo: it is only proposed."))
    return decision.model_copy(update={"steps": decision.steps[:-1], "deferred_until": None})


def ticked(decision: Decision, check: str) -> Decision:
    """One item of the checklist done. Raises `PortfolioError` for an item it does not have."""
    if check not in CHECKLIST:
        raise PortfolioError(sentence("“{check}” is not on the checklist.", check=check))
    return decision.model_copy(update={"checked": tuple({*decision.checked, check})})


def due(decisions: Iterable[Decision], on: date) -> list[Decision]:
    """The work list of a day: open proposals, and deferred ones whose day has come."""
    return [
        d
        for d in decisions
        if d.state in (State.PROPOSED, State.UNDER_REVIEW)
        or (d.state is State.DEFERRED and d.deferred_until is not None and d.deferred_until <= on)
    ]


def _person(name: str) -> str:
    if not name.strip():
        raise PortfolioError(sentence("Who decides? Give a name."))
    return name.strip()


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
